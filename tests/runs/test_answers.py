"""Questions and what answers them: every preset has one, a card's line is whole, the best of a hard text leads."""

from __future__ import annotations

from collections import Counter
from functools import partial
from pathlib import Path

import pytest

from rnnkit.presets import PRESETS
from rnnkit.presets.questions import QUESTIONS
from rnnkit.runs import answers
from rnnkit.sharing import archive
from rnnkit.store import Store
from rnnkit.tasks import TASKS

PRETRAINED = Path(__file__).parents[2] / "pretrained"


def test_every_preset_answers_a_question_and_only_known_ones_do():
    named = Counter(name for question in QUESTIONS for name in question.presets)
    assert set(named) == set(PRESETS)
    assert {name for name, times in named.items() if times > 1} == {"cookbook-gru"}  # to spell, and to compare cells
    assert {name for question in QUESTIONS for name in question.shown} <= set(PRESETS)


def test_every_question_is_answered_by_a_network_that_came_along_with_something_to_read(store: Store):
    archive.import_pretrained(store, PRETRAINED)
    runs = store.runs()
    for question in (one for one in QUESTIONS if one.shown):
        first, *_ = answers.shown(question, runs)
        line = answers.says(first, store.samples(first.id, first.epochs_done), partial(store.epochs, first.id))
        assert line
        assert len(line) < 110
        assert "\n" not in line
    best = answers.best(runs)
    assert best is not None
    assert best.preset == "sherlock-deeper"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("oken. The second sentence is a whole one. And then", "The second sentence is a whole one."),
        ("ing\nshort\nThis line is long enough, too\nrest", "This line is long enough, too"),
        ("nothing that ends " * 9, " ".join(["nothing that ends"] * 4) + " …"),
        ("", None),
        ("a few words", "a few words"),
    ],
)
def test_a_line_is_a_whole_one_where_there_is_any(text: str, line: str | None):
    assert answers.a_line(text) == line


def test_what_misses_a_text_is_not_the_first_to_be_tried(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("RNNKIT_CORPORA", "")
    texts = {info.name: info for info in TASKS["language-model"].sources(None)}
    found = {name: answers.experiment(PRESETS[name], texts) for name in ("sonnets-lstm", "sherlock-lstm", "play-lstm")}
    assert {name: one.works for name, one in found.items()} == {
        "sonnets-lstm": False, "sherlock-lstm": False, "play-lstm": True,
    }  # fmt: skip
    every = list(found.values())
    assert answers.first_that_works(every).preset.name == "play-lstm"
    assert answers.first_that_works(every[:2]).preset.name == "sherlock-lstm"  # a download helps
    assert answers.first_that_works(every[:1]).preset.name == "sonnets-lstm"


def test_the_time_of_an_experiment_is_its_own_limit_or_what_its_epochs_take(store: Store):
    assert answers.seconds(PRESETS["one-minute"], store, 1.0) == 60
    usual, slow = (answers.seconds(PRESETS["cookbook-gru"], store, slower) for slower in (1.0, 20.0))
    assert usual >= answers.LEAST_SECONDS
    assert slow > 10 * usual / 2
