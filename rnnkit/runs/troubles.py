"""What is wrong round a run right now, in plain words with what to do: no sign of life, no room, no answer.

Reads the store, and writes only to see whether that is possible. Knows no page and no process.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rnnkit.errors import StoreError, StoreFull
from rnnkit.runs.progress import spoken
from rnnkit.store import Run, Status, Store

SILENT_SECONDS = 15.0  # a trainer beats every five seconds, and a second time in a row may be late
LOADING_SECONDS = 60.0  # before it begins it does not beat
AWAY_SECONDS = 10.0  # a scheduler beats every second
FAULT_SECONDS = 15.0  # how long a fault of the database is spoken of


def troubles(store: Store, run: Run) -> list[str]:
    """A sentence or two for each thing that is wrong; none where all is well, and for a run that has ended.

    Raises StoreError: the store cannot even be read.
    """
    if not run.live:
        return []
    silent, row = run.silent_seconds, store.scheduler()
    away = row["read_at"] - max(row["heartbeat_at"], run.queued_at or 0.0)
    trainer = silent > (LOADING_SECONDS if run.status == Status.STARTING else SILENT_SECONDS)
    if (trainer or away > AWAY_SECONDS) and (why := _cannot_be_written(store)):
        return [why]
    found = []
    if trainer:
        found.append(
            f"No sign of the trainer for {spoken(silent)}. Nothing is lost: it is given up after a while, and another "
            "goes on after the last finished epoch. To end it now, press Stop (or: rnnkit stop RUN), then resume it."
        )
    if away > AWAY_SECONDS:
        found.append(
            f"No sign of the scheduler for {spoken(away)}. What trains goes on; what is queued waits. Open pages and "
            "commands start another; if none stays, the file scheduler.log in the folder of the logs says why."
        )
    if run.status == Status.QUEUED and (nobody := _no_node(row["state"])):
        found.append(nobody)
    if faults := store.faults(FAULT_SECONDS):
        found.append(
            f"The database has cut or refused {len(faults)} connection{'s' * (len(faults) > 1)} in the last "
            f"{FAULT_SECONDS:.0f} s ({faults[-1]}). They are opened again and nothing is lost. Should it go on, look "
            "at the database server."
        )
    return found


def _no_node(state: Mapping[str, Any]) -> str | None:
    """Why a run waits where trainers run on a cluster and none of its nodes can take one."""
    if "nodes" not in state or state.get("devices"):
        return None
    said = [f"{node['name']}: {one}" for node in state["nodes"] for one in node["said"]]
    why = state.get("fault") or "; ".join(said) or "none has answered yet"
    return f"No node of the cluster can train now, so what is queued waits ({why})."


def _cannot_be_written(store: Store) -> str | None:
    """Why, where nobody can show a sign of life."""
    try:
        store.check_writable()
    except StoreFull:
        return (
            "The disk that holds the store is full, or its quota. What trains goes on to the end of its epoch, waits "
            "there, and loses nothing. Free some space: nothing else needs to be done."
        )
    except StoreError as error:
        return f"{error}. What trains waits for a minute, then goes back to the queue after its last finished epoch."
    return None
