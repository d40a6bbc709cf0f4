"""A class that starts at once: `python -m benchmarks.classroom [--persons 30] [--seconds 300] [--json]`.

Starts the real dashboard and a run of 10,000 epochs. Then each of the persons opens Train over a web socket of his own
and presses Start, all within two seconds. From then on each asks the feed of his run every two seconds, as browsers do.
Everything is seen from outside:

* `lost`: presses of which no run has come, or of which the run was lost. `first_point_s_max`, `first_text_s_max`: the
  longest wait from the press.
* `first_trained_text_s_max`: the same until the first text of a network that has learned something.
* `share_spread`: how far the seconds of training that somebody had after `--seconds` are from the mean, at most; before
  the first run ends. `share_seconds`: the mean. Nobody has had all of his seconds by then.
* `delay_by_long_run_s`: for how much of the time between somebody's press and his first point a trainer was at the long
  run, at most: a hundred times a second it is read which run each trainer is at.
* `pause_all_s_max`: how long after the class was paused a trainer was still at a pupil's run, or one moved on.
* `trainers_mb`, `dashboard_mb`: the most memory; `trainers_cores` and so on, how many cores they kept busy.
  `tick_ms_p95`: of an answer of the feed.
* `told_wait_right`: of what was told of waiting (until it moves; a fifth of the time later and again and again until
  it has ended), the share that was right within 30 %, or within three seconds; `told_ends_off`, how much too long the
  end was told, in tenths of the cases. The pause is left out of all times.

They join a class by its code and have a cookie each, with the seconds of training that the class gives everybody.
`--persons` and `--seconds` make it shorter.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import math
import os
import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import psutil
import websockets
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from benchmarks import app as apps
from benchmarks.viewers import DONE, PATIENCE, TICK_SECONDS, answer, rerun
from rnnkit.people import classes, identity
from rnnkit.store import ACTIVE, Run, Status, Store

PRESET, LONG = "cookbook-gru", "the long one"
WITHIN = 2.0  # seconds in which all press
LOST = ("", Status.FAILED, Status.DIVERGED, Status.STOPPED, Status.PAUSED)
RIGHT, ABOUT = 0.3, 3.0  # of a wait; seconds
PAUSED_SECONDS = 8.0


class Clock:
    """Seconds of the lesson: it stands still while all is paused, which nobody could have told."""

    def __init__(self) -> None:
        self._without, self._since = 0.0, 0.0

    @property
    def stands(self) -> bool:
        return self._since > 0

    def seconds(self) -> float:
        return (self._since or time.monotonic()) - self._without

    def stop(self) -> None:
        self._since = time.monotonic()

    def go_on(self) -> None:
        self._without += time.monotonic() - self._since
        self._since = 0.0


@dataclass
class Pupil:
    """One client, and what it has seen: moments by the clock of the lesson."""

    name: str
    person: str
    cookie: str
    clock: Clock
    pressed: float = 0.0
    run: str | None = None
    point: float | None = None
    text: float | None = None
    trained_text: float | None = None
    ended: float | None = None
    status: str = ""
    told: list[tuple[float, str, float]] = field(default_factory=list)  # when, of what, seconds
    ticks: list[float] = field(default_factory=list)

    @property
    def headers(self) -> dict[str, str]:
        return {"Cookie": f"{identity.COOKIE}={self.cookie}"}

    async def press(self, port: int, all_here: asyncio.Barrier, after: float) -> None:
        """Open Train, wait for the others, press Start, and stay until the page of the run is there."""
        address = f"ws://127.0.0.1:{port}/_stcore/stream"
        async with websockets.connect(address, max_size=None, additional_headers=self.headers) as socket:
            query = ""
            await socket.send(rerun(query, page_name="Train"))
            page, button = await _drawn(socket)
            await all_here.wait()
            await asyncio.sleep(after)
            self.pressed = self.clock.seconds()
            message = BackMsg()
            message.rerun_script.query_string, message.rerun_script.page_script_hash = query, page
            message.rerun_script.widget_states.widgets.add(id=button, trigger_value=True)
            await socket.send(message.SerializeToString())
            await _drawn(socket)

    async def follow(self, port: int) -> None:
        """Ask the run's feed until it has ended."""
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        cursor = ""
        while self.ended is None:
            lines = [f"GET /feed/run/{self.run}?since={cursor} HTTP/1.1", f"Host: 127.0.0.1:{port}"]
            lines += [f"{name}: {value}" for name, value in self.headers.items()]
            lines += [f'If-None-Match: "{cursor}"'] if cursor else []
            began = time.monotonic()
            writer.write(("\r\n".join(lines) + "\r\n\r\n").encode())
            status, headers, body = await answer(reader)
            self.ticks.append(time.monotonic() - began)
            if status == 200:
                cursor = headers["etag"].strip('"')
                self._hear(json.loads(body))
            elif status != 304:
                raise RuntimeError(f"feed: expected status 200 or 304, got {status}: {body[:200]!r}")
            await asyncio.sleep(max(0.0, began + TICK_SECONDS - time.monotonic()))
        writer.close()

    def _hear(self, news: dict[str, Any]) -> None:
        now, run = self.clock.seconds(), news["run"]
        self.status = run["status"]
        if news["text"] and self.text is None:
            self.text = now
        if news["text"] and news["text"]["step"] and self.trained_text is None:
            self.trained_text = now
        if run["live"] and not self.clock.stands:
            waits = {"moves": run["moves_in"] if self.point is None else None, "ends": run["seconds_left"]}
            self.told += [(now, of, seconds) for of, seconds in waits.items() if seconds is not None]
        elif not run["live"]:
            self.ended = now

    def right(self, since: float, kinds: tuple[str, ...] = ("moves", "ends")) -> list[bool]:
        """Of what was told of waiting: whether it came true."""
        came = {"moves": self.point, "ends": self.ended}
        told = [one for one in self.told if one[1] == "moves" or one[0] > since]
        return [
            abs(at + seconds - there) <= max(ABOUT, RIGHT * (there - at))
            for at, of, seconds in told
            if of in kinds and (there := came[of]) is not None
        ]


