"""Looking into stacks of recurrent layers while they read one text, and changing their units as they do.

What each unit holds (its states) and lets through (its gates, its candidate), symbol by symbol, just as the network
has them when it writes. Knows no particular cell, no text and no page.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from rnnkit.architectures.architecture import Runner, State
from rnnkit.architectures.parts.cell import Cell, numbered, short
from rnnkit.architectures.parts.stack_numpy import PreparedStack, StackRunner, inputs_of, step_both_ways
from rnnkit.architectures.parts.staggered import StaggeredRunner
from rnnkit.config import Answers, RunConfig
from rnnkit.errors import ConfigError

# Changes the states of one layer, each (rows, units), in place: called with the layer's index after each of its steps.
Change = Callable[[int, State], None]


@dataclass(frozen=True, eq=False)
class LayerStates:
    """What the units of one recurrent layer held and let through at each symbol of a text.

    `quantities`: name -> (N, units) float32, the states first: "hidden", "cell", then gates and the "candidate".
    `direction`: of a bidirectional layer "forward" or "backward", else None.
    """

    name: str
    direction: str | None
    states: tuple[str, ...]
    quantities: dict[str, np.ndarray]


class WatchedStack(StackRunner):
    """A stack whose last step can be looked at: `layers[i]` is name -> (rows, units) of layer i."""

    def __init__(self, cell: Cell, networks: Sequence[PreparedStack], rows: Sequence[int], together: int = 1):
        super().__init__(cell, networks, rows, together)
        self.layers: list[dict[str, np.ndarray]] = [{} for _ in range(self.depth)]

    def _step(self, index: int, states: State) -> None:
        lets_through = self.cell.activations(self.inputs, self.recurrent, states, *self.further[index])
        super()._step(index, states)
        self.layers[index] = dict(zip(map(short, self.cell.states), states, strict=True)) | lets_through


class ChangedStack(StackRunner):
    """A stack of which some units are changed after each step of their layer; what it lets through is not kept."""

    def __init__(
        self, change: Change, cell: Cell, networks: Sequence[PreparedStack], rows: Sequence[int], together: int = 1
    ):
        super().__init__(cell, networks, rows, together)
        self.change = change

    def _step(self, index: int, states: State) -> None:
        super()._step(index, states)
        self.change(index, states)


def changed(
    cell: Cell, config: RunConfig, network: PreparedStack, rows: int, change: Callable[[int], Change]
) -> Runner:
    """Runs `rows` texts through a network whose units are changed as it reads.

    `change(times)` makes the change for states of which each text has `times` rows, one below the other. Its products
    are taken for all rows at once: a row's numbers depend on the others in their last digits.

    Raises:
        ConfigError: a bidirectional network, whose states at a place are not those that it writes with.
    """
    if config.model.bidirectional:
        raise ConfigError(
            "network: expected one that reads in one direction to change its units, got a bidirectional one"
        )
    if config.batches.kind == "windows" and config.answers is not Answers.CLASS:
        length = config.batches.length
        return StaggeredRunner(partial(ChangedStack, change(length), cell), length, [network], [rows])
    return ChangedStack(change(1), cell, [network], [rows], together=rows)


def read(cell: Cell, config: RunConfig, network: PreparedStack, ids: np.ndarray) -> list[LayerStates]:
    """What every unit did at each of `ids` (N,), layer by layer.

    A network of streams carries its state through the whole text. One of windows has at each symbol the state that has
    read the window ending there, with which it would write. A bidirectional one reads the text window after window,
    each from an empty state, both ways.
    """
    if config.model.bidirectional:
        return _both_ways(cell, config, network, ids)
    names = [numbered(cell.name, index) for index in range(len(network.layers))]
    shape = (len(ids), network.units)
    found = [{name: np.empty(shape, np.float32) for name in cell.quantities} for _ in names]
    for t, layers in enumerate(_one_way(cell, config, network, ids)):
        for kept, shown in zip(found, layers, strict=True):
            for name, values in shown.items():
                kept[name][t] = values
    return [_layer(cell, name, None, kept) for name, kept in zip(names, found, strict=True)]


def _one_way(cell: Cell, config: RunConfig, network: PreparedStack, ids: np.ndarray) -> Iterator[list[dict]]:
    """After each symbol, per layer, name -> (units,)."""
    if config.batches.kind == "windows" and config.answers is not Answers.CLASS:
        length = config.batches.length
        windows = StaggeredRunner(partial(WatchedStack, cell), length, [network], [1])
        state, stack = windows.initial_state(), windows.stack
        for t, one in enumerate(ids):
            windows.advance(np.array([one]), state)
            row = 0 if t + 1 < length else (t + 1) % length  # see StaggeredRunner.logits
            yield [{name: values[row] for name, values in layer.items()} for layer in stack.layers]
        return
    stack = WatchedStack(cell, [network], [1])
    state = stack.initial_state()
    for one in ids:
        stack.advance(np.array([one]), state)
        yield [{name: values[0] for name, values in layer.items()} for layer in stack.layers]


def _both_ways(cell: Cell, config: RunConfig, network: PreparedStack, ids: np.ndarray) -> list[LayerStates]:
    """Window after window; the last one may be shorter."""
    shape, length = (len(ids), network.units), config.batches.length
    ways = [(numbered("bidirectional", index), way) for index in range(len(network.layers)) for way in (0, 1)]
    found = [{name: np.empty(shape, np.float32) for name in cell.quantities} for _ in ways]
    for first in range(0, len(ids), length):
        window = ids[first : first + length]
        networks, below = [(network, slice(0, 1))], None
        for index in range(len(network.layers)):
            inputs = inputs_of(networks, index, window[:, None], below)
            outputs = np.empty((len(window), 2, 1, network.units), np.float32)
            for t, shown in enumerate(step_both_ways(networks, index, inputs, watched=True)):
                for name, values in shown.items():
                    found[2 * index][name][first + t] = values[0, 0]
                    found[2 * index + 1][name][first + len(window) - 1 - t] = values[1, 0]
                outputs[t] = shown[short(cell.states[cell.shown])]
            below = np.concatenate((outputs[:, 0], outputs[::-1, 1]), axis=-1)
    directions = ("forward", "backward")
    return [_layer(cell, name, directions[way], kept) for (name, way), kept in zip(ways, found, strict=True)]


def _layer(cell: Cell, name: str, direction: str | None, kept: dict[str, np.ndarray]) -> LayerStates:
    return LayerStates(name, direction, tuple(map(short, cell.states)), kept)
