"""Reading the window anew for every symbol, without reading it anew: one state for each age up to its length.

A network that was trained on windows of T symbols never had a state that is older than T. So each text keeps T states
that started one symbol after the other; the one that has read exactly T symbols answers, and starts again. Each symbol
costs a step of T rows. Knows no particular cell.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from rnnkit.architectures.architecture import State


class StaggeredRunner:
    """Texts through networks of one shape, each answered by the state that has read its last `length` symbols.

    `stack(networks, rows, together)` makes the runner of carried states that does the steps: of `length` rows for each
    text, whose products are taken `together`, so that a text's numbers do not depend on the other texts.
    """

    def __init__(self, stack: Callable[..., Any], length: int, networks: Sequence[Any], rows: Sequence[int]):
        self.length, self.rows = length, sum(rows)
        self.stack = stack(networks, [count * length for count in rows], length)
        self.answers = stack(networks, rows, 1)

    def initial_state(self) -> State:
        """How many symbols each text has read (rows,), then the stack's states, each (rows, length, units)."""
        states = [array.reshape(self.rows, self.length, -1) for array in self.stack.initial_state()]
        return [np.zeros(self.rows, np.int32), *states]

    def advance(self, ids: np.ndarray, state: State) -> None:
        """Read one symbol per text: ids (rows,). The state that is as old as a window starts again first."""
        seen, *states = state
        texts, oldest = np.arange(self.rows), seen % self.length
        for array in states:
            array[texts, oldest] = 0
        self.stack.advance(np.repeat(ids, self.length), [array.reshape(-1, array.shape[-1]) for array in states])
        seen += 1

    def logits(self, state: State) -> np.ndarray:
        """Of the state that has read the whole window; before there was one, of the oldest: (rows, outputs)."""
        seen, *states = state
        texts, whole = np.arange(self.rows), np.where(seen < self.length, 0, seen % self.length)
        return self.answers.logits([array[texts, whole] for array in states])
