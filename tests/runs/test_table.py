"""The table of all runs: looked for, sorted, in groups."""

from __future__ import annotations

import math

import pandas as pd
import pytest

from rnnkit.runs import table
from rnnkit.runs.table import Asked
from rnnkit.store import Listed, Status, Wanted

TITLES = {"sherlock": "Sherlock Holmes", "text-1": "My diary"}


def listed(name: str, **parts) -> Listed:
    usual = Listed(
        name.casefold(), name, "", None, "sherlock", "language-model", Status.FINISHED, False, False, None, 1000.0,
        None, 100, Wanted.RUN, 3, 60.0, 1.0, 1.0 / math.log(2), None, None, False, (),
    )  # fmt: skip
    return usual._replace(**parts)


RUNS = [
    listed("Anna", created_at=3.0, best_loss=2.0, best_bits=2.9, owner="eva", tags=("homework",), params=5),
    listed("Boris", created_at=2.0, best_loss=1.0, best_bits=1.4, corpus="text-1", tags=("homework", "best")),
    listed(
        "Clara", created_at=1.0, task="series", best_loss=0.2, best_bits=None, corpus="signal", status=Status.FAILED
    ),
    listed("dora", created_at=4.0, best_loss=None, best_bits=None, preset="sherlock-lstm", status=Status.TRAINING),
]


def names(asked: Asked = Asked(), sort: str = "newest") -> list[str]:  # noqa: B008
    return [run.name for run in table.found(RUNS, asked, TITLES, sort)]


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        (Asked("ann"), ["Anna"]),
        (Asked("holmes"), ["dora", "Anna"]),
        (Asked("DIARY best"), ["Boris"]),
        (Asked("lstm"), ["dora"]),
        (Asked("eva home"), ["Anna"]),
        (Asked("nothing like this"), []),
        (Asked(texts=["text-1", "signal"]), ["Boris", "Clara"]),
        (Asked(owners=[table.NOBODY], tags=["homework"]), ["Boris"]),
        (Asked(tasks=["series"]), ["Clara"]),
        (Asked(statuses=["failed", "training"]), ["dora", "Clara"]),
        (Asked(tags=[table.NO_TAG]), ["dora", "Clara"]),
    ],
)
def test_runs_are_found_by_words_and_by_what_they_are(asked: Asked, expected: list[str]):
    assert names(asked) == expected


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        ("newest", ["dora", "Anna", "Boris", "Clara"]),
        ("oldest", ["Clara", "Boris", "Anna", "dora"]),
        ("loss", ["Boris", "Anna", "Clara", "dora"]),  # those without bits after those with
        ("name", ["Anna", "Boris", "Clara", "dora"]),
        ("small", ["Anna", "Boris", "Clara", "dora"]),
    ],
)
def test_the_table_can_be_sorted_and_what_has_no_figure_comes_last(sort: str, expected: list[str]):
    assert names(sort=sort) == expected


def test_a_run_with_two_tags_is_in_both_groups():
    groups = {name: [run.name for run in members] for name, members in table.grouped(RUNS, "tag", TITLES).items()}
    assert groups == {"homework": ["Anna", "Boris"], "best": ["Boris"], table.NO_TAG: ["Clara", "dora"]}
    assert list(table.grouped(RUNS, "text", TITLES)) == ["Sherlock Holmes", "My diary", "signal"]


def test_losses_are_in_bits_where_they_can_be():
    assert table.bits(listed("reviews", task="classification", best_bits=None, best_loss=math.log(2))) == 1.0
    assert table.bits(RUNS[2]) is None
    frame = table.frame(RUNS, TITLES, {status: str(status) for status in Status})
    assert frame["Bits"].tolist()[:2] == [2.9, 1.4]
    assert pd.isna(frame["Bits"][2])
    assert frame["Text"][1] == "My diary"
    assert table.frame([], TITLES, {}).empty
