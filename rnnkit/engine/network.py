"""A trained network in NumPy: arrays checked against the config, then one step at a time.

Imports no Keras, knows no text, no store and no sampling.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from functools import cache, cached_property
from typing import Any

import numpy as np
from threadpoolctl import ThreadpoolController

from rnnkit.architectures import chosen, outputs, weight_shapes
from rnnkit.architectures.architecture import Arrays, Runner, State
from rnnkit.config import RunConfig
from rnnkit.errors import DamagedCheckpoint

READABLE = (np.float16, np.float32, np.float64)


@dataclass(frozen=True, eq=False)
class Network:
    """One trained network. Immutable, so that threads may share it.

    `outputs` is the number of logits: the vocabulary's size, or the classes of a classifier.
    """

    config: RunConfig
    vocab_size: int
    arrays: Arrays

    @cached_property
    def prepared(self) -> Any:
        """What every step needs, computed when the first one is taken."""
        one_blas_thread()
        with unchecked():
            return chosen(self.config).prepare(self.config, self.arrays)

    @property
    def outputs(self) -> int:
        return outputs(self.config, self.vocab_size)

    @cached_property
    def form(self) -> tuple:
        """Networks of equal form can be run together: the same computation with other numbers."""
        model, batches = self.config.model, self.config.batches
        shapes = tuple((name, array.shape) for name, array in self.arrays.items())
        return model.architecture, model.bidirectional, self.config.task, batches.kind, batches.length, shapes

    @property
    def bytes(self) -> int:
        return sum(array.nbytes for array in self.arrays.values())

    def reading_whole_windows(self) -> Network:
        """The same network for windows that are read once, from their beginning: one state carried through each."""
        config = self.config
        if config.batches.kind != "windows" or config.model.bidirectional or chosen(config).needs_windows:
            return self
        streams = config.batches.model_copy(update={"kind": "streams"})
        return replace(self, config=config.model_copy(update={"batches": streams}))

    def initial_state(self, batch: int) -> State:
        """What is remembered before the first symbol: zeros, one row per text."""
        return runner([self], [batch]).initial_state()

    def step(self, ids: np.ndarray, state: State) -> tuple[np.ndarray, State]:
        """Read one symbol per row: ids (B,) and the state to logits (B, outputs) float32 and the new state.

        `state` itself is left as it was. A row's logits do not depend on the other rows.
        """
        ids = checked_ids(ids, self.vocab_size)
        state = [array.copy() for array in state]
        one = runner([self], [len(ids)])
        with unchecked():
            one.advance(ids, state)
            return one.logits(state).copy(), state


def network(config: RunConfig, vocab_size: int, arrays: Mapping[str, np.ndarray]) -> Network:
    """The network that `config` describes with the weights `arrays`, named as `architectures.read_weights` does.

    Raises:
        DamagedCheckpoint: a name, a shape, a kind of number or a value does not fit.
        ConfigError: the config names no architecture that there is.
    """
    shapes = weight_shapes(config, vocab_size)
    if set(arrays) != set(shapes):
        missing, odd = _listed(set(shapes) - set(arrays)), _listed(set(arrays) - set(shapes))
        raise DamagedCheckpoint(
            f"arrays of the network: expected {_listed(shapes)}; missing: {missing}; unknown: {odd}"
        )
    return Network(config, vocab_size, {name: _checked(name, arrays[name], shape) for name, shape in shapes.items()})


def runner(networks: Sequence[Network], rows: Sequence[int]) -> Runner:
    """Runs `rows[i]` texts through `networks[i]`, all of one form."""
    config = networks[0].config
    return chosen(config).runner(config, [network.prepared for network in networks], rows)


def unchecked() -> AbstractContextManager:
    """Arithmetic with weights that may be absurd: what comes out infinite is refused at the end, once."""
    return np.errstate(over="ignore", invalid="ignore")


@cache
def one_blas_thread() -> None:
    """Give NumPy's matrix products one thread in this process, from now on.

    A product of one step is too small to be worth sharing out. Measured on two idle cores
    it gains nothing for 256 units; beside two busy trainers the waiting for one another
    makes 12 texts of an LSTM-512 of two layers take 32 s, where one thread takes 3 s.
    """
    ThreadpoolController().limit(limits=1, user_api="blas")


def checked_ids(ids: Any, vocab_size: int) -> np.ndarray:
    """`ids` as (N,) int32. A symbol outside the vocabulary is a mistake of the caller, never clipped."""
    ids = np.asarray(ids)
    if ids.ndim != 1 or (ids.size and ids.dtype.kind not in "iu"):
        raise ValueError(f"ids: expected whole numbers of shape (N,), got {ids.dtype} of shape {ids.shape}")
    if ids.size and not (ids.min() >= 0 and ids.max() < vocab_size):
        raise ValueError(f"ids: expected 0 to {vocab_size - 1}, got {ids.min()} to {ids.max()}")
    return ids.astype(np.int32)


def _checked(name: str, array: Any, shape: tuple[int, ...]) -> np.ndarray:
    if not isinstance(array, np.ndarray) or array.dtype.newbyteorder("=") not in READABLE:
        kind = array.dtype if isinstance(array, np.ndarray) else type(array).__name__
        raise DamagedCheckpoint(f"array {name!r}: expected numbers of kind float16, float32 or float64, got {kind}")
    if array.shape != shape:
        raise DamagedCheckpoint(f"array {name!r}: expected shape {shape}, got {array.shape}")
    with np.errstate(over="ignore"):  # a float64 too large for float32 becomes infinite, and is refused below
        array = np.ascontiguousarray(array, np.float32).reshape(shape)
    if not np.isfinite(array).all():
        count = int(array.size - np.isfinite(array).sum())
        raise DamagedCheckpoint(f"array {name!r}: expected finite numbers, got {count:,} that are not")
    return array


def _listed(names: Iterable[str]) -> str:
    quoted = [repr(name)[:60] for name in sorted(names, key=str)]
    return ", ".join(quoted[:6]) + (f" and {len(quoted) - 6} more" if len(quoted) > 6 else "") or "none"
