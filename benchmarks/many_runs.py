"""Pages of a large store: `python -m benchmarks.many_runs [--runs 5000] [--points 1000000] [--json]`.

Makes such a store in a home of its own (half a minute, by inserts: the runs are copies of one that comes along), then
draws Home, Runs, a run with half of the points, and Compare of it with another, each in a session of its own: at first
with nothing in the caches, then as the next visitor has it. Seconds of the page's script, and the statements that it
sent to the database; a browser's own time comes on top. `--keep FOLDER` leaves the store there, to be looked at.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import time
from pathlib import Path
from typing import Any

import sqlalchemy as sa

ROOT = Path(__file__).parents[1]
OF = "cookbook-gru"  # the network that all are copies of
TEXTS, OWNERS, TAGS = (
    ("cookbook", "sherlock", "sonnets"),
    ("", "Eva", "Jan", "Olga"),
    ("[]", '["homework"]', '["best"]'),
)


def fill(store: Any, runs: int, points: int) -> list[str]:
    """Copies of one run, with its epochs; the first has half of the points and its checkpoints. Returns their ids."""
    from rnnkit.store import new_run_id, schema

    ids = [new_run_id() for _ in range(runs)]
    with store._database.write() as tx:
        like = next(row for row in tx.execute(sa.select(schema.runs)) if row.preset and OF in (row.preset, row.name))
        measured, kept = (
            [row._asdict() for row in tx.execute(sa.select(table).where(table.c.run == like.id))]
            for table in (schema.epochs, schema.checkpoints)
        )
        now = time.time()
        tx.execute(
            schema.runs.insert(),
            [
                like._asdict()
                | {"id": one, "name": f"Run {place}", "pretrained": False, "created_at": now - place * 60}
                | {"corpus": TEXTS[place % 3], "owner": OWNERS[place % 4], "tags": TAGS[place % 3]}
                | {"best_bits": 2 + place % 977 / 1000}
                for place, one in enumerate(ids)
            ],
        )
        tx.execute(schema.epochs.insert(), [row | {"run": one} for one in ids for row in measured])
        tx.execute(schema.checkpoints.insert(), [row | {"run": one} for one in ids[:2] for row in kept])
        steps = max(row["step"] for row in measured)
        many = [(ids[0], points // 2)] + [(one, points // 2 // 500) for one in ids[1:501]]
        for one, count in many:
            apart = max(1, steps // count)
            tx.execute(
                schema.points.insert(),
                [
                    {"run": one, "step": 1 + at * apart, "seconds": at / 2, "loss": 3 / (1 + at / count)}
                    for at in range(count)
                ],
            )
    return ids


def drawn(page: str, **address: str) -> dict[str, float]:
    """Seconds of the script of a page, and the statements that it sent."""
    from streamlit.testing.v1 import AppTest

    said: list[str] = []

    def heard(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if not statement.startswith(("BEGIN", "PRAGMA")):
            said.append(statement)

    app = AppTest.from_file(ROOT / "dashboard.py", default_timeout=120)
    if page:
        app.switch_page(f"pages/{page}.py")
    for name, value in address.items():
        app.query_params[name] = value
    sa.event.listen(sa.Engine, "before_cursor_execute", heard)
    began = time.perf_counter()
    app.run()
    seconds = time.perf_counter() - began
    sa.event.remove(sa.Engine, "before_cursor_execute", heard)
    if app.exception or app.error:
        raise RuntimeError(f"{page}: {[*app.exception, *app.error]}")
    return {"seconds": round(seconds, 3), "statements": len(said)}


def measure(runs: int, points: int) -> dict[str, Any]:
    """Each page at first and again."""
    import streamlit as st

    from rnnkit.sharing import archive
    from rnnkit.store import Store
    from rnnkit.training import scheduler

    scheduler.ensure_running = lambda store: None  # nobody trains, and none is started
    store = Store()
    archive.import_pretrained(store)
    began = time.perf_counter()
    ids = fill(store, runs, points)
    made = time.perf_counter() - began
    pages: dict[str, tuple[str, dict[str, str]]] = {
        "home": ("", {}), "runs": ("2_Runs", {}), "runs by text": ("2_Runs", {"group": "By text"}),
        "run": ("7_Run", {"run": ids[0]}), "compare": ("3_Compare", {"runs": ",".join(ids[:2])}),
    }  # fmt: skip
    drawn("6_Texts")  # what is imported and opened once is no matter of the number of runs
    found: dict[str, Any] = {"runs": runs, "points": points, "made_seconds": round(made, 1)}
    for name, (page, address) in pages.items():
        st.cache_data.clear()
        st.cache_resource.clear()
        found[name] = {"first": drawn(page, **address), "again": drawn(page, **address)}
    began = time.perf_counter()
    store.listed()
    found["listed_seconds"] = round(time.perf_counter() - began, 3)
    store.close()
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5000)
    parser.add_argument("--points", type=int, default=1_000_000)
    parser.add_argument("--keep", metavar="FOLDER")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["RNNKIT_HOME"] = options.keep or folder
        os.environ.pop("RNNKIT_STORE", None)
        found = measure(options.runs, options.points)
    if options.json:
        print(json.dumps(found))
        return
    for name, value in found.items():
        print(f"{name:15} {value}")


if __name__ == "__main__":
    main()
