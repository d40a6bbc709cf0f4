"""How well a network predicts a given text (teacher forcing): it reads that text, not what it would write itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Protocol

import numpy as np

from rnnkit.config import Answers
from rnnkit.engine.network import Network, checked_ids
from rnnkit.engine.reader import Reader
from rnnkit.engine.samplers import finite
from rnnkit.errors import ConfigError, TooShort

AT_ONCE = 64  # rows through a network together: more of them no longer fit into a processor's cache


class Batch(Protocol):
    """Inputs (arrays of B rows), targets, weights, and whether rows begin; see tasks.Batch."""

    def __iter__(self) -> Iterator[Any]: ...


def score(network: Network, ids: np.ndarray) -> float:
    """Mean negative log-likelihood in nats per token over ids[1:], teacher-forced: each after all tokens before it.

    Raises:
        TooShort: fewer than two symbols: there is nothing to predict.
        ConfigError: the network is a classifier.
        DamagedCheckpoint: the network's numbers are no longer finite.
    """
    ids = checked_ids(ids, network.vocab_size)
    if len(ids) < 2:
        raise TooShort(f"ids: expected at least 2 tokens to score, got {len(ids)}")
    if network.config.answers is Answers.CLASS:
        raise ConfigError("network: expected a language model to score with, got a classifier")
    return score_batches(network, [((ids[None, :-1],), ids[None, 1:], None)])[0]


def score_batches(network: Network, data: Iterable[Batch]) -> tuple[float, int]:
    """Mean negative log-likelihood in nats per target over batches as a trainer evaluates them, and their number.

    Streams (B, T) carry their states from batch to batch, up to one whose rows begin anew; each window (B, T) is read
    from an empty state.

    Raises:
        DamagedCheckpoint: the network's numbers are no longer finite.
    """
    reader, nats, count = None, 0.0, 0.0
    for (inputs, *_), targets, weights, *begin in data:
        once = targets.ndim == 1
        if once or any(begin) or reader is None:
            reader = Reader(network.reading_whole_windows() if once else network, len(inputs))
        for t in range(inputs.shape[1]):
            reader.read(inputs[:, t])
            if once and t < inputs.shape[1] - 1:
                continue
            wanted = targets if once else targets[:, t]
            counted = np.ones(len(wanted)) if weights is None else weights if once else weights[:, t]
            logits = finite(reader.logits).astype(np.float64)
            logits -= logits.max(axis=1, keepdims=True)
            likelihood = np.log(np.exp(logits).sum(axis=1)) - logits[np.arange(len(wanted)), wanted]
            nats, count = nats + float(likelihood @ counted), count + float(counted.sum())
    return nats / count, round(count)


def answers(network: Network, rows: np.ndarray) -> np.ndarray:
    """Whole texts as rows of ids, (N, T), to the network's outputs after the last step: (N, outputs) float32.

    Raises:
        DamagedCheckpoint: the network's numbers are no longer finite.
    """
    found = np.empty((len(rows), network.outputs), np.float32)
    for first in range(0, len(rows), AT_ONCE):
        part = rows[first : first + AT_ONCE]
        reader = Reader(network, len(part))
        for ids in part.T:
            reader.read(checked_ids(ids, network.vocab_size))
        found[first : first + AT_ONCE] = finite(reader.logits)
    return found
