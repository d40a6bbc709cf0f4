"""Recurrent layers in ONNX: its own RNN, GRU and LSTM where their equations are the cell's, else a Scan of its step.

Everything is (T, B, D): steps first. Knows no whole network.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from rnnkit.architectures import fully_recurrent
from rnnkit.architectures.parts.cell import Cell
from rnnkit.sharing.onnx_file.graph import Graph

Arrays = dict[str, np.ndarray]


class Read(NamedTuple):
    """What a layer gives: all its steps (T, B, U), both ways side by side, and the states after the last (B, U) each.

    Of a layer that reads both ways the states are those of the forward half, then those of the other.
    """

    steps: str
    states: list[str]


class Native(NamedTuple):
    """A cell as an operator of ONNX has it: in which order that has the gates, and the peepholes."""

    operator: str
    gates: tuple[int, ...]
    peepholes: tuple[int, ...] = ()
    options: dict[str, Any] = {}  # noqa: RUF012


# ONNX has an LSTM's gates in the order i, o, f, c, its peepholes as i, o, f; a GRU's as Keras has them.
NATIVE = {
    "simple_rnn": Native("RNN", (0,)),
    "gru": Native("GRU", (0, 1, 2), options={"linear_before_reset": 1}),
    "lstm": Native("LSTM", (0, 3, 1, 2)),
    "peephole_lstm": Native("LSTM", (0, 3, 1, 2), (0, 2, 1)),
}


def layer(graph: Graph, cell: Cell, halves: Sequence[Arrays], x: str, begin: Sequence[str] | None) -> Read:
    """One layer over x (T, B, D), with the weights of one direction or of both.

    Args:
        begin: the states before the first step, (B, U) each; None for zeros.
    """
    if cell.name in NATIVE:
        return by_operator(graph, cell, halves, x, begin)
    read = [_by_scan(graph, cell, arrays, x, begin, way) for way, arrays in enumerate(halves)]
    steps = read[0].steps if len(read) == 1 else graph("Concat", *(one.steps for one in read), axis=2)
    return Read(steps, [state for one in read for state in one.states])


def by_operator(
    graph: Graph, cell: Cell, halves: Sequence[Arrays], x: str, begin: Sequence[str] | None, lengths: str = ""
) -> Read:
    """One layer by ONNX's operator; `lengths` (B,) int32 are those of rows that end sooner."""
    native = NATIVE[cell.name]

    def stacked(pick: Callable[[Arrays], np.ndarray]) -> str:
        return graph.constant(np.stack([pick(arrays) for arrays in halves]))

    def ordered(array: np.ndarray) -> np.ndarray:
        """(n, gates U) to (gates U, n), the gates in ONNX's order."""
        parts = np.split(array, len(native.gates), axis=-1)
        return np.concatenate([parts[gate] for gate in native.gates], axis=-1).T

    def biases(arrays: Arrays) -> np.ndarray:
        own = ordered(cell.input_bias(arrays["bias"])[None])[:, 0]
        other = ordered(cell.recurrent_bias(arrays["bias"])[None])[:, 0] if cell.recurrent_bias else np.zeros_like(own)
        return np.concatenate((own, other))

    kernel, carry = stacked(lambda one: ordered(one["kernel"])), stacked(lambda one: ordered(one["recurrent_kernel"]))
    first = [graph("Unsqueeze", state, graph.whole(0)) for state in begin or ()]
    units = halves[0]["recurrent_kernel"].shape[0]
    given = [x, kernel, carry, stacked(biases), lengths, *first]
    if native.peepholes:
        peepholes = stacked(lambda one: one["peephole_kernel"][list(native.peepholes)].reshape(-1))
        given += [""] * (7 - len(given)) + [peepholes]
    way = "bidirectional" if len(halves) > 1 else "forward"
    names = graph.several(
        native.operator, 1 + len(cell.states), *given, hidden_size=units, direction=way, **native.options
    )
    # (T, directions, B, U) to (T, B, directions U)
    turned = graph("Transpose", names[0], perm=[0, 2, 1, 3])
    steps = graph("Reshape", turned, graph.whole(0, 0, -1))
    states = [
        graph("Gather", name, graph.constant(np.array(half), np.int64), axis=0)
        for half in range(len(halves))
        for name in names[1:]
    ]
    return Read(steps, states)


