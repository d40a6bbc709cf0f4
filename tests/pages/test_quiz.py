"""The quiz: what it asks alone, what it never asks about, and that nobody is told the answer before it is revealed."""

from __future__ import annotations

import json

import apptest
import in_class
import pytest
import tiny

from pages.widgets.shared import page
from rnnkit.people import voting
from rnnkit.store import Store
from rnnkit.texts import own

pytestmark = pytest.mark.usefixtures("nobody_trains")
TEXT = "".join(f"On day {day} the fox number {day * 7} jumped over a dog in the village.\n" for day in range(400))


@pytest.fixture
def run(store: Store) -> str:
    return tiny.run(store, TEXT, corpus=own.add(store, TEXT, "foxes"))


@pytest.fixture
def as_(monkeypatch: pytest.MonkeyPatch):
    """The browser of a member looks at the pages."""
    return lambda name: monkeypatch.setattr(page, "_browser", lambda store: in_class.browser(name))


def board(app) -> dict | None:
    """What the page sends to the cards."""
    found = []

    def look(block) -> None:
        for child in getattr(block, "children", {}).values():
            proto = getattr(child, "proto", None)
            if proto is not None and "passages" in str(proto):
                found.append(json.loads(proto.json))
            look(child)

    look(app.main)
    return found[0] if found else None


def test_alone_it_asks_and_keeps_the_answer_to_itself(store: Store, run: str):
    app = apptest.visit("15_Quiz", run=run, seed="3", length="100")
    asked = board(app)
    assert asked is not None
    assert len(asked["passages"]) == 3
    assert [asked["answer"], asked["by"], asked["round"], asked["may_choose"]] == [None, None, None, True]


def test_in_a_class_the_round_of_the_teacher_is_shown_and_a_private_text_never(store: Store, run: str, as_):
    in_class.opened(store)
    as_("Ann")
    asked = {"run": run, "seed": 1, "ats": ["last"], "heat": "0.7", "length": 100}
    voting.start(in_class.acting("Tess", store), **asked)
    hidden = apptest.visit("15_Quiz")
    assert board(hidden) is None  # nobody has shared the text
    store.share_text(store.run(run).corpus)
    voting.start(in_class.acting("Tess", store), **asked)
    assert (shown := board(apptest.visit("15_Quiz"))) is not None
    assert [shown["round"], shown["answer"], shown["counts"]] == [2, None, None]
    voting.vote(in_class.acting("Ann", store), 2, 1)
    voting.reveal(in_class.acting("Tess", store))
    told = board(apptest.visit("15_Quiz"))
    assert told is not None
    assert [told["answer"] in (0, 1), told["counts"], told["chosen"]] == [True, [0, 1, 0, 0], 1]
