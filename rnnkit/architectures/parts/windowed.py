"""Running a network that must see its whole window again for every symbol it writes.

Bidirectional networks (the backward half starts at the newest symbol) and those without
a memory are of this kind. Knows no particular network.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import accumulate
from typing import Any

import numpy as np

from rnnkit.architectures.architecture import State
from rnnkit.architectures.parts.inputs import kind_of_step
from rnnkit.config import RunConfig


class WindowRunner:
    """Carries the last `batches.length` steps of each row; until so many were read the window is shorter.

    `forward(networks, ids)` takes windows (B, T), all of one length, to logits (B, outputs);
    `networks` are pairs of a network and the slice of rows that are its texts.
    """

    def __init__(self, forward: Callable, config: RunConfig, networks: Sequence[Any], rows: Sequence[int]):
        self.forward = forward
        self.length = config.batches.length
        self.kind = kind_of_step(config)
        self.networks = list(zip(networks, slices(rows), strict=True))
        self.rows = sum(rows)

    def initial_state(self) -> State:
        """The window (rows, length), newest last, and how many symbols were read (rows,)."""
        return [np.zeros((self.rows, self.length), self.kind), np.zeros(self.rows, np.int32)]

    def advance(self, ids: np.ndarray, state: State) -> None:
        window, seen = state
        window[:, :-1] = window[:, 1:]
        window[:, -1] = ids
        seen += 1

    def logits(self, state: State) -> np.ndarray:
        window, seen = state
        shown = np.minimum(seen, self.length)
        lengths = np.unique(shown)
        if len(lengths) == 1:
            return self.forward(self._networks(shown), window[:, self.length - lengths[0] :])
        parts = {n: self.forward(self._networks(shown == n), window[shown == n, self.length - n :]) for n in lengths}
        logits = np.empty((len(window), parts[lengths[0]].shape[1]), np.float32)
        for n, part in parts.items():
            logits[shown == n] = part
        return logits

    def _networks(self, chosen: np.ndarray) -> list[tuple[Any, slice]]:
        """The networks that have chosen rows, with the places of these rows among the chosen."""
        counts = [int(np.count_nonzero(chosen[part])) for _, part in self.networks]
        parts = zip(self.networks, slices(counts), strict=True)
        return [(network, part) for (network, _), part in parts if part.stop > part.start]


def one_by_one(forward: Callable[[Any, np.ndarray], np.ndarray]) -> Callable[..., np.ndarray]:
    """Of `forward(network, ids)` that of several networks, each with its own rows."""
    return lambda networks, ids: np.concatenate([forward(network, ids[part]) for network, part in networks])


def slices(sizes: Sequence[int]) -> list[slice]:
    """Where each network's rows lie: sizes (2, 3) -> rows 0:2 and 2:5."""
    ends = list(accumulate(sizes))
    return [slice(end - size, end) for end, size in zip(ends, sizes, strict=True)]