async def _drawn(socket: websockets.ClientConnection) -> tuple[str, str]:
    """Read until the script has run. Returns the page's hash and the id of the button that starts a run."""
    page, button = "", ""
    while True:
        message = ForwardMsg.FromString(await asyncio.wait_for(socket.recv(), PATIENCE))
        kind = message.WhichOneof("type")
        if kind == "navigation":
            page = message.navigation.page_script_hash
        elif kind == "delta" and message.delta.new_element.button.label == "Start training":
            button = message.delta.new_element.button.id
        elif kind == "script_finished" and message.script_finished in DONE:
            return page, button


# ---- what is seen of the store and the processes


@dataclass
class Seen:
    """What is read again and again."""

    trainers: float = 0.0  # bytes, at most
    dashboard: float = 0.0
    cpu: dict[tuple[str, int], tuple[float, float]] = field(default_factory=dict)  # kind, process -> first, last
    shares: dict[str, float] = field(default_factory=dict)  # the last while all trained
    at: list[tuple[float, frozenset[str]]] = field(default_factory=list)  # when, which runs the trainers are at
    paused: float | None = None  # seconds until nothing of the pupils moved

    def took(self, kind: str, process: psutil.Process) -> None:
        """The processor's seconds of a process, as long as it is there to be asked."""
        with contextlib.suppress(psutil.Error):
            now = sum(process.cpu_times()[:2])
            self.cpu[kind, process.pid] = self.cpu.get((kind, process.pid), (now, now))[0], now

    def cores(self, kind: str, seconds: float) -> float:
        """How many cores these processes kept busy."""
        return round(sum(last - first for (of, _), (first, last) in self.cpu.items() if of == kind) / seconds, 2)

    def with_run(self, run: str, since: float, until: float) -> float:
        """Seconds between two moments in which a trainer was at this run."""
        return sum(
            min(after, until) - max(at, since)
            for (at, runs), (after, _) in pairwise(self.at)
            if run in runs and at < until and after > since
        )


