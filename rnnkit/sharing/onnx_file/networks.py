"""Whole networks in ONNX: each architecture's graph, from named inputs to logits, the states in and out.

On streams the states are inputs and outputs: `lstm_hidden_state` comes in, `next_lstm_hidden_state` goes out. A network
of windows, and a classifier, reads a whole window and begins at zero. Knows no file.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from rnnkit.architectures import chosen, convolution, fully_recurrent, outputs, reads_windows
from rnnkit.architectures.conv_lstm import POOL
from rnnkit.architectures.lstm import CELL as LSTM
from rnnkit.architectures.parts.cell import Cell, numbered
from rnnkit.config import RunConfig
from rnnkit.sharing.onnx_file import sequences, transformer
from rnnkit.sharing.onnx_file.graph import END, Graph
from rnnkit.sharing.onnx_file.inputs import vectors
from rnnkit.sharing.onnx_file.layers import Arrays, layer


def build(graph: Graph, config: RunConfig, vocab_size: int, arrays: Arrays) -> None:
    """Put the network of `config` with these weights into `graph`."""
    name = config.model.architecture
    make = NETWORKS.get(name)
    if make is not None:
        make(graph, config, vocab_size, arrays)
    else:
        _stack(graph, config, vocab_size, arrays)


def _answer(graph: Graph, arrays: Arrays, hidden: str) -> str:
    """The last layers: hidden states (..., U) to logits (..., outputs)."""
    if "hidden/kernel" in arrays:
        hidden = graph("Relu", graph.dense(hidden, arrays["hidden/kernel"], arrays["hidden/bias"]))
    return graph.dense(hidden, arrays["dense/kernel"], arrays["dense/bias"])


def _logits(graph: Graph, config: RunConfig, vocab_size: int, logits: str) -> None:
    free: tuple[str, ...] = ("batch",) if reads_windows(config) else ("batch", "time")
    graph.output("logits", logits, (*free, outputs(config, vocab_size)))


def _of(arrays: Arrays, prefix: str) -> Arrays:
    """The arrays whose names begin so, without that beginning."""
    return {name.removeprefix(prefix): array for name, array in arrays.items() if name.startswith(prefix)}


# ---- stacks


def _stack(graph: Graph, config: RunConfig, vocab_size: int, arrays: Arrays) -> None:
    cell, both = chosen(config).cell, config.model.bidirectional
    assert cell is not None
    x = graph.steps_first(vectors(graph, config, vocab_size, arrays))
    last: list[str] = []
    for index in range(config.model.layers):
        name = numbered("bidirectional" if both else cell.name, index)
        halves = [_of(arrays, f"{name}/{way}") for way in (("forward_", "backward_") if both else ("",))]
        x, last = _layer(graph, config, cell, name, halves, x)
    shown = last[cell.shown :: len(cell.states)]
    hidden = shown[0] if len(shown) == 1 else graph("Concat", *shown, axis=-1)
    hidden = hidden if reads_windows(config) else graph.steps_first(x)
    _logits(graph, config, vocab_size, _answer(graph, arrays, hidden))


def _layer(
    graph: Graph, config: RunConfig, cell: Cell, name: str, halves: list[Arrays], x: str
) -> tuple[str, list[str]]:
    """One layer; on streams its states are named inputs and outputs."""
    if reads_windows(config):
        return layer(graph, cell, halves, x, None)
    units = halves[0]["kernel"].shape[1] // cell.gates
    begin = [graph.input(f"{name}_{state}", ("batch", units)) for state in cell.states]
    read = layer(graph, cell, halves, x, begin)
    for state, after in zip(cell.states, read.states, strict=True):
        graph.output(f"next_{name}_{state}", after, ("batch", units))
    return read


def _pool(graph: Graph, config: RunConfig, vocab_size: int, arrays: Arrays) -> None:
    """The fully recurrent network: what its last nodes sum up."""
    cell = fully_recurrent.CELL
    x = graph.steps_first(vectors(graph, config, vocab_size, arrays))
    steps, last = _layer(graph, config, cell, cell.name, [_of(arrays, f"{cell.name}/")], x)
    nodes = last[cell.shown] if reads_windows(config) else graph.steps_first(steps)
    size = outputs(config, vocab_size)
    axis = 1 if reads_windows(config) else 2
    answers = graph("Slice", nodes, graph.whole(-size), graph.whole(END), graph.whole(axis))
    _logits(graph, config, vocab_size, answers)


# ---- windows


def _unrolled(graph: Graph, config: RunConfig, vocab_size: int, arrays: Arrays) -> None:
    """h_1 = a_1, h_t = ReLU(h W + b) + a_t: a loop whose first step carries nothing."""
    x = vectors(graph, config, vocab_size, arrays)
    read = graph("Relu", graph.dense(x, arrays["dense_input/kernel"], arrays["dense_input/bias"]))
    read = graph.steps_first(read)
    hidden = graph.last(read, 0)
    if "dense_hidden/kernel" in arrays:
        hidden = _carried(graph, read, arrays["dense_hidden/kernel"], arrays["dense_hidden/bias"])
    _logits(graph, config, vocab_size, graph.dense(hidden, arrays["dense_output/kernel"], arrays["dense_output/bias"]))


def _carried(graph: Graph, read: str, kernel: np.ndarray, bias: np.ndarray) -> str:
    """Steps (T, B, U) to the last hidden state (B, U)."""
    zero, one = (graph.constant(np.array(number), np.int64) for number in (0, 1))
    places = graph("Range", zero, graph("Squeeze", graph.size(read, 0)), one)
    later = graph("Cast", graph("Greater", places, zero), to=graph.onnx.TensorProto.FLOAT)  # 0 at the first, then 1
    nothing = graph("Mul", graph.last(read, 0), graph.constant(np.float32(0)))
    body = Graph("carry")
    hidden, step, carries = (body.input(f"carry/{name}", None) for name in ("hidden", "step", "carries"))
    moved = body("Relu", body("Add", body("MatMul", hidden, graph.constant(kernel)), graph.constant(bias)))
    body.output("carry/after", body("Add", body("Mul", moved, carries), step), None)
    return graph("Scan", nothing, read, later, body=body.made(), num_scan_inputs=2)


def _found(graph: Graph, config: RunConfig, arrays: Arrays, x: str, index: int) -> str:
    """One causal convolution over x (B, D, T): (B, F, T)."""
    name = numbered("conv1d", index)
    kernel = np.ascontiguousarray(arrays[f"{name}/kernel"].transpose(2, 1, 0))  # (K, D, F) to (F, D, K)
    bias, before = graph.constant(arrays[f"{name}/bias"]), config.model.kernel_width - 1
    return graph("Relu", graph("Conv", x, graph.constant(kernel), bias, pads=[before, 0]))


def _channels_first(graph: Graph, config: RunConfig, vocab_size: int, arrays: Arrays) -> str:
    return graph("Transpose", vectors(graph, config, vocab_size, arrays), perm=[0, 2, 1])


def _convolution(graph: Graph, config: RunConfig, vocab_size: int, arrays: Arrays) -> None:
    x = _channels_first(graph, config, vocab_size, arrays)
    for index in range(config.model.layers):
        x = _found(graph, config, arrays, x, index)
    _logits(graph, config, vocab_size, _answer(graph, arrays, graph("ReduceMax", x, axes=[2], keepdims=0)))


def _conv_lstm(graph: Graph, config: RunConfig, vocab_size: int, arrays: Arrays) -> None:
    x = _found(graph, config, arrays, _channels_first(graph, config, vocab_size, arrays), 0)
    # Nothing that ReLU gives is below zero, so one zero more completes the last group and changes no other.
    x = graph("Pad", x, graph.whole(0, 0, 0, 0, 0, POOL - 1))
    x = graph("MaxPool", x, kernel_shape=[POOL], strides=[POOL])
    x, last = graph("Transpose", x, perm=[2, 0, 1]), [""]
    for index in range(config.model.layers):
        x, last = layer(graph, LSTM, [_of(arrays, f"{numbered('lstm', index)}/")], x, None)
    _logits(graph, config, vocab_size, _answer(graph, arrays, last[0]))


def _transformer(graph: Graph, config: RunConfig, vocab_size: int, arrays: Arrays) -> None:
    shown = transformer.blocks(graph, config, vectors(graph, config, vocab_size, arrays), arrays)
    if reads_windows(config):
        shown = graph.last(shown, 1)
    _logits(graph, config, vocab_size, _answer(graph, arrays, transformer.norm(graph, shown, arrays["norm/scale"])))


NETWORKS: dict[str, Callable[[Graph, RunConfig, int, Arrays], None]] = {
    "fully_recurrent": _pool, "unrolled": _unrolled, convolution.CONVOLUTION.name: _convolution,
    "conv_lstm": _conv_lstm, "transformer": _transformer, "encoder_decoder": sequences.build,
    "attention": sequences.build, "decoder": sequences.build,
}  # fmt: skip
