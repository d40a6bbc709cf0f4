"""Time that has passed since something was heard of, without waiting for it."""

from __future__ import annotations

from rnnkit.store import Store, schema


def silent(store: Store, seconds: float, *, trainers: bool = True, scheduler: bool = True) -> None:
    """All heartbeats so far were so long ago."""
    tables = [schema.runs] * trainers + [schema.scheduler] * scheduler
    with store._write() as tx:
        for table in tables:
            tx.execute(table.update().values(heartbeat_at=table.c.heartbeat_at - seconds))
        if scheduler:
            tx.execute(schema.runs.update().values(queued_at=schema.runs.c.queued_at - seconds))
