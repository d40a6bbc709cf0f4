"""What is read again and again; tests/feed holds how it is told."""

from __future__ import annotations

import pretend
import pytest
import tiny

from rnnkit.errors import UnknownRun
from rnnkit.store import Point, Store
from rnnkit.store.changes import Asked, Seen


def test_nothing_is_new_where_nothing_has_changed(any_store: Store):
    run = pretend.training(any_store, epochs=2)
    news = any_store.news(run, Seen())
    assert news is not None
    assert [one["epoch"] for one in news.epochs] == [1, 2]
    assert any_store.news(run, news.seen) is None
    pretend.finish(any_store, run, 3)
    again = any_store.news(run, news.seen)
    assert again is not None
    assert not again.rewound
    assert [one["epoch"] for one in again.epochs] == [3]


def test_a_run_that_is_not_there_raises(any_store: Store):
    run = tiny.run(any_store)
    any_store.delete_run(run)
    for name in (run, "nope", "../x"):
        with pytest.raises(UnknownRun):
            any_store.news(name, Seen())


def test_points_come_in_groups_of_their_steps(any_store: Store):
    run = pretend.training(any_store)
    for step, loss in ((1, 4.0), (2, 2.0), (5, None), (9, 1.0)):
        pretend.progress(any_store, run, step, point=Point(step, float(step), loss))
    assert any_store.extent(run).points == 4
    found = any_store.means(run, 4, 9)
    assert [(group, mean.step, mean.loss, mean.weight) for group, mean in found] == [(0, 1.5, 3.0, 2), (2, 9.0, 1.0, 1)]
    assert any_store.means(run, 4, 2) == found[:1]


def test_the_newest_samples_are_those_of_the_last_checkpoint_that_wrote(any_store: Store):
    run = pretend.training(any_store, epochs=2)
    pretend.finish(any_store, run, 3, samples=[])
    assert [(one.epoch, one.temperature) for one in any_store.newest_samples(run)] == [(2, 0.5), (2, 1.0)]


def test_many_runs_are_read_at_once_each_from_where_somebody_stands(any_store: Store):
    first, second = pretend.training(any_store, epochs=2), pretend.training(any_store)
    for step in (1, 2, 3, 9):
        pretend.progress(any_store, second, step, point=Point(step, step / 10, float(step)))
    found = any_store.several([Asked(first), Asked(second, point=2, width=2)])
    assert [(one["epoch"], one["whole"]) for one in found.measured[first]] == [(1, True), (2, True)]
    assert [(one.epoch, one.text) for one in found.texts[first]] == [(2, "after 2"), (2, "hot")]
    assert [(one.step, one.loss, one.weight) for one in found.points[second]] == [(3, 2.5, 2), (9, 9.0, 1)]
    later = any_store.several([Asked(first, measured=10, written=20)])
    assert [one["epoch"] for one in later.measured[first]] == [2]
    assert not later.texts
    assert not any_store.several([]).points
    assert [one.id for one in any_store.newest(1)] == [second]
    any_store.delete_run(tiny.run(any_store))
    assert {one.id for one in any_store.newest(9, since=1e12)} == {first, second}  # they train
