"""One checkpoint of a run as an ONNX file: the graph, and in its metadata all that reads and writes with it needs.

Metadata: `config`, `tokenizer` and `vocabulary` as JSON, what the run is, its text's source and licence. Knows no page.
"""

from __future__ import annotations

import json
from typing import Any

import rnnkit
from rnnkit.engine import Network
from rnnkit.errors import ExportError
from rnnkit.sharing.onnx_file.graph import IR_VERSION, OPSET, Graph
from rnnkit.sharing.onnx_file.networks import build
from rnnkit.sharing.webpage.page import facts_of
from rnnkit.store import Store
from rnnkit.studies import checkpoint
from rnnkit.studies.checkpoint import LAST, At

MOST_BYTES = 2_000_000_000  # of weights: a protobuf message holds 2 GiB
HOW_TO = (
    "Inputs are ids of `vocabulary`, (batch, time), or numbers. On streams states come in, zeros at first, and go out "
    "as next_...; a network of windows reads a whole window. Logits are those of what comes next."
)


def onnx_file(store: Store, run_id: str, at: At = LAST, bits: int = 32) -> bytes:
    """The file.

    Raises:
        ExportError: the package onnx is not here, the weights are more than a file holds, or `bits` are not 32.
        UnknownRun, UnknownEpoch, DamagedCheckpoint: as `checkpoint.load`.
    """
    if bits != 32:
        raise ExportError(f"bits: expected 32 for an ONNX file, got {bits}")
    asked = checkpoint.load(store, run_id, at)
    made = model(asked.network)
    state: dict[str, Any] = asked.run.tokenizer or {}
    notes = {f"rnnkit.{name.replace(' ', '_')}": value for name, value in facts_of(store, asked).items()}
    notes |= {
        "config": asked.run.config.model_dump_json(), "tokenizer": json.dumps(state), "step": str(asked.step),
        "vocabulary": json.dumps(state.get("symbols", [])), "name": asked.run.config.name, "how_to": HOW_TO,
    }  # fmt: skip
    for key, value in notes.items():
        made.metadata_props.add(key=key, value=value)
    return made.SerializeToString()


def model(network: Network) -> Any:
    """The ONNX ModelProto of a trained network. Raises ExportError as `onnx_file`."""
    if network.bytes > MOST_BYTES:
        raise ExportError(f"network: expected at most {MOST_BYTES:,} bytes of weights in an ONNX file, got more")
    graph = Graph()
    build(graph, network.config, network.vocab_size, network.arrays)
    opset = graph.onnx.helper.make_opsetid("", OPSET)
    return graph.onnx.helper.make_model(
        graph.made(), opset_imports=[opset], ir_version=IR_VERSION, producer_name="rnnkit",
        producer_version=rnnkit.__version__,
    )  # fmt: skip
