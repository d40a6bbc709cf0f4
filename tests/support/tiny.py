"""Finished runs for tests of pages and sampling, made through the store in milliseconds.

The networks are the real ones of rnnkit.architectures with random weights; no Keras, no training.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from rnnkit.architectures import parameter_table, weight_shapes
from rnnkit.config import RunConfig, parse, with_settings
from rnnkit.presets import PRESETS
from rnnkit.store import Lease, LostRun, Sample, Status, Store
from rnnkit.tasks import TASKS
from rnnkit.texts import corpora, tokenizers
from rnnkit.training import processes
from rnnkit.training.learner import compilable

TEXT = "The quick brown fox jumps over the lazy dog.\n" * 4
TRAINER = str(processes.token(note="test"))  # a process that lives, so that no scheduler takes the run over


def small_cookbook(monkeypatch: pytest.MonkeyPatch, chars: int = 20_000) -> None:
    """Make `cookbook` a text of so many characters, for this test alone."""
    whole = corpora.CORPORA["cookbook"]
    small = replace(whole, write=lambda name: whole.write(name if "-" in name else f"{name}-{chars}"))
    monkeypatch.setitem(corpora.CORPORA, "cookbook", small)


def config(**parts) -> RunConfig:
    """A small run's config; `parts` as in the JSON: name="a", model={"units": 4}."""
    parts["model"] = {"units": 8, "embedding_size": 4, **parts.get("model", {})}
    parts["training"] = {"epochs": 3, **parts.get("training", {})}
    return parse({"corpus": "tiny", "sampling": {"prompt": "The "}, **parts})


def metrics(epoch: int, loss: float = 3.0) -> dict[str, float]:
    """What a trainer reports after an epoch; the losses fall from `loss`."""
    train, held_out = loss / epoch, loss / epoch + 0.1
    return {
        "loss": train, "val_loss": held_out,
        "bits_per_char": train / np.log(2), "val_bits_per_char": held_out / np.log(2),
        "perplexity": np.exp(train), "val_perplexity": np.exp(held_out), "accuracy": 0.3, "val_accuracy": 0.3,
        "seconds": 2.0, "elapsed_seconds": 2.0 * epoch, "chars_per_second": 5000.0, "learning_rate": 0.002,
    }  # fmt: skip


def claimed(store: Store, settings: RunConfig) -> Lease:
    """A run that this process trains; another one where a scheduler at work on the same store was quicker."""
    while True:
        lease = store.lease(store.create_run(settings), TRAINER)
        try:
            lease.claim()
        except LostRun:
            continue
        return lease


def run(
    store: Store, text: str = TEXT, *, epochs: int = 3, status: str | None = Status.FINISHED, loss: float = 3.0, **parts
) -> str:
    """A run that has trained `epochs` epochs on `text`; still training when `status` is None. Returns its id."""
    settings = config(**parts)
    tokenizer = tokenizers.build(text, settings.tokenizer)
    lease = claimed(store, settings)
    lease.save_description(
        tokenizer=tokenizer.to_json(), vocab_size=tokenizer.vocab_size, device="cpu", steps=10,
        params=sum(layer.params for layer in parameter_table(settings, tokenizer.vocab_size)),
        provenance={"first_weights": "numpy" if compilable(settings) else "keras"},
    )  # fmt: skip
    train(store, lease.run_id, epochs, loss)
    if status:
        lease.end(status)
    return lease.run_id


def run_with_moments(store: Store, **parts) -> str:
    """A run that trains, one epoch of ten batches behind it, with checkpoints inside that at steps 0, 1, 2 and 5."""
    run_id = run_inside_first(store, (0, 1, 2, 5), **parts)
    train(store, run_id, 1)
    return run_id


def run_inside_first(store: Store, steps: tuple[int, ...] = (0,), **parts) -> str:
    """A run that trains its first epoch, of ten batches, with checkpoints at these steps."""
    run_id = run(store, epochs=0, status=None, **parts)
    lease, row = store.lease(run_id, TRAINER), store.run(run_id)
    for step in steps:
        lease.keep_inside(
            place=step, step=step, epoch=step / 10, metrics={"val_loss": 4 - step / 10, "elapsed_seconds": step / 5},
            checkpoint=arrays(row.config, row.vocab_size or 0, seed=100 + step),
            samples=[Sample(step / 10, 0.7, "The ", 0, f"after {step}")], resume={"m": np.zeros(3)}, state={},
            train_seconds=step / 5,
        )  # fmt: skip
    return run_id


def train(store: Store, run_id: str, epochs: int, loss: float = 3.0) -> None:
    """So many more epochs for a run that is training."""
    found = store.run(run_id)
    for epoch in range(found.epochs_done + 1, found.epochs_done + epochs + 1):
        sample = Sample(epoch, 1.0, found.config.sampling.prompt, 0, f"what epoch {epoch} wrote")
        store.lease(run_id, TRAINER).finish_epoch(
            epoch=epoch, metrics=metrics(epoch, loss), samples=[sample],
            checkpoint=arrays(found.config, found.vocab_size, seed=epoch), resume={}, state={},
            train_seconds=2.0 * epoch,
        )  # fmt: skip


def arrays(settings: RunConfig, vocab_size: int, seed: int = 0) -> dict[str, np.ndarray]:
    random = np.random.default_rng(seed)
    shapes = weight_shapes(settings, vocab_size)
    return {name: random.normal(0, 0.5, shape).astype(np.float32) for name, shape in shapes.items()}


def forecaster(store: Store, head: str = "classes", *, epochs: int = 2, corpus: str = "signal") -> str:
    """A finished run that forecasts the built-in signal, or has forecast `corpus`, with random weights."""
    name = "series-regression" if head == "regression" else "series-rnn"
    small = {"corpus": "signal", "model.units": 4, "series.classes": 6, "training.epochs": epochs}
    settings = with_settings(PRESETS[name].config, small)
    material = TASKS["series"].read(settings, None, None)
    lease = claimed(store, with_settings(settings, {"corpus": corpus}))
    lease.save_description(
        tokenizer=material.tokenizer_state, vocab_size=material.vocab_size, device="cpu", steps=10, params=9
    )
    train(store, lease.run_id, epochs)
    lease.end(Status.FINISHED)
    return lease.run_id
