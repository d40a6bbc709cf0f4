"""What every network in ONNX begins with: ids or numbers to vectors. Knows no particular network."""

from __future__ import annotations

import numpy as np

from rnnkit.config import RunConfig
from rnnkit.sharing.onnx_file.graph import Graph


def vectors(graph: Graph, config: RunConfig, vocab_size: int, arrays: dict[str, np.ndarray]) -> str:
    """The input `ids` (batch, time) int64, or `values` float32, as vectors (batch, time, D)."""
    if config.model.inputs == "numbers":
        return graph("Unsqueeze", graph.input("values", ("batch", "time")), graph.whole(2))
    ids = graph.input("ids", ("batch", "time"), "INT64")
    return looked_up(graph, ids, arrays.get("embedding/embeddings"), vocab_size)


def looked_up(graph: Graph, ids: str, embeddings: np.ndarray | None, vocab_size: int) -> str:
    """Ids (...) to vectors (..., D): an embedding, or one-hot where there is none."""
    if embeddings is not None:
        return graph("Gather", graph.constant(embeddings), ids, axis=0)
    depth, values = graph.whole(vocab_size), graph.constant(np.array([0, 1], np.float32))
    return graph("OneHot", ids, depth, values, axis=-1)
