"""Whose turn it is, where there is room, and what a scheduler does when it is not the only one."""

from __future__ import annotations

import time
from collections.abc import Callable
from types import SimpleNamespace

import in_class
import pytest
import tiny
from launched import CPU, GPU, Trainers
from pretend import in_charge

from rnnkit.config import RunConfig, with_settings
from rnnkit.errors import StoreAway, StoreBusy, StoreError, StoreFull
from rnnkit.store import LostPlace, Run, Status, Store, schema
from rnnkit.training import clock, launchers, marks, processes, scheduler
from rnnkit.training.launchers import Device


@pytest.fixture
def scheduling(store: Store):
    def with_devices(*devices: Device) -> scheduler.Scheduler:
        return scheduler.Scheduler(store, Trainers(*devices), in_charge(store))

    return with_devices


def a_run(store: Store, owner: str) -> Run:
    return store.run(store.create_run(with_settings(RunConfig(), {"owner": owner})))


def test_no_more_runs_are_started_than_there_are_slots(store, scheduling):
    runs = [a_run(store, "ada").id for _ in range(3)]
    at_work = scheduling(CPU._replace(slots=2))
    at_work.tick()
    at_work.tick()
    assert at_work.launcher.told == runs[:2]
    assert [store.run(run).status for run in runs] == [Status.STARTING, Status.STARTING, Status.QUEUED]


def held_by(store: Store, runs: list[str]) -> list[str | None]:
    return [store.run(run).trainer for run in runs]


def test_who_has_nothing_at_work_joins_the_trainer_at_work_and_ones_own_runs_go_one_after_another(store, scheduling):
    runs = [a_run(store, owner).id for owner in ("ada", "ada", "bob", "eva")]
    at_work = scheduling(CPU)
    at_work.tick()
    first, second, *others = held_by(store, runs)
    assert at_work.launcher.told == runs[:1], "the others are found in the store"
    assert (second, others) == (None, [first] * 2)
    store.lease(runs[2], first).claim()
    store.lease(runs[2], first).end(Status.FINISHED)
    a_run(store, "bob")
    at_work.tick()
    assert store.runs(owner="bob")[0].status == Status.STARTING
    assert store.run(runs[1]).status == Status.QUEUED


def test_a_trainer_takes_no_more_persons_than_have_a_turn_within_a_round_nor_than_fit_into_memory(
    store, scheduling, monkeypatch
):
    monkeypatch.setattr(scheduler, "MOST", 2)
    at_work = scheduling(CPU)
    runs = [a_run(store, owner).id for owner in ("ada", "bob", "eva")]
    at_work.tick()
    assert [bool(trainer) for trainer in held_by(store, runs)] == [True, True, False]
    monkeypatch.setattr(scheduler, "MOST", 60)
    memory = SimpleNamespace(available=20 * 2**20)
    monkeypatch.setattr(scheduler.cost.psutil, "virtual_memory", lambda: memory)
    at_work.tick()
    assert store.run(runs[2]).status == Status.QUEUED
    memory.available = 2**30
    at_work.tick()
    assert store.run(runs[2]).status == Status.STARTING


def test_who_wants_a_gpu_waits_for_it_and_who_may_use_the_processor_shares_it(store, scheduling):
    first = [store.create_run(with_settings(RunConfig(), {"owner": one})) for one in ("ada", "bob")]
    at_work = scheduling(GPU, CPU)
    at_work.tick()
    asked = [("eva", "gpu"), ("jan", "cpu")]
    eva, jan = (
        store.create_run(with_settings(RunConfig(), {"owner": owner, "training.device": device}))
        for owner, device in asked
    )
    at_work.tick()
    assert store.run(eva).status == Status.QUEUED
    assert store.run(jan).trainer == store.run(first[1]).trainer


def test_only_the_run_that_had_its_turn_is_blamed_for_the_end_of_a_trainer(store, scheduling):
    runs = [a_run(store, owner).id for owner in ("ada", "bob", "eva")]
    at_work = scheduling(CPU)
    for attempts in (1, 2, 3):
        at_work.tick()
        trainer = store.run(runs[0]).trainer
        mark = marks.Mark(trainer).__enter__()
        mark.write(runs[1])
        at_work.launcher.dead.add(trainer)
        at_work._give_up(trainer, store.runs(ids=runs))
        assert [store.run(run).attempts for run in runs] == [0, attempts, 0]
    assert store.run(runs[1]).status == Status.FAILED
    assert Status.FAILED not in {store.run(runs[0]).status, store.run(runs[2]).status}


