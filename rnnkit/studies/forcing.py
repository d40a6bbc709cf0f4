"""Teacher forcing against writing freely: what a network expects of a true text, and of its own (exposure bias).

It reads the same beginning twice. Then it is given each true token, as in training, or goes on with tokens that it
draws itself. In both cases the token that truly comes next is looked at. Knows no page.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from rnnkit import engine
from rnnkit.engine import Network, Sampler
from rnnkit.errors import TooShort

BEGINNING = 60  # tokens that are read before the two part
LENGTH = 60  # tokens after it
PLACES = 64  # of the text, each with a beginning of its own


class Losses(NamedTuple):
    """Nats per token, (length,) each, means over all places: given the true past, and given its own."""

    forced: np.ndarray
    free: np.ndarray


def losses(
    network: Network,
    ids: np.ndarray,
    *,
    length: int = LENGTH,
    beginning: int = BEGINNING,
    places: int = PLACES,
    seed: int = 0,
) -> Losses:
    """What the truth costs after a true and after an own past.

    Raises:
        TooShort: the text `ids` (N,) has no room for one beginning and what follows.
        DamagedCheckpoint: the network's numbers are no longer finite.
    """
    room = len(ids) - beginning - length
    if room < 1:
        raise TooShort(f"text: expected more than {beginning + length} tokens, got {len(ids)}")
    starts = np.unique(np.linspace(0, room, places).astype(int))
    rows = ids[starts[:, None] + np.arange(beginning + length)]  # (P, B + L)
    forced = engine.Reader(network, len(rows))
    for column in rows[:, :beginning].T:
        forced.read(column)
    free = forced.copy()
    random = np.random.default_rng(seed)
    found = np.empty((2, length))
    for t, wanted in enumerate(rows[:, beginning:].T):
        told, own = (engine.probabilities(Sampler(), reader.logits) for reader in (forced, free))
        found[:, t] = [_nats(chances, wanted) for chances in (told, own)]
        forced.read(wanted)
        free.read((own.cumsum(axis=1) > random.random((len(rows), 1)) * own.sum(axis=1, keepdims=True)).argmax(axis=1))
    return Losses(*found)


def _nats(chances: np.ndarray, wanted: np.ndarray) -> float:
    return float(-np.log(np.maximum(chances[np.arange(len(wanted)), wanted], 1e-30)).mean())
