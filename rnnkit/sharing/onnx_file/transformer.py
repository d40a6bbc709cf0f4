"""The blocks of a Transformer in ONNX. On streams keys and values of the newest steps come in and go out.

What is carried is turned to its place only when it is looked at: a rotation tells how far back a step stands, wherever
one begins to count. Knows no first and no last layer.
"""

from __future__ import annotations

import math

import numpy as np

from rnnkit.architectures import reads_windows
from rnnkit.architectures.parts.cell import numbered
from rnnkit.architectures.parts.rotary import BASE, EPSILON, NEVER, head_size
from rnnkit.config import RunConfig
from rnnkit.sharing.onnx_file.graph import END, Graph

Arrays = dict[str, np.ndarray]


def norm(graph: Graph, x: str, scale: np.ndarray) -> str:
    """Each row divided by its root mean square, and scaled."""
    mean = graph("ReduceMean", graph("Mul", x, x), axes=[-1], keepdims=1)
    root = graph("Sqrt", graph("Add", mean, graph.constant(np.float32(EPSILON))))
    return graph("Mul", graph("Div", x, root), graph.constant(scale))


def blocks(graph: Graph, config: RunConfig, x: str, arrays: Arrays) -> str:
    """Vectors (B, T, E) through the first Dense layer and all blocks: (B, T, U)."""
    length, inner = config.batches.length, config.model.heads * head_size(config)
    x = graph.dense(x, arrays["project/kernel"], arrays["project/bias"])
    places = _Places(graph, config, x)
    for index in range(config.model.layers):
        name = numbered("transformer_block", index)
        weights = {key.removeprefix(f"{name}/"): array for key, array in arrays.items() if key.startswith(f"{name}/")}
        mixed = graph("MatMul", norm(graph, x, weights["attention_scale"]), graph.constant(weights["attention_kernel"]))
        query, key, value = graph.several("Split", 3, mixed, axis=-1)
        if not reads_windows(config):
            key, value = (
                _carried(graph, f"{name}_{kind}", new, length, inner)
                for kind, new in (("keys", key), ("values", value))
            )
        looked = graph("MatMul", places.looked_at(query, key, value), graph.constant(weights["attention_output"]))
        x = graph("Add", x, looked)
        wide = graph.dense(norm(graph, x, weights["dense_scale"]), weights["dense_kernel"], weights["dense_bias"])
        x = graph("Add", x, graph.dense(graph("Relu", wide), weights["dense_output"], weights["output_bias"]))
    return x


def _carried(graph: Graph, name: str, new: str, length: int, inner: int) -> str:
    """What was carried and what is new, (B, length + T, inner); the newest of it goes out."""
    both = graph("Concat", graph.input(name, ("batch", length, inner)), new, axis=1)
    newest = graph("Slice", both, graph.whole(-length), graph.whole(END), graph.whole(1))
    graph.output(f"next_{name}", newest, ("batch", length, inner))
    return both


class _Places:
    """Where the steps stand: their rotations, and which of the others each may look at."""

    def __init__(self, graph: Graph, config: RunConfig, x: str):
        self.graph, self.heads, self.size = graph, config.model.heads, head_size(config)
        g, length = graph, config.batches.length
        before = 0 if reads_windows(config) else length
        zero, one, first = (g.constant(np.array(number), np.int64) for number in (0, 1, before))
        steps = g.size(x, 1)
        end = g("Add", g("Squeeze", steps), first)
        self.others, self.steps = g("Range", zero, end, one), g("Range", first, end, one)
        column = g("Unsqueeze", self.steps, g.whole(1))
        past = g("LessOrEqual", self.others, column)
        near = g("Greater", self.others, g("Sub", column, g.constant(np.array(length), np.int64)))
        self.allowed = g("And", past, near)  # (T, before + T)
        if before:
            seen = g.input("seen", ("batch",), "INT64")
            oldest = g("Sub", g.whole(before), g("Unsqueeze", seen, g.whole(1)))
            real = g("Unsqueeze", g("GreaterOrEqual", self.others, oldest), g.whole(1, 2))  # (B, 1, 1, before + T)
            self.allowed = g("And", self.allowed, real)
            g.output("next_seen", g("Min", g("Add", seen, steps), g.whole(length)), ("batch",), "INT64")

    def looked_at(self, query: str, key: str, value: str) -> str:
        """What each step gathers, (B, T, heads x size)."""
        g = self.graph
        asked, offered = self._turned(query, self.steps), self._turned(key, self.others)
        scores = g("MatMul", asked, g("Transpose", offered, perm=[0, 1, 3, 2]))  # (B, heads, T, others)
        scores = g("Mul", scores, g.constant(np.float32(self.size**-0.5)))
        shares = g("Softmax", g("Where", self.allowed, scores, g.constant(np.float32(NEVER))), axis=-1)
        found = g("Transpose", g("MatMul", shares, self._by_head(value)), perm=[0, 2, 1, 3])
        return g("Reshape", found, g.whole(0, 0, -1))

    def _by_head(self, x: str) -> str:
        """(B, n, heads x size) to (B, heads, n, size)."""
        shape = self.graph.whole(0, 0, self.heads, self.size)
        return self.graph("Transpose", self.graph("Reshape", x, shape), perm=[0, 2, 1, 3])

    def _turned(self, x: str, places: str) -> str:
        g = self.graph
        turns = BASE ** (-2 * np.arange(self.size // 2) / self.size)
        column = g("Unsqueeze", g("Cast", places, to=g.onnx.TensorProto.DOUBLE), g.whole(1))
        # In double precision until it is below a full turn: far places would lose their digits.
        turned, whole = g("Mul", column, g.constant(turns, np.float64)), g.constant(np.float64(math.tau), np.float64)
        angles = g("Mod", turned, whole, fmod=1)
        angles = g("Cast", angles, to=g.onnx.TensorProto.FLOAT)
        cosine, sine = g("Cos", angles), g("Sin", angles)  # (n, size / 2)
        first, second = g.several("Split", 2, self._by_head(x), axis=-1)
        turned = g("Sub", g("Mul", first, cosine), g("Mul", second, sine))
        return g("Concat", turned, g("Add", g("Mul", second, cosine), g("Mul", first, sine)), axis=-1)
