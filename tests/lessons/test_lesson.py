"""Lessons: the ready ones lead where they say, and anybody's file is read or refused with a sentence."""

from __future__ import annotations

import re
from pathlib import Path

import apptest
import pytest

from rnnkit import paths
from rnnkit.errors import LessonError
from rnnkit.lessons import lesson
from rnnkit.paths import PRETRAINED as CAME_ALONG

GOOD = """
title = "My lesson"
minutes = 5
for_whom = "Everybody"
language = "en"
know = ["What a [gate] is."]
[[steps]]
title = "First"
address = "Run?run=python-lstm&tab=inside"
hide = ["tool"]
do = "Look at one unit."
look = "Its [hidden state] changes."
question = "Why?"
answer = "It reads."
minutes = 5
"""


@pytest.fixture(autouse=True)
def _networks_came_along(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paths, "PRETRAINED", CAME_ALONG)


@pytest.fixture
def own(home: Path) -> Path:
    """The folder of one's own lessons."""
    (home / lesson.OWN).mkdir(parents=True)
    return home / lesson.OWN


def test_the_ready_lessons_are_right_and_take_their_time():
    found, problems = lesson.every()
    assert problems == []
    assert {"write"} <= {one.name for one in found}
    assert [one.minutes for one in found if one.name in lesson.OURS] == [45] * len(found)
    for one in found:
        assert one.minutes_left(1) == one.minutes
        assert one.minutes_left(len(one.steps)) == one.steps[-1].minutes
        assert all(f"lesson={one.name}" in one.link(step) for step in range(1, len(one.steps) + 1))


def test_a_file_of_ones_own_is_a_lesson_and_takes_the_place_of_ours(own: Path):
    (own / "mine.toml").write_text(GOOD, "utf-8")
    (own / "write.toml").write_text(GOOD, "utf-8")
    found, problems = lesson.every()
    assert problems == []
    assert {one.title for one in found if one.name in ("mine", "write")} == {"My lesson"}
    assert lesson.find("mine").link(1) == "Run?run=python-lstm&tab=inside&hide=tool&lesson=mine&step=1"
    assert lesson.find("../mine") is None


def test_words_of_the_glossary_are_marked():
    assert lesson.pieces("What a [gate] is.") == [("What a ", ""), ("gate", "gate"), (" is.", "")]
    assert lesson.plain("What a [gate] is.") == "What a gate is."


@pytest.mark.parametrize(
    ("was", "now", "said"),
    [
        ("minutes = 5\nfor", "minutes = 6\nfor", "expected those of the steps together, 5, got 6"),
        ('hide = ["tool"]', 'hide = ["tol"]', "step 1: hide: expected controls of this page, got 'tol'; did you mean"),
        ("[gate]", "[gatte]", "expected words in [brackets] to be in the glossary, got 'gatte'; did you mean gate?"),
        ("tab=inside", "tab=insid", "step 1, address: tab: expected a tab of a run, got 'insid'; did you mean inside?"),
        ('do = "Look at one unit."', "", "step 1, do: expected"),
        ("minutes = 5\nfor", "colour = 1\nminutes = 5\nfor", "colour: expected"),
        ("title", "title title", "expected TOML in UTF-8, got"),
    ],
)
def test_a_wrong_file_is_a_sentence_that_says_where(own: Path, was: str, now: str, said: str):
    file = own / "mine.toml"
    file.write_text(GOOD.replace(was, now, 1), "utf-8")
    with pytest.raises(LessonError) as error:
        lesson.read(file)
    assert str(error.value).startswith("mine.toml")
    assert said in str(error.value)
    assert "got" in str(error.value)
    assert lesson.every()[1] == [str(error.value)]


# ---- what ours say of networks that come along


def steps(said: str) -> int:
    """How many steps back a hundredth of the gradient is left, as the page says it."""
    return int(re.match(r"(\d+) steps? back", said)[1])


def test_what_is_left_of_the_gradient_is_as_the_lesson_says():
    step = next(one for one in lesson.find("memory").steps if one.title.startswith("Three cells"))
    page = apptest.visit("10_Gradients", **step.to.parameters)
    table = page.dataframe[0].value.set_index("Cell").map(steps)
    begins, after = table["as Keras begins"], table["after training"]
    said = [int(number) for number in re.findall(r"(\d+)(?! %)\b", lesson.plain(step.look))]
    assert said == [after["LSTM"], after["RNN"], begins["RNN"]]
    assert begins["RNN"] > begins["LSTM"] > begins["GRU"]
    assert after["GRU"] > 10 * after["RNN"]
    assert table.iloc[:, 0].idxmin() == "RNN"  # with textbook weights
