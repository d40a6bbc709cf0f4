"""Many people watching one run: `python -m benchmarks.viewers [--viewers 30] [--seconds 30] [--json]`.

Starts the real dashboard, trains a small run in it, and opens the run's page over the web
socket as often as asked, as browsers do. Each viewer has every living part of the page drawn
again as often as the page wants. Measured from outside: milliseconds from asking to the end of
the rerun, the memory of the dashboard's process, and whether TensorFlow is in it.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import time
from pathlib import Path

import websockets
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from benchmarks import app as apps

DONE = {ForwardMsg.FINISHED_SUCCESSFULLY, ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY}


async def view(port: int, query: str, until: float, times: list[float], first: list[float], viewers: int) -> None:
    """One viewer: the whole page once, then each of its fragments at its own interval, until `until`.

    Reruns count from when all viewers have their page: thirty first pages at once are a figure of their own.
    """
    async with websockets.connect(f"ws://127.0.0.1:{port}/_stcore/stream", max_size=None) as socket:
        began = time.perf_counter()
        await socket.send(_rerun(query, page_name="Train"))
        page, intervals = await _finish(socket)
        first.append(time.perf_counter() - began)
        due = {fragment: time.monotonic() + seconds for fragment, seconds in intervals.items()}
        while due and time.monotonic() < until:
            fragment = min(due, key=due.get)
            await asyncio.sleep(max(0.0, due[fragment] - time.monotonic()))
            began = time.perf_counter()
            await socket.send(_rerun(query, page_script_hash=page, fragment_id=fragment, is_auto_rerun=True))
            _, again = await _finish(socket)
            if len(first) == viewers:
                times.append(time.perf_counter() - began)
            due[fragment] = time.monotonic() + intervals[fragment]
            if again.keys() - {fragment}:  # the whole page was drawn anew, its fragments too
                intervals = again
                due = {fragment: time.monotonic() + seconds for fragment, seconds in intervals.items()}


def _rerun(query: str, **state: object) -> bytes:
    message = BackMsg()
    message.rerun_script.query_string = query
    for key, value in state.items():
        setattr(message.rerun_script, key, value)
    return message.SerializeToString()


async def _finish(socket: websockets.ClientConnection) -> tuple[str, dict[str, float]]:
    """Read until the script has run. Returns the page's hash and the seconds after which each fragment runs again."""
    page, intervals = "", {}
    while True:
        message = ForwardMsg.FromString(await asyncio.wait_for(socket.recv(), 60))
        kind = message.WhichOneof("type")
        if kind == "new_session":
            page = message.new_session.page_script_hash
        elif kind == "auto_rerun":
            intervals[message.auto_rerun.fragment_id] = message.auto_rerun.interval
        elif kind == "script_finished" and message.script_finished in DONE:
            return page, intervals


async def watch(port: int, run: str, viewers: int, seconds: float) -> tuple[list[float], list[float]]:
    times: list[float] = []
    first: list[float] = []
    until = time.monotonic() + seconds
    tasks = []
    for _ in range(viewers):
        tasks.append(asyncio.create_task(view(port, f"run={run}", until, times, first, viewers)))
        await asyncio.sleep(2.0 / viewers)  # people do not come at the same moment
    await asyncio.gather(*tasks)
    return times, first


def measure(viewers: int, seconds: float) -> dict[str, object]:
    """Everything, of one dashboard with `viewers` viewers for `seconds`."""
    with apps.running() as app:
        started = app.command("train", "--preset", "cookbook-gru", "--set", "training.epochs=1000", "--json")
        run = json.loads(started)["run"]
        time.sleep(5)
        times, first = asyncio.run(watch(app.port, run, viewers, seconds))
        milliseconds = sorted(1000 * t for t in times)
        return {
            "viewers": viewers,
            "reruns": len(times),
            "first_page_ms": round(statistics.median(1000 * t for t in first)),
            "rerun_ms_median": round(statistics.median(milliseconds), 1),
            "rerun_ms_p95": round(milliseconds[int(0.95 * len(milliseconds))], 1),
            "dashboard_mb": round(app.process.memory_info().rss / 1e6),
            "tensorflow_in_dashboard": "tensorflow" in Path(f"/proc/{app.process.pid}/maps").read_text(),
        }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--viewers", type=int, default=30)
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    figures = measure(asked.viewers, asked.seconds)
    print(json.dumps(figures) if asked.json else "\n".join(f"{k:28} {v}" for k, v in figures.items()))


if __name__ == "__main__":
    main()
