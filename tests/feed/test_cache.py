"""Many who look cost as much as one, and what is held is bounded."""

from __future__ import annotations

import threading

import pretend
import pytest
import tiny

from rnnkit.errors import UnknownRun
from rnnkit.feed import cache
from rnnkit.feed.cache import Feeds
from rnnkit.store import Store
from rnnkit.training import scheduler

pytestmark = pytest.mark.usefixtures("nobody_trains")


def test_all_who_look_at_once_cost_one_look(store: Store, monkeypatch: pytest.MonkeyPatch):
    run, looks = pretend.training(store, epochs=1), []
    news = store.news
    monkeypatch.setattr(store, "news", lambda *given: looks.append(given) or news(*given))
    feeds = Feeds(store)
    threads = [threading.Thread(target=feeds.run, args=(run,)) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(looks) == 1
    found = feeds.at_hand(run, "")
    assert found is not None
    assert found[1] is feeds.run(run, "")[1], "and it is written down once"


def test_a_finished_run_is_looked_at_seldom(store: Store, monkeypatch: pytest.MonkeyPatch):
    run, feeds = tiny.run(store), Feeds(store)
    feeds.run(run)
    monkeypatch.setattr(store, "news", None)
    assert feeds.run(run)[1].body


def test_what_is_held_is_bounded(store: Store, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(cache, "MOST_RUNS", 2)
    runs, feeds = [tiny.run(store) for _ in range(4)], Feeds(store)
    for run in runs:
        for number in range(2 * cache.MOST_ANSWERS):
            feeds.run(run, f"{number}")
    assert list(feeds._known) == runs[-2:]
    assert all(len(known._answers) <= cache.MOST_ANSWERS for known in feeds._known.values())
    for name in range(5):
        with pytest.raises(UnknownRun):
            feeds.run(f"nope{name}")
    assert list(feeds._known) == runs[-1:], "what is not there is not held"


def test_whoever_looks_at_what_trains_keeps_somebody_who_trains(store: Store, monkeypatch: pytest.MonkeyPatch):
    asked = []
    monkeypatch.setattr(scheduler, "ensure_running", asked.append)
    feeds = Feeds(store)
    feeds.run(tiny.run(store))
    assert asked == []
    waits = store.create_run(tiny.config())
    for _ in range(3):
        feeds.run(waits)
    assert asked == [store]
