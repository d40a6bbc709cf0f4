"""The stack of recurrent layers in NumPy: one step for many texts, or one window.

Knows no particular cell and no sampling.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Protocol

import numpy as np

from rnnkit.architectures.architecture import Arrays, Runner, State
from rnnkit.architectures.parts.answers import answer
from rnnkit.architectures.parts.arithmetic import dense, panels, product
from rnnkit.architectures.parts.cell import Cell, numbered, short
from rnnkit.architectures.parts.inputs import FirstProduct, first_product
from rnnkit.architectures.parts.staggered import StaggeredRunner
from rnnkit.architectures.parts.windowed import WindowRunner, slices
from rnnkit.config import Answers, RunConfig

# Networks of one shape, each with the rows that are its texts.
Networks = Sequence[tuple["PreparedStack", slice]]


@dataclass(frozen=True)
class RecurrentWeights:
    """One direction of one recurrent layer."""

    kernel: np.ndarray  # (inputs, G), of the layers above the first its panels
    input_bias: np.ndarray  # (G,)
    recurrent_kernel: np.ndarray | None  # (U, G) in panels
    recurrent_bias: np.ndarray | None  # (G,)
    further: tuple[np.ndarray, ...]  # the cell's weights beyond the common ones


class Output(Protocol):
    """What stands above the last layer: hidden states (n, U) to logits (n, size), written into `out`."""

    @property
    def size(self) -> int: ...

    def __call__(self, hidden: np.ndarray, /, out: np.ndarray) -> np.ndarray: ...


@dataclass(frozen=True)
class PreparedStack:
    """One trained network, ready to run."""

    cell: Cell
    units: int
    layers: tuple[tuple[RecurrentWeights, ...], ...]  # per layer one direction or two
    first: tuple[FirstProduct, ...]  # per direction what the first layer gets for a step: x W + b
    answer: Output


def prepare(cell: Cell, config: RunConfig, arrays: Arrays) -> PreparedStack:
    both = config.model.bidirectional
    names = [numbered("bidirectional" if both else cell.name, index) for index in range(config.model.layers)]
    ways = ("forward_", "backward_") if both else ("",)
    layers = tuple(tuple(recurrence(cell, arrays, f"{name}/{way}") for way in ways) for name in names)
    first = tuple(first_product(config, arrays, way.kernel, way.input_bias) for way in layers[0])
    above = tuple(tuple(replace(way, kernel=panels(way.kernel)) for way in layer) for layer in layers[1:])
    return PreparedStack(cell, config.model.units, (layers[0], *above), first, answer(arrays))


def recurrence(cell: Cell, arrays: Arrays, prefix: str) -> RecurrentWeights:
    """One direction of a layer, whose arrays begin with `prefix`: "lstm/", "bidirectional_1/backward_"."""
    bias = arrays[f"{prefix}bias"]
    return RecurrentWeights(
        kernel=arrays[f"{prefix}kernel"],
        input_bias=cell.input_bias(bias),
        recurrent_kernel=panels(arrays[f"{prefix}recurrent_kernel"]) if cell.recurrent else None,
        recurrent_bias=cell.recurrent_bias(bias) if cell.recurrent_bias else None,
        further=tuple(arrays[f"{prefix}{name}"] for name in cell.further),
    )


def runner(cell: Cell, config: RunConfig, networks: Sequence[PreparedStack], rows: Sequence[int]) -> Runner:
    if config.model.bidirectional:
        return WindowRunner(forward, config, networks, rows)
    return one_way(cell, config, networks, rows)


def one_way(cell: Cell, config: RunConfig, networks: Sequence[PreparedStack], rows: Sequence[int]) -> Runner:
    """From the left to the right: on streams one state for a whole text, on windows none that is older than a window.

    A classifier reads a text from its beginning to its end.
    """
    if config.batches.kind == "windows" and config.answers is not Answers.CLASS:
        return StaggeredRunner(partial(StackRunner, cell), config.batches.length, networks, rows)
    return StackRunner(cell, networks, rows)


class StackRunner:
    """Texts through networks of one shape, the state carried from symbol to symbol.

    Matrix products are done network by network, everything else for all rows at once:
    with many texts the Python around each NumPy call would otherwise cost more than the
    arithmetic. All scratch space is made here, none in the loop. Rows are multiplied `together` at a time: what
    such a block gives never depends on the others.
    """

    def __init__(self, cell: Cell, networks: Sequence[PreparedStack], rows: Sequence[int], together: int = 1):
        first = networks[0]
        self.cell = cell
        self.networks = list(zip(networks, slices(rows), strict=True))
        self.rows, self.together = sum(rows), together
        self.units = first.units
        self.depth = len(first.layers)
        gates = len(first.layers[0][0].input_bias)
        self.inputs = np.empty((self.rows, gates), np.float32)
        self.recurrent = np.empty((self.rows, gates), np.float32)
        self.further = [_of_each_row(self.networks, index, 0) for index in range(self.depth)]
        self.answers = np.empty((self.rows, first.answer.size), np.float32)

    def initial_state(self) -> State:
        """Per layer the cell's states, each (rows, units)."""
        return [np.zeros((self.rows, self.units), np.float32) for _ in range(self.depth * len(self.cell.states))]

    def advance(self, ids: np.ndarray, state: State) -> None:
        per_layer = len(self.cell.states)
        below = None
        for index in range(self.depth):
            states = state[index * per_layer : (index + 1) * per_layer]
            for network, part in self.networks:
                self._products(network, part, index, ids, below, states[0])
            self._step(index, states)
            below = states[self.cell.shown]

    def _step(self, index: int, states: State) -> None:
        self.cell.step(self.inputs, self.recurrent, states, *self.further[index])

    def _products(self, network, part, index, ids, below, hidden) -> None:
        (layer,) = network.layers[index]
        inputs = self.inputs[part]
        if below is None:
            network.first[0](ids[part], out=inputs)
        else:
            product(below[part], layer.kernel, out=inputs, together=self.together)
            inputs += layer.input_bias
        _carry(layer, hidden[part], out=self.recurrent[part], together=self.together)

    def logits(self, state: State) -> np.ndarray:
        return _answer(self.networks, state[self.cell.shown - len(self.cell.states)], out=self.answers)


