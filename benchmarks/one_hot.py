"""What looking up rows of a kernel saves over one-hot products: `python -m benchmarks.one_hot [--json]`.

The recipe lecture's own network, trained on random words both ways, a few steps of one and then of the other.
Knows no store.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import time
from unittest.mock import patch

import numpy as np

from rnnkit import presets
from rnnkit.architectures.parts import stack
from rnnkit.tasks import Batch
from rnnkit.training.keras_learner import KerasLearner

VOCAB_SIZE = 2228  # words of our recipes that are seen at least 5 times
WAYS = {"multiplied": False, "looked up": True}


def learner(looked_up: bool) -> KerasLearner:
    """`recipes-lstm` as it is built on a processor, or with Keras's own layers throughout."""
    with patch.object(stack, "looks_up", lambda cell, config: looked_up):
        return KerasLearner(presets.preset("recipes-lstm").config, VOCAB_SIZE, last=1)


def seconds_per_step(rounds: int, steps: int) -> dict[str, float]:
    """Medians over `rounds` of both ways in turn, so that a busy machine is busy for both."""
    batches, random = presets.preset("recipes-lstm").config.batches, np.random.default_rng(0)
    ids = random.integers(0, VOCAB_SIZE, (batches.batch_size, batches.length + 1)).astype(np.int32)
    batch = Batch((ids[:, :-1],), ids[:, -1])
    learners = {way: learner(looked_up) for way, looked_up in WAYS.items()}
    measured: dict[str, list[float]] = {way: [] for way in WAYS}
    for _ in range(rounds + 1):
        for way, one in learners.items():
            began = time.perf_counter()
            for _ in range(steps):
                one.step(batch)
            one.loss_since_last()
            measured[way].append((time.perf_counter() - began) / steps)
    return {way: statistics.median(times[1:]) for way, times in measured.items()}


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON document on standard output")
    options = parser.parse_args(arguments)
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    seconds = seconds_per_step(rounds=5, steps=4)
    rows = {f"one-hot inputs {way}, s per step": value for way, value in seconds.items()}
    rows["looked up against multiplied, times as fast"] = seconds["multiplied"] / seconds["looked up"]
    if options.json:
        json.dump(rows, sys.stdout)
        return
    width = max(map(len, rows))
    for title, value in rows.items():
        print(f"{title:<{width}}  {value:>8.3f}")


if __name__ == "__main__":
    main()
