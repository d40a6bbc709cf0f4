"""Document 000's network and ours beside it, on this machine: `python -m benchmarks.sherlock [--json]`.

Trains `sherlock-bilstm` for its five epochs and `sherlock-streams` in the same store (kept in the home
folder, so that the Compare page shows both over seconds), then prints the losses beside the document's
and when ours first was below the document's last loss on text it had never seen; and what one and the
same network writes by the document's loop and by ours, both always taking the likeliest character.
"""

from __future__ import annotations

import argparse
import json

import numpy as np

from rnnkit import engine, presets
from rnnkit.store import Run, Store
from rnnkit.texts import tokenizers
from rnnkit.training import loop, queueing

DOCUMENT = (2.5776, 2.2019, 2.0714, 1.9853, 1.9195)
GOAL = 1.92
SHARE = 30  # ours may take this part of the document's training seconds
CHARACTERS = 400
READ = 10  # characters that the document's loop shows the network, which learned to read 40


def trained(store: Store, preset: str) -> Run:
    run = queueing.queue(store, presets.PRESETS[preset].config)
    status = loop.train(store, run, f"localhost|0|0|{preset}")
    if status != "finished":
        raise SystemExit(f"{preset}: {status}: {store.run(run).message}")
    return store.run(run)


def written(store: Store, run: Run) -> dict[str, str]:
    """What the last epoch writes after the document's beginning, by the document's loop and by the engine's."""
    tokenizer = tokenizers.from_json(run.tokenizer)
    network = engine.network(run.config, run.vocab_size, store.checkpoint(run.id, run.epochs_done))
    prompt = tokenizer.encode(run.config.sampling.prompt).ids
    ours = engine.generate([engine.Request(network, prompt, engine.Sampler(temperature=0.0))], CHARACTERS)[0]
    return {"document_loop": tokenizer.decode(documents_loop(network, prompt)), "engine": tokenizer.decode(ours)}


def documents_loop(network: engine.Network, prompt: np.ndarray) -> np.ndarray:
    """The document's way: the window begins at the first character of the beginning, not at its last ones.

    What it takes for the character after 128 others is the one after the first 10, which is known already, and so on:
    every answer is put 118 places too late.
    """
    ids = list(prompt)
    for start in range(CHARACTERS):
        ids.append(int(engine.answers(network, np.array([ids[start : start + READ]]))[0].argmax()))
    return np.array(ids[len(prompt) :])


def measure() -> dict[str, object]:
    store = Store()
    ours = store.epochs(trained(store, "sherlock-streams").id)  # first: the machine's first seconds are its slowest
    run = trained(store, "sherlock-bilstm")
    document = store.epochs(run.id)
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
        **written(store, run),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    figures = measure()
    print(json.dumps(figures) if asked.json else "\n".join(f"{k:26} {v}" for k, v in figures.items()))


if __name__ == "__main__":
    main()
