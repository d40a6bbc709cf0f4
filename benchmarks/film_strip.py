"""How long a move of the film-strip's slider takes: `python -m benchmarks.film_strip [--json]`.

Four runs at an epoch nobody has looked at yet: checkpoints from the store, networks, the next-symbol table, and
400 characters at each of three temperatures. Random weights, as speed does not depend on them. Knows no page.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

from rnnkit.architectures import weight_shapes
from rnnkit.config import RunConfig, parse
from rnnkit.store import Status, Store
from rnnkit.studies import timeline
from rnnkit.texts import tokenizers
from rnnkit.training import processes

RUNS, MOVES = 4, 7
SYMBOLS = "".join(map(chr, range(32, 122)))  # 90, as many as the Sherlock text has
SETTINGS = replace(timeline.SETTINGS, prompt="To Sherlock Holmes she is always ")
SIZES = {"LSTM-128": {"units": 128}, "LSTM-512 x 2": {"units": 512, "layers": 2}}
ME = str(processes.token(note="benchmark"))


def config(**model) -> RunConfig:
    return parse({"batches": {"length": 100}, "model": {"architecture": "lstm", "embedding_size": 64, **model}})


def trained(store: Store, settings: RunConfig, epochs: int) -> str:
    """A run with so many kept epochs."""
    run, tokenizer = store.create_run(settings), tokenizers.build(SYMBOLS, settings.tokenizer)
    lease = store.lease(run, ME)
    lease.claim()
    lease.save_description(tokenizer=tokenizer.to_json(), vocab_size=tokenizer.vocab_size, device="cpu", steps=10)
    for epoch in range(1, epochs + 1):
        arrays = _arrays(settings, tokenizer.vocab_size, epoch)
        lease.finish_epoch(
            epoch=epoch, metrics={"loss": 1.0}, checkpoint=arrays, samples=[], resume={}, state={},
            train_seconds=float(epoch),
        )  # fmt: skip
    lease.end(Status.FINISHED)
    return run


def _arrays(settings: RunConfig, vocab_size: int, seed: int) -> dict[str, np.ndarray]:
    random = np.random.default_rng(seed)
    shapes = weight_shapes(settings, vocab_size)
    return {name: random.normal(0, shape[0] ** -0.5, shape).astype(np.float32) for name, shape in shapes.items()}


def moves(store: Store, settings: RunConfig) -> list[float]:
    """Seconds of each move to a new epoch, after one that warms up."""
    runs = [trained(store, settings, MOVES + 1) for _ in range(RUNS)]
    kept = {run: store.checkpoint_epochs(run) for run in runs}
    measured = []
    for epoch in timeline.epochs(kept.values()):
        began = time.perf_counter()
        timeline.views(store, [(run, timeline.nearest(kept[run], epoch)) for run in runs], SETTINGS)
        measured.append(time.perf_counter() - began)
    return measured[1:]


def measure() -> dict[str, float]:
    """Median and longest of the moves, in seconds."""
    rows = {}
    for name, model in SIZES.items():
        with tempfile.TemporaryDirectory() as folder:
            store = Store(f"sqlite:///{Path(folder) / 'film.sqlite'}")
            seconds = moves(store, config(**model))
            store.close()
        rows |= {f"{name}, median s": statistics.median(seconds), f"{name}, longest s": max(seconds)}
    return rows


def main(arguments: list[str] | None = None) -> None:
    """Print the rows, or one JSON document."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON document on standard output")
    options = parser.parse_args(arguments)
    rows = measure()
    if options.json:
        json.dump(rows, sys.stdout)
        return
    print(f"{RUNS} runs x {len(SETTINGS.temperatures)} temperatures x {SETTINGS.length} characters, {MOVES} moves")
    for title, value in rows.items():
        print(f"{title:<26}{value:>8.3f}")


if __name__ == "__main__":
    main()
