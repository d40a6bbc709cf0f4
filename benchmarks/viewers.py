"""Many people watching one run: `python -m benchmarks.viewers [--viewers 30] [--seconds 30] [--one-core] [--json]`.

Starts the real dashboard, trains a small run in it, and opens the run's page over the web socket as often as asked, as
browsers do. Each viewer keeps its session open and asks the feed every two seconds for what is new, with a cursor and
an ETag, as client.js does; parts of the page that ask to be drawn again are drawn again too. Measured from outside,
once all viewers have their page: milliseconds from asking to the whole answer, the memory of the dashboard's process,
and whether TensorFlow is in it. The keys that begin with `rerun` are those of a tick, which was a rerun of the script.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import time
from dataclasses import dataclass, field
from pathlib import Path

import websockets
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from benchmarks import app as apps

TICK_SECONDS = 2.0
PATIENCE = 600  # seconds
DONE = {ForwardMsg.FINISHED_SUCCESSFULLY, ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY}


@dataclass
class Measured:
    """What all viewers together have seen: seconds."""

    viewers: int
    seconds: float
    first: list[float] = field(default_factory=list)
    ticks: list[float] = field(default_factory=list)
    fragments: list[float] = field(default_factory=list)
    unchanged: int = 0
    received: int = 0
    all_here: asyncio.Event = field(default_factory=asyncio.Event)
    until: float = 0.0

    def arrived(self, seconds: float) -> None:
        """One more has its page; with the last of them the measuring begins."""
        self.first.append(seconds)
        if len(self.first) == self.viewers:
            self.until = time.monotonic() + self.seconds
            self.all_here.set()

    @property
    def going(self) -> bool:
        return not self.all_here.is_set() or time.monotonic() < self.until


async def view(port: int, run: str, place: int, found: Measured) -> None:
    """One viewer: the whole page once, then the feed, and what the page itself wants to have drawn again."""
    query = f"run={run}&tab=watch"
    async with websockets.connect(f"ws://127.0.0.1:{port}/_stcore/stream", max_size=None) as socket:
        began = time.perf_counter()
        await socket.send(rerun(query, page_name="Run"))
        page, intervals = await _finish(socket)
        found.arrived(time.perf_counter() - began)
        polls = asyncio.create_task(_poll(port, f"/feed/run/{run}", place / found.viewers, found))
        drawing = asyncio.create_task(_draw_again(socket, query, page, intervals, found))
        await polls
        drawing.cancel()


async def _poll(port: int, path: str, phase: float, found: Measured) -> None:
    """Ask every two seconds over one connection, each viewer at a moment of its own."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    cursor, due = "", time.monotonic() + TICK_SECONDS * phase
    while found.going:
        await asyncio.sleep(max(0.0, due - time.monotonic()))
        due = max(due + TICK_SECONDS, time.monotonic())
        asked = f"GET {path}?since={cursor} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAccept-Encoding: gzip\r\n"
        asked += f'If-None-Match: "{cursor}"\r\n\r\n' if cursor else "\r\n"
        began = time.perf_counter()
        writer.write(asked.encode())
        status, headers, body = await answer(reader)
        if status not in (200, 304):
            raise RuntimeError(f"feed: expected status 200 or 304, got {status}: {body[:200]!r}")
        cursor = headers["etag"].strip('"')
        if found.all_here.is_set():
            found.ticks.append(time.perf_counter() - began)
            found.unchanged += status == 304
            found.received += len(body)
    writer.close()


async def answer(reader: asyncio.StreamReader) -> tuple[int, dict[str, str], bytes]:
    head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
    headers = dict(line.lower().split(": ", 1) for line in head[1:] if line)
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    return int(head[0].split()[1]), headers, body


