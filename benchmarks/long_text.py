"""Reading a long text before the first step: for the first time, and from what is kept; CPU seconds of the process.

python -m benchmarks.long_text --json
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from pathlib import Path

from rnnkit import tasks
from rnnkit.config import RunConfig, with_settings
from rnnkit.store import Store
from rnnkit.texts import cookbook, encoded, own
from rnnkit.training.compiled import CompiledLearner

MEGABYTES = 45
KINDS = {"characters": {}, "words": {"tokenizer.kind": "words", "tokenizer.vocab_size": 5000}}


def row(store: Store, name: str, kind: str) -> dict[str, float | str]:
    """Seconds to read a text anew and again, and to evaluate it: the part that val_loss is of."""
    config = with_settings(RunConfig(), {"corpus": name, **KINDS[kind]})
    seconds = []
    for _ in range(2):
        since = time.process_time()
        data = tasks.of(config).read(config, store, None)
        next(data.training(1, 0))
        seconds.append(time.process_time() - since)
    learner = CompiledLearner(config, data.vocab_size, 1)
    learner.evaluate(data.held_out["val_"]())  # the loops are loaded
    since = time.process_time()
    learner.evaluate(data.held_out["val_"]())
    return {
        "work": kind, "first": round(seconds[0], 2), "again": round(seconds[1], 2),
        "evaluation": round(time.process_time() - since, 2),
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--megabytes", type=int, default=MEGABYTES)
    asked = parser.parse_args()
    recipes = cookbook.write(1_000_000)
    text = "\n".join([recipes] * asked.megabytes)[: asked.megabytes * 1_000_000]
    with tempfile.TemporaryDirectory() as folder:
        store = Store(f"sqlite:///{Path(folder) / 'rnnkit.sqlite'}")
        encoded.folder = lambda: Path(folder) / "encoded"  # not among those that people keep
        name = own.add(store, text, "a long text")
        rows = [row(store, name, kind) for kind in KINDS]
        store.close()
    if asked.json:
        print(json.dumps({"megabytes": asked.megabytes, "rows": rows}))
        return
    for one in rows:
        print(
            f"{one['work']:<11} first {one['first']:>6} s, again {one['again']:>5} s, evaluation {one['evaluation']} s"
        )


if __name__ == "__main__":
    main()
