"""Memory of training on words: `python -m benchmarks.memory [--corpus recipes] [--steps 60] [--json]`.

Trains the recipe lecture's network (windows of 50 words, one-hot input, LSTM 256) for some batches
and reads the process's largest resident size; beside it what the lecture's one-hot arrays would take.
"""

from __future__ import annotations

import argparse
import json
import resource

from rnnkit import estimate, orders, presets, training
from rnnkit.config import with_settings


def measure(corpus: str, steps: int) -> dict[str, object]:
    config = with_settings(presets.PRESETS["recipes-lstm"].config, {"corpus": corpus})
    measured = orders.measure(corpus, config.tokenizer)
    data = training.Data(measured.tokenizer.encode(training.corpora.load(corpus)).ids, config)
    learner = training.Learner(config, measured.vocab_size, data.steps)
    for _, (inputs, targets) in zip(range(steps), data.training(1, 0), strict=False):
        learner.step(inputs, targets)
    learner.arrays()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    cost = estimate.estimate(config, measured.vocab_size, measured.symbols)
    return {
        "corpus": corpus,
        "characters": measured.chars,
        "words": measured.symbols,
        "vocabulary": measured.vocab_size,
        "peak_gb": round(peak / 1e9, 2),
        "estimated_gb": round(cost.memory_bytes / 1e9, 2),
        "one_hot_gb": round(cost.one_hot_bytes / 1e9, 1),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", default="recipes")
    parser.add_argument("--steps", type=int, default=60)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    figures = measure(asked.corpus, asked.steps)
    print(json.dumps(figures) if asked.json else "\n".join(f"{k:16} {v}" for k, v in figures.items()))


if __name__ == "__main__":
    main()
