"""What a step of Keras takes, by cell, units, rows and length, beside what `training/cost.py` expects of it.

    python -m benchmarks.keras_steps --json

Processor seconds, the least of several blocks, so that other work on the machine counts little.
"""

from __future__ import annotations

import argparse
import json
import time

import numpy as np

from rnnkit.config import parse
from rnnkit.tasks import Batch
from rnnkit.texts.batches import BatchPlan
from rnnkit.training import cost

VOCAB, BLOCKS, STEPS = 60, 5, 3
SHAPES = [("gru", 48, 64, 120)] + [
    (cell, units, rows, 64) for cell in ("simple_rnn", "gru", "lstm") for units in (32, 128, 256) for rows in (16, 64)
]


def measured(cell: str, units: int, rows: int, length: int) -> dict[str, object]:
    """One shape of network."""
    from rnnkit.training.keras_learner import KerasLearner

    parts = {"model": {"architecture": cell, "units": units, "embedding_size": 32}, "training": {"engine": "keras"}}
    config = parse({**parts, "batches": {"batch_size": rows, "length": length}})
    learner = KerasLearner(config, VOCAB, 1000)
    ids = np.random.default_rng(0).integers(0, VOCAB, (rows, length + 1), dtype=np.int32)
    batch, best = Batch((ids[:, :-1],), ids[:, 1:]), float("inf")
    for _ in range(BLOCKS + 1):  # the first warms up
        begun = time.process_time()
        for _ in range(STEPS):
            learner.step(batch)
        learner.totals()
        best = min(best, (time.process_time() - begun) / STEPS)
    expected = cost.seconds_per_epoch(config, VOCAB, BatchPlan(1, rows * length))
    shape = {"cell": cell, "units": units, "rows": rows, "length": length}
    return shape | {"milliseconds": round(1000 * best, 1), "expected": round(1000 * expected, 1)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    found = [measured(*shape) for shape in SHAPES]
    if parser.parse_args().json:
        print(json.dumps(found))
        return
    for one in found:
        print(*one.values(), sep="\t")


if __name__ == "__main__":
    main()
