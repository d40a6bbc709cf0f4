"""Forward and back through a stack of recurrent layers, for one part of a batch: from ids to logits to gradients.

The cells' loops are compiled (kernels.py), products are NumPy's. Step by step: rows of the part lie beside each other,
time above time, (T x B, ...). Knows no optimizer, no epoch and no thread.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from rnnkit import architectures
from rnnkit.architectures.architecture import Arrays, reads_windows
from rnnkit.architectures.parts.answers import drops
from rnnkit.architectures.parts.cell import Cell, numbered
from rnnkit.config import RunConfig
from rnnkit.training import kernels

# What a dropout multiplies with, by its place in the network and its shape: 0 or 1 / (1 - rate).
Masks = Callable[[int, tuple[int, ...]], np.ndarray]


class Part:
    """One thread's part of a batch: arrays that are made once and used again."""

    def __init__(self) -> None:
        self._buffers: dict[str, np.ndarray] = {}

    def array(self, name: str, *shape: int) -> np.ndarray:
        """Room of this shape, float32, the same for the same name; what is in it is not cleared."""
        size = math.prod(shape)
        buffer = self._buffers.get(name)
        if buffer is None or buffer.size < size:
            buffer = self._buffers[name] = np.empty(size, np.float32)
        return buffer[:size].reshape(shape)

    def zeros(self, name: str, *shape: int) -> np.ndarray:
        """The same, cleared."""
        array = self.array(name, *shape)
        array[...] = 0
        return array


class Shared(NamedTuple):
    """What all parts of one step read besides the weights.

    `table` is x W + b of the first layer for every symbol, (V, G), where that is cheaper than a product for each step.
    """

    table: np.ndarray | None
    transposed: tuple[np.ndarray, ...]  # each layer's recurrent kernel, (G, U)


@dataclass(frozen=True)
class Reading:
    """The rows that a part reads: ids (T x B,), and the carried states of each layer, (B, U), which move on."""

    ids: np.ndarray
    steps: int
    rows: int
    states: list[list[np.ndarray]]


