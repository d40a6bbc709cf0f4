"""The wall of a class: `python -m benchmarks.wall [--runs 30] [--points 1000] [--ticks 20] [--json]`.

So many runs of a store of its own train, in a class, each with so many points, three epochs and a private text;
before each tick all of them have gone on by ten points. Measured: milliseconds of CPU for a tick as the server makes it
(read, compared with the texts, written as JSON, compressed), and the kilobytes that a browser is sent, plain and
compressed. `first_ms` is the look at all that there is.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

LINE = "Heat the oven to 180 degrees and butter the pan, then stir the flour into the milk until it is smooth.\n"


def fill(store: Any, runs: int, points: int) -> list[str]:
    """Runs that train. Returns their ids."""
    from rnnkit.config import parse
    from rnnkit.store import Point, Sample, schema
    from rnnkit.training import processes

    ids = []
    with store._write() as tx:
        opened = {"id": "c", "code": "ABCD", "pin_hash": "", "opened_at": 0.0, "closes_at": 1e12, "settings": "{}"}
        tx.execute(schema.classes.insert().values(**opened))
    for place in range(runs):
        text = store.add_text(f"{place:02}" * 32, f"text {place}", f"{place} {LINE}" * 300)
        run = store.create_run(parse({"corpus": text, "owner": f"Student {place}"}))
        lease = store.lease(run, str(processes.token(note="benchmark")))
        lease.claim()
        tokenizer = {"symbols": ["a", "b"], "config": {"kind": "characters"}}
        lease.save_description(tokenizer=tokenizer, vocab_size=2, params=6, device="cpu", steps=points // 3)
        for epoch in (1, 2, 3):
            loss = 3.0 / epoch
            found = {"epoch": epoch, "loss": loss, "val_loss": loss, "seconds": 9.0, "elapsed_seconds": 9.0 * epoch}
            samples = [Sample(epoch, heat, "The ", 0, LINE[::-1] * 4) for heat in (0.3, 0.7, 1.0)]
            lease.finish_epoch(
                epoch=epoch, metrics=found | {"bits_per_char": loss * 1.4427}, samples=samples, checkpoint={},
                resume={}, state={}, train_seconds=9.0 * epoch, last_point=Point(epoch * points // 3, 9.0, loss),
            )  # fmt: skip
        go_on(store, {run: 0}, points)
        ids.append(run)
    return ids


def go_on(store: Any, at: dict[str, int], by: int) -> None:
    """So many further points for each run."""
    import sqlalchemy as sa

    from rnnkit.store import schema

    points, runs = schema.points, schema.runs
    with store._write() as tx:
        for run, step in at.items():
            tx.execute(points.delete().where(points.c.run == run, points.c.step >= step))
            rows = [
                {"run": run, "step": s, "seconds": s / 30, "loss": 1.5 + 3 / (1 + s)} for s in range(step, step + by)
            ]
            tx.execute(points.insert(), rows)
            moved = {"step": sa.func.max(0, step + by - 999), "train_seconds": (step + by) / 30}
            tx.execute(runs.update().where(runs.c.id == run).values(**moved))


def measured(runs: int, points: int, ticks: int) -> dict[str, Any]:
    """The figures, of a store in a folder of its own."""
    with tempfile.TemporaryDirectory() as home:
        os.environ |= {"RNNKIT_HOME": home, "RNNKIT_STORE": ""}
        from rnnkit.feed.wall import Wall
        from rnnkit.store import Store

        store = Store(f"sqlite:///{Path(home) / 'rnnkit.sqlite'}")
        ids, wall, spent = fill(store, runs, points), Wall(store), []
        for tick in range(ticks + 1):
            if tick:
                go_on(store, dict.fromkeys(ids, points + 10 * (tick - 1)), 10)
            wall._made_at = -1e9
            began = time.thread_time()
            answer = wall.look()
            spent.append(1000 * (time.thread_time() - began))
            time.sleep(0.05)  # what a thread counts beside it is over
        store.close()
    sizes = {"kb": len(answer.body) / 1000, "kb_compressed": len(answer.packed or b"") / 1000}
    figures = {"first_ms": spent[0], "tick_ms": statistics.median(spent[1:]), "tick_ms_max": max(spent[1:])} | sizes
    return {"runs": runs, "points": points} | {name: round(value, 1) for name, value in figures.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    for name, value in (("runs", 30), ("points", 1000), ("ticks", 20)):
        parser.add_argument(f"--{name}", type=int, default=value)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    found = measured(given.runs, given.points, given.ticks)
    print(json.dumps(found) if given.json else "\n".join(f"{name}: {value}" for name, value in found.items()))


if __name__ == "__main__":
    main()
