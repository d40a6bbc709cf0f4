"""What a proxy in front does to a dashboard is said by the header that it drops or changes."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from rnnkit.cli import door
from rnnkit.errors import ConfigError

ANSWERS: dict[str, tuple[int, dict[str, str], str]] = {}


class Pretended(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        status, headers, body = ANSWERS.get(self.path, (404, {}, ""))
        self.send_response(status)
        for name, text in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, text)
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_: object) -> None:
        """Tests are quiet."""


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Pretended)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


def said(url: str, health: tuple[int, str], **feed: str) -> list[str]:
    ANSWERS.clear()
    ANSWERS["/_stcore/health"] = health[0], {}, health[1]
    ANSWERS["/feed/runs"] = 200, {"Content-Type": "application/json", **feed}, "{}"
    return [sentence for state, sentence in door.looked(url) if state == "wrong"]


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (403, "Host: expected localhost, the address, got '127.0.0.1:80'\n", "into RNNKIT_HOSTS"),
        (403, "Host: expected localhost, the address, got 'rnnkit'\n", "changes the header Host into 'rnnkit'"),
        (403, "Origin: expected http://a, the page's own, got 'http://a:81'\n", "Host without its port"),
        (502, "", "does not reach the dashboard"),
        (404, "", "server.baseUrlPath"),
    ],
)
def test_a_refusal_is_explained(url: str, status: int, body: str, expected: str):
    (sentence,) = said(url, (status, body))
    assert expected in sentence


def test_a_socket_and_a_tag_that_are_dropped_are_named(url: str):
    tag, socket = said(url, (200, "ok"))
    assert "drops ETag" in tag
    assert "drops Upgrade or Connection" in socket
    (socket,) = said(url, (200, "ok"), ETag='"a"')


def test_what_does_not_answer_and_what_is_no_address_are_sentences():
    ((state, sentence),) = door.looked("http://127.0.0.1:9/")
    assert state == "wrong"
    assert "nothing answers" in sentence
    for text in ("kit.example.org", "ftp://a/", "https://a/?b"):
        with pytest.raises(ConfigError, match="--url: expected an address"):
            list(door.looked(text))


def test_figures_that_everybody_can_read_and_an_address_that_leads_elsewhere_are_said(url: str, monkeypatch):
    monkeypatch.setenv("RNNKIT_URL", "https://kit.example.org")
    assert any("RNNKIT_URL says https://kit.example.org/" in one for one in said(url, (200, "ok")))
    ANSWERS["/_stcore/metrics"] = 200, {}, ""
    monkeypatch.setattr(door, "_LOCAL", ())
    assert any("_stcore/metrics can be read" in sentence for _, sentence in door.looked(url))