class StackPasses:
    """The passes of the network that `config` describes, over `weights` ("layer/weight" -> float32, as they are)."""

    def __init__(self, config: RunConfig, weights: Arrays):
        cell = architectures.chosen(config).cell
        assert cell is not None
        self.cell: Cell = cell
        self.model, self.weights = config.model, weights
        self.units, self.depth = config.model.units, config.model.layers
        self.many_to_one = reads_windows(config)
        self.dropped = [drops(config, index) for index in range(self.depth)]
        self.names = [numbered(cell.name, index) for index in range(self.depth)]
        self.loops = kernels.loops(cell)
        self.gates = weights[f"{self.names[0]}/kernel"].shape[1]
        self.no_kernel = np.zeros((0, self.gates), np.float32)
        self.no_bias = np.zeros(self.gates, np.float32)
        self.nothing_further = np.zeros((0, self.units), np.float32)

    def shared(self, symbols: int) -> Shared:
        """For a step that reads so many symbols."""
        with np.errstate(all="ignore"):
            return self._shared(symbols)

    def _shared(self, symbols: int) -> Shared:
        transposed = tuple(np.ascontiguousarray(self._recurrent_kernel(name).T) for name in self.names)
        kernel, bias = self._input_weights(0)
        embeddings = self.weights.get("embedding/embeddings")
        if embeddings is None:
            return Shared(kernel + bias if len(kernel) <= symbols else None, transposed)
        cheap = len(embeddings) <= symbols and not self.model.embedding_dropout
        return Shared(embeddings @ kernel + bias if cheap else None, transposed)

    def new_states(self, rows: int) -> list[list[np.ndarray]]:
        """Zeros, for each layer the cell's states (rows, units)."""
        return [[np.zeros((rows, self.units), np.float32) for _ in self.cell.states] for _ in self.names]

    def _input_weights(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        bias = self.weights[f"{self.names[index]}/bias"]
        return self.weights[f"{self.names[index]}/kernel"], self.cell.input_bias(bias)

    def _recurrent_kernel(self, name: str) -> np.ndarray:
        return self.weights.get(f"{name}/recurrent_kernel", self.no_kernel)

    # ---- forward

    def forward(self, part: Part, read: Reading, shared: Shared, masks: Masks | None) -> np.ndarray:
        """Logits (T x B, V), or (B, V) of a network that answers once. `masks` None: nothing is dropped."""
        shown: np.ndarray = np.empty(0, np.float32)
        for index in range(self.depth):
            gates = part.array(f"gates/{index}", read.steps * read.rows, self.gates)
            if index:
                kernel, bias = self._input_weights(index)
                np.matmul(shown, kernel, out=gates)
                gates += bias
            else:
                self._first(part, read, shared, masks, gates)
            hidden = self._recur(part, read, index, gates)
            once = self.many_to_one and index == self.depth - 1
            shown = hidden[-1] if once else hidden[1:].reshape(-1, self.units)
            if masks and self.dropped[index]:
                shown = np.multiply(
                    shown, masks(index + 1, shown.shape), out=part.array(f"shown/{index}", *shown.shape)
                )
        return self._answer(part, shown, masks)

    def _first(self, part: Part, read: Reading, shared: Shared, masks: Masks | None, gates: np.ndarray) -> None:
        if shared.table is not None:
            np.take(shared.table, read.ids, axis=0, out=gates, mode="clip")
            return
        kernel, bias = self._input_weights(0)
        embeddings = self.weights.get("embedding/embeddings")
        if embeddings is None:
            np.take(kernel, read.ids, axis=0, out=gates, mode="clip")
        else:
            vectors = part.array("vectors", len(read.ids), embeddings.shape[1])
            np.take(embeddings, read.ids, axis=0, out=vectors, mode="clip")
            if masks and self.model.embedding_dropout:
                vectors *= masks(0, vectors.shape)
            np.matmul(vectors, kernel, out=gates)
        gates += bias

    def _recur(self, part: Part, read: Reading, index: int, gates: np.ndarray) -> np.ndarray:
        """The loop of one layer: hidden states (T + 1, B, U), the first from before."""
        hidden, memory, saved = self._kept(part, read, index)
        first, *others = read.states[index]
        hidden[0] = first
        for place, state in enumerate(others):
            memory[0, :, place * self.units : (place + 1) * self.units] = state
        name = self.names[index]
        bias = self.weights[f"{name}/bias"]
        self.loops.forward(
            gates.reshape(read.steps, read.rows, self.gates), self._recurrent_kernel(name),
            self.cell.recurrent_bias(bias) if self.cell.recurrent_bias else self.no_bias, self._further(name),
            hidden, memory, saved, part.array("product", read.rows, self.gates),
        )  # fmt: skip
        first[...] = hidden[-1]
        for place, state in enumerate(others):
            state[...] = memory[-1, :, place * self.units : (place + 1) * self.units]
        return hidden

    def _kept(self, part: Part, read: Reading, index: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        steps, rows, compiled = read.steps, read.rows, self.cell.compiled
        assert compiled is not None
        hidden = part.array(f"hidden/{index}", steps + 1, rows, self.units)
        memory = part.array(f"memory/{index}", steps + 1, rows, self.units * (len(self.cell.states) - 1))
        return hidden, memory, part.array(f"saved/{index}", steps, rows, self.units * compiled.saved)

    def _further(self, name: str) -> np.ndarray:
        return self.weights[f"{name}/{self.cell.further[0]}"] if self.cell.further else self.nothing_further

    def _answer(self, part: Part, shown: np.ndarray, masks: Masks | None) -> np.ndarray:
        if self.model.hidden_units:
            hidden = np.matmul(
                shown, self.weights["hidden/kernel"], out=part.array("dense", len(shown), self.model.hidden_units)
            )
            hidden += self.weights["hidden/bias"]
            np.maximum(hidden, 0, out=hidden)
            if masks and self.model.dropout:
                hidden *= masks(self.depth + 1, hidden.shape)
            shown = hidden
        kernel = self.weights["dense/kernel"]
        logits = np.matmul(shown, kernel, out=part.array("logits", len(shown), kernel.shape[1]))
        logits += self.weights["dense/bias"]
        return logits

    # ---- back

    def backward(
        self, part: Part, read: Reading, shared: Shared, masks: Masks | None, slope: np.ndarray, into: Arrays
    ) -> None:
        """The gradient of every weight, written to `into`, from that of the logits: `slope`, shaped like them."""
        top = self.depth - 1
        above = self._back_from_answer(part, self._shown(part, read, top, masks), masks, slope, into)
        for index in range(top, -1, -1):
            if masks and self.dropped[index]:
                above = above * masks(index + 1, above.shape)
            if self.many_to_one and index == top:
                last, above = above, part.zeros("above", read.steps, read.rows, self.units)
                above[-1] = last
            gates, recurrent = self._back_through_time(part, read, shared, index, above, into)
            self._sums(part, read, index, gates, recurrent, into)
            if index == 0:
                self._back_to_ids(part, read, shared, masks, gates, into)
                return
            kernel, _ = self._input_weights(index)
            np.matmul(self._shown(part, read, index - 1, masks).T, gates, out=into[f"{self.names[index]}/kernel"])
            above = np.matmul(gates, kernel.T, out=part.array(f"back/{index}", len(gates), self.units))

    def _shown(self, part: Part, read: Reading, index: int, masks: Masks | None) -> np.ndarray:
        """What the layer above was given by layer `index`, after its dropout."""
        hidden, _, _ = self._kept(part, read, index)
        once = self.many_to_one and index == self.depth - 1
        shown = hidden[-1] if once else hidden[1:].reshape(-1, self.units)
        return part.array(f"shown/{index}", *shown.shape) if masks and self.dropped[index] else shown

    def _back_from_answer(
        self, part: Part, shown: np.ndarray, masks: Masks | None, slope: np.ndarray, into: Arrays
    ) -> np.ndarray:
        """The gradient of what the last recurrent layer shows, (T x B, U) or (B, U)."""
        if self.model.hidden_units:
            hidden = part.array("dense", len(shown), self.model.hidden_units)
            below = self._back_from_dense("dense", hidden, slope, into)
            if masks and self.model.dropout:
                below *= masks(self.depth + 1, below.shape)
            below *= hidden > 0
            slope, name = below, "hidden"
        else:
            name = "dense"
        return self._back_from_dense(name, shown, slope, into)

    def _back_from_dense(self, name: str, below: np.ndarray, slope: np.ndarray, into: Arrays) -> np.ndarray:
        np.matmul(below.T, slope, out=into[f"{name}/kernel"])
        np.sum(slope, axis=0, out=into[f"{name}/bias"])
        return slope @ self.weights[f"{name}/kernel"].T

    def _back_through_time(
        self, part: Part, read: Reading, shared: Shared, index: int, above: np.ndarray, into: Arrays
    ) -> tuple[np.ndarray, np.ndarray]:
        """The gradients of x W + b and of h R of one layer, each (T x B, G)."""
        steps, rows, name = read.steps, read.rows, self.names[index]
        hidden, memory, saved = self._kept(part, read, index)
        gates = part.array(f"gates/{index}", steps * rows, self.gates)
        d_further = into[f"{name}/{self.cell.further[0]}"] if self.cell.further else self.nothing_further
        d_further[...] = 0
        self.loops.backward(
            gates.reshape(steps, rows, self.gates), shared.transposed[index], self._further(name), hidden, memory,
            saved, above.reshape(steps, rows, self.units), part.zeros("d_hidden", rows, self.units),
            part.zeros("d_memory", rows, self.units * max(1, len(self.cell.states) - 1)), d_further,
        )  # fmt: skip
        assert self.cell.compiled is not None
        return gates, saved.reshape(steps * rows, -1) if self.cell.compiled.own_gradient else gates

    def _sums(
        self, part: Part, read: Reading, index: int, gates: np.ndarray, recurrent: np.ndarray, into: Arrays
    ) -> None:
        name = self.names[index]
        hidden, _, _ = self._kept(part, read, index)
        if self.cell.recurrent:
            np.matmul(hidden[:-1].reshape(-1, self.units).T, recurrent, out=into[f"{name}/recurrent_kernel"])
        bias = into[f"{name}/bias"]
        np.sum(gates, axis=0, out=self.cell.input_bias(bias))
        if self.cell.recurrent_bias:
            np.sum(recurrent, axis=0, out=self.cell.recurrent_bias(bias))

    def _back_to_ids(
        self, part: Part, read: Reading, shared: Shared, masks: Masks | None, gates: np.ndarray, into: Arrays
    ) -> None:
        kernel, _ = self._input_weights(0)
        d_kernel = into[f"{self.names[0]}/kernel"]
        embeddings = self.weights.get("embedding/embeddings")
        if embeddings is None:
            d_kernel[...] = 0
            kernels.add_by_id(read.ids, gates, d_kernel)
        elif shared.table is not None:
            by_symbol = part.zeros("by_symbol", *shared.table.shape)
            kernels.add_by_id(read.ids, gates, by_symbol)
            np.matmul(embeddings.T, by_symbol, out=d_kernel)
            np.matmul(by_symbol, kernel.T, out=into["embedding/embeddings"])
        else:
            vectors = part.array("vectors", len(read.ids), embeddings.shape[1])
            np.matmul(vectors.T, gates, out=d_kernel)
            d_vectors = gates @ kernel.T
            if masks and self.model.embedding_dropout:
                d_vectors *= masks(0, d_vectors.shape)
            into["embedding/embeddings"][...] = 0
            kernels.add_by_id(read.ids, d_vectors, into["embedding/embeddings"])
