"""A store that is away is asked again, a full disk is waited for, and meanwhile there are signs of life."""

from __future__ import annotations

import time

import pytest
from trained import ME, small

from rnnkit.errors import StoreError, StoreFull
from rnnkit.training import patience
from rnnkit.training.patience import patiently


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "RETRY_SECONDS", 0.0)
    monkeypatch.setattr(patience, "ROOM_SECONDS", 0.0)


def answers(*given):
    """What a store answers, one after the other."""
    left = iter(given)

    def ask():
        answer = next(left)
        if isinstance(answer, Exception):
            raise answer
        return answer

    return ask


def test_a_store_that_is_away_for_a_moment_is_asked_again():
    assert patiently(answers(StoreError("away"), StoreError("away"), "here")) == "here"


def test_a_store_that_stays_away_is_given_up_and_one_that_is_full_never(monkeypatch):
    monkeypatch.setattr(patience, "PATIENCE_SECONDS", -1.0)
    with pytest.raises(StoreError):
        patiently(answers(StoreError("away"), "here"))
    told = []
    assert patiently(answers(*[StoreFull("full")] * 50, "room"), full=told.append) == "room"
    assert len(told) == 50


def test_what_was_done_although_its_answer_was_lost_is_not_done_twice():
    assert patiently(answers(StoreError("cut"), "done twice"), already=lambda: "done") == "done"
    assert patiently(answers(StoreError("cut"), "done now"), already=answers(StoreError("away"))) == "done now"


def test_a_trainer_shows_a_sign_of_life_whatever_it_is_at(store, monkeypatch):
    monkeypatch.setattr(patience, "BEAT_SECONDS", 0.01)
    lease = store.lease(store.create_run(small()), ME)
    lease.claim()
    before = store.run(lease.run_id).heartbeat_at
    with patience.beating([lease]):
        time.sleep(0.3)
    assert store.run(lease.run_id).heartbeat_at > before
