"""How well a checkpoint predicts text it was not trained on: by the NumPy engine, over the very targets of `val_loss`.

What a network writes with must be what was trained; the two figures say so. Knows no page.
"""

from __future__ import annotations

from typing import NamedTuple

from rnnkit import engine, tasks
from rnnkit.errors import ConfigError, PromptError
from rnnkit.store import Store
from rnnkit.studies.checkpoint import Checkpoint
from rnnkit.texts.tokenizers import Tokenizer


class Score(NamedTuple):
    """Mean negative log-likelihood in nats per token, over so many tokens; and what the trainer measured at that epoch.

    `val_loss` is None where the run held nothing out, or where the epoch is not a whole one.
    """

    nats: float
    symbols: int
    val_loss: float | None


def held_out(store: Store, checkpoint: Checkpoint[Tokenizer]) -> Score:
    """Over the held-out part of the run's text, batch by batch as the trainer measures it.

    Raises:
        ConfigError: the run holds nothing out. CorpusError: its text is not here.
    """
    run = checkpoint.run
    checkpoint.text(store)  # the very text that it has read
    data = tasks.of(run.config).read(run.config, store, run.tokenizer)
    if "val_" not in data.held_out:
        raise ConfigError(f"run {run.id}: expected one that holds a part of its text out, got one without; use --text")
    nats, symbols = engine.score_batches(checkpoint.network, data.held_out["val_"]())
    return Score(nats, symbols, _val_loss(store, checkpoint))


def of_text(store: Store, checkpoint: Checkpoint[Tokenizer], text: str) -> Score:
    """Over a whole text, each token after all before it.

    Raises:
        PromptError: the vocabulary knows fewer than two tokens of it.
    """
    ids = checkpoint.codec.encode(text).ids
    if len(ids) < 2:
        raise PromptError(f"text: expected at least 2 tokens that run {checkpoint.run.id} knows, got {len(ids)}")
    return Score(engine.score(checkpoint.network, ids), len(ids) - 1, _val_loss(store, checkpoint))


def _val_loss(store: Store, checkpoint: Checkpoint[Tokenizer]) -> float | None:
    epochs = {epoch["epoch"]: epoch for epoch in store.epochs(checkpoint.run.id)}
    return epochs.get(checkpoint.epoch, {}).get("val_loss")
