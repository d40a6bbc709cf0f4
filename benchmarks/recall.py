"""How far back networks remember after some seconds, over seeds: `python -m benchmarks.recall [--seeds 10] [--json]`.

The networks of the page Memory, each trained alone on one thread for so many seconds of the processor; then the share
of letters that it names rightly over 5 to 100 dots. Knows no store.
"""

from __future__ import annotations

import argparse
import json
import sys
import time

import numpy as np

from rnnkit import engine, presets
from rnnkit.config import with_settings
from rnnkit.studies import recall
from rnnkit.tasks.language_model import TextBatches
from rnnkit.texts import batches, tokenizers
from rnnkit.texts.made import memory
from rnnkit.training import kernels
from rnnkit.training.compiled import CompiledLearner

CELLS = ("simple_rnn", "gru", "lstm")
CHARS = 500_000


def trained(cell: str, seed: int, seconds: float) -> np.ndarray:
    """Accuracy at each distance of one network of the page."""
    config = with_settings(presets.preset("memory").config, {"model.architecture": cell, "training.seed": seed})
    text = memory.write(CHARS, seed)
    codec = tokenizers.build(text, config.tokenizer)
    data = TextBatches(*batches.split(codec.encode(text).ids, config.batches.validation_fraction), config)
    learner = CompiledLearner(config, codec.vocab_size, 10**6, threads=1)
    spent = 0.0
    for epoch in range(1, 10**6):
        learner.begin_epoch()
        for batch in data.training(epoch, 0):
            began = time.process_time()
            learner.step(batch)
            spent += time.process_time() - began
            if spent > seconds:
                return recall.accuracy(engine.network(config, codec.vocab_size, learner.read_weights()), codec)
    raise AssertionError("time does not end")


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--seconds", type=float, default=10.0, help="of training for each network")
    parser.add_argument("--json", action="store_true", help="one JSON document on standard output")
    options = parser.parse_args(arguments)
    kernels.one_thread_each()
    trained("gru", 0, 0.1)  # loads the kernels
    rows = []
    for seed in range(options.seeds):
        found = {cell: float(trained(cell, seed, options.seconds).mean()) for cell in CELLS}
        rows.append({"seed": seed, **found})
        if not options.json:
            print(f"seed {seed}: " + ", ".join(f"{cell} {share:.0%}" for cell, share in found.items()), flush=True)
    beyond = {cell: sum(row[cell] > row["simple_rnn"] for row in rows) for cell in CELLS[1:]}
    document = {"seconds": options.seconds, "rows": rows, "beyond_simple_rnn": beyond}
    if options.json:
        json.dump(document, sys.stdout)
    else:
        print(f"beyond the simple RNN, of {len(rows)} seeds: {beyond}")


if __name__ == "__main__":
    main()
