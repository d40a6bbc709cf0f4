"""How well a checkpoint predicts text it was not trained on: by the NumPy engine, over the very targets of `val_loss`.

What a network writes with must be what was trained; the two figures say so. Knows no page.
"""

from __future__ import annotations

from typing import NamedTuple

from rnnkit import engine, metrics, tasks
from rnnkit.errors import ConfigError, PromptError
from rnnkit.store import Store
from rnnkit.studies.checkpoint import Checkpoint
from rnnkit.texts.tokenizers import Tokenizer


class Score(NamedTuple):
    """Mean negative log-likelihood in nats per token, over so many tokens; and what the trainer measured at that epoch.

    `val_loss` is None where the run held nothing out; `val_loss_full` where the
    whole was not measured at the end; `note` says where an older version measured otherwise.
    """

    nats: float
    symbols: int
    val_loss: float | None
    val_loss_full: float | None = None
    note: str | None = None


OLDER = "val_loss was measured by an older version: over all of the held-out text, in rows from an empty state"


def held_out(store: Store, checkpoint: Checkpoint[Tokenizer], *, whole: bool = False) -> Score:
    """Over the part of the held-out text that `val_loss` is measured on, batch by batch as the trainer does, or all.

    Raises:
        ConfigError: the run holds nothing out. CorpusError: its text is not here.
    """
    run = checkpoint.run
    checkpoint.text(store)  # the very text that it has read
    data = tasks.of(run.config).read(run.config, store, run.tokenizer)
    if "val_" not in data.held_out:
        raise ConfigError(f"run {run.id}: expected one that holds a part of its text out, got one without; use --text")
    everything = data.whole() if whole else None
    batches = everything.batches if everything else data.held_out["val_"]
    nats, symbols = engine.score_batches(checkpoint.network, batches())
    return Score(nats, symbols, *_measured(store, checkpoint))


def of_text(store: Store, checkpoint: Checkpoint[Tokenizer], text: str) -> Score:
    """Over a whole text, each token after all before it.

    Raises:
        PromptError: the vocabulary knows fewer than two tokens of it.
    """
    ids = checkpoint.codec.encode(text).ids
    if len(ids) < 2:
        raise PromptError(f"text: expected at least 2 tokens that run {checkpoint.run.id} knows, got {len(ids)}")
    return Score(engine.score(checkpoint.network, ids), len(ids) - 1, *_measured(store, checkpoint))


def _measured(store: Store, checkpoint: Checkpoint[Tokenizer]) -> tuple[float | None, float | None, str | None]:
    """The losses that the trainer measured there, and what is to be known of them."""
    measured = [*store.epochs(checkpoint.run.id), *store.moments(checkpoint.run.id)]
    epoch = next((one for one in measured if one["step"] == checkpoint.step), {})
    loss = epoch.get("val_loss")
    return loss, epoch.get("val_loss_full"), None if loss is None or metrics.is_warm(epoch) else OLDER