async def _draw_again(
    socket: websockets.ClientConnection, query: str, page: str, intervals: dict[str, float], found: Measured
) -> None:
    """Each fragment of the page at its own interval; without any the session is only open."""
    due = {fragment: time.monotonic() + seconds for fragment, seconds in intervals.items()}
    while found.going:
        if not due:
            await socket.recv()
            continue
        fragment = min(due, key=due.__getitem__)
        await asyncio.sleep(max(0.0, due[fragment] - time.monotonic()))
        began = time.perf_counter()
        await socket.send(rerun(query, page_script_hash=page, fragment_id=fragment, is_auto_rerun=True))
        _, again = await _finish(socket)
        if found.all_here.is_set():
            found.fragments.append(time.perf_counter() - began)
        due[fragment] = time.monotonic() + intervals[fragment]
        if again.keys() - {fragment}:  # the whole page was drawn anew, its fragments too
            intervals = again
            due = {fragment: time.monotonic() + seconds for fragment, seconds in intervals.items()}


def rerun(query: str, **state: object) -> bytes:
    message = BackMsg()
    message.rerun_script.query_string = query
    for key, value in state.items():
        setattr(message.rerun_script, key, value)
    return message.SerializeToString()


async def _finish(socket: websockets.ClientConnection) -> tuple[str, dict[str, float]]:
    """Read until the script has run. Returns the page's hash and the seconds after which each fragment runs again."""
    page, intervals = "", {}
    while True:
        message = ForwardMsg.FromString(await asyncio.wait_for(socket.recv(), PATIENCE))
        kind = message.WhichOneof("type")
        if kind == "new_session":
            page = message.new_session.page_script_hash
        elif kind == "auto_rerun":
            intervals[message.auto_rerun.fragment_id] = message.auto_rerun.interval
        elif kind == "script_finished" and message.script_finished in DONE:
            return page, intervals


async def watch(port: int, run: str, viewers: int, seconds: float) -> Measured:
    """All viewers; they do not come at the same moment."""
    found, tasks = Measured(viewers, seconds), []
    for place in range(viewers):
        tasks.append(asyncio.create_task(view(port, run, place, found)))
        await asyncio.sleep(2.0 / viewers)
    await asyncio.gather(*tasks)
    return found


def measure(viewers: int, seconds: float, one_core: bool = False) -> dict[str, object]:
    """Everything, of one dashboard with `viewers` viewers for `seconds`."""
    with apps.running() as app:
        started = app.command("train", "--preset", "cookbook-gru", "--set", "training.epochs=1000", "--json")
        run = json.loads(started)["run"]
        if one_core:  # what trains has begun and keeps all of them
            app.process.cpu_affinity(app.process.cpu_affinity()[:1])
        time.sleep(5)
        began = sum(app.process.cpu_times()[:2])
        found = asyncio.run(watch(app.port, run, viewers, seconds))
        ticks = sorted(1000 * second for second in found.ticks)
        fragments = sorted(1000 * second for second in found.fragments)
        return {
            "viewers": viewers,
            "reruns": len(ticks),
            "first_page_ms": round(statistics.median(1000 * second for second in found.first)),
            "rerun_ms_median": round(statistics.median(ticks), 1),
            "rerun_ms_p95": round(ticks[int(0.95 * len(ticks))], 1),
            "fragments": len(fragments),
            "fragment_ms_p95": round(fragments[int(0.95 * len(fragments))], 1) if fragments else None,
            "unchanged": found.unchanged,
            "bytes_per_tick": round(found.received / max(1, len(ticks))),
            "cpu_seconds": round(sum(app.process.cpu_times()[:2]) - began, 1),
            "dashboard_mb": round(app.process.memory_info().rss / 1e6),
            "tensorflow_in_dashboard": "tensorflow" in Path(f"/proc/{app.process.pid}/maps").read_text(),
        }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--viewers", type=int, default=30)
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--one-core", action="store_true", help="the dashboard has one core to itself and what trains")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    figures = measure(asked.viewers, asked.seconds, asked.one_core)
    print(json.dumps(figures) if asked.json else "\n".join(f"{k:28} {v}" for k, v in figures.items()))


if __name__ == "__main__":
    main()
