"""A school by simulation: `python -m benchmarks.school [--people 1000] [--orders 100000] [--minutes 5] [--store URL]`.

The real scheduler on a real store, with a clock and a cluster that are simulated: 1,000 trainers that share their time
as the real ones do, 20 persons who order 100,000 long runs before the first minute, and people who come meanwhile, four
of five for one run of a minute. Every order, start and end is the store's own transaction. Says how long people wait,
what each has had, how long a tick takes, what the database is asked, and what the slowest questions of a page take at
that size. Times are of this machine; on SQLite no commit waits for the disk. Without --store: SQLite in a folder of its
own; a PostgreSQL database gets a schema of its own, which is removed.
"""

from __future__ import annotations

import argparse
import heapq
import json
import os
import random
import secrets
import statistics
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple
from unittest import mock

import sqlalchemy as sa

from rnnkit.config import RunConfig, with_settings
from rnnkit.people.known import Known
from rnnkit.runs.waits import waits
from rnnkit.store import WAITING_OR_ACTIVE, Status, Store, new_run_id, schema
from rnnkit.training import clock as training_clock
from rnnkit.training import launchers, processes, scheduler

STEP_SECONDS = 0.5  # between two ticks; the real scheduler has five in that time, each with less to do
BEAT_SECONDS = 5.0
NODES, HOARDERS = 125, 20
SMALL_SECONDS = 60.0
SAMPLES = 100  # of what is too much to be done: what each trainer does twice a second


class Small(NamedTuple):
    """What somebody came for: so many runs of so many seconds, at this second."""

    person: str
    at: float
    runs: int
    seconds: float


@dataclass
class Clock:
    """Seconds since the beginning, for the database and for the scheduler."""

    began: float = 1_800_000_000.0
    now: float = 0.0
    tell: Callable[[float], object] = lambda now: None

    def pass_by(self, seconds: float) -> None:
        self.now += seconds
        self.tell(self.began + self.now)


@dataclass
class Machine:
    """A trainer: all that it holds has as much of it, and what has had enough ends."""

    done: float = 0.0  # seconds that each of its runs has had since it began
    runs: list[tuple[float, str, float]] = field(default_factory=list)  # a heap: when it ends, its id, when it came

    def work(self, seconds: float) -> Iterator[str]:
        while self.runs and seconds > 0:
            needed = (self.runs[0][0] - self.done) * len(self.runs)
            if needed > seconds:
                self.done += seconds / len(self.runs)
                return
            self.done, seconds = self.runs[0][0], seconds - needed
            yield heapq.heappop(self.runs)[1]


