"""A text written by counting alone: each token is drawn from those that followed the last ones in a text.

What a network has to beat. Knows no network and no page.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from rnnkit.errors import ConfigError, TooShort

LONGEST = 6  # tokens of an n-gram


class NgramWriter:
    """Writes as a text's n-grams do: after the last n - 1 tokens comes one that followed them somewhere, as often.

    Where these never stood together fewer of them count. Made once for a text; threads may share it.

    Args:
        ids: the text, (N,). most: the n of the longest n-gram.

    Raises:
        TooShort: a text of fewer than 2 tokens. ConfigError: an n below 1 or above LONGEST.
    """

    def __init__(self, ids: np.ndarray, most: int):
        if not 1 <= most <= LONGEST:
            raise ConfigError(f"n: expected 1 to {LONGEST} tokens of an n-gram, got {most}")
        if len(ids) < 2:
            raise TooShort(f"text: expected at least 2 tokens to count, got {len(ids)}")
        self.ids, self.most = np.asarray(ids), most
        self._orders = [self._sorted(length) for length in range(1, most)]

    def write(self, prompt: Sequence[int] | np.ndarray, length: int, seed: int = 0) -> np.ndarray:
        """`length` tokens after `prompt`: (length,) int32."""
        random, written = np.random.default_rng(seed), [int(one) for one in prompt]
        for _ in range(length):
            written.append(int(self.ids[self._next_place(written, random)]))
        return np.array(written[len(prompt) :], np.int32)

    def _next_place(self, written: list[int], random: np.random.Generator) -> int:
        """A place of the text whose last tokens are those written, the longest possible; any where none is."""
        for length in range(min(self.most - 1, len(written)), 0, -1):
            hashes, places = self._orders[length - 1]
            wanted = _hashed(np.array([written[-length:]]))[0]
            first, stop = np.searchsorted(hashes, wanted, "left"), np.searchsorted(hashes, wanted, "right")
            if stop > first:
                return int(places[random.integers(first, stop)])
        return int(random.integers(len(self.ids)))

    def _sorted(self, length: int) -> tuple[np.ndarray, np.ndarray]:
        """Of each stretch of this length with a token after it a hash, sorted, and the place of that token."""
        if len(self.ids) <= length:
            return np.empty(0, np.uint64), np.empty(0, np.int64)
        hashes = _hashed(np.lib.stride_tricks.sliding_window_view(self.ids[:-1], length))
        order = np.argsort(hashes, kind="stable")
        return hashes[order], order + length


def _hashed(stretches: np.ndarray) -> np.ndarray:
    """Rows of ids (M, n) as one number each: (M,) uint64, different for different rows but for one case in billions."""
    found = np.zeros(len(stretches), np.uint64)
    with np.errstate(over="ignore"):
        for column in stretches.T:
            found = (found ^ (column.astype(np.uint64) + np.uint64(1))) * np.uint64(0x9E3779B97F4A7C15)
            found ^= found >> np.uint64(29)
    return found
