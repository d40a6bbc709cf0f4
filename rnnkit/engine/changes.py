"""A trained network with some of its units changed as it reads: switched off, held at a value, or swapped.

Each row of a reading has its own changes, so that many are tried at once. Knows no store and no page.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import NamedTuple

import numpy as np

from rnnkit.architectures import chosen
from rnnkit.architectures.architecture import State
from rnnkit.architectures.parts.inside import Change
from rnnkit.engine.generation import uniforms
from rnnkit.engine.network import Network, checked_ids
from rnnkit.engine.reader import Reader
from rnnkit.engine.samplers import BatchedSampler, Sampler, finite
from rnnkit.errors import ConfigError


class Changed(NamedTuple):
    """What is done to one unit of a layer, after each of its steps.

    Without more it is switched off: all its states are 0. `value`: its hidden state is held there, its other states go
    their way. `swapped_with`: it and this unit exchange their states.
    """

    layer: int
    unit: int
    value: float | None = None
    swapped_with: int | None = None


class ChangedReader(Reader):
    """Texts that one network reads in step, each row with changes of its own; an empty row is the network as it is.

    Args:
        rows: per text what is changed.

    Raises:
        ConfigError: a layer or unit that there is none of; a network that carries no state, or reads both ways.
    """

    def __init__(self, network: Network, rows: Sequence[Sequence[Changed]]):
        architecture = chosen(network.config)
        if architecture.changed is None:
            raise ConfigError(
                f"network: expected one whose units carry a state from token to token, got {architecture.title}"
            )
        self.networks, self.rows = [network], [len(rows)]
        changes = partial(_change, [[*row] for row in rows])
        self._runner = architecture.changed(network.config, network.prepared, len(rows), changes)
        self.state = self._runner.initial_state()
        _check(network, rows, self.state)

    def copy(self) -> Reader:
        raise NotImplementedError("a reader with changed units reads on by itself only")


def changed_logits(network: Network, ids: np.ndarray, rows: Sequence[Sequence[Changed]]) -> Iterator[np.ndarray]:
    """After each of `ids` (N,) what each row expects next: N times (rows, outputs) float32, overwritten.

    Raises:
        ConfigError: see `ChangedReader`. DamagedCheckpoint: the network's numbers are no longer finite.
    """
    reader = ChangedReader(network, rows)
    for one in checked_ids(ids, network.vocab_size):
        yield finite(reader.read(np.full(len(rows), one)).logits)


def changed_scores(
    network: Network, ids: np.ndarray, rows: Sequence[Sequence[Changed]],
    progress: Callable[[int, int], object] = lambda done, total: None,
) -> np.ndarray:  # fmt: skip
    """Mean negative log-likelihood in nats per token over ids[1:], for each row: (rows,) float64.

    Args:
        progress: told how many tokens of how many were read.

    Raises:
        ConfigError, DamagedCheckpoint: as `changed_logits`.
    """
    nats, wanted = np.zeros(len(rows)), ids[1:]
    for done, logits in enumerate(changed_logits(network, ids[:-1], rows)):
        logits -= logits.max(axis=1, keepdims=True)
        nats += np.log(np.exp(logits).sum(axis=1, dtype=np.float64)) - logits[:, wanted[done]]
        if done % 50 == 0:
            progress(done, len(wanted))
    return nats / len(wanted)


def changed_texts(
    network: Network, prompt: np.ndarray, rows: Sequence[Sequence[Changed]], sampler: Sampler, seed: int, length: int
) -> np.ndarray:
    """What each row writes after `prompt` (N,) with the same numbers of the seed: ids (rows, length) int32.

    Raises:
        ConfigError, DamagedCheckpoint: as `changed_logits`.
    """
    reader = ChangedReader(network, rows)
    for one in checked_ids(prompt, network.vocab_size):
        reader.read(np.full(len(rows), one))
    numbers, samplers = uniforms(seed, length), BatchedSampler([sampler] * len(rows))
    written = np.empty((len(rows), length), np.int32)
    for n in range(length):
        written[:, n] = samplers(finite(reader.logits), np.full(len(rows), numbers[n]))
        reader.read(written[:, n])
    return written


def _change(rows: list[list[Changed]], times: int) -> Change:
    """All changes as one function of a layer's states, in which each row stands `times` times."""
    by_layer: dict[int, list[Callable[[State], None]]] = {}
    for layer in {one.layer for row in rows for one in row}:
        each = [(row, one) for row, changes in enumerate(rows) for one in changes if one.layer == layer]
        by_layer[layer] = [
            *_held([(row, one) for row, one in each if one.swapped_with is None], times),
            *(
                _swapped(slice(row * times, (row + 1) * times), one)
                for row, one in each
                if one.swapped_with is not None
            ),
        ]

    def change(index: int, states: State) -> None:
        for act in by_layer.get(index, ()):
            act(states)

    return change


def _held(each: list[tuple[int, Changed]], times: int) -> Iterator[Callable[[State], None]]:
    """Units that are off, and those that are held, of all rows at once."""
    off = [(row, one) for row, one in each if one.value is None]
    held = [(row, one) for row, one in each if one.value is not None]
    for group, value in ((off, 0.0), (held, np.repeat([one.value for _, one in held], times))):
        if not group:
            continue
        rows = np.concatenate([np.arange(row * times, (row + 1) * times) for row, _ in group])
        units = np.repeat([one.unit for _, one in group], times)
        yield partial(_set, rows, units, value, group is off)


def _set(rows: np.ndarray, units: np.ndarray, value: np.ndarray | float, every: bool, states: State) -> None:
    for state in states if every else states[:1]:
        state[rows, units] = value


def _swapped(rows: slice, one: Changed) -> Callable[[State], None]:
    assert one.swapped_with is not None
    pair = [one.unit, one.swapped_with]

    def swap(states: State) -> None:
        for state in states:
            state[rows, pair] = state[rows, pair[::-1]]

    return swap


def _check(network: Network, rows: Sequence[Sequence[Changed]], state: State) -> None:
    layers, units = network.config.model.layers, state[-1].shape[-1]
    for one in (one for row in rows for one in row):
        named = [one.unit, *([] if one.swapped_with is None else [one.swapped_with])]
        if not (0 <= one.layer < layers and all(0 <= unit < units for unit in named)):
            raise ConfigError(
                f"unit: expected a layer from 0 to {layers - 1} and a unit from 0 to {units - 1}, "
                f"got layer {one.layer}, unit {', '.join(map(str, named))}"
            )
