"""One run as all see it: what is new since a cursor adds up to the whole, whatever happens to the run."""

from __future__ import annotations

from typing import Any

import numpy as np
import pretend
import pytest
import sqlalchemy as sa
import tiny

from rnnkit.feed import thinned
from rnnkit.feed.run import RunFeed
from rnnkit.runs import progress
from rnnkit.store import Point, Sample, Status, Store

UNCHANGED = ("kept", "text")


class Browser:
    """What client.js does with the answers."""

    def __init__(self, feed: RunFeed):
        self.feed, self.state, self.resets = feed, dict[str, Any](), 0

    def look(self) -> dict[str, Any]:
        self.feed.look()
        new = self.feed.since(self.state.get("cursor", ""))
        self.resets += new["reset"]
        for name in ("points", "epochs"):
            before = [] if new["reset"] else self.state[name]
            new[name] = before[: new[f"{name}_from"]] + new[name]
        self.state = new | {name: self.state[name] for name in UNCHANGED if new[name] is None and name in self.state}
        return self.state


def whole(store: Store, run_id: str) -> dict[str, Any]:
    """What somebody sees who comes now."""
    return Browser(RunFeed(store, run_id)).look()


def alike(one: dict[str, Any], other: dict[str, Any]) -> bool:
    names = ("points", "epochs", "kept", "text", "run")
    return [one[name] for name in names] == [other[name] for name in names]


def test_what_is_new_adds_up_to_the_whole(any_store: Store):
    store = any_store
    run = pretend.training(store)
    browser = Browser(RunFeed(store, run))
    assert browser.look()["points"] == []
    for epoch in range(1, 4):
        for step in (3, 6):
            at = 10 * (epoch - 1) + step
            pretend.progress(store, run, step, point=Point(at, at / 10, 1 / at))
            assert alike(browser.look(), whole(store, run))
        pretend.finish(store, run, epoch)
        assert alike(browser.look(), whole(store, run))
    assert browser.resets == 1
    assert [point[:2] for point in browser.state["points"]] == [[s / 10, s] for s in (3, 6, 10, 13, 16, 20, 23, 26, 30)]
    assert [one["at"] for one in browser.state["epochs"]] == [1, 2, 3]
    assert browser.state["text"]["text"] == "hot"
    store.lease(run, pretend.ME).end(Status.FINISHED)
    assert browser.look()["run"]["status"] == "finished"


def test_a_run_that_was_set_back_is_told_anew(store: Store):
    run = pretend.training(store, epochs=1)
    browser = Browser(RunFeed(store, run))
    pretend.progress(store, run, 5, point=Point(15, 1.5, 0.5))
    browser.look()
    store.lease(run, pretend.ME).rewind_points(10)
    pretend.progress(store, run, 7, point=Point(17, 1.9, 0.4))
    assert alike(browser.look(), whole(store, run))
    assert browser.resets == 2
    assert [point[1] for point in browser.state["points"]] == [10, 17]


def test_checkpoints_inside_an_epoch_are_measured_and_give_way_to_its_end(store: Store):
    run = tiny.run_with_moments(store)
    state = whole(store, run)
    assert [(one["epoch"], one["step"], one["whole"]) for one in state["epochs"]] == [
        (0, 0, False), (0.1, 1, False), (0.2, 2, False), (0.5, 5, False), (1, 10, True)
    ]  # fmt: skip
    assert [one["step"] for one in state["kept"]] == [0, 1, 2, 5, 10]
    assert state["text"]["text"] == "what epoch 1 wrote"
    browser, lease = Browser(RunFeed(store, run)), store.lease(run, tiny.TRAINER)
    browser.look()
    row = store.run(run)
    arrays = tiny.arrays(row.config, row.vocab_size or 0)
    lease.keep_inside(
        place=10, step=20, epoch=1.999, metrics={"val_loss": 2.0}, checkpoint=arrays, resume={}, state={},
        samples=[Sample(1.999, 0.7, "The ", 0, "soon")], train_seconds=4.0,
    )  # fmt: skip
    assert browser.look()["text"]["text"] == "soon"
    tiny.train(store, run, 1)
    assert alike(browser.look(), whole(store, run))
    assert [one["epoch"] for one in browser.state["epochs"]][-2:] == [1, 2]


def test_an_imported_run_has_a_curve_of_its_epochs(store: Store):
    assert [point[0] for point in whole(store, tiny.run(store))["points"]] == [1, 2, 3]


def test_the_curve_is_that_of_the_pages(store: Store):
    run = pretend.training(store)
    for epoch in (1, 2):
        pretend.progress(store, run, 5, point=Point(10 * epoch - 5, epoch - 0.5, 2 / epoch))
        pretend.finish(store, run, epoch)
    table = progress.curve(store.run(run), store.points(run), store.epochs(run))
    drawn = table[table["part"] == "training"][["at", "value"]].to_numpy()
    assert np.allclose(drawn, [[point[0], point[3]] for point in whole(store, run)["points"]], atol=1e-5)


@pytest.fixture
def statements(store: Store):
    """The SQL that reads rows, and how many rows it gave."""
    told: list[str] = []
    sa.event.listen(store._database._engine, "before_cursor_execute", lambda *given: told.append(given[2]))
    return told


def test_a_tick_reads_what_is_new_alone(store: Store, statements: list[str]):
    run = pretend.training(store, steps=1_000_000)
    rows = [{"run": run, "step": step, "seconds": step / 2, "loss": 2.0} for step in range(20_000)]
    with store._write() as tx:
        tx.execute(sa.text("insert into points values (:run, :step, :seconds, :loss)"), rows)
    browser = Browser(RunFeed(store, run))
    assert len(browser.look()["points"]) <= thinned.MOST
    statements.clear()
    browser.look()
    reads = [one for one in statements if one.startswith("SELECT") and "scheduler" not in one]
    assert len(reads) == 1, "nothing has changed"
    pretend.progress(store, run, 7, point=Point(20_001, 10_001, 0.5))
    statements.clear()
    news = store.news(run, browser.feed._seen)
    assert news is not None
    assert (len(news.points), len(news.epochs), len(news.moments)) == (1, 0, 0)
    assert len([one for one in statements if one.startswith("SELECT")]) == 4
    browser.look()
    assert browser.resets == 1
    assert alike(browser.state, whole(store, run))