def _answer(networks: Networks, hidden: np.ndarray, out: np.ndarray) -> np.ndarray:
    """The last layers: hidden (B, U) to logits (B, outputs)."""
    for network, part in networks:
        network.answer(hidden[part], out=out[part])
    return out


def forward(networks: Networks, ids: np.ndarray) -> np.ndarray:
    """Windows of ids (B, T) through bidirectional networks, to logits (B, outputs)."""
    below = None
    for index in range(len(networks[0][0].layers)):
        inputs = inputs_of(networks, index, ids.T, below)  # (T, 2, B, G)
        outputs = _both_ways(networks, index, inputs)  # (T, 2, B, U), the second half from the end backwards
        below = np.concatenate((outputs[:, 0], outputs[::-1, 1]), axis=-1)  # (T, B, 2 U)
    last = np.concatenate((outputs[-1, 0], outputs[-1, 1]), axis=-1)  # each half after its whole reading
    answers = np.empty((len(ids), networks[0][0].answer.size), np.float32)
    return _answer(networks, last, out=answers)


def inputs_of(networks: Networks, index: int, ids: np.ndarray, below: np.ndarray | None) -> np.ndarray:
    """x W + b of one layer for all steps, in the order in which each direction reads: (T, 2, B, G)."""
    steps, batch = ids.shape
    gates = len(networks[0][0].layers[index][0].input_bias)
    inputs = np.empty((steps, 2, batch, gates), np.float32)
    for network, part in networks:
        for way, layer in enumerate(network.layers[index]):
            if below is None:
                flat = ids[:, part].reshape(-1)
                read = network.first[way](flat, out=np.empty((len(flat), gates), np.float32))
            else:
                read = dense(below[:, part].reshape(-1, below.shape[-1]), layer.kernel, layer.input_bias)
            inputs[:, way, part] = read.reshape(steps, -1, gates)[:: -1 if way else 1]
    return inputs


def step_both_ways(
    networks: Networks, index: int, inputs: np.ndarray, *, watched: bool = False
) -> Iterator[dict[str, np.ndarray]]:
    """Both directions of all networks as one recurrence over (T, 2, B, G), overwritten: after each step its states.

    With `watched` what the gates let through too. Each array is (2, B, U) and changed by the next step.
    """
    cell, units = networks[0][0].cell, networks[0][0].units
    states = [np.zeros((*inputs.shape[1:3], units), np.float32) for _ in cell.states]
    recurrent = np.empty(inputs.shape[1:], np.float32)
    further = [np.stack(ways) for ways in zip(*(_of_each_row(networks, index, way) for way in (0, 1)), strict=True)]
    held = dict(zip(map(short, cell.states), states, strict=True))
    for read in inputs:
        for network, part in networks:
            for way, layer in enumerate(network.layers[index]):
                _carry(layer, states[0][way, part], out=recurrent[way, part])
        lets_through = cell.activations(read, recurrent, states, *further) if watched else {}
        cell.step(read, recurrent, states, *further)
        yield held | lets_through


def _both_ways(networks: Networks, index: int, inputs: np.ndarray) -> np.ndarray:
    """(T, 2, B, G), overwritten, to what the layer shows: (T, 2, B, U)."""
    cell = networks[0][0].cell
    outputs = np.empty((*inputs.shape[:3], networks[0][0].units), np.float32)
    for t, states in enumerate(step_both_ways(networks, index, inputs)):
        outputs[t] = states[short(cell.states[cell.shown])]
    return outputs


def _of_each_row(networks: Networks, index: int, way: int) -> list[np.ndarray]:
    """The further weights of a layer's cells, each (rows, ...): those of the network that the row belongs to."""
    rows = [part.stop - part.start for _, part in networks]
    per_network = zip(*(network.layers[index][way].further for network, _ in networks), strict=True)
    return [np.repeat(np.stack(arrays), rows, axis=0) for arrays in per_network]


def _carry(layer: RecurrentWeights, hidden: np.ndarray, out: np.ndarray, together: int = 1) -> None:
    """h R, and its bias where the cell has one; nothing without a recurrent kernel."""
    if layer.recurrent_kernel is None:
        return
    product(hidden, layer.recurrent_kernel, out=out, together=together)
    if layer.recurrent_bias is not None:
        out += layer.recurrent_bias