def test_a_frozen_trainer_of_several_runs_is_noticed(store, scheduling, later):
    at_work = scheduling(CPU)
    runs = [a_run(store, owner).id for owner in ("ada", "bob")]
    at_work.tick()
    trainer = store.run(runs[0]).trainer
    for run in runs:
        store.lease(run, trainer).claim()
    later(at_work, int(scheduler.FROZEN_SECONDS) + 5)
    assert trainer not in held_by(store, runs)


def test_two_owners_share_two_slots_although_one_came_first_with_many_runs(store, scheduling):
    for _ in range(3):
        a_run(store, "ada")
    bobs = a_run(store, "bob").id
    at_work = scheduling(CPU._replace(slots=2))
    at_work.tick()
    assert bobs in at_work.launcher.told


def a_race(store: Store, runs: int = 3) -> list[str]:
    return store.create_runs([RunConfig()] * runs, races=["r1"] * runs)


def test_the_runs_of_a_race_go_to_one_trainer_which_holds_one_slot(store, scheduling):
    before, race, other = a_run(store, "ada").id, a_race(store), a_run(store, "ada").id
    at_work = scheduling(CPU._replace(slots=3))
    at_work.tick()
    at_work.tick()
    assert at_work.launcher.told == [before, race[0], other]
    trainers = [store.run(run).trainer for run in [before, *race, other]]
    assert len({*trainers}) == 3
    assert len({*trainers[1:4]}) == 1


def test_a_run_that_is_resumed_joins_the_trainer_of_its_race(store, scheduling):
    race, late = a_race(store), a_run(store, "").id
    at_work = scheduling(CPU)
    at_work.tick()
    trainer = store.run(race[0]).trainer
    for run in race:
        store.lease(run, trainer).claim()
    store.lease(race[1], trainer).end(Status.PAUSED)
    store.resume_run(race[1])
    at_work.tick()
    assert (store.run(race[1]).status, store.run(race[1]).trainer) == (Status.STARTING, trainer)
    assert store.run(late).status == Status.QUEUED
    assert at_work.launcher.told == race[:1], "it finds the others in the store"


def test_all_runs_of_a_race_are_given_to_another_trainer_when_theirs_has_died(store, scheduling):
    race = a_race(store)
    at_work = scheduling(CPU)
    at_work.tick()
    at_work.launcher.dead.add(store.run(race[0]).trainer)
    at_work.tick()
    assert {store.run(run).status for run in race} == {Status.QUEUED}
    at_work.tick()
    assert len({store.run(run).trainer for run in race} - at_work.launcher.dead) == 1
    assert at_work.launcher.told == [race[0], race[0]]


def test_auto_takes_the_gpu_first_and_cpu_is_taken_by_who_asks_for_it(store, scheduling):
    asked = store.create_run(with_settings(RunConfig(), {"training.device": "cpu"}))
    auto = store.create_run(RunConfig())
    at_work = scheduling(GPU, CPU)
    at_work.tick()
    devices = {run: processes.parse(store.run(run).trainer).note for run in (asked, auto)}
    assert devices == {asked: "cpu", auto: "gpu0"}


def test_a_run_that_wants_the_busy_gpu_waits_although_the_processor_is_free(store, scheduling):
    first, second = (store.create_run(with_settings(RunConfig(), {"training.device": "gpu"})) for _ in range(2))
    at_work = scheduling(GPU, CPU)
    at_work.tick()
    assert [store.run(run).status for run in (first, second)] == [Status.STARTING, Status.QUEUED]


def test_a_run_whose_trainer_died_goes_to_another_trainer(store, scheduling):
    run = store.create_run(RunConfig())
    at_work = scheduling(CPU)
    at_work.tick()
    at_work.launcher.dead.add(store.run(run).trainer)
    at_work.tick()
    at_work.tick()
    row = store.run(run)
    assert (row.status, row.attempts) == (Status.STARTING, 1)
    assert at_work.launcher.told == [run, run]


