"""Whatever people, trainers and schedulers do at once or one after the other, the store stays sound."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path

import numpy as np
import pretend
import pytest
import tiny
from at_once import processes
from pretend import ME, MOMENTS, OTHER, TOKENIZER, finish, in_charge, lose, progress

from rnnkit.config import RunConfig
from rnnkit.errors import (
    PersonError,
)
from rnnkit.store import ENDED, LostRun, Order, Point, Store


def many_at_once(url: str, writers: int, readers: int, seconds: float) -> dict[str, list[int]]:
    context = processes()
    jobs = [(url, f"writer {i}", seconds) for i in range(writers)] + [
        (url, f"reader {i}", seconds) for i in range(readers)
    ]
    with context.Pool(writers + readers) as pool:
        kinds = [pretend.write_epochs] * writers + [pretend.read_all] * readers
        waiting = [pool.apply_async(kind, job) for kind, job in zip(kinds, jobs, strict=True)]
        done = [job.get(timeout=120) for job in waiting]
    return {job[1]: epochs for job, epochs in zip(jobs, done, strict=True) if epochs}


@pytest.mark.parametrize(
    "seconds", [pytest.param(1.0, id="a second"), pytest.param(30.0, id="half a minute", marks=pytest.mark.slow)]
)
def test_eight_programs_write_and_two_read_at_once_and_no_commit_is_lost(store_url: str, open_store, seconds: float):
    store = open_store(store_url)
    committed = many_at_once(store_url, writers=8, readers=2, seconds=seconds)
    assert len(committed) == 8
    for run in store.runs():
        assert [metrics["epoch"] for metrics in store.epochs(run.id)] == committed[run.name]
    assert store.check() == []


@pytest.mark.parametrize(
    "kills", [pytest.param(8, id="8 times"), pytest.param(200, id="200 times", marks=pytest.mark.slow)]
)
def test_a_writer_killed_at_any_moment_loses_no_epoch_and_none_is_written_twice(store_url: str, open_store, kills: int):
    store, random = open_store(store_url), np.random.default_rng(0)
    run = store.create_run(RunConfig())
    for _ in range(kills):
        told = killed_after(store_url, run, seconds=random.uniform(0.0, 0.15))
        # Waits for what the server may still be doing for the killed one.
        assert lose(store, run, ME, "killed", most_attempts=1000) == "queued"
        assert store.run(run).epochs_done in (told, told + 1)  # the last may be committed and not yet told
        assert [metrics["epoch"] for metrics in store.epochs(run)] == list(range(1, store.run(run).epochs_done + 1))
        assert store.check() == []
    assert store.run(run).epochs_done > kills // 2


def killed_after(url: str, run: str, seconds: float) -> int:
    """Start a writer, kill it so long after its first word, and return the last epoch that it said is committed."""
    context = processes()
    here, there = context.Pipe(duplex=False)
    writer = context.Process(target=pretend.write_until_killed, args=(url, run, there))
    writer.start()
    there.close()
    told = here.recv()
    time.sleep(seconds)
    writer.kill()
    writer.join()
    with suppress(EOFError):
        while here.poll():
            told = here.recv()
    here.close()
    writer.close()
    return told


@pytest.mark.parametrize("seed", range(3))
def test_whatever_people_trainers_and_schedulers_do_the_store_stays_sound(any_store: Store, seed: int):
    random = np.random.default_rng(seed)
    done = Counter()
    for _ in range(600):
        name = str(random.choice([name for name in DEEDS for _ in range(OFTEN.get(name, 1))]))
        runs = {run.id: run.trainer or ME for run in any_store.runs()[-3:]} or {"nobody": ME}
        run = str(random.choice(list(runs)))
        trainer = runs[run] if random.uniform() < 0.9 else OTHER
        try:
            DEEDS[name](any_store, run, trainer, random)
            done[name] += 1
        except (LostRun, PersonError, ValueError):  # refused, as it should be
            pass
    assert any_store.check() == []
    assert len(done) > 12, f"too little happened: {done}"
    assert done["epoch"] + done["epochs"] >= 8, f"nobody trained: {done}"


def claimed(store: Store, run: str) -> None:
    if store.run(run).status != "training":
        raise LostRun("a trainer claims its run before it writes")


def next_epoch(store: Store, run: str, trainer: str, random) -> None:
    claimed(store, run)
    epoch = store.run(run).epochs_done + int(random.choice([1, 1, 1, 1, 0, 2]))
    finish(store, run, epoch, trainer=trainer, loss=float(random.uniform()))


def next_point(store: Store, run: str, trainer: str, random) -> None:
    claimed(store, run)
    row = store.run(run)
    step = int(random.integers(1, 10))
    point = Point(10 * row.epochs_done + step, row.epochs_done + step / 10, 1.0)
    store.lease(run, trainer).rewind_points(10 * row.epochs_done)
    progress(store, run, step, trainer=trainer, point=point)


def keep_place(store: Store, run: str, trainer: str, random) -> None:
    claimed(store, run)
    epoch, step = store.run(run).epochs_done, int(random.integers(0, 10))
    store.lease(run, trainer).save_position(epoch=epoch, step=step, state={}, resume=MOMENTS)


def claim(store: Store, run: str, trainer: str, random) -> None:
    store.lease(run, trainer).claim()
    store.lease(run, trainer).save_description(tokenizer=TOKENIZER, vocab_size=2, params=6, steps=10)


OFTEN = {"claim": 8, "epoch": 8, "epochs": 4, "point": 8, "place": 3, "fork": 3}


DEEDS = {
    "create": lambda store, run, trainer, random: store.create_run(tiny.config(corpus="text-aaaaaaaaaa")),
    "assign": lambda store, run, trainer, random: in_charge(store).assign([Order(run, trainer)]),
    "claim": claim,
    "epoch": next_epoch,
    "epochs": lambda *given: [next_epoch(*given) for _ in range(5)],
    "point": next_point,
    "place": keep_place,
    "pause": lambda store, run, trainer, random: store.ask(run, "pause"),
    "stop": lambda store, run, trainer, random: store.ask(run, "stop"),
    "leave": lambda store, run, trainer, random: store.lease(run, trainer).end("queued"),
    "end": lambda store, run, trainer, random: store.lease(run, trainer).end(str(random.choice(ENDED))),
    "lose": lambda store, run, trainer, random: lose(store, run, trainer, "log"),
    "resume": lambda store, run, trainer, random: store.resume_run(run),
    "fork": lambda store, run, trainer, random: store.fork_run(
        run, int(random.choice(store.checkpoint_epochs(run))), tiny.config()
    ),
    "rename": lambda store, run, trainer, random: store.rename_run(run, "another name"),
    "delete": lambda store, run, trainer, random: random.uniform() < 0.1 and store.delete_run(run),
    "undelete": lambda store, run, trainer, random: store.undelete(store.trash()[0].id) if store.trash() else None,
    "text": lambda store, run, trainer, random: store.add_text(hashlib.sha256(b"abc").hexdigest(), "title", "abc"),
    "schedule": lambda store, run, trainer, random: in_charge(store, trainer).heartbeat({}),
}


def test_opening_a_store_imports_no_framework(home: Path):
    code = "import sys; from rnnkit.store import Store; Store(); print({'keras', 'tensorflow'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
