"""The networks from one sequence to another in ONNX: `source` and `written` in, logits after each of `written` out.

A source is filled up with the padding's id on the right, what is written begins with START. Knows no text.
"""

from __future__ import annotations

import numpy as np

from rnnkit.architectures.gru import CELL as GRU
from rnnkit.architectures.parts.sequences import NEVER, PAD
from rnnkit.config import RunConfig
from rnnkit.sharing.onnx_file.graph import Graph
from rnnkit.sharing.onnx_file.inputs import looked_up
from rnnkit.sharing.onnx_file.layers import Arrays, by_operator


def build(graph: Graph, config: RunConfig, vocab_size: int, arrays: Arrays) -> None:
    """Ids (batch, source) and (batch, time) to logits (batch, time, V); with attention also how much is looked at."""
    source = graph.input("source", ("batch", "read"), "INT64")
    written = graph.input("written", ("batch", "time"), "INT64")
    real = graph("Not", graph("Equal", source, graph.whole(PAD)))
    embeddings = arrays.get("source_embedding/embeddings")
    if "encoder/kernel" in arrays:
        read = _gru(graph, arrays, "encoder", looked_up(graph, source, embeddings, vocab_size), real=real)
        annotations, state = graph.steps_first(read[0]), read[1]
    else:
        annotations, state = "", graph.last(looked_up(graph, source, embeddings, vocab_size), 1)
    before = looked_up(graph, written, arrays.get("target_embedding/embeddings"), vocab_size)
    hidden = graph.steps_first(_gru(graph, arrays, "decoder", before, begin=state)[0])  # (B, Ty, U)
    if "attended/kernel" in arrays:
        scores = graph("MatMul", hidden, graph("Transpose", annotations, perm=[0, 2, 1]))  # (B, Ty, Tx)
        scores = graph("Where", graph("Unsqueeze", real, graph.whole(1)), scores, graph.constant(np.float32(NEVER)))
        shares = graph("Softmax", scores, axis=-1)
        graph.output("looked_at", shares, ("batch", "time", "read"))
        both = graph("Concat", graph("MatMul", shares, annotations), hidden, axis=-1)
        hidden = graph("Tanh", graph.dense(both, arrays["attended/kernel"], arrays["attended/bias"]))
    logits = graph.dense(hidden, arrays["dense/kernel"], arrays["dense/bias"])
    graph.output("logits", logits, ("batch", "time", vocab_size))


def _gru(graph: Graph, arrays: Arrays, name: str, x: str, real: str = "", begin: str = "") -> tuple[str, str]:
    """Steps (T, B, U) and the last state (B, U) of a GRU over x (B, T, D); `real` tells symbols from padding."""
    weights = {key.removeprefix(f"{name}/"): array for key, array in arrays.items() if key.startswith(f"{name}/")}
    lengths = ""
    if real:
        counted = graph("Cast", real, to=graph.onnx.TensorProto.INT32)
        lengths = graph("ReduceSum", counted, graph.whole(1), keepdims=0)
    read = by_operator(graph, GRU, [weights], graph.steps_first(x), [begin] if begin else None, lengths)
    return read.steps, read.states[0]
