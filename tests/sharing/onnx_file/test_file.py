"""The network as an ONNX file: onnxruntime answers as the engine does, whatever the network, the batch and the time."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import classified
import networks
import numpy as np
import onnx
import onnxruntime
import paired
import pytest
import tiny

from rnnkit import architectures, engine, tasks
from rnnkit.architectures.parts.sequences import START
from rnnkit.engine import Network
from rnnkit.errors import ExportError
from rnnkit.sharing import takeaway
from rnnkit.sharing.onnx_file import file
from rnnkit.store import Store
from rnnkit.studies import checkpoint


def session(made: bytes) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(made, options)


def read_in_parts(network: Network, rows: np.ndarray, *ends: int) -> np.ndarray:
    """Logits (B, T, V) of rows (B, T) that are read in parts, the states handed on by their names."""
    own = session(file.model(network).SerializeToString())
    [read, *carried] = sorted(own.get_inputs(), key=lambda one: one.name not in ("ids", "values"))
    kinds = {"tensor(int64)": np.int64, "tensor(float)": np.float32}
    states: dict[str, Any] = {
        one.name: np.zeros([len(rows) if size == "batch" else size for size in one.shape], kinds[one.type])
        for one in carried
    }
    parts = []
    for part in np.split(rows.astype(kinds[read.type]), ends, axis=1):
        names = ["logits", *(f"next_{name}" for name in states)]
        logits, *after = own.run(names, {read.name: part, **states})
        parts.append(logits)
        states = dict(zip(states, after, strict=True))
    return np.concatenate(parts, axis=1)


@pytest.mark.parametrize("form", networks.EVERY_FORM.values(), ids=networks.EVERY_FORM)
def test_logits_are_the_engine_s(form: dict):
    network = networks.network(**form)
    onnx.checker.check_model(file.model(network), full_check=True)
    rows = np.stack([networks.some_ids(24, seed=seed) for seed in (1, 2)])
    wanted = np.stack([networks.logits_over(network, row) for row in rows])
    if not architectures.reads_windows(network.config):
        found = read_in_parts(network, rows, 10, 11)
        np.testing.assert_allclose(found, wanted, atol=1e-4)
        return
    own, kind = session(file.model(network).SerializeToString()), network.config.model.inputs
    read, length = ("values", np.float32) if kind == "numbers" else ("ids", np.int64), network.config.batches.length
    for end in (1, length, 20):
        window = rows[:, max(0, end - length) : end].astype(read[1])
        [found] = own.run(["logits"], {read[0]: window})
        np.testing.assert_allclose(found, wanted[:, end - 1], atol=1e-4)


def test_every_architecture_has_a_graph():
    assert {form["architecture"] for form in networks.EVERY_FORM.values()} == set(
        architectures.for_task("language-model")
    )
    assert {name for name in architectures.ARCHITECTURES if name not in architectures.for_task("language-model")} == {
        "encoder_decoder", "attention", "decoder",
    }  # fmt: skip


@pytest.mark.parametrize("preset", ["attention", "encoder-decoder", "one-to-many"])
def test_a_network_from_one_sequence_to_another_answers_after_each_symbol(store: Store, preset: str):
    changes = {"pairs__longest_output": 60, "pairs__held_out": 9} if preset == "one-to-many" else {}
    run = paired.run(store, preset, epochs=1, **changes)
    asked = checkpoint.load(store, run)
    choices = asked.codec.choices
    sources = [asked.codec.source(text, 40) for text in (choices or ("1 May 87", "12 March 1987"))][:2]
    written = np.array([[START, 5, 4, 6], [START, 4, 7, 5]])
    wide = max(map(len, sources))
    filled = np.array([[*source, *[0] * (wide - len(source))] for source in sources])
    own = session(takeaway.take(store, run, "onnx"))
    found = own.run(["logits"], {"source": filled, "written": written})[0]
    for row, (source, ids) in enumerate(zip(sources, written, strict=True)):
        reader = engine.Reader(asked.network)
        for symbol in source:
            reader.read(np.array([symbol]))
        for place, symbol in enumerate(ids):
            np.testing.assert_allclose(found[row, place], reader.read(np.array([symbol])).logits[0], atol=1e-4)


def test_a_classifier_and_a_forecaster_can_be_taken_too(data: Store):
    run = classified.run(data)
    asked = checkpoint.load(data, run)
    ids = np.arange(12)[None] % asked.network.vocab_size
    [found] = session(takeaway.take(data, run, "onnx")).run(["logits"], {"ids": ids})
    np.testing.assert_allclose(found[0], networks.logits_over(asked.network, ids[0])[-1], atol=1e-4)
    series = tiny.forecaster(data, "regression")
    own = session(takeaway.take(data, series, "onnx"))
    assert [own.get_inputs()[0].name, own.get_outputs()[-1].shape[-1]] == ["values", 1]


def test_the_metadata_hold_what_reading_and_writing_need(store: Store, tmp_path: Path):
    run = tiny.run(store, name="Fox")
    takeaway.write(store, run, tmp_path / "fox.onnx", at="2")
    notes = {one.key: one.value for one in onnx.load(tmp_path / "fox.onnx").metadata_props}
    row = store.run(run)
    assert notes["name"] == "Fox"
    assert json.loads(notes["vocabulary"]) == row.tokenizer["symbols"]
    assert tasks.of(row.config).decode(json.loads(notes["tokenizer"])).vocab_size == row.vocab_size
    assert json.loads(notes["config"]) == row.config.model_dump(mode="json")
    assert notes["rnnkit.checkpoint"] == "epoch 2"


def test_without_the_package_one_sentence_says_what_to_install(store: Store, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(ExportError, match="expected the package of this name, got none; `pip install"):
        takeaway.take(store, tiny.run(store), "onnx")


def test_it_has_32_bits(store: Store):
    with pytest.raises(ExportError, match="expected 32 for an ONNX file, got 16"):
        takeaway.take(store, tiny.run(store), "onnx", bits=16)