async def look(store: Store, app: apps.App, pupils: list[Pupil], seconds: float, seen: Seen) -> None:
    """Until all have ended."""
    by_person = {pupil.person: pupil for pupil in pupils}
    while any(pupil.ended is None for pupil in pupils):
        rows = await asyncio.to_thread(store.runs)
        now = pupils[0].clock.seconds()
        mine: dict[str, Run] = {}
        for row in rows:
            if pupil := by_person.get(row.person):
                mine[pupil.name], pupil.run = row, row.id
                if pupil.point is None and (row.step or row.epochs_done):
                    pupil.point = now
        began = max(pupil.pressed for pupil in pupils)
        if len(mine) == len(pupils) and all(row.active for row in mine.values()) and now - began <= seconds:
            seen.shares = {name: row.train_seconds for name, row in mine.items()}
        for kind in ("turns", "scheduler"):
            for process in apps.of_home(str(app.home), kind):
                seen.took(kind, process)
        seen.took("dashboard", app.process)
        seen.trainers = max(seen.trainers, sum(_bytes(one) for one in apps.of_home(str(app.home), "turns")))
        seen.dashboard = max(seen.dashboard, app.process.memory_info().rss)
        await asyncio.sleep(0.5)


def at_work(app: apps.App) -> frozenset[str]:
    """The runs that the trainers are at, as their marks say."""
    return frozenset(word for path in (app.home / "turns").glob("*") for word in path.read_text().split()[:1])


async def see_turns(app: apps.App, clock: Clock, seen: Seen) -> None:
    """Which run each trainer is at, again and again."""
    while True:
        seen.at.append((clock.seconds(), at_work(app)))
        await asyncio.sleep(0.01)


async def pause(store: Store, app: apps.App, pupils: list[Pupil]) -> float:
    """Seconds from the pause of a class until no trainer is at a pupil's run any more and none moves in the store."""
    clock, runs = pupils[0].clock, {pupil.run for pupil in pupils}
    since = last = time.monotonic()
    clock.stop()
    store.change_class(lambda values: values | {"paused": True})
    before: object = None
    while time.monotonic() - since < PAUSED_SECONDS:
        rows = await asyncio.to_thread(store.runs, statuses=ACTIVE)
        stood = [(row.id, row.epochs_done, row.step, row.train_seconds) for row in rows if row.id in runs]
        if stood != before or at_work(app) & runs:
            before, last = stood, time.monotonic()
        await asyncio.sleep(0.05)
    store.change_class(lambda values: values | {"paused": False})
    clock.go_on()
    return last - since


def _bytes(process: psutil.Process) -> float:
    with contextlib.suppress(psutil.Error):
        return process.memory_info().rss
    return 0.0


async def lesson(app: apps.App, store: Store, pupils: list[Pupil], seconds: float) -> Seen:
    """All of it."""
    all_here, seen, clock = asyncio.Barrier(len(pupils)), Seen(), pupils[0].clock
    presses = [
        asyncio.create_task(pupil.press(app.port, all_here, place * WITHIN / len(pupils)))
        for place, pupil in enumerate(pupils)
    ]
    while not any(pupil.pressed for pupil in pupils):
        await asyncio.sleep(0.05)
    looking = [asyncio.create_task(look(store, app, pupils, seconds, seen))]
    looking.append(asyncio.create_task(see_turns(app, clock, seen)))
    await asyncio.gather(*presses)
    await asyncio.sleep(WITHIN)  # what was pressed last is in the store
    following = [asyncio.create_task(pupil.follow(app.port)) for pupil in pupils if pupil.run]
    await asyncio.sleep(max(0.0, max(pupil.pressed for pupil in pupils) + seconds + 1 - clock.seconds()))
    if any(pupil.ended is None for pupil in pupils):
        seen.paused = await pause(store, app, pupils)
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(asyncio.gather(*following), 4 * seconds)
    for task in looking:
        task.cancel()
    return seen


