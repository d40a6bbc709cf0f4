"""By which names the server may be called, and from which pages: every header that a browser or a stranger sends."""

from __future__ import annotations

import asyncio

import pytest
import streamlit as st
from hypothesis import given
from hypothesis import strategies as some

from pages.widgets.home import server_hosts
from pages.widgets.home.server_hosts import ANSWERS, Hosts

SERVED = b"what a page shows"


@pytest.fixture(autouse=True)
def options(monkeypatch: pytest.MonkeyPatch) -> dict[str, object]:
    """What Streamlit was told."""
    found: dict[str, object] = {"server.address": "localhost"}
    monkeypatch.setattr(st, "get_option", found.__getitem__)
    monkeypatch.setattr(server_hosts.socket, "gethostname", lambda: "Desk7.uni.example")
    return found


def ask(
    *headers: tuple[str, str], kind: str = "http", reached: str = "127.0.0.1", path: str = "/"
) -> tuple[list[dict], list]:
    """What the server sends for one request, and the headers that the routes behind it see."""
    seen, sent = [], []

    async def route(scope, receive, send):
        seen.append(scope["headers"])
        if scope["type"] == "websocket":
            return await send({"type": "websocket.accept"})
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/plain")]})
        await send({"type": "http.response.body", "body": SERVED})

    async def send(message):
        sent.append(message)

    raw = [(name.encode(), text.encode("latin-1", "replace")) for name, text in headers]
    scope = {"type": kind, "method": "GET", "path": path, "headers": raw, "server": (reached, 8501)}
    asyncio.run(Hosts(route)(scope, None, send))
    return sent, seen


def answered(*headers: tuple[str, str], kind: str = "http", reached: str = "127.0.0.1") -> bool:
    """Whether these headers get anything; both kinds of refusal are looked at closely."""
    sent, seen = ask(*headers, kind=kind, reached=reached)
    if seen:
        assert b"origin" not in dict(seen[0]), "Streamlit would ask a far server about it"
        return True
    if kind == "websocket":
        assert [message["type"] for message in sent] == ["websocket.close"]
    else:
        assert sent[0]["status"] == 403
        assert SERVED not in b"".join(message.get("body", b"") for message in sent)
    return False


LOCAL = ["localhost", "localhost:8501", "LOCALHOST:1", "localhost.", "127.0.0.1:8501", "127.8.8.8", "[::1]", "[::1]:80"]
FOREIGN = [
    "", "stranger.example", "stranger.example:8501", "localhost.stranger.example", "stranger.localhost",
    "localhost@stranger.example", "stranger.example#localhost", "localhost:80:80", "localhost:x", "localhost/",
    "127.0.0.1.stranger.example", "192.0.2.7", "0.0.0.0", "[2001:db8::7]", "[::", "::1]", "2130706433", "127.1",
    "localhost, stranger.example", "local host", "desk7", "desk7.uni.example", "*.example", "löcalhost",
    "\x1blocalhost",
]  # fmt: skip


@pytest.mark.parametrize("kind", ["http", "websocket"])
def test_this_machine_only_answers_to_this_machine_s_names(kind: str):
    assert [host for host in LOCAL if not answered(("host", host), kind=kind)] == []
    assert [host for host in FOREIGN if answered(("host", host), kind=kind)] == []
    assert not answered(kind=kind)
    assert not answered(("host", "localhost"), ("host", "stranger.example"), kind=kind)


@given(some.text(max_size=40), some.sampled_from(["http", "websocket"]))
def test_no_other_name_is_answered_to(host: str, kind: str):
    local = ("localhost", "127.", "[")  # the list above has these
    assert host.lower().startswith(local) or not answered(("host", host), kind=kind)


@given(some.text(max_size=40), some.sampled_from(LOCAL), some.sampled_from(["http", "websocket"]))
def test_no_other_page_is_answered(origin: str, host: str, kind: str):
    assert not answered(("host", host), ("origin", origin), kind=kind)
    for other in ("null", f"http://stranger.example/{host}", f"http://{host}.stranger.example", f"ftp://{host}"):
        assert not answered(("host", host), ("origin", other), kind=kind)
    assert answered(("host", host), ("origin", f"https://{host}"), kind=kind)
    assert not answered(("host", host), ("origin", f"http://{host}"), ("origin", "null"), kind=kind)


@pytest.mark.parametrize("kind", ["http", "websocket"])
def test_a_server_for_a_network_answers_to_the_machine_s_own_names_and_the_address_it_was_reached_at(
    options: dict, kind: str
):
    options["server.address"] = "0.0.0.0"
    assert answered(("host", "192.0.2.7:8501"), kind=kind, reached="192.0.2.7")
    assert answered(("host", "192.0.2.7:8501"), kind=kind, reached="::ffff:192.0.2.7")
    assert answered(("host", "[2001:DB8::7]"), kind=kind, reached="2001:db8::7")
    for name in ("desk7", "DESK7.uni.example:8501", "desk7.local"):
        assert answered(("host", name), kind=kind, reached="192.0.2.7")
    for name in ("192.0.2.8", "stranger.example", "uni.example", "desk7.example"):
        assert not answered(("host", name), kind=kind, reached="192.0.2.7")


def test_a_server_that_was_told_a_name_answers_to_it(options: dict):
    options["server.address"] = "Kit.example.org"
    assert answered(("host", "kit.example.org:8501"), reached="192.0.2.7")
    assert not answered(("host", "stranger.example"), reached="192.0.2.7")


def test_names_that_somebody_allows_are_answered_to(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("RNNKIT_HOSTS", "Kit.example.org, *.class.example 203.0.113.5,2001:db8::9")
    for host in ("kit.example.org", "kit.example.org:443", "a.class.example", "203.0.113.5", "[2001:db8::9]:80"):
        assert answered(("host", host), ("origin", f"https://{host}"))
        assert not answered(("host", host), ("origin", "https://other.example"))
    for host in ("example.org", "class.example", "evilclass.example", "203.0.113.6"):
        assert not answered(("host", host))


def test_the_usual_port_may_be_left_out():
    assert answered(("host", "localhost:443"), ("origin", "https://localhost"))
    assert answered(("host", "localhost:80"), ("origin", "http://localhost"))
    assert not answered(("host", "localhost:80"), ("origin", "https://localhost"))
    assert not answered(("host", "localhost:8501"), ("origin", "http://localhost"))


def test_a_refusal_says_what_was_expected_and_writes_no_control_character():
    sent, _ = ask(("host", "\x1b[31mstranger.example" + "x" * 500))
    said = b"".join(message.get("body", b"") for message in sent).decode()
    assert said.startswith("Host: expected localhost, the address of this server or one of RNNKIT_HOSTS, got ")
    assert "\x1b" not in said
    assert len(said) < 250


@pytest.mark.parametrize("host", ["localhost", "stranger.example"])
def test_no_answer_may_be_framed_or_taken_for_something_else(host: str):
    headers = {name.decode(): text.decode() for name, text in ask(("host", host))[0][0]["headers"]}
    assert headers.items() >= {name.lower(): text for name, text in ANSWERS.items()}.items()
    assert headers["content-type"].startswith("text/plain")


def test_what_streamlit_tells_of_itself_is_for_nobody():
    sent, seen = ask(("host", "localhost:8501"), path="/kit/_stcore/metrics")
    assert (sent[0]["status"], seen) == (404, [])
    assert ask(("host", "localhost:8501"), path="/kit/_stcore/health")[0][0]["status"] == 200