def _by_scan(graph: Graph, cell: Cell, arrays: Arrays, x: str, begin: Sequence[str] | None, way: int) -> Read:
    """The cell's step as the body of a loop; the second of two directions reads from the end."""
    products = graph.dense(x, arrays["kernel"], cell.input_bias(arrays["bias"]))
    units = arrays["kernel"].shape[1] // cell.gates
    begin = begin or zeros(graph, graph.size(x, 1), units, len(cell.states))
    body = Graph(f"{graph.name}/step_{len(graph.nodes)}")
    states = [body.input(f"{body.name}/{name}", None) for name in cell.states]
    read = body.input(f"{body.name}/read", None)
    if cell.recurrent:
        read = body("Add", read, body("MatMul", states[0], graph.constant(arrays["recurrent_kernel"])))
    after = STEPS[cell.name](body, body.several("Split", cell.gates, read, axis=-1), states)
    for name, state in zip((*cell.states, "shown"), (*after, after[cell.shown]), strict=True):
        body.output(f"{body.name}/{name}_after", state, None)
    *last, steps = graph.several(
        "Scan", 1 + len(states), *begin, products, body=body.made(), num_scan_inputs=1,
        scan_input_directions=[way], scan_output_directions=[way],
    )  # fmt: skip
    return Read(steps, last)


def zeros(graph: Graph, rows: str, units: int, count: int) -> list[str]:
    """`count` states of zeros, (rows, units) each."""
    shape = graph("Concat", rows, graph.whole(units), axis=0)
    return [graph("Expand", graph.constant(np.zeros(1, np.float32)), shape)] * count


# ---- the steps of cells that ONNX has not: what the gates have summed up and the states before, to the states after


def _between(g: Graph, share: str, old: str, new: str) -> str:
    """share x old + (1 - share) x new, written as new + share (old - new)."""
    return g("Add", new, g("Mul", share, g("Sub", old, new)))


def _coupled_lstm(g: Graph, gates: list[str], states: list[str]) -> list[str]:
    f, c, o = gates
    cell = _between(g, g("Sigmoid", f), states[1], g("Tanh", c))
    return [g("Mul", g("Sigmoid", o), g("Tanh", cell)), cell]


def _slstm(g: Graph, gates: list[str], states: list[str]) -> list[str]:
    (i, f, z, o), (_, mean, size) = gates, states
    forgotten = g("Softplus", g("Neg", f))
    lead = g("Sub", g("Sub", size, forgotten), i)
    mean = _between(g, g("Sigmoid", lead), mean, g("Tanh", z))
    return [g("Mul", g("Sigmoid", o), mean), mean, g("Add", i, _softplus(g, lead))]


def _softplus(g: Graph, x: str) -> str:
    """log(1 + exp(x)) without overflow: max(x, 0) + softplus(-|x|)."""
    return g("Add", g("Relu", x), g("Softplus", g("Neg", g("Abs", x))))


def _min_gru(g: Graph, gates: list[str], states: list[str]) -> list[str]:
    return [_between(g, g("Sigmoid", gates[0]), gates[1], states[0])]


def _min_lstm(g: Graph, gates: list[str], states: list[str]) -> list[str]:
    forgotten, shut = (_softplus(g, g("Neg", gate)) for gate in gates[:2])
    return [_between(g, g("Sigmoid", g("Sub", forgotten, shut)), gates[2], states[0])]


def _fully_recurrent(g: Graph, gates: list[str], states: list[str]) -> list[str]:
    return [g("Tanh", gates[0]), gates[0]]


STEPS: dict[str, Callable[[Graph, list[str], list[str]], list[str]]] = {
    "coupled_lstm": _coupled_lstm, "slstm": _slstm, "min_gru": _min_gru, "min_lstm": _min_lstm,
    fully_recurrent.CELL.name: _fully_recurrent,
}  # fmt: skip
