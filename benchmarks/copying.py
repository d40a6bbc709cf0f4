"""How long it takes to find what a sample has copied: `python -m benchmarks.copying [--json] [CORPUS ...]`.

The samples are pieces of the held-out text, half of each replaced by a piece of the training text. Knows no network.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
import tracemalloc

from rnnkit.config import TokenizerConfig
from rnnkit.studies import memorisation
from rnnkit.texts import corpora, tokenizers

CORPORA = ("tinyshakespeare", "recipes", "python")
SAMPLE, SAMPLES, HELD_OUT = 400, 25, 0.1


def measure(name: str) -> dict[str, float]:
    """Seconds and MB of the index of a whole corpus, milliseconds for a sample, and the longest copy in those."""
    text = corpora.load(name)
    tokenizer = tokenizers.build(text, TokenizerConfig())
    began = time.perf_counter()
    index = memorisation.Index(text, tokenizer, HELD_OUT)
    built = time.perf_counter() - began
    starts = range(0, int(len(text) * HELD_OUT) - SAMPLE, int(len(text) * HELD_OUT) // SAMPLES)
    times, lengths = [], []
    for start in starts:
        half = SAMPLE // 2
        sample = text[start : start + half] + text[len(text) - SAMPLE - start :][:half]
        began = time.perf_counter()
        lengths.append(index.examine(sample, at_least=20).longest.length)
        times.append(time.perf_counter() - began)
    return {
        "characters": len(text),
        "seconds for the index": built,
        "MB at most while it is made": _peak(text, tokenizer),
        "milliseconds for a sample": 1000 * statistics.median(times),
        "shortest of the longest copies, at least 200": min(lengths),
    }


def _peak(text: str, tokenizer: tokenizers.Tokenizer) -> float:
    """Measured in a run of its own, since counting takes time."""
    tracemalloc.start()
    memorisation.Index(text, tokenizer, HELD_OUT)
    peak = tracemalloc.get_traced_memory()[1] / 1e6
    tracemalloc.stop()
    return peak


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpora", nargs="*", default=CORPORA, metavar="CORPUS")
    parser.add_argument("--json", action="store_true", help="one JSON document on standard output")
    options = parser.parse_args(arguments)
    rows = {name: measure(name) for name in options.corpora}
    if options.json:
        json.dump(rows, sys.stdout)
        return
    for name, row in rows.items():
        for title, value in row.items():
            print(f"{name:<16} {title:<45} {value:>12,.{0 if value >= 100 else 2}f}")


if __name__ == "__main__":
    main()
