"""Whose turn it is: one rule, however many wait, and whatever has changed since the line was read."""

from __future__ import annotations

import dataclasses
import random
from itertools import islice

import pytest

from rnnkit.config import RunConfig, with_settings
from rnnkit.store import LiveRun, Run, Status, Store
from rnnkit.training.line import MOST_TRIES, Line, order


def a_run(store: Store, owner: str, **changes) -> Run:
    run = store.run(store.create_run(with_settings(RunConfig(), {"owner": owner})))
    return dataclasses.replace(run, **changes)


def test_an_owner_with_nothing_in_training_goes_before_one_who_came_first(store):
    training = a_run(store, "ada", status=Status.TRAINING)
    early, late = a_run(store, "ada", queued_at=1.0), a_run(store, "bob", queued_at=2.0)
    assert order([early, late, training]) == [late.id, early.id]


def test_of_two_owners_with_as_much_in_training_the_one_who_trained_less_in_the_last_hour_goes_first(store):
    times = {"ended_at": 900.0, "read_at": 1000.0}
    had = a_run(store, "ada", status=Status.FINISHED, train_seconds=60.0, **times)
    early, late = a_run(store, "ada", queued_at=1.0, read_at=0.0), a_run(store, "bob", queued_at=2.0, read_at=0.0)
    assert order([early, late, had]) == [late.id, early.id]
    long_ago = dataclasses.replace(had, ended_at=900.0 - 3600)
    assert order([early, late, long_ago]) == [early.id, late.id]


def test_runs_of_one_owner_go_in_the_order_of_the_queue_and_nobody_goes_when_nobody_waits(store):
    second, first = a_run(store, "ada", queued_at=2.0), a_run(store, "ada", queued_at=1.0)
    assert order([second, first]) == [first.id, second.id]
    assert order([]) == []


def made(number: int, person: str, **columns) -> LiveRun:
    first = LiveRun(
        f"r{number:05}", person, None, Status.QUEUED, "run", None, None, "auto", None, False, float(number), None, None,
        None, 0.0,
    )  # fmt: skip
    return first._replace(**columns)


def by_the_rule(runs: dict[str, LiveRun], now: float) -> list[str]:
    """Whose turn it is, as one would write it down who has all the time in the world."""
    at_work, trained, found = {}, {}, []
    for run in runs.values():
        if run.active or (run.ended_at is not None and not run.waits and now - run.ended_at < 3600):
            trained[run.person] = trained.get(run.person, 0.0) + run.train_seconds
    for person, _ in {(run.person, run.trainer) for run in runs.values() if run.active}:
        at_work[person] = at_work.get(person, 0) + 1
    waiting = [run for run in runs.values() if run.waits]
    while waiting:
        run = min(
            waiting,
            key=lambda one: (
                not one.goes_first, at_work.get(one.person, 0), round(trained.get(one.person, 0.0), 6), one.queued_at,
            ),
        )  # fmt: skip
        waiting.remove(run)
        found.append(run.id)
        at_work[run.person] = at_work.get(run.person, 0) + 1
        trained[run.person] = trained.get(run.person, 0.0) + run.train_seconds
    return found


@pytest.mark.parametrize("seed", range(5))
def test_after_any_changes_the_line_is_that_of_the_rule(seed: int):
    """Runs come, start, train, end, go into the trash and come back; somebody asks in between."""
    here = {"ended_at": None, "deleted_at": None}
    chance, line, runs, now = random.Random(seed), Line(), dict[str, LiveRun](), 0.0
    for number in range(400):
        now += chance.choice([0.0, 5.0, 300.0])
        line.pass_time(now)
        run = made(number, chance.choice("abcdef"), goes_first=chance.random() < 0.02, queued_at=now)
        if runs and chance.random() < 0.7:
            run = runs[chance.choice([*runs])]
            change = chance.choice(
                [
                    {"status": Status.TRAINING, "trainer": f"t{chance.randrange(9)}", **here},
                    {"train_seconds": run.train_seconds + chance.choice([1.0, 2.0, 4.0])},
                    {"status": Status.FINISHED, "ended_at": now, "trainer": None},
                    {"status": Status.QUEUED, "trainer": None, **here},
                    {"deleted_at": now if run.waits else None},
                ]
            )
            run = run._replace(**change)
        runs[run.id] = run
        line.put(run)
        if chance.random() < 0.2:  # a look that takes nothing changes nothing
            list(islice(line.turns(), chance.randrange(4)))
    expected, found = by_the_rule(runs, now), []
    for run in line.turns():
        found.append(run.id)
        line.put(run._replace(status=Status.STARTING, trainer=f"for {run.id}"))
    assert found == expected
    assert line.waiting == 0


def test_where_nothing_is_free_only_those_come_who_have_nothing_at_work_or_go_first():
    line = Line()
    for run in (
        made(1, "ada", status=Status.TRAINING, trainer="t"), made(2, "ada"), made(3, "bob"),
        made(4, "ada", goes_first=True), made(5, "eva", member="e"),
    ):  # fmt: skip
        line.put(run)
    assert [run.id for run in line.turns(lambda: False)] == ["r00004", "r00003", "r00005", "r00002"][:3]
    assert [run.id for run in line.turns(lambda: False, paused=True)] == ["r00004", "r00003"]
    assert [run.id for run in line.turns(lambda: False)] == ["r00004", "r00003", "r00005"]


def test_whoever_cannot_be_placed_lets_the_others_pass_and_keeps_their_place():
    line = Line()
    for number in range(9):
        line.put(made(number, "ada"))
    line.put(made(10, "bob"))
    tried = [run.id for run in line.turns()]
    assert tried == [f"r{number:05}" for number in range(MOST_TRIES)] + ["r00010"]
    assert next(line.turns()).id == "r00000"


def test_the_line_of_thousands_is_not_gone_through_for_those_who_come_next(monkeypatch):
    """What a look costs is counted in looks at heads of lines."""
    looks = {}
    for persons in (100, 1000):
        line = Line()
        for number in range(persons * 10):
            line.put(made(number, f"p{number % persons}"))
        list(islice(line.turns(), 1))
        counted, head = list[object](), Line._head
        monkeypatch.setattr(Line, "_head", lambda self, kind, of=head, to=counted: to.append(kind) or of(self, kind))
        for run in islice(line.turns(), 20):
            line.put(run._replace(status=Status.STARTING, trainer=run.id))
        looks[persons] = len(counted)
        monkeypatch.undo()
    assert looks[1000] <= looks[100] + 20


def test_a_run_of_a_race_that_waits_again_is_told_with_the_trainer_of_the_others():
    line = Line()
    there = made(1, "ada", race="x", status=Status.TRAINING, trainer="t", device_id="cpu")
    for run in (there, made(2, "ada", race="x", member="m"), made(3, "ada", race="y")):
        line.put(run)
    assert line.returned(paused=True) == []
    [(those, other)] = line.returned()
    assert ([run.id for run in those], other) == (["r00002"], there)
    assert line.returned() == []
