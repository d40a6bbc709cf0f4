"""A pretend trainer: all that a trainer tells the store, with no network and no framework.

Also runs in processes of its own, so it imports little.
"""

from __future__ import annotations

import itertools
import os
import signal
import time
from contextlib import closing
from multiprocessing.connection import Connection

import numpy as np
import sqlalchemy as sa

from rnnkit.config import parse
from rnnkit.store import Point, Sample, SchedulerLease, Store

ME, OTHER = "trainer 1", "trainer 2"
WEIGHTS = {"dense/kernel": np.arange(6, dtype=np.float32).reshape(2, 3)}
MOMENTS = {"adam/m": np.arange(4, dtype=np.float64)}
TOKENIZER = {"symbols": ["a", "b"], "config": {"kind": "characters"}}


def in_charge(store: Store, token: str = "vm|1|1|scheduler") -> SchedulerLease:
    """What only the scheduler may write, whoever was it before."""
    lease = store.take_scheduler(token, stale_seconds=-1.0)
    assert lease is not None
    return lease


def lose(store: Store, run: str, trainer: str = ME, log: str = "", most_attempts: int = 3) -> str | None:
    """The scheduler finds the trainer dead."""
    lease = in_charge(store)
    status = lease.trainer_lost(run, trainer, log, most_attempts=most_attempts)
    lease.leave()
    return status


def training(store: Store, *, epochs: int = 0, trainer: str = ME, steps: int = 10, **parts) -> str:
    """A run that `trainer` trains now, with so many epochs behind it."""
    run = store.create_run(parse({"corpus": "tiny", **parts}))
    lease = store.lease(run, trainer)
    lease.claim()
    lease.save_description(tokenizer=TOKENIZER, vocab_size=2, params=6, device="cpu", steps=steps)
    for epoch in range(1, epochs + 1):
        finish(store, run, epoch)
    return run


def finish(store: Store, run: str, epoch: int, *, trainer: str = ME, loss: float | None = None, **given) -> str:
    """One epoch of ten batches and one second, as a trainer reports it."""
    loss = 1.0 / epoch if loss is None else loss
    given = {
        "metrics": {"epoch": epoch, "loss": loss, "val_loss": loss, "seconds": 1.0},
        "checkpoint": {"dense/kernel": WEIGHTS["dense/kernel"] * epoch},
        "samples": [Sample(epoch, 0.5, "Once", 7, f"after {epoch}"), Sample(epoch, 1.0, "Once", 7, "hot")],
        "resume": MOMENTS, "state": {"epoch_seconds": 0.0}, "train_seconds": float(epoch),
        "last_point": Point(10 * epoch, float(epoch), loss), **given,
    }  # fmt: skip
    return store.lease(run, trainer).finish_epoch(epoch=epoch, **given)


def progress(store: Store, run: str, step: int, *, trainer: str = ME, point: Point | None = None) -> str:
    return store.lease(run, trainer).progress(
        step=step, loss=2.0, chars_per_second=99.0, train_seconds=0.5, point=point
    )


def write_epochs(url: str, name: str, seconds: float) -> list[int]:
    """A trainer's life, in a process of its own. Returns the epochs that it was told are committed."""
    store, committed = Store(url), []
    run = training(store, name=name, trainer=name)
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        epoch = len(committed) + 1
        for step in (3, 6):
            progress(store, run, step, trainer=name, point=Point(10 * (epoch - 1) + step, epoch - 1 + step / 10, 1.0))
        finish(store, run, epoch, trainer=name)
        committed.append(epoch)
    store.lease(run, name).end("finished")
    store.close()
    return committed


def read_all(url: str, _name: str, seconds: float) -> list[int]:
    """A page's life: everything, again and again. What has once been seen never goes away."""
    store, seen = Store(url), {}
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        for run in store.runs():
            epochs = [metrics["epoch"] for metrics in store.epochs(run.id)]
            assert epochs == list(range(1, len(epochs) + 1))
            assert len(epochs) >= max(seen.get(run.id, 0), run.epochs_done)
            assert len(store.samples(run.id)) >= 2 * len(epochs)
            seen[run.id] = len(epochs)
    store.close()
    return []


def write_until_killed(url: str, run: str, committed: Connection) -> None:
    """Train a queued run epoch by epoch as fast as the store takes them; each one is told when it is committed."""
    store = Store(url)
    lease = store.lease(run, ME)
    lease.claim()
    lease.save_description(tokenizer=TOKENIZER, vocab_size=2, params=6, device="cpu", steps=10)
    epoch = store.run(run).epochs_done
    weights = {"dense/kernel": np.zeros((300, 300), np.float32)}  # 90 pages: a commit takes its time
    committed.send(epoch)
    while True:
        epoch += 1
        finish(store, run, epoch, checkpoint=weights, resume=weights)
        committed.send(epoch)


def whole(store: Store, run: str) -> tuple:
    """All that is stored of a run, to see that nothing of it has changed."""
    state = store.resume_state(run)
    return (
        store.run(run), store.epochs(run), store.samples(run), store.points(run), store.checkpoint_epochs(run),
        state and (state.epoch, state.step, state.state),
    )  # fmt: skip


def open_and_count(url: str) -> int:
    """Open a store in a process of its own. Returns how many runs it holds."""
    with closing(Store(url)) as store:
        return len(store.runs())


def open_until_killed(url: str, statements: int) -> None:
    """Open a store and be killed after so many statements that change something."""
    changes = ("CREATE", "INSERT", "UPDATE", "DROP", "ALTER")
    count = itertools.count(1)

    @sa.event.listens_for(sa.Engine, "after_cursor_execute")
    def _count(_tx: object, _cursor: object, statement: str, *_: object) -> None:
        if statement.lstrip().startswith(changes) and next(count) == statements:
            os.kill(os.getpid(), signal.SIGKILL)

    Store(url)