def test_a_scheduler_whose_place_was_taken_ends(store, scheduling, monkeypatch):
    at_work, closed = scheduling(CPU), list[bool]()
    assert at_work.tick()
    in_charge(store, "another")
    at_work._beat_at -= scheduler.HEARTBEAT_SECONDS
    with pytest.raises(LostPlace):
        at_work.tick()
    assert store.scheduler()["token"] == "another"
    monkeypatch.setattr(at_work.launcher, "close", lambda: closed.append(True), raising=False)
    at_work.run()
    assert closed == [True]


def test_a_scheduler_outlives_a_store_that_cannot_be_written_for_a_while(store, scheduling, monkeypatch, caplog):
    at_work, answers = scheduling(CPU), iter([StoreFull("store: full"), StoreFull("store: full"), True, False])
    monkeypatch.setattr(scheduler, "HEARTBEAT_SECONDS", 0.0)

    def tick() -> bool:
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr(at_work, "tick", tick)
    monkeypatch.setattr(at_work.launcher, "close", lambda: None, raising=False)
    at_work.run()
    assert caplog.text.count("store: full") == 2
    assert next(answers, None) is None


def test_a_scheduler_that_nobody_has_needed_for_long_ends_and_leaves_its_place(store, scheduling, monkeypatch):
    monkeypatch.setenv("RNNKIT_IDLE_MINUTES", "1")
    at_work = scheduling(CPU)
    assert at_work.tick()
    at_work._needed_at -= 120.0
    at_work._beat_at -= scheduler.HEARTBEAT_SECONDS
    assert not at_work.tick()
    assert store.scheduler()["token"] is None


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Time passes for a scheduler that looks every second."""
    now = {"now": 0.0}
    monkeypatch.setattr(clock, "time", SimpleNamespace(perf_counter=lambda: now["now"]))

    def pass_by(at_work: scheduler.Scheduler, seconds: int, each: Callable[[], object] = lambda: None) -> None:
        for _ in range(seconds):
            now["now"] += 1.0
            each()
            at_work.tick()

    return pass_by


def begun(store: Store, at_work: scheduler.Scheduler) -> str:
    """A run that a trainer has claimed."""
    run = store.create_run(RunConfig())
    at_work.tick()
    store.lease(run, store.run(run).trainer).claim()
    return run


@pytest.mark.parametrize(
    ("seconds", "where"), [(scheduler.FROZEN_SECONDS, "here"), (scheduler.STALE_SECONDS, "on another machine")]
)
def test_a_trainer_that_no_longer_beats_is_replaced_and_one_that_beats_is_not(
    store, scheduling, later, seconds: float, where: str
):
    at_work = scheduling(CPU)
    run = begun(store, at_work)
    trainer = store.run(run).trainer
    if where != "here":
        at_work.launcher.far.add(trainer)
    later(at_work, int(seconds) + 10, store.lease(run, trainer).heartbeat)
    assert store.run(run).attempts == 0
    later(at_work, int(seconds) - 2)
    assert store.run(run).attempts == 0
    later(at_work, 5)
    assert store.run(run).attempts == 1


def test_a_trainer_that_loads_what_trains_has_more_time(store, scheduling, later):
    at_work = scheduling(CPU)
    run = store.create_run(RunConfig())
    later(at_work, int(scheduler.FROZEN_SECONDS) + 10)
    assert (store.run(run).status, store.run(run).attempts) == (Status.STARTING, 0)
    later(at_work, int(scheduler.LOADING_SECONDS))
    assert store.run(run).attempts == 1


def test_stop_ends_a_trainer_that_does_not_beat_at_once_and_one_that_does_not_listen_after_a_minute(
    store, scheduling, later
):
    at_work = scheduling(CPU)
    run = begun(store, at_work)
    later(at_work, 30)
    store.ask(run, "stop")
    later(at_work, 1)
    assert (store.run(run).status, store.run(run).attempts) == (Status.STOPPED, 1)

    run = begun(store, at_work)
    trainer = store.run(run).trainer
    store.ask(run, "stop")
    later(at_work, int(scheduler.STOP_SECONDS), store.lease(run, trainer).heartbeat)
    assert store.run(run).status == Status.TRAINING
    later(at_work, 2, store.lease(run, trainer).heartbeat)
    assert store.run(run).status == Status.STOPPED


def test_a_pause_waits_for_its_place_as_long_as_the_trainer_beats(store, scheduling, later):
    at_work = scheduling(CPU)
    run = begun(store, at_work)
    store.ask(run, "pause")
    later(at_work, 200, store.lease(run, store.run(run).trainer).heartbeat)
    assert store.run(run).status == Status.TRAINING


@pytest.mark.parametrize("error", [StoreFull("store: full"), StoreError("store: away")], ids=["full", "away"])
def test_nobody_is_given_up_for_what_could_not_be_written(store, scheduling, later, monkeypatch, error):
    at_work = scheduling(CPU)
    run = begun(store, at_work)
    later(at_work, 55)
    ticks = iter([error, None])

    def tick() -> bool:
        if fault := next(ticks):
            raise fault
        return False

    with monkeypatch.context() as patch:
        patch.setattr(scheduler, "HEARTBEAT_SECONDS", 0.0)
        patch.setattr(at_work, "tick", tick)
        patch.setattr(at_work.launcher, "close", lambda: None, raising=False)
        at_work.run()
    later(at_work, 50)
    assert (store.run(run).status, store.run(run).attempts) == (Status.TRAINING, 0)
    later(at_work, 15)
    assert store.run(run).attempts == 1


def test_a_trainer_that_was_stopped_with_the_lock_in_its_hands_is_ended(store, scheduling, monkeypatch):
    """On SQLite nobody else can write then, the scheduler neither."""
    at_work, ended = scheduling(CPU), []
    run = begun(store, at_work)
    at_work.tick()
    monkeypatch.setattr(processes, "end_if_stopped", ended.append)
    monkeypatch.setattr(scheduler, "HEARTBEAT_SECONDS", 0.0)
    monkeypatch.setattr(at_work.launcher, "close", lambda: None, raising=False)
    answers = iter([StoreBusy("store: database is locked"), StoreAway("store: gone"), None])

    def tick() -> bool:
        if error := next(answers):
            raise error
        return False

    monkeypatch.setattr(at_work, "tick", tick)
    at_work.run()
    assert ended == [store.run(run).trainer]


def test_a_scheduler_that_was_stopped_with_the_lock_in_its_hands_is_ended(store, a_scheduler, monkeypatch):
    ended = []
    scheduler.ensure_running(store)
    monkeypatch.setattr(processes, "end_if_stopped", lambda token: not ended and not ended.append(token))
    monkeypatch.setattr(Store, "scheduler", lambda store: (_ for _ in ()).throw(StoreBusy("store: locked")))
    scheduler.ensure_running(store)
    assert ended == ["vm|1|1|scheduler"]
    with pytest.raises(StoreBusy):
        scheduler.ensure_running(store)


def test_a_trainer_whose_run_was_taken_back_meanwhile_stays_warm(store, scheduling, monkeypatch):
    at_work = scheduling(CPU)
    run = store.create_run(RunConfig())
    monkeypatch.setattr(at_work.lease, "assign", lambda orders: set())
    at_work.tick()
    assert [trainer.device for trainer in at_work.launcher.back] == ["cpu"]
    assert (at_work.launcher.told, store.run(run).status) == ([], Status.QUEUED)


@pytest.mark.parametrize("off", [-60.0, 60.0, 3600.0])
def test_a_process_whose_clock_is_wrong_declares_nothing_lost(store, scheduling, monkeypatch, off: float):
    at_work = scheduling(CPU)
    run = begun(store, at_work)
    now = time.time
    monkeypatch.setattr(time, "time", lambda: now() + off)
    at_work.launcher.far.add(store.run(run).trainer)
    at_work._beat_at -= scheduler.HEARTBEAT_SECONDS
    assert at_work.tick()
    assert (store.run(run).status, store.run(run).attempts) == (Status.TRAINING, 0)
    assert store.run(run).silent_seconds < 30.0
    assert store.take_scheduler("vm|2|2|scheduler", stale_seconds=scheduler.STALE_SECONDS) is None
    monkeypatch.setattr(processes, "lives", lambda token: None)  # as on another machine
    monkeypatch.setattr(scheduler, "start", lambda: pytest.fail("a scheduler is at work"))
    scheduler.ensure_running(store)


@pytest.fixture
def a_scheduler(store, monkeypatch) -> dict[str, list]:
    """One of this machine that is seen to live, and what becomes of it."""
    in_charge(store)
    found = {"killed": [], "started": []}
    monkeypatch.setattr(processes, "lives", lambda token: True)
    monkeypatch.setattr(processes, "kill", found["killed"].append)
    monkeypatch.setattr(scheduler, "start", lambda: found["started"].append(1) or SimpleNamespace(poll=lambda: None))
    monkeypatch.setattr(scheduler, "_started", [])
    monkeypatch.setattr(scheduler, "AWAY_SECONDS", -1.0)
    monkeypatch.setattr(scheduler, "MOMENT_SECONDS", 0.0)
    return found


def test_a_scheduler_that_is_frozen_is_ended_and_another_started(store, a_scheduler):
    scheduler.ensure_running(store)
    assert a_scheduler == {"killed": ["vm|1|1|scheduler"], "started": [1]}


def test_a_scheduler_that_was_asleep_with_its_machine_is_left_alone(store, a_scheduler, monkeypatch):
    awake = in_charge(store)
    monkeypatch.setattr(scheduler, "time", SimpleNamespace(sleep=lambda seconds: awake.heartbeat({})))
    scheduler.ensure_running(store)
    assert a_scheduler == {"killed": [], "started": []}


def test_a_scheduler_that_cannot_write_as_the_disk_is_full_is_left_alone(store, a_scheduler, monkeypatch):
    monkeypatch.setattr(Store, "check_writable", lambda store: (_ for _ in ()).throw(StoreFull("store: full")))
    scheduler.ensure_running(store)
    assert a_scheduler == {"killed": [], "started": []}


def test_the_scheduler_says_on_which_devices_it_trains(store, scheduling):
    scheduling(GPU, CPU).tick()
    assert [device["title"] for device in store.scheduler()["state"]["devices"]] == ["a GPU", "2 cores"]


def test_the_last_lines_of_a_log_are_text_whatever_was_written(home):
    home.mkdir(exist_ok=True)
    (home / "logs").mkdir()
    (home / "logs" / "abc.log").write_bytes(b"\n".join(b"line %d" % i for i in range(100)) + b"\n\xff\x00end")
    assert launchers.last_lines("abc").splitlines()[-2:] == ["line 99", "�end"]
    assert len(launchers.last_lines("abc").splitlines()) == launchers.LOG_LINES
    assert launchers.last_lines("none") == ""


def test_what_was_deleted_a_day_ago_is_removed_now_and_then(store: Store, scheduling, monkeypatch: pytest.MonkeyPatch):
    run, calls = store.create_run(RunConfig()), []
    store.delete_run(run)
    with store._database.write() as tx:
        tx.exec_driver_sql("UPDATE runs SET deleted_at = 1.0")
    monkeypatch.setattr(store, "purge", lambda purge=store.purge: calls.append(purge()))
    one = scheduling(CPU)
    one.tick()
    one.tick()
    assert calls == [1]
    assert store.trash() == []


def test_a_class_whose_day_is_over_is_ended_once_in_a_process_of_its_own(store: Store, scheduling, monkeypatch):
    in_class.opened(store)
    with store._database.write() as tx:
        tx.execute(schema.classes.update().values(closes_at=1.0))
    given = in_class.give(store, tiny.run(store), "Ann")
    started = []
    monkeypatch.setattr(
        scheduler, "start", lambda module, start=scheduler.start: started.append(start(module)) or started[-1]
    )
    ticking = scheduling(CPU)
    for _ in range(3):
        monkeypatch.setattr(ticking, "_purged_at", -1e9)
        assert ticking.tick()
    assert [process.wait(60) for process in started] == [0]
    assert store.open_class() is None
    assert given not in [run.id for run in store.runs()]
    assert store.acts() == []


def test_an_open_class_is_waited_for_without_hurry(store: Store, scheduling, monkeypatch):
    in_class.opened(store)
    ticking = scheduling(CPU)
    monkeypatch.setattr(scheduler, "_pages_wait", lambda row: False)
    ticking._beat_at = ticking._needed_at = -1e9
    assert ticking.tick()
    assert ticking._waits_for_a_day
    store.end_class("c1")
    ticking._beat_at = ticking._needed_at = -1e9
    assert not ticking.tick()