class Cluster:
    """The scheduler's launcher: trainers that are no processes."""

    def __init__(self, trainers: int):
        nodes = min(NODES, trainers)
        self.devices = [launchers.Device(f"cpu@node{n}", f"node {n}", trainers // nodes) for n in range(nodes)]
        self.machines: dict[str, Machine] = {}

    def see(self, at_work: Collection[str]) -> None:
        self.machines = {token: machine for token, machine in self.machines.items() if token in at_work or machine.runs}

    def trainer_for(self, device: str) -> SimpleNamespace:
        return SimpleNamespace(token=processes.Token("node", secrets.randbits(40), 0, device), device=device)

    def tell(self, trainer: Any, run_id: str) -> None:
        self.machines.setdefault(str(trainer.token), Machine())

    def take_back(self, trainer: Any) -> None:
        pass

    def keep_warm(self, free: Iterable[str], wanted: bool) -> None:
        pass

    def warm(self) -> int:
        return 0

    def lives(self, token: str) -> bool | None:
        return None

    def fate(self, token: str, runs: Collection[str]) -> launchers.Fate:
        raise AssertionError("a simulated trainer was given up")

    def end(self, token: str) -> None:
        pass

    def free_bytes(self, device: str) -> int | None:
        return 64 * 2**30

    def state(self) -> dict[str, Any]:
        return {}

    def close(self) -> None:
        pass


class Asked:
    """Statements that are sent to the database, and the seconds that they took, by who sends them."""

    def __init__(self, engine: sa.Engine):
        self.who, self.counts, self.seconds = "", Counter[str](), defaultdict[str, float](float)
        sa.event.listen(engine, "before_cursor_execute", self._begin)
        sa.event.listen(engine, "after_cursor_execute", self._end)

    def _begin(self, *_: Any) -> None:
        self._since = time.perf_counter()

    def _end(self, *_: Any) -> None:
        self.counts[self.who] += 1
        self.seconds[self.who] += time.perf_counter() - self._since

    @contextmanager
    def by(self, who: str) -> Iterator[None]:
        before, self.who = self.who, who
        yield
        self.who = before


@contextmanager
def a_store(url: str | None, clock: Clock) -> Iterator[Store]:
    """An empty store whose database has the simulated clock."""
    with ExitStack() as stack:
        if url is None:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="rnnkit-school-")))
            store = Store(f"sqlite:///{folder / 'store.sqlite'}")

            def simulated(connection: Any, _record: object) -> None:
                connection.create_function("machine_seconds", 0, lambda: clock.began + clock.now)
                connection.execute("PRAGMA synchronous=OFF")
                connection.execute("PRAGMA journal_mode=MEMORY")

            sa.event.listen(store._database._engine, "connect", simulated)
            store._database._engine.dispose()
        else:
            given, name = sa.make_url(url).set(drivername="postgresql+psycopg"), f"rnnkit_school_{secrets.token_hex(4)}"
            engine = sa.create_engine(given, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
            with engine.connect() as server:
                for order in (
                    f"CREATE SCHEMA {name}", f"CREATE TABLE {name}.clock (now float8)",
                    f"INSERT INTO {name}.clock VALUES ({clock.began})",
                    f"CREATE FUNCTION {name}.clock_timestamp() RETURNS timestamptz STABLE LANGUAGE sql "
                    f"AS 'SELECT to_timestamp(now) FROM {name}.clock'",
                ):  # fmt: skip
                    server.exec_driver_sql(order)
            clock.tell = stack.enter_context(engine.connect()).exec_driver_sql
            clock.tell = lambda now, tell=clock.tell: tell(f"UPDATE {name}.clock SET now = {now}")
            mine = given.update_query_dict({"options": f"-csearch_path={name},pg_catalog"})
            store = Store(mine.render_as_string(hide_password=False))

            def remove() -> None:
                with engine.connect() as server:
                    server.exec_driver_sql(f"DROP SCHEMA {name} CASCADE")

            stack.callback(remove)
        stack.callback(store.close)
        yield store


def hoard(store: Store, orders: int, clock: Clock) -> None:
    """So many long runs of few persons: rows as an order writes them, at once."""
    config = with_settings(RunConfig(), {"name": "long"})
    store.create_run(config)
    with store._database.write() as tx:
        [like] = [row._asdict() for row in tx.execute(sa.select(schema.runs))]
        tx.execute(schema.runs.delete())
        at = clock.began - 600
        before = {"changed_at": at}
        for first in range(0, orders, 5000):
            places = range(first, min(first + 5000, orders))
            rows = [
                like | {"id": new_run_id(), "owner": f"hoarder {n % HOARDERS}", "queued_at": at + n / 1000} | before
                for n in places
            ]
            tx.execute(schema.runs.insert(), rows)


def visitors(people: int, seconds: float, chance: random.Random) -> list[Small]:
    """Who comes when, and for what: most for one small run, some for three, a few for one of half an hour."""
    mix = [(0.8, 1, SMALL_SECONDS), (0.95, 3, SMALL_SECONDS), (1.0, 1, 1800.0)]
    found = []
    for number in range(people):
        lot = chance.random()
        _, runs, needed = next(one for one in mix if lot < one[0] or one is mix[-1])
        found.append(Small(f"visitor {number}", chance.uniform(0, seconds * 0.8), runs, needed))
    return sorted(found, key=lambda one: one.at)


class School:
    """All of it, step by step."""

    def __init__(self, store: Store, clock: Clock, trainers: int, visitors: list[Small], seed: int = 0):
        self.store, self.clock, self.cluster = store, clock, Cluster(trainers)
        self.asked, self.chance = Asked(store._database._engine), random.Random(seed)
        self.coming = visitors
        lease = store.take_scheduler("simulated", stale_seconds=-1.0)
        assert lease is not None
        self.scheduler = scheduler.Scheduler(store, self.cluster, lease)
        self.ordered: dict[str, tuple[Small, float]] = {}  # of visitors: what for, and when
        self.needed: dict[str, float] = {}  # seconds of each run
        self.began: dict[str, float] = {}
        self.ended: dict[str, float] = {}
        self.trained = defaultdict[str, float](float)
        self.ticks: list[float] = []
        self.cpu: list[float] = []
        self.owners: dict[str, str] = {}
        self._beat_at = 0.0

    def step(self) -> None:
        self.clock.pass_by(STEP_SECONDS)
        with self.asked.by("people: orders"):
            self._order()
        with self.asked.by("scheduler"):
            since, cpu = time.perf_counter(), time.process_time()
            self.scheduler.tick()
            self.ticks.append(time.perf_counter() - since)
            self.cpu.append(time.process_time() - cpu)
        with self.asked.by("trainers: begin and end"):
            self._train()

    def _order(self) -> None:
        while self.coming and self.coming[0].at <= self.clock.now:
            one = self.coming.pop(0)
            config = with_settings(RunConfig(), {"owner": one.person, "name": "small"})
            for run in self.store.create_runs([config] * one.runs, most_queued=100_000):
                self.ordered[run], self.needed[run] = (one, self.clock.now), one.seconds

    def _train(self) -> None:
        with self.asked.by("simulation"), self.store._database.read() as tx:
            runs = schema.runs.c
            given = tx.execute(sa.select(runs.id, runs.trainer, runs.owner).where(runs.status == Status.STARTING)).all()
        for run, trainer, owner in given:
            self.store.lease(run, trainer).claim()
            machine = self.cluster.machines.setdefault(trainer, Machine())
            needed = self.needed.setdefault(run, self.chance.choice([120.0, 600.0, 3600.0]))
            heapq.heappush(machine.runs, (machine.done + needed, run, self.clock.now))
            self.began[run], self.owners[run] = self.clock.now, owner
        for trainer, machine in self.cluster.machines.items():
            for run in machine.work(STEP_SECONDS):
                lease, needed = self.store.lease(run, trainer), self.needed[run]
                lease.progress(step=1, loss=1.0, chars_per_second=1.0, train_seconds=needed, point=None)
                lease.end(Status.FINISHED)
                self.ended[run] = self.clock.now
                self.trained[self.owners[run]] += needed
        if self.clock.now - self._beat_at >= BEAT_SECONDS:
            self._beat_at = self.clock.now
            with self.asked.by("simulation"), self.store._database.write() as tx:  # each trainer's own, all at once
                tx.execute(
                    schema.runs.update().where(schema.runs.c.status == Status.TRAINING)
                    .values(heartbeat_at=self.clock.began + self.clock.now)
                )  # fmt: skip

    # ---- what came of it

    def figures(self) -> dict[str, Any]:
        seconds = self.clock.now
        small = [
            (run, at) for run, (what, at) in self.ordered.items() if what.runs == 1 and what.seconds == SMALL_SECONDS
        ]  # fmt: skip
        held = [len(machine.runs) for machine in self.cluster.machines.values() if machine.runs]
        for machine in self.cluster.machines.values():
            for ends, run, _ in machine.runs:
                self.trained[self.owners[run]] += max(0.0, self.needed[run] - (ends - machine.done))
        hoarders = [self.trained[f"hoarder {n}"] for n in range(HOARDERS)]
        ticks, cpu, later = sorted(self.ticks[1:]), sorted(self.cpu[1:]), sorted(self.cpu[len(self.cpu) // 2 :])
        return {
            "simulated_seconds": round(seconds),
            "people": len({what.person for what, _ in self.ordered.values()}),
            "waiting_at_the_end": self.scheduler._line.waiting if self.scheduler._line else 0,
            "started": len(self.began), "ended": len(self.ended),
            "runs_per_trainer": round(statistics.mean(held), 1) if held else 0.0,
            "one_small_run": {
                "people": len(small), "wait_s": spread([self.began.get(run, seconds) - at for run, at in small]),
                "ended": sum(run in self.ended for run, _ in small),
                "until_it_ended_s": spread([self.ended[run] - at for run, at in small if run in self.ended]),
            },
            "hoarders_trained_s": {"least": round(min(hoarders)), "most": round(max(hoarders))},
            "first_tick_ms": round(1000 * self.ticks[0], 1),
            "tick_ms": {
                **{name: round(1000 * at(ticks, share), 2) for name, share in SHARES},
                "most": round(1000 * ticks[-1], 1),
            },
            "tick_cpu_ms": {name: round(1000 * at(cpu, share), 2) for name, share in SHARES},
            "tick_cpu_ms_second_half": {name: round(1000 * at(later, share), 2) for name, share in SHARES},
            "each_step": {
                who: {
                    "statements": round(count / len(self.ticks), 1),
                    "database_ms": round(1000 * self.asked.seconds[who] / len(self.ticks), 1),
                }
                for who, count in sorted(self.asked.counts.items()) if who and who != "simulation"
            },
        }  # fmt: skip

    def each_trainer(self) -> dict[str, Any]:
        """What every trainer asks twice a second, measured on some of them and calculated for all."""
        tokens = [token for token, machine in self.cluster.machines.items() if machine.runs][:SAMPLES]
        runs = [(self.cluster.machines[token].runs[0][1], token) for token in tokens]

        def look() -> None:
            for token in tokens:
                self.store.held_by(token)
                self.store.open_class()

        def progress() -> None:
            for run, token in runs:
                self.store.lease(run, token).progress(
                    step=1, loss=1.0, chars_per_second=1.0, train_seconds=1.0, point=None
                )

        found = {}
        for name, ask in (("look", look), ("progress", progress)):
            since, before = time.perf_counter(), self.asked.counts["samples"]
            with self.asked.by("samples"):
                ask()
            each = (time.perf_counter() - since) / max(1, len(tokens))
            many = (self.asked.counts["samples"] - before) / max(1, len(tokens))
            found[name] = {
                "ms": round(1000 * each, 2),
                "statements": many,
                "per_second_of_1000": round(2 * 1000 * many),
            }
        return found

    def pages(self) -> dict[str, float]:
        """Seconds of the questions of a dashboard that grow with the queue, at this size."""
        live: list[Any] = []

        def queue() -> None:
            live.extend(self.store.runs(statuses=WAITING_OR_ACTIVE))

        order = with_settings(RunConfig(), {"owner": "one more", "name": "one"})
        questions: dict[str, Callable[[], object]] = {
            "one_order": lambda: self.store.create_runs([order], most_queued=100_000),
            "lists_of_runs": self.store.listed,
            "whose_everything_is": lambda: Known(self.store).runs or self.store.whose(),
            "runs_that_live": queue,
            "waits_of_all": lambda: waits(live),
        }
        found = {}
        for name, ask in questions.items():
            since = time.perf_counter()
            ask()
            found[name] = round(time.perf_counter() - since, 3)
        return found


SHARES = (("p50", 0.5), ("p95", 0.95), ("p99", 0.99))


def at(ordered: list[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0


def spread(values: list[float]) -> dict[str, float]:
    ordered = sorted(values)
    return {name: round(at(ordered, share), 1) for name, share in SHARES}


def simulate(
    people: int, orders: int, trainers: int, seconds: float, url: str | None = None, seed: int = 0, pages: bool = True
) -> dict[str, Any]:
    """Everything, as one document."""
    clock = Clock()
    with ExitStack() as stack:
        store = stack.enter_context(a_store(url, clock))
        for module in (scheduler, training_clock):
            stack.enter_context(mock.patch.object(module, "time", _of(clock)))
        hoard(store, orders, clock)
        school = School(store, clock, trainers, visitors(people, seconds, random.Random(seed)), seed)
        while clock.now < seconds:
            school.step()
        found = {"database": "sqlite" if url is None else "postgresql", "trainers": trainers, "orders": orders}
        found |= school.figures() | {"each_trainer": school.each_trainer()}
        return found | ({"questions_of_a_page_s": school.pages()} if pages else {}) | {"load": os.getloadavg()[0]}


def _of(clock: Clock) -> SimpleNamespace:
    return SimpleNamespace(monotonic=lambda: clock.now, perf_counter=lambda: clock.now, sleep=lambda seconds: None)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, value in (("people", 1000), ("orders", 100_000), ("trainers", 1000)):
        parser.add_argument(f"--{name}", type=int, default=value)
    parser.add_argument("--minutes", type=float, default=5.0)
    parser.add_argument("--store", help="a PostgreSQL database: postgresql://USER:PASSWORD@HOST/DATABASE")
    parser.add_argument("--pages", action="store_true", help="ask what a dashboard asks at that size, too")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    found = simulate(asked.people, asked.orders, asked.trainers, 60 * asked.minutes, asked.store, pages=asked.pages)
    print(json.dumps(found) if asked.json else json.dumps(found, indent=1).replace('"', ""))


if __name__ == "__main__":
    main()
