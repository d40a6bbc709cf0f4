"""Peak memory of a trainer: `python -m benchmarks.memory [--preset recipes-lstm] [--batches 20] [--json]`.

Trains the first batches of a preset in a store that is thrown away, and watches the process from
outside. Beside it: what the one-hot arrays of the source document would have taken.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time

import psutil

from rnnkit import presets
from rnnkit.store import Store, Wanted
from rnnkit.training import cost, queueing


def peak_bytes(process: subprocess.Popen, store: Store, run_id: str, batches: int) -> int:
    """The largest resident size of the trainer until it has done so many batches and ended."""
    trainer, peak = psutil.Process(process.pid), 0
    asked = False
    while process.poll() is None:
        peak = max(peak, trainer.memory_info().rss)
        run = store.run(run_id)
        if run.active and not asked and (run.step >= batches or run.epochs_done):
            store.ask(run_id, Wanted.STOP)
            asked = True
        time.sleep(0.1)
    return peak


def measure(preset: str, batches: int) -> dict[str, float]:
    """Figures of one preset, in bytes and symbols."""
    config = presets.preset(preset).config
    measured = queueing.measure(config)
    with tempfile.TemporaryDirectory() as home:
        os.environ["RNNKIT_HOME"] = home
        store = Store()
        run_id = queueing.queue(store, config)
        process = subprocess.Popen([sys.executable, "-m", "rnnkit.training.turns", run_id], stderr=subprocess.DEVNULL)
        peak = peak_bytes(process, store, run_id, batches)
        store.close()
    one_hot = cost.estimate(config, measured.vocab_size, measured.symbols, measured.plan).one_hot_bytes
    return {"symbols": measured.symbols, "vocab_size": measured.vocab_size, "peak": peak, "one_hot": one_hot}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--preset", default="recipes-lstm")
    parser.add_argument("--batches", type=int, default=20)
    parser.add_argument("--json", action="store_true", help="one JSON document on standard output")
    options = parser.parse_args()
    found = measure(options.preset, options.batches)
    if options.json:
        print(json.dumps(found))
        return
    print(f"{options.preset}: {found['symbols']:,} symbols, {found['vocab_size']:,} different")
    print(f"peak of the trainer      {found['peak'] / 1e9:5.2f} GB")
    print(f"one-hot arrays would be  {found['one_hot'] / 1e9:5.2f} GB")


if __name__ == "__main__":
    main()
