"""The network as a .keras file: plain Keras loads it, and it answers as the engine does."""

from __future__ import annotations

import json
import re
import zipfile
from pathlib import Path

import numpy as np
import pytest
import tiny
from networks import logits_over
from taken import every_network

from rnnkit import architectures, engine
from rnnkit.config import RunConfig
from rnnkit.errors import ExportError
from rnnkit.sharing import keras_file, manifest, takeaway
from rnnkit.store import Store
from rnnkit.texts import tokenizers


def reference(config: RunConfig, vocab_size: int, arrays: dict[str, np.ndarray], ids: np.ndarray) -> np.ndarray:
    logits = logits_over(engine.network(config, vocab_size, arrays), ids)
    return logits[-1] if architectures.reads_windows(config) else logits


@every_network
def test_plain_keras_loads_the_file_and_believes_what_the_engine_believes(store: Store, tmp_path: Path, parts: dict):
    import keras

    run = tiny.run(store, **parts)
    keras_file.write(store, run, 3, tmp_path / "network.keras")
    model = keras.models.load_model(tmp_path / "network.keras")
    row = store.run(run)
    ids = np.arange(row.config.batches.length if "batches" in parts else 9, dtype=np.int32) % row.vocab_size
    for _ in range(2):  # nothing is carried from call to call
        logits = np.asarray(model(np.stack([ids, ids])))
    wanted = reference(row.config, row.vocab_size, store.checkpoint(run, 3), ids)
    np.testing.assert_allclose(logits[1], wanted, atol=2e-5)


def test_a_convolution_is_made_of_layers_that_plain_keras_has():
    config = tiny.config(model={"architecture": "convolution", "layers": 2}, batches={"kind": "windows", "length": 5})
    assert keras_file.network(config, 9).output_shape == (None, 9)


@pytest.mark.parametrize(
    ("architecture", "layer"), [("peephole_lstm", "PeepholeLSTM"), ("fully_recurrent", "FullyRecurrent")]
)
def test_a_layer_that_plain_keras_has_not_is_named(architecture: str, layer: str):
    with pytest.raises(ExportError, match=f"{layer} is a layer of our own"):
        keras_file.network(tiny.config(model={"architecture": architecture}), 9)


@every_network
def test_the_file_holds_no_layer_of_ours(store: Store, tmp_path: Path, parts: dict):
    run = tiny.run(store, **parts)
    keras_file.write(store, run, 3, tmp_path / "network.keras")
    with zipfile.ZipFile(tmp_path / "network.keras") as archive:
        config, vocabulary = (archive.read(name).decode() for name in ("config.json", "vocabulary.json"))
    assert set(re.findall(r'"module": "(\w+)', config)) <= {"keras", "builtins"}
    assert tokenizers.from_json(json.loads(vocabulary)).vocab_size == store.run(run).vocab_size


def test_a_process_of_its_own_writes_the_file(store: Store, tmp_path: Path):
    run = tiny.run(store)
    (tmp_path / "network.keras").write_bytes(takeaway.take(store, run, "keras"))
    assert "model.weights.h5" in zipfile.ZipFile(tmp_path / "network.keras").namelist()


def test_what_that_process_complains_of_is_the_sentence(store: Store):
    run = manifest.of_run(store, tiny.run(store))
    gone = run.model_copy(update={"checkpoints": [run.checkpoints[0].model_copy(update={"epoch": 99})]})
    with pytest.raises(ExportError, match=r"as a \.keras file, got: .*99"):
        keras_file.last_epoch(store, gone)
