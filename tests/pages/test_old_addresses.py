"""Links of older versions lead to what holds their tool now, with all their parameters, before any page is drawn."""

from __future__ import annotations

import asyncio
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

import pytest
import streamlit as st
from starlette.responses import PlainTextResponse

from pages.widgets.home.old_addresses import OldAddresses
from pages.widgets.run import tabs
from pages.widgets.shared import navigation

RUN = [("run", "z75s6626")]
# Each old link as people have kept it -> the page, and what stands in its address besides all that stood there.
LINKS = [
    ("Train", [*RUN, ("at", "3"), ("ingredients", "true")], "Run", {"tab": "watch"}),
    ("Sample", [*RUN, ("prompt", "Wer & was? ä+"), ("temperatures", "0.3"), ("temperatures", "1")], "Run",
     {"tab": "sample"}),
    ("Sample", [], "Run", {"tab": "sample"}),
    ("Temperature_lab", [*RUN, ("at", "17"), ("branch", "z75s6626.5:9")], "Run", {"tab": "temperature"}),
    ("Write_with_it", [*RUN, ("keyboard_epoch", "1")], "Run", {"tab": "write"}),
    ("Verdict", [*RUN, ("text", "a good film")], "Run", {"tab": "try"}),
    ("Verdict", [], "Other_tasks", {"do": "classify"}),
    ("Forecast", [*RUN, ("part", "Into the future")], "Run", {"tab": "try"}),
    ("Forecast", [("part", "A table of your own")], "Other_tasks", {"do": "forecast"}),
    ("Translate", [*RUN, ("date", "12 May 1987"), ("beside", "")], "Run", {"tab": "try"}),
    ("Translate", [("date", "le 5 mai 1821")], "Other_tasks", {"do": "translate"}),
    ("Corpora", [("corpus", "cookbook")], "Texts", {}),
]  # fmt: skip
STAYS = ["Train", "Train?preset=cookbook-gru", "Train?fork=z75s6626&epoch=2", "Compare?runs=a,b", "Duel?runs=a,b",
         "Run", "Gradients?runs=a", "Words_and_verse?run=z75s6626", "Sample/_stcore/health", ""]  # fmt: skip


def answer(path: str, query: str) -> tuple[int, str]:
    """Status and place of what a server that answers everything with a page says behind the old addresses."""
    sent = []

    async def send(message) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "GET", "path": path, "query_string": query.encode(), "headers": []}
    asyncio.run(OldAddresses(PlainTextResponse("a page"))(scope, None, send))
    return sent[0]["status"], dict(sent[0]["headers"]).get(b"location", b"").decode()


@pytest.fixture(params=["/", "/kit/", "/a/b/"])
def prefix(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Of a server, or none."""
    monkeypatch.setattr(st, "get_option", {"server.baseUrlPath": request.param.strip("/")}.__getitem__)
    return request.param


@pytest.mark.parametrize(("old", "asked", "page", "more"), LINKS)
def test_an_old_link_leads_to_its_tool_with_all_its_parameters(prefix: str, old: str, asked, page: str, more):
    for slash in ("", "/"):
        status, place = answer(f"{prefix}{old}{slash}", urlencode(asked))
        assert status == 307
        to = urlsplit(urljoin(f"http://localhost{prefix}{old}{slash}", place))
        assert to.path == prefix + page
        assert parse_qsl(to.query, keep_blank_values=True) == [*more.items(), *asked]


def test_every_old_address_is_tried_and_leads_to_a_page_and_a_tab_that_are_there():
    assert {old for old, *_ in LINKS} == set(navigation.MOVED)
    for move in (move for moves in navigation.MOVED.values() for move in moves if move):
        assert move.page in navigation.PAGES
        assert move.fixed.get("tab", "watch") in tabs.TABS


@pytest.mark.parametrize("address", STAYS)
def test_other_addresses_are_left_alone(prefix: str, address: str):
    path, _, query = address.partition("?")
    assert answer(prefix + path, query) == (200, "")
