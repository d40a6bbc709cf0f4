"""The stack of recurrent layers in NumPy: one step for many texts, or one window.

The input product of the first layer is taken out of the loop, as it is the same for a
symbol wherever it stands. Knows no particular cell and no sampling.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rnnkit.architectures.architecture import Arrays, Runner, State
from rnnkit.architectures.arithmetic import dense, product
from rnnkit.architectures.cell import Cell
from rnnkit.architectures.windowed import WindowRunner, slices
from rnnkit.config import RunConfig

# A look-up table of more numbers than this (4 MB) costs more memory than the product costs time.
LARGEST_TABLE = 1 << 20


@dataclass(frozen=True)
class Recurrence:
    """One direction of one recurrent layer."""

    kernel: np.ndarray  # (inputs, G)
    input_bias: np.ndarray  # (G,)
    recurrent_kernel: np.ndarray  # (U, G)
    recurrent_bias: np.ndarray | None  # (G,)


@dataclass(frozen=True)
class Prepared:
    """One trained network, ready to run. `table` (V, G x ways) or `embeddings` is there, or neither for one-hot."""

    cell: Cell
    units: int
    layers: tuple[tuple[Recurrence, ...], ...]  # per layer one direction or two
    embeddings: np.ndarray | None  # (V, E)
    tables: tuple[np.ndarray, ...] | None  # per direction (V, G): x W + b of the first layer
    dense: tuple[np.ndarray, np.ndarray]  # (U, outputs), (outputs,)

    def read(self, ids: np.ndarray, way: int, out: np.ndarray) -> np.ndarray:
        """What the first layer gets for `ids` (n,), in that direction: x W + b, (n, G)."""
        if self.tables is not None:
            return np.take(self.tables[way], ids, axis=0, out=out, mode="clip")
        first = self.layers[0][way]
        if self.embeddings is None:
            np.take(first.kernel, ids, axis=0, out=out, mode="clip")
        else:
            product(self.embeddings[ids], first.kernel, out=out)
        out += first.input_bias
        return out


def prepare(cell: Cell, config: RunConfig, arrays: Arrays) -> Prepared:
    model = config.model
    names = list(dict.fromkeys(name.partition("/")[0] for name in arrays if name.endswith("recurrent_kernel")))
    ways = ("forward_", "backward_") if model.bidirectional else ("",)
    layers = tuple(tuple(_recurrence(cell, arrays, f"{name}/{way}") for way in ways) for name in names)
    embeddings = arrays.get("embedding/embeddings")
    tables = None
    if embeddings is not None and len(embeddings) * layers[0][0].kernel.shape[1] <= LARGEST_TABLE:
        tables = tuple(embeddings @ way.kernel + way.input_bias for way in layers[0])
    return Prepared(cell, model.units, layers, embeddings, tables, (arrays["dense/kernel"], arrays["dense/bias"]))


def _recurrence(cell: Cell, arrays: Arrays, prefix: str) -> Recurrence:
    bias = arrays[f"{prefix}bias"]
    return Recurrence(
        kernel=arrays[f"{prefix}kernel"],
        input_bias=cell.input_bias(bias),
        recurrent_kernel=arrays[f"{prefix}recurrent_kernel"],
        recurrent_bias=cell.recurrent_bias(bias) if cell.recurrent_bias else None,
    )


def runner(cell: Cell, config: RunConfig, networks: Sequence[Prepared], rows: Sequence[int]) -> Runner:
    if config.model.bidirectional:
        return WindowRunner(forward, config.batches.length, networks, rows)
    return StackRunner(cell, networks, rows)


class StackRunner:
    """Texts through networks of one shape, the state carried from symbol to symbol.

    Matrix products are done network by network, everything else for all rows at once:
    with many texts the Python around each NumPy call would otherwise cost more than the
    arithmetic. All scratch space is made here, none in the loop.
    """

    def __init__(self, cell: Cell, networks: Sequence[Prepared], rows: Sequence[int]):
        first = networks[0]
        self.cell = cell
        self.networks = list(zip(networks, slices(rows), strict=True))
        self.rows = sum(rows)
        self.units = first.units
        self.depth = len(first.layers)
        gates = first.layers[0][0].recurrent_kernel.shape[1]
        self.inputs = np.empty((self.rows, gates), np.float32)
        self.recurrent = np.empty((self.rows, gates), np.float32)
        self.answers = np.empty((self.rows, len(first.dense[1])), np.float32)

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
            self.cell.step(self.inputs, self.recurrent, states)
            below = states[0]

    def _products(self, network, part, index, ids, below, hidden) -> None:
        (layer,) = network.layers[index]
        inputs, recurrent = self.inputs[part], self.recurrent[part]
        if below is None:
            network.read(ids[part], 0, out=inputs)
        else:
            product(below[part], layer.kernel, out=inputs)
            inputs += layer.input_bias
        product(hidden[part], layer.recurrent_kernel, out=recurrent)
        if layer.recurrent_bias is not None:
            recurrent += layer.recurrent_bias

    def logits(self, state: State) -> np.ndarray:
        hidden = state[-len(self.cell.states)]
        for network, part in self.networks:
            kernel, bias = network.dense
            product(hidden[part], kernel, out=self.answers[part])
            self.answers[part] += bias
        return self.answers


def forward(network: Prepared, ids: np.ndarray) -> np.ndarray:
    """Windows of ids (B, T) through a bidirectional network, to logits (B, outputs)."""
    batch, steps = ids.shape
    below = None  # (B, T, 2 U)
    for index, ways in enumerate(network.layers):
        inputs = [_inputs(network, index, way, ids, below) for way in range(len(ways))]  # (B T, G) each
        gates = inputs[0].shape[-1]
        inputs[1] = inputs[1].reshape(batch, steps, gates)[:, ::-1]
        inputs[0] = inputs[0].reshape(batch, steps, gates)
        outputs = _both_ways(network, ways, np.concatenate(inputs))  # (2 B, T, U)
        below = np.concatenate((outputs[:batch], outputs[batch:, ::-1]), axis=-1)
    last = np.concatenate((outputs[:batch, -1], outputs[batch:, -1]), axis=-1)  # each half after its whole reading
    return dense(last, *network.dense)


def _inputs(network: Prepared, index: int, way: int, ids: np.ndarray, below: np.ndarray | None) -> np.ndarray:
    layer = network.layers[index][way]
    if below is not None:
        return dense(below.reshape(-1, below.shape[-1]), layer.kernel, layer.input_bias)
    out = np.empty((ids.size, layer.kernel.shape[1]), np.float32)
    return network.read(ids.reshape(-1), way, out)


def _both_ways(network: Prepared, ways: tuple[Recurrence, ...], inputs: np.ndarray) -> np.ndarray:
    """Both directions as rows of one recurrence: (2 B, T, G) to (2 B, T, U)."""
    rows, steps, gates = inputs.shape
    halves = slices([rows // 2, rows // 2])
    states = [np.zeros((rows, network.units), np.float32) for _ in network.cell.states]
    outputs = np.empty((rows, steps, network.units), np.float32)
    recurrent = np.empty((rows, gates), np.float32)
    by_step = np.ascontiguousarray(inputs.transpose(1, 0, 2))  # (T, 2 B, G): the cell may overwrite its step
    for t in range(steps):
        for half, way in zip(halves, ways, strict=True):
            product(states[0][half], way.recurrent_kernel, out=recurrent[half])
            if way.recurrent_bias is not None:
                recurrent[half] += way.recurrent_bias
        network.cell.step(by_step[t], recurrent, states)
        outputs[:, t] = states[0]
    return outputs
