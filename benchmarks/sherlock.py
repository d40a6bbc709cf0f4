"""Document 000's network and ours beside it, on this machine: `python -m benchmarks.sherlock [--json]`.

Trains `sherlock-bilstm` for its five epochs and `sherlock-streams` in the same store (kept in the home
folder, so that the Compare page shows both over seconds), then prints the losses beside the document's
and when ours first was below the document's last loss on text it had never seen.
"""

from __future__ import annotations

import argparse
import json

from rnnkit import orders, presets, training
from rnnkit.store import Store

DOCUMENT = (2.5776, 2.2019, 2.0714, 1.9853, 1.9195)
GOAL = 1.92
SHARE = 30  # ours may take this part of the document's training seconds


def trained(store: Store, preset: str) -> list[dict[str, float]]:
    run = orders.order(store, presets.PRESETS[preset].config)
    status = training.train(store, run, f"localhost|0|0|{preset}")
    if status != "finished":
        raise SystemExit(f"{preset}: {status}: {store.run(run).message}")
    return store.epochs(run)


def measure() -> dict[str, object]:
    store = Store()
    ours = trained(store, "sherlock-streams")  # first: the machine's first seconds are its slowest
    document = trained(store, "sherlock-bilstm")
    whole = sum(epoch["seconds"] for epoch in document)
    below = next((epoch for epoch in ours if epoch["val_loss"] < GOAL), None)
    return {
        "document_losses": DOCUMENT,
        "our_losses": [round(epoch["loss"], 4) for epoch in document],
        "largest_difference": round(max(abs(e["loss"] - d) for e, d in zip(document, DOCUMENT, strict=True)), 4),
        "document_seconds": round(whole, 1),
        "a_thirtieth": round(whole / SHARE, 2),
        "streams_val_losses": [round(epoch["val_loss"], 4) for epoch in ours],
        "streams_seconds": [round(epoch["elapsed_seconds"], 2) for epoch in ours],
        "below_goal_after_seconds": round(below["elapsed_seconds"], 2) if below else None,
        "times_faster": round(whole / below["elapsed_seconds"], 1) if below else None,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    figures = measure()
    print(json.dumps(figures) if asked.json else "\n".join(f"{k:26} {v}" for k, v in figures.items()))


if __name__ == "__main__":
    main()
