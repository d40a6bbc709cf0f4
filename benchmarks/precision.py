"""Steps of networks that only Keras trains, in float32 and in bfloat16: `python -m benchmarks.precision [--json]`.

Both take turns of two steps, so that both meet the same machine; medians. Where the processor has no bfloat16 of its
own, the second is slower: `has_bfloat16` says which it is.
"""

from __future__ import annotations

import argparse
import json
import statistics
from itertools import cycle, islice

from rnnkit import tasks
from rnnkit.config import RunConfig, with_settings
from rnnkit.training import engines, planning, precision
from rnnkit.training.learner import BFLOAT16, FLOAT32, KERAS
from rnnkit.training.planning import Plan

ROUNDS, STEPS = 5, 2
WINDOWS = {"batches.kind": "windows", "batches.length": 64, "batches.batch_size": 64}
NETWORKS = {
    "bidirectional LSTM, 512 units": {"model.architecture": "lstm", "model.units": 512, "model.bidirectional": True},
    "convolution, then an LSTM of 512": {"model.architecture": "conv_lstm", "model.units": 512},
    "Transformer, 3 blocks of 256": {"model.architecture": "transformer", "model.units": 256, "model.layers": 3},
}


def measured(name: str) -> dict[str, object]:
    """One network."""
    config = with_settings(RunConfig(), {"corpus": "cookbook", "model.embedding_size": 64, **WINDOWS, **NETWORKS[name]})
    data = tasks.of(config).read(config, None, None)
    learners = {
        kind: engines.learner(config, data.vocab_size, Plan(10**6, KERAS, 2, kind)) for kind in (FLOAT32, BFLOAT16)
    }
    some = cycle(list(islice(data.training(1, 0), 8)))
    took: dict[str, list[float]] = {kind: [] for kind in learners}
    for own in learners.values():
        own.begin_epoch()
        planning.timed(own, next(some))
    for _ in range(ROUNDS):
        for kind, own in learners.items():
            took[kind] += [planning.timed(own, next(some)) for _ in range(STEPS)]
    seconds = {kind: statistics.median(each) for kind, each in took.items()}
    return {
        "network": name,
        **{f"{kind}_ms": round(1000 * each) for kind, each in seconds.items()},
        "faster": round(seconds[FLOAT32] / seconds[BFLOAT16], 2),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    rows = [measured(name) for name in NETWORKS]
    if asked.json:
        print(json.dumps({"has_bfloat16": precision.has_bfloat16(), "rows": rows}))
    else:
        print("\n".join("  ".join(f"{key} {value}" for key, value in row.items()) for row in rows))


if __name__ == "__main__":
    main()
