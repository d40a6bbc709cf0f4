"""How fast the NumPy engine writes: `python -m benchmarks.engine [--json]`.

Random weights, as speed does not depend on them. Everything is measured in one run on
one machine, Keras's `model.predict` per character beside it. Knows no store.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import time
from collections.abc import Callable

import numpy as np

from rnnkit import architectures, engine
from rnnkit.config import RunConfig, parse

VOCAB_SIZE = 90
SEVERAL = {"6 epochs x 4 temperatures": (6, (0.0, 0.3, 0.7, 1.0)), "4 runs x 3 temperatures": (4, (0.3, 0.7, 1.0))}


def config(**model) -> RunConfig:
    return parse({"batches": {"length": 100, "batch_size": 1}, "model": {"embedding_size": 64, **model}})


def arrays(settings: RunConfig, seed: int = 0) -> dict[str, np.ndarray]:
    random = np.random.default_rng(seed)
    shapes = architectures.weight_shapes(settings, VOCAB_SIZE)
    return {name: random.normal(0, shape[0] ** -0.5, shape).astype(np.float32) for name, shape in shapes.items()}


def seconds(work: Callable[[], object], times: int) -> float:
    """Median of `times` runs, after one that warms up."""
    work()
    measured = []
    for _ in range(times):
        began = time.perf_counter()
        work()
        measured.append(time.perf_counter() - began)
    return statistics.median(measured)


def one_stream(settings: RunConfig, length: int = 2000) -> float:
    """Characters a second of one text."""
    net = engine.network(settings, VOCAB_SIZE, arrays(settings))
    return length / seconds(lambda: engine.generate([engine.Request(net, [1], engine.Sampler(0.7))], length), 5)


def several(settings: RunConfig, epochs: int, temperatures: tuple[float, ...], length: int = 400) -> float:
    """Seconds for all texts, every checkpoint checked and made a network anew as on a page's first request."""
    checkpoints = [arrays(settings, seed) for seed in range(epochs)]

    def write() -> None:
        nets = [engine.network(settings, VOCAB_SIZE, checkpoint) for checkpoint in checkpoints]
        engine.generate([engine.Request(net, [1], engine.Sampler(t)) for net in nets for t in temperatures], length)

    return seconds(write, 5)


def keras_predict(settings: RunConfig, characters: int = 30) -> float:
    """Characters a second of `model.predict` called once per character, the state carried."""
    one_symbol = settings.model_copy(update={"batches": settings.batches.model_copy(update={"length": 1})})
    model = architectures.build(one_symbol, VOCAB_SIZE)

    def write() -> None:
        symbol = 1
        for _ in range(characters):
            symbol = int(model.predict(np.array([[symbol]]), verbose=0).argmax())

    return characters / seconds(write, 3)


def measure() -> dict[str, float]:
    sizes = {
        "LSTM-128": config(architecture="lstm", units=128),
        "LSTM-256": config(architecture="lstm", units=256),
        "GRU-256": config(architecture="gru", units=256),
        "LSTM-512 x 2": config(architecture="lstm", units=512, layers=2),
    }
    rows = {f"{name}, one text, characters/s": one_stream(settings) for name, settings in sizes.items()}
    for title, (epochs, temperatures) in SEVERAL.items():
        for name in ("LSTM-128", "LSTM-512 x 2"):
            rows[f"{name}, {title} x 400 characters, s"] = several(sizes[name], epochs, temperatures)
    predict = keras_predict(sizes["LSTM-256"])
    rows["LSTM-256, model.predict per character, characters/s"] = predict
    rows["LSTM-256, engine against model.predict, times"] = rows["LSTM-256, one text, characters/s"] / predict
    return rows


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON document on standard output")
    options = parser.parse_args(arguments)
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    rows = measure()
    if options.json:
        json.dump(rows, sys.stdout)
        return
    width = max(map(len, rows))
    for title, value in rows.items():
        print(f"{title:<{width}}  {value:>10,.{0 if value >= 100 else 3}f}")


if __name__ == "__main__":
    main()