def joined(store: Store, persons: int, seconds: int) -> Iterator[Pupil]:
    """A class of so many seconds is opened, and all join it, each with a cookie of his own."""
    opened, secret = classes.open_class(store, seconds=max(300, seconds)), identity.secret_of(store)
    clock = Clock()
    for place in range(persons):
        cookie = identity.new_cookie(secret)
        person = identity.signed_by(cookie, secret)
        classes.join(store, person, opened.code, f"Pupil {place}")
        yield Pupil(f"Pupil {place}", person, cookie, clock)


def measure(persons: int, seconds: float) -> dict[str, object]:
    """Everything, of one class."""
    with apps.running() as app:
        os.environ["RNNKIT_HOME"] = str(app.home)
        store = Store()
        long = json.loads(app.command("train", "--preset", PRESET, "--set", "training.epochs=10000", "--json"))["run"]
        while not store.points(long):
            time.sleep(0.2)
        pupils = list(joined(store, persons, round(1.4 * seconds)))
        seen = asyncio.run(lesson(app, store, pupils, seconds))
        store.close()
    began = max(pupil.pressed for pupil in pupils)
    mean = statistics.fmean(seen.shares.values()) if seen.shares else 0.0
    since, lasted = began + seconds / 5, seen.at[-1][0] - seen.at[0][0]
    told = [right for pupil in pupils for right in pupil.right(since)]
    ticks = sorted(second for pupil in pupils for second in pupil.ticks)
    return {
        "persons": persons,
        "lost": sum(pupil.status in LOST for pupil in pupils),
        "ended": sum(pupil.ended is not None for pupil in pupils),
        "first_point_s_max": _latest(pupils, "point"),
        "first_text_s_max": _latest(pupils, "text"),
        "first_trained_text_s_max": _latest(pupils, "trained_text"),
        "all_ended_s": _latest(pupils, "ended"),
        "share_spread": round(max((abs(had - mean) / mean for had in seen.shares.values()), default=1.0), 3),
        "share_seconds": round(mean, 2),
        "delay_by_long_run_s": round(
            max(seen.with_run(long, pupil.pressed, pupil.point or math.inf) for pupil in pupils), 2
        ),
        "pause_all_s_max": seen.paused and round(seen.paused, 2),
        "trainers_mb": round(seen.trainers / 1e6),
        "dashboard_mb": round(seen.dashboard / 1e6),
        "ticks": len(ticks),
        "tick_ms_p95": round(1000 * ticks[int(0.95 * len(ticks))], 1),
        "trainers_cores": seen.cores("turns", lasted),
        "dashboard_cores": seen.cores("dashboard", lasted),
        "scheduler_cores": seen.cores("scheduler", lasted),
        "told_waits": len(told),
        "told_moves_right": _share([right for pupil in pupils for right in pupil.right(since, ("moves",))]),
        "told_ends_right": _share([right for pupil in pupils for right in pupil.right(since, ("ends",))]),
        "told_ends_off": _off(pupils, since),
        "told_wait_right": _share(told),
    }


def _share(right: list[bool]) -> float:
    return round(sum(right) / max(1, len(right)), 3)


def _off(pupils: list[Pupil], since: float) -> list[float]:
    """How much too long the wait for the end was told, as a share of it: of the tenth, the middle, the ninetieth."""
    off = sorted(
        (at + seconds - pupil.ended) / (pupil.ended - at)
        for pupil in pupils
        for at, of, seconds in pupil.told
        if of == "ends" and pupil.ended is not None and since < at < pupil.ended - ABOUT
    )
    return [round(off[int(share * len(off))], 2) for share in (0.1, 0.5, 0.9)] if off else []


def _latest(pupils: list[Pupil], what: str) -> float | None:
    """Seconds from the press to the latest; None where somebody never came so far."""
    came = [(getattr(pupil, what), pupil.pressed) for pupil in pupils]
    return None if any(at is None for at, _ in came) else round(max(at - pressed for at, pressed in came), 1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--persons", type=int, default=30)
    parser.add_argument("--seconds", type=float, default=300.0, help="after which the shares are compared")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    figures = measure(asked.persons, asked.seconds)
    print(json.dumps(figures) if asked.json else "\n".join(f"{k:22} {v}" for k, v in figures.items()))


if __name__ == "__main__":
    main()
