"""Measure the networks of pretrained/ on their held-out texts again, beside the figures in their run.json.

    python -m benchmarks.pretrained --json
    python -m benchmarks.pretrained --write     # put the new figures into run.json and README.md

Only epochs whose weights are there can be measured; the others keep the loss that was measured while they trained.
Weights are left as they are.
"""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path
from typing import Any

from rnnkit import metrics, paths, tasks
from rnnkit.errors import PersonError
from rnnkit.sharing import cards, manifest
from rnnkit.store import weights
from rnnkit.training.engines import engine_for, learner
from rnnkit.training.planning import Plan

TASKS = ("language-model", "series")  # those that are measured on a part of their text


def measured(folder: Path, write: bool) -> list[dict[str, Any]]:
    """One row for each kept epoch of a run; none where nothing of its text was held out, or its text is not here."""
    document = json.loads((folder / "run.json").read_text("utf-8"))
    whole = manifest.parse((folder / "run.json").read_bytes())
    if whole.config.task not in TASKS or not whole.config.batches.validation_fraction:
        return []
    data = tasks.of(whole.config).read(whole.config, None, whole.tokenizer)
    if whole.provenance.corpus.sha256 not in (None, data.sha256):
        print(f"{folder.name}: left out, as this machine has another text of that name")
        return []
    threads = os.cpu_count() or 1
    own = learner(whole.config, data.vocab_size, Plan(1, engine_for(whole.config), threads))
    epochs, everything = {epoch["epoch"]: epoch for epoch in document["epochs"]}, data.whole()
    arrays = {}
    for kept in whole.checkpoints:
        stored = weights.unpack((folder / f"epoch-{kept.epoch:04d}.safetensors").read_bytes(), folder.name)
        arrays[kept.epoch] = weights.dequantise(stored, folder.name)
    bits, rows = weights.bits_of(stored), []
    for epoch in arrays:
        own.load_weights(arrays[epoch])
        found = own.evaluate(data.held_out["val_"]())
        before = epochs[epoch]["val_loss"]
        epochs[epoch].update(data.measures("val_", found.loss, found.metric))
        rows.append({"run": folder.name, "epoch": epoch, "stored": before, "measured": found.loss})
    best = metrics.best(epochs.values())
    for epoch in {one["epoch"] for one in (best, epochs[max(epochs)]) if one}:
        own.load_weights(arrays[epoch])
        full = own.evaluate(everything.batches()).loss if everything else epochs[epoch]["val_loss"]
        epochs[epoch]["val_loss_full"] = full
    if write:
        (folder / "run.json").write_text(json.dumps(document, indent=1, ensure_ascii=False), "utf-8")
        again = manifest.parse((folder / "run.json").read_bytes())
        (folder / "README.md").write_text(cards.card(again, bits=bits), "utf-8")
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--write", action="store_true", help="put the new figures in place of the old ones")
    parser.add_argument("names", nargs="*", help="folders of pretrained/; all of them without any")
    asked = parser.parse_args()
    rows = []
    for folder in sorted(path.parent for path in paths.PRETRAINED.glob("*/run.json")):
        if asked.names and folder.name not in asked.names:
            continue
        try:
            new = measured(folder, asked.write)
        except PersonError as error:
            print(f"{folder.name}: {error}")
            continue
        rows += new
        for row in [] if asked.json else new:
            print(f"{row['run']:<22} epoch {row['epoch']:>3}: {row['stored']:.4f} -> {row['measured']:.4f}", flush=True)
    if asked.json:
        print(json.dumps({"rows": rows}))


if __name__ == "__main__":
    main()
