"""How fast a trainer goes is what one sees who looks at its rows each second."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence

import pytest
import tiny

from rnnkit.runs.pace import Pace, Paces
from rnnkit.store import Run, Status, Store

Look = tuple[Sequence[float], int]  # seconds that each run has trained, and how many of them have not begun
A_SECOND = 1000  # steps


@pytest.fixture
def rows(store: Store) -> Callable[..., list[Run]]:
    """The rows of one look at a trainer."""
    like = store.run(store.create_run(tiny.config()))

    def make(second: float, look: Look, trainer: str = "t") -> list[Run]:
        trained, waiting = look
        return [
            dataclasses.replace(
                like, id=f"run{place}", status=Status.TRAINING, trainer=trainer, read_at=100.0 + second,
                train_seconds=had, step=round(A_SECOND * had), steps=10**9, params=None if place < waiting else 1000,
            )
            for place, had in enumerate(trained)
        ]  # fmt: skip

    return make


def paces_after(rows: Callable[..., list[Run]], looks: Sequence[Look]) -> Paces:
    """What is known after these looks, a second apart."""
    paces = Paces()
    for second, look in enumerate(looks):
        paces.look(rows(second, look))
    return paces


def steady(share: float, seconds: int, had: float = 0.0) -> list[Look]:
    """One run that is trained for this share of each second."""
    return [([had + share * second], 0) for second in range(seconds)]


def test_it_is_what_all_runs_of_a_trainer_are_trained_in_a_second(rows):
    looks = [([0.2 * second, 0.3 * second], 0) for second in range(31)]
    assert paces_after(rows, looks).of("t").share == pytest.approx(0.5, abs=0.04)


def test_it_is_that_of_the_last_half_minute(rows):
    assert paces_after(rows, steady(0.1, 100) + steady(0.9, 40, 10.0)).of("t").share == pytest.approx(0.9, abs=0.02)


def test_a_pause_of_all_is_no_slow_training(rows):
    fast = steady(0.9, 40)
    at = fast[-1][0][0]
    assert paces_after(rows, [*fast, *[fast[-1]] * 20, *steady(0.9, 10, at)]).of("t").share > 0.6
    assert paces_after(rows, [*fast, *[fast[-1]] * 100]).of("t") == Pace(), "nothing is known any more"


def test_on_a_machine_that_others_no_longer_use_it_is_what_the_steps_say_and_not_their_seconds(rows):
    """A step took 20 ms at first and takes 10 ms now: of as many seconds twice as many are trained."""
    paces = Paces()
    for second in range(60):
        [run] = rows(second, ([0.8 * second], 0))
        slow, fast = min(second, 30) * 0.8 / 0.02, max(0, second - 30) * 0.8 / 0.01
        paces.look([dataclasses.replace(run, step=round(slow + fast))])
    each = 0.8 * 59 / (30 * 0.8 / 0.02 + 29 * 0.8 / 0.01)
    assert paces.of("t").share == pytest.approx(0.8 / 0.01 * each, rel=0.05), "steps a second, as long as each so far"


def test_reports_that_come_seldom_are_no_slow_training(rows):
    looks = [([0.8 * 4 * (second // 4)], 0) for second in range(60)]
    assert paces_after(rows, looks).of("t").share == pytest.approx(0.8, abs=0.1)


def test_beginnings_are_no_slow_training_and_are_told_as_they_went(rows):
    pace = paces_after(rows, [([0.0] * 30, 30 - 2 * second) for second in range(11)]).of("t")
    assert (pace.share, pace.begins) == (Pace().share, pytest.approx(0.5, abs=0.04))


def test_a_trainer_that_is_gone_is_forgotten_and_nothing_is_known_of_others(rows):
    paces = paces_after(rows, steady(0.1, 10))
    paces.look(rows(10, ([1.0], 0), "another"))
    assert (paces.of("t"), paces.of("nobody"), paces.of(None)) == (Pace(), Pace(), Pace())
    assert list(paces._seen) == ["another"]
