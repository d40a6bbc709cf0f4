"""What one can carry away from a run: each file is read back by something that is not ours, and obeys nobody's name."""

from __future__ import annotations

import ast
import csv
import io
import json
import re
import struct
import subprocess
import sys
import types
import zipfile
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import classified
import numpy as np
import paired
import pytest
import tiny
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

from rnnkit import architectures, engine, tasks
from rnnkit.cli import main as cli
from rnnkit.config import RunConfig, parse, with_settings
from rnnkit.errors import ConfigError, CorpusError, ExportError, UnknownRun
from rnnkit.presets import PRESETS
from rnnkit.sharing import curve_files, keras_file, line_chart, takeaway
from rnnkit.sharing.script import FALLS_TO
from rnnkit.store import FINISHED, Point, Sample, Store
from rnnkit.tasks import scales
from rnnkit.tasks.language_model import TextBatches
from rnnkit.texts import authors, batches, cookbook, corpora, own, reviews, tables, tokenizers
from rnnkit.training import learner, provenance
from rnnkit.training import loop as training

HOSTILE = (
    '=HYPERLINK("x")', "+1", "-1", "@SUM(A1)", "  =1", "\uff1d1", '"""\nimport os', "coding: utf-7", "'''; x = 1 #",
    "<script>alert(1)</script>", "</title><img src=x onerror=alert(1)>", "`|*# [x](javascript:x)", "\\", "{0}{title}%s",
)  # fmt: skip
EVERY_NETWORK = {
    "simple rnn, one-hot": {"model": {"architecture": "simple_rnn", "embedding_size": 0}},
    "gru": {"model": {"architecture": "gru"}},
    "two dropped lstm": {"model": {"architecture": "lstm", "layers": 2, "dropout": 0.2, "recurrent_dropout": 0.1}},
    "lstm on windows": {"model": {"architecture": "lstm"}, "batches": {"kind": "windows", "length": 5}},
    "two gru both ways, one-hot": {
        "model": {"architecture": "gru", "layers": 2, "bidirectional": True, "embedding_size": 0},
        "batches": {"kind": "windows", "length": 5},
    },
    "dropped lstm with a dense layer": {
        "model": {
            "architecture": "lstm",
            "hidden_units": 6,
            "dropout": 0.2,
            "embedding_dropout": 0.1,
            "input_dropout": 0.3,
        },
        "batches": {"kind": "windows", "length": 5},
    },
    "gru of numbers": {"model": {"architecture": "gru", "inputs": "numbers"}},
    "unrolled": {"model": {"architecture": "unrolled"}, "batches": {"kind": "windows", "length": 4}},
    "unrolled over one, one-hot": {
        "model": {"architecture": "unrolled", "embedding_size": 0},
        "batches": {"kind": "windows", "length": 1},
    },
}
TWO_TEXTS = "cookbook-20000+mine"  # the second is set by the fixture of that name
# A preset and what is changed of it. Of classifiers and series: whoever reads neither has one of EVERY_NETWORK.
CLASSIFIERS = {
    "imdb-lstm": ("imdb-lstm", {}),
    "imdb-better": ("imdb-better", {"batches.validation_fraction": 0.2, "tokenizer.minimum_count": 2}),
    "who-wrote-this": ("who-wrote-this", {"corpus": TWO_TEXTS}),
    "rnn-classifier": ("rnn-classifier", {"corpus": TWO_TEXTS, "tokenizer.vocab_size": None}),
    "one output, characters": (
        "lstm-classifier", {"corpus": TWO_TEXTS, "tokenizer.kind": "characters", "model.classes": 1},
    ),
}  # fmt: skip
SERIES = {
    "classes": ("series-rnn", {}),
    "numbers of quantiles": ("series-rnn", {"series.binning": "quantiles", "model.inputs": "numbers"}),
    "regression": ("series-regression", {}),
    "regression on windows": (
        "series-regression", {"batches.kind": "windows", "batches.step": 3, "model.architecture": "convolution"},
    ),
    "classes on windows, nothing held out": (
        "series-rnn", {"batches.kind": "windows", "batches.validation_fraction": 0.0, "series.classes": 5},
    ),
}  # fmt: skip
OTHER_TASKS = {**CLASSIFIERS, **SERIES}
every_other_task = pytest.mark.parametrize("preset", OTHER_TASKS.values(), ids=OTHER_TASKS)
every_classifier = pytest.mark.parametrize("preset", CLASSIFIERS.values(), ids=CLASSIFIERS)
every_series = pytest.mark.parametrize("preset", SERIES.values(), ids=SERIES)
every_network = pytest.mark.parametrize("parts", EVERY_NETWORK.values(), ids=EVERY_NETWORK)


def taken(store: Store, run: str, way: str, **given) -> str:
    return takeaway.take(store, run, way, **given).decode()


# ---- all of them


@pytest.mark.parametrize("way", sorted(takeaway.WAYS.keys() - {"text", "keras"}))
@pytest.mark.parametrize("name", HOSTILE)
def test_every_way_takes_a_run_of_any_name(store: Store, way: str, name: str):
    assert takeaway.take(store, tiny.run(store, name=name), way)


@pytest.mark.parametrize("way", sorted(takeaway.WAYS.keys() - {"text"}))
def test_a_run_without_an_epoch_has_nothing_to_take(store: Store, way: str):
    with pytest.raises(ExportError, match="expected a run with a finished epoch, got one with none"):
        takeaway.take(store, tiny.run(store, epochs=0), way)


def test_a_run_that_trains_is_taken_as_far_as_it_has_come(store: Store):
    run = tiny.run(store, epochs=2, status=None)
    assert [row["epoch"] for row in rows_of(store, run)] == ["1", "2"]


def test_nobody_takes_a_run_that_is_not_there(store: Store):
    with pytest.raises(UnknownRun):
        takeaway.take(store, "nobody", "csv")


@pytest.mark.parametrize(
    ("file", "way"),
    [("a.csv", "csv"), ("a.HTML", "html"), ("a.md", "card"), ("a.py", "script"), ("a.keras", "keras"),
     ("a.txt", "text"), ("a.zip", "text"), ("events.out.tfevents.1.x", "tensorboard")],
)  # fmt: skip
def test_the_ending_of_a_file_says_what_it_is(file: str, way: str):
    assert takeaway.way_of_file(file) == way


def test_a_file_of_no_known_ending_is_refused_with_the_endings_there_are():
    with pytest.raises(ConfigError, match=r"expected a file that ends in \.html, .* got 'a\.pdf'"):
        takeaway.way_of_file("a.pdf")


def test_every_way_names_a_file_that_is_known_as_its_own(store: Store):
    for run in (tiny.run(store, corpus="cookbook"), classified.run(store)):
        for way in takeaway.WAYS:
            assert takeaway.way_of_file(takeaway.file_name(store.run(run), way)) == way


def test_the_command_line_writes_files_and_into_folders(store: Store, tmp_path: Path, capsys):
    run = tiny.run(store)
    assert cli.main(["take", run, str(tmp_path / "curve.csv"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"run": run, "file": str(tmp_path / "curve.csv")}
    assert cli.main(["take", run, f"{tmp_path}/logs/", "--as", "tensorboard"]) == 0
    assert cli.main(["take", run, f"{tmp_path}/logs/", "--as", "card"]) == 0
    names = sorted(path.name for path in (tmp_path / "logs").iterdir())
    assert [name.partition(".out")[0] for name in names] == ["events", f"rnnkit-{run}.md"]


def test_what_cannot_be_written_is_one_sentence(store: Store, tmp_path: Path, capsys):
    run = tiny.run(store)
    assert cli.main(["take", run, str(tmp_path / "none" / "curve.csv")]) == 2
    assert re.fullmatch(r"take: expected a place that can be written, got .*\n", capsys.readouterr().err)
    assert cli.main(["take", run, str(tmp_path) + "/"]) == 2
    assert "--as and one of html" in capsys.readouterr().err


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, store: Store) -> Store:
    """Film reviews in the corpora folder, and a text called mine; the store, for runs on them."""
    monkeypatch.setenv("RNNKIT_CORPORA", str(classified.write_reviews(tmp_path / "corpora", 40)))
    load, mine = corpora.load, cookbook.write(20_000, seed=9)
    monkeypatch.setattr(corpora, "load", lambda name, *more: mine if name == "mine" else load(name, *more))
    authors._lines_of.cache_clear()
    yield store
    authors._lines_of.cache_clear()


def settings_of(preset: tuple[str, dict[str, Any]], **more) -> RunConfig:
    """A preset made small."""
    name, changes = preset
    if PRESETS[name].task == "classification":
        return classified.config(name, **{**changes, **more})
    small = {"corpus": "signal", "batches.length": 7, "model.units": 4, "training.epochs": 2}
    return with_settings(PRESETS[name].config, {**small, **changes, **more})


def run_on(store: Store, config: RunConfig) -> tuple[str, tasks.Material]:
    """A run after its first epoch, untrained, and what it reads."""
    run, material = store.create_run(config), tasks.of(config).read(config, store)
    store.claim(run, tiny.TRAINER)
    store.describe(
        run, tiny.TRAINER, tokenizer=material.coder, vocab_size=material.vocab_size, device="cpu", steps=9, params=9,
        provenance=provenance.provenance(store, config, material.text),
    )  # fmt: skip
    tiny.train(store, run, 1)
    store.end_run(run, tiny.TRAINER, FINISHED)
    return run, material


def files_of(store: Store, run: str, folder: Path) -> list[str]:
    """The data of the run as files, in the order in which its script wants them."""
    file = takeaway.write(store, run, f"{folder}/files/", "text")
    if file.suffix == ".txt":
        return [str(file)]
    with zipfile.ZipFile(file) as archive:
        archive.extractall(folder / "files")
        return [str(folder / "files" / name) for name in archive.namelist()]


def test_the_data_of_a_series_are_its_values(store: Store):
    run = tiny.forecaster(store)
    text = taken(store, run, "text")
    np.testing.assert_array_equal(np.loadtxt(io.StringIO(text)), tables.parse(tables.load("signal")).values)


def test_texts_that_are_told_apart_come_as_files_in_the_order_of_their_classes(data: Store, tmp_path: Path):
    config = classified.config("who-wrote-this", corpus=TWO_TEXTS)
    run = classified.run(data, config, labels=("../../etc/passwd", "a\\b:\n*" * 30))
    first, second = files_of(data, run, tmp_path)
    assert Path(first).name == "0-------etc-passwd.txt"
    assert re.fullmatch(r"1-[\w-]{80}\.txt", Path(second).name)
    assert Path(second).read_text() == corpora.load("mine")


def test_reviews_come_as_the_two_tables_of_the_corpora_folder(data: Store, tmp_path: Path):
    files = [Path(file) for file in files_of(data, classified.run(data), tmp_path)]
    assert [file.name for file in files] == list(reviews.FILES.values())
    assert [file.read_bytes() for file in files] == [(tmp_path / "corpora" / file.name).read_bytes() for file in files]


def test_a_classifier_names_the_ending_that_its_data_have(data: Store, tmp_path: Path, capsys):
    run = classified.run(data)
    assert cli.main(["take", run, str(tmp_path / "text.txt")]) == 2
    assert re.fullmatch(r"take: expected a file that ends in \.zip for .* got 'text\.txt'\n", capsys.readouterr().err)
    assert cli.main(["take", run, str(tmp_path / "reviews.zip")]) == 0


def test_a_classifier_without_an_epoch_has_no_data_yet(store: Store):
    with pytest.raises(ExportError, match="expected a run with a finished epoch, got one with none"):
        takeaway.take(store, store.create_run(classified.config()), "text")


def test_the_text_is_the_one_that_the_run_reads(store: Store):
    run = tiny.run(store, corpus=own.add(store, b"a text\r\nof my own, long enough", "Mine"))
    assert taken(store, run, "text") == "a text\nof my own, long enough"
    with pytest.raises(CorpusError):
        takeaway.take(store, tiny.run(store, corpus="unheard-of"), "text")


@pytest.mark.parametrize("corpus", ["../../etc/passwd", "C:\\x", "a/b", ".", "\n", "{run}"])
def test_the_name_of_a_text_leads_out_of_no_folder(store: Store, corpus: str):
    name = takeaway.file_name(store.run(tiny.run(store, corpus=corpus)), "text")
    assert re.fullmatch(r"[\w-]+\.txt", name)


# ---- CSV


def rows_of(store: Store, run: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(taken(store, run, "csv"), newline="")))


@pytest.mark.parametrize("text", [*HOSTILE[:6], "\t=1", "\r=1", "\n=1", "\u00a0=1"])
def test_a_cell_that_a_spreadsheet_would_compute_gets_an_apostrophe(text: str):
    assert curve_files.harmless(text) == f"'{text}"


@pytest.mark.parametrize("value", [-1.5, 0, 1e-9, "a=b", "my run", ""])
def test_numbers_and_plain_words_stay_as_they_are(value: Any):
    assert curve_files.harmless(value) == value


def test_the_csv_has_every_epoch_and_every_point_with_numbers_that_come_back_exactly(store: Store):
    run = tiny.run(store, status=None, name="-2+3")
    store.progress(
        run, tiny.TRAINER, step=5, loss=0.1, chars_per_second=1.0, train_seconds=6.5, point=Point(35, 6.5, 1 / 3)
    )
    rows = rows_of(store, run)
    assert [(row["part"], row["epoch"], row["step"]) for row in rows] == [
        ("epoch", "1", "10"), ("epoch", "2", "20"), ("epoch", "3", "30"), ("batches", "3.5", "35"),
    ]  # fmt: skip
    assert float(rows[-1]["loss"]) == 1 / 3
    assert [float(row["val_loss"]) for row in rows[:3]] == [epoch["val_loss"] for epoch in store.epochs(run)]
    assert {row["name"] for row in rows} == {"'-2+3"}


# ---- TensorBoard


def event_class() -> type:
    """The message of tensorflow/core/util/event.proto, as far as it is used, for an independent reader."""
    file = descriptor_pb2.FileDescriptorProto(name="event.proto", syntax="proto3")
    kinds = {"double": 1, "float": 2, "int64": 3, "string": 9}
    for message, fields in {
        "Value": [("tag", 1, "string"), ("simple_value", 2, "float")],
        "Summary": [("value", 1, "*Value")],
        "Event": [("wall_time", 1, "double"), ("step", 2, "int64"), ("file_version", 3, "string"),
                  ("summary", 5, "Summary")],
    }.items():  # fmt: skip
        described = file.message_type.add(name=message)
        for name, number, kind in fields:
            one = described.field.add(name=name, number=number, label=3 if kind[0] == "*" else 1)
            if kind in kinds:
                one.type = kinds[kind]
            else:
                one.type, one.type_name = 11, "." + kind.removeprefix("*")
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("Event"))


def crc32c_bit_by_bit(data: bytes) -> int:
    """The definition: no table."""
    checksum = 0xFFFFFFFF
    for byte in data:
        checksum ^= byte
        for _ in range(8):
            checksum = (checksum >> 1) ^ (0x82F63B78 * (checksum & 1))
    return checksum ^ 0xFFFFFFFF


def events_of(data: bytes) -> list[Any]:
    """What a TensorBoard would read; each checksum is checked."""
    found, event = [], event_class()
    while data:
        (length, length_sum), body = struct.unpack("<QI", data[:12]), data[12:]
        (body_sum,) = struct.unpack("<I", body[length : length + 4])
        for checked, written in ((data[:8], length_sum), (body[:length], body_sum)):
            crc = crc32c_bit_by_bit(checked)
            assert ((crc >> 15 | crc << 17) + 0xA282EAD8) % 2**32 == written
        found.append(event.FromString(body[:length]))
        data = body[length + 4 :]
    return found


def test_the_checksum_is_the_one_of_the_standard():
    assert curve_files.crc32c(b"123456789") == 0xE3069283  # RFC 3720
    assert curve_files.crc32c(bytes(32)) == 0x8A9136AA


def test_the_event_file_is_read_back_by_protobuf_with_every_metric(store: Store):
    run = tiny.run(store, status=None)
    store.progress(
        run, tiny.TRAINER, step=5, loss=0.1, chars_per_second=1.0, train_seconds=6.5, point=Point(35, 6.5, 0.25)
    )
    head, point, *epochs = events_of(takeaway.take(store, run, "tensorboard"))
    assert head.file_version == "brain.Event:2"
    assert (point.step, [(v.tag, v.simple_value) for v in point.summary.value]) == (35, [("batches/loss", 0.25)])
    assert point.wall_time == pytest.approx(store.run(run).started_at + 6.5)
    assert [event.step for event in epochs] == [1, 2, 3]
    for event, metrics in zip(epochs, store.epochs(run), strict=True):
        written = {value.tag: value.simple_value for value in event.summary.value}
        wanted = {f"epoch/{name}": v for name, v in metrics.items() if name not in ("epoch", "elapsed_seconds")}
        assert written == pytest.approx(wanted)


# ---- the network as .keras


def reference(config: RunConfig, vocab_size: int, arrays: dict[str, np.ndarray], ids: np.ndarray) -> np.ndarray:
    logits = engine.logits_over(engine.network(config, vocab_size, arrays), ids)
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


def test_what_that_process_complains_of_is_the_sentence(store: Store, monkeypatch: pytest.MonkeyPatch):
    run = tiny.run(store)
    monkeypatch.setattr(store, "checkpoint_epochs", lambda _run: [99])
    with pytest.raises(ExportError, match=r"as a \.keras file, got: .*99"):
        keras_file.last_epoch(store, store.run(run))


# ---- the Keras script


def script_of(store: Store, text: str = tiny.TEXT, **parts) -> str:
    return taken(store, tiny.run(store, text, **parts), "script")


def functions_of(text: str, monkeypatch: pytest.MonkeyPatch) -> types.SimpleNamespace:
    """The script as a module; its Keras is a stand-in, as only texts and ids are tried here."""
    stand_in = types.ModuleType("keras")
    stand_in.utils = types.SimpleNamespace(PyDataset=object)
    stand_in.initializers = stand_in.layers = None
    stand_in.optimizers = types.SimpleNamespace(Adam=object)
    for name in ("keras", "tensorflow"):  # the latter: only its name is needed
        monkeypatch.setitem(sys.modules, name, stand_in)
    monkeypatch.setenv("KERAS_BACKEND", "tensorflow")
    monkeypatch.setenv("TF_CPP_MIN_LOG_LEVEL", "2")
    found: dict[str, Any] = {"__name__": "script"}
    exec(compile(text, "script", "exec"), found)
    return types.SimpleNamespace(**found)


@pytest.mark.parametrize("name", HOSTILE)
def test_a_name_is_a_comment_and_nothing_else(store: Store, name: str):
    evil, plain = script_of(store, name=name), script_of(store, name="plain")
    assert ast.dump(ast.parse(evil.encode())) == ast.dump(ast.parse(plain.encode()))


@every_other_task
def test_what_people_called_a_run_or_a_column_is_no_program(data: Store, preset: tuple):
    run, _ = run_on(data, settings_of(preset, name="plain"))
    plain = ast.dump(ast.parse(taken(data, run, "script").encode()))
    for name in HOSTILE:
        evil, _ = run_on(data, settings_of(preset, name=name))
        assert ast.dump(ast.parse(taken(data, evil, "script").encode())) == plain


def test_the_title_of_a_text_is_a_comment_and_nothing_else(store: Store):
    run = tiny.run(store, corpus=own.add(store, b"some text of my own", "x\u2028import os\rimport sys\x0c"))
    lines = taken(store, run, "script").splitlines()
    assert all(line.startswith("#") for line in lines[: lines.index("")])


def every_script(store: Store) -> list[str]:
    """Scripts of all tasks and networks, under many settings."""
    found = [taken(store, run_on(store, settings_of(preset))[0], "script") for preset in OTHER_TASKS.values()]
    for number, parts in enumerate(EVERY_NETWORK.values()):
        training = {"patience": number % 2, "clip_norm": number % 3, "schedule": ["cosine", "exponential"][number % 2]}
        words = {"kind": "words", "unknown_symbol": True} if number % 2 else {"newlines": "space", "vocab_size": 5}
        found.append(script_of(store, **parts, training=training, tokenizer=words))
    return found


def test_the_script_names_nothing_of_ours(data: Store):
    modules = {"csv", "gzip", "hashlib", "math", "os", "re", "sys", "unicodedata", "keras", "numpy", "tensorflow"}
    for script in every_script(data):
        nodes = list(ast.walk(ast.parse(script)))
        imported = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
        assert imported <= modules
        modules_of_names = {node.module for node in nodes if isinstance(node, ast.ImportFrom)}
        assert modules_of_names <= {"collections", "keras", "pathlib"}


def test_the_script_has_no_line_that_the_linter_would_change(data: Store, tmp_path: Path):
    folder = tmp_path / "scripts"
    folder.mkdir()
    for number, script in enumerate(every_script(data)):
        assert not re.search("<[A-Z_]+>", script)
        (folder / f"script_{number}.py").write_text(script)
    select = ["--select", "E4,E7,E9,F,I001,B", "--ignore", "E402"]
    for command in (["check", *select], ["format", "--check"]):
        given = [sys.executable, "-m", "ruff", *command, "--isolated", "--line-length", "120", folder]
        done = subprocess.run(given, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    "tokenizer",
    [{}, {"newlines": "space", "unknown_symbol": True}, {"vocab_size": 20}, {"vocab_size": 20, "unknown_symbol": True},
     {"kind": "words"}, {"kind": "words", "minimum_count": 3}, {"kind": "words", "newlines": "space", "vocab_size": 30},
     {"kind": "words", "minimum_count": 2, "unknown_symbol": True, "vocab_size": 40}],
)  # fmt: skip
def test_the_script_reads_symbols_as_the_run_does(store: Store, monkeypatch: pytest.MonkeyPatch, tokenizer: dict):
    odd = "Caf\u00e9 -- it's 1/2, 3.14 or 1,000; \u201cso\u201d?\t\ufffd \u2014\u2014 well...\n'tis o'clock/\u2019s\n\n"
    text = cookbook.write(4_000, seed=1) + odd * 3
    script = functions_of(script_of(store, text, tokenizer=tokenizer), monkeypatch)
    ours = tokenizers.build(text, tiny.config(tokenizer=tokenizer).tokenizer)
    symbols = script.symbols_of(text)
    vocabulary = script.vocabulary_of(symbols)
    assert tuple(vocabulary) == ours.symbols
    np.testing.assert_array_equal(script.ids_of(symbols, vocabulary), ours.encode(text).ids)


def batches_of(ids: np.ndarray, config: RunConfig) -> tuple[np.ndarray, np.ndarray, TextBatches]:
    """The trained and the held-out ids, and the batches of a trainer."""
    trained, held_out = batches.split(ids, config.batches.validation_fraction)
    return trained, held_out, TextBatches(trained, held_out, config)


@pytest.mark.parametrize("length", [7, 16])
@pytest.mark.parametrize("size", [500, 611, 1000])
def test_the_script_cuts_streams_as_the_trainer_does(store: Store, monkeypatch, size: int, length: int):
    parts = {"batches": {"length": length, "batch_size": 5}}
    script = functions_of(script_of(store, **parts), monkeypatch)
    ids = np.random.default_rng(0).integers(0, 9, size).astype(np.int32)
    trained, held_out, data = batches_of(ids, tiny.config(**parts))
    for mine, theirs in (
        (script.streams(trained), data.training(1, 0)),
        (script.held_out_streams(held_out), data.validation()),
    ):
        ours = zip(*((*batch.inputs, batch.targets, batch.weights) for batch in theirs), strict=True)
        for one, other in zip(mine, ours, strict=False):
            np.testing.assert_array_equal(one, np.concatenate(other))


def test_the_script_cuts_windows_as_the_trainer_does_in_the_same_order(store: Store, monkeypatch):
    parts = {"batches": {"kind": "windows", "length": 6, "step": 4, "batch_size": 16}, "training": {"seed": 5}}
    script = functions_of(script_of(store, **parts), monkeypatch)
    ids = np.random.default_rng(0).integers(0, 9, 500).astype(np.int32)
    trained, _, data = batches_of(ids, tiny.config(**parts))
    for epoch in (1, 2):
        windows = script.Windows.__new__(script.Windows)
        windows.ids, windows.starts = trained, script.shuffled(script.starts_of(trained), epoch)
        assert len(windows) == data.steps
        for i, batch in enumerate(data.training(epoch, 0)):
            np.testing.assert_array_equal(windows[i][0], batch.inputs[0])
            np.testing.assert_array_equal(windows[i][1], batch.targets)


@every_classifier
def test_the_script_reads_texts_with_classes_as_the_task_does(data: Store, tmp_path: Path, monkeypatch, preset: tuple):
    run, ours = run_on(data, settings_of(preset))
    script = functions_of(taken(data, run, "script"), monkeypatch)
    labels, trained, held_out = script.examples(*files_of(data, run, tmp_path))
    assert len(labels) == len(ours.vocabulary.labels)
    vocabulary = script.vocabulary_of(text for text, _ in trained)
    assert vocabulary == list(ours.vocabulary.symbols)
    rows, classes = script.rows_of(trained, vocabulary)
    np.testing.assert_array_equal(rows, ours.rows)
    np.testing.assert_array_equal(classes.ravel(), ours.labels)
    names = {"val_": "held-out", "test_": "test"}
    assert {name for name, found in held_out.items() if found} == {names[prefix] for prefix in ours.held_out}
    for prefix, measured in ours.held_out.items():
        rows, classes = script.rows_of(held_out[names[prefix]], vocabulary)
        np.testing.assert_array_equal(rows, measured.rows)
        np.testing.assert_array_equal(classes.ravel(), measured.labels)


@every_classifier
def test_the_script_knows_its_texts_from_others(data: Store, tmp_path: Path, monkeypatch, capsys, preset: tuple):
    run, _ = run_on(data, settings_of(preset))
    script = functions_of(taken(data, run, "script"), monkeypatch)
    _, trained, _ = script.examples(*files_of(data, run, tmp_path))
    script.check("\n".join(text for text, _ in trained))
    assert capsys.readouterr().out == ""
    script.check("another text")
    assert capsys.readouterr().out.startswith("This is not the text that the run was trained on")


@every_series
def test_the_script_reads_a_series_as_the_task_does(data: Store, tmp_path: Path, monkeypatch, capsys, preset: tuple):
    run, ours = run_on(data, settings_of(preset))
    script = functions_of(taken(data, run, "script"), monkeypatch)
    values = np.loadtxt(*files_of(data, run, tmp_path))
    trained = values[: ours.first]
    script.check(trained)
    assert capsys.readouterr().out == ""
    script.check(trained + 1)
    assert capsys.readouterr().out.startswith("This is not the series that the run was trained on")
    if preset[0] == "series-rnn":
        edges, centres = script.bins_of(trained)
        np.testing.assert_array_equal(edges, ours.scale.edges)
        np.testing.assert_array_equal(centres, ours.scale.centres)
        np.testing.assert_array_equal(script.numbers_of(values, edges), ours.steps)


def test_quantiles_of_a_series_that_hardly_changes_are_two_bins_as_in_the_task(store: Store, monkeypatch):
    values = np.array([0.0] * 50 + [1.0])
    config = settings_of(SERIES["numbers of quantiles"])
    script = functions_of(taken(store, run_on(store, config)[0], "script"), monkeypatch)
    np.testing.assert_array_equal(script.bins_of(values)[0], scales.fit(values, "", config.series).edges)


def test_the_learning_rate_falls_as_far_as_the_learner_lets_it():
    assert learner.FALLS_TO == FALLS_TO


def network_and_learner(store: Store, parts: dict) -> tuple[dict[str, Any], Any, RunConfig, learner.Learner]:
    """The script's functions and its network, the run's config and its own network, both new."""
    config = tiny.config(**{**parts, "batches": {"batch_size": 4, **parts.get("batches", {})}})
    script: dict[str, Any] = {"__name__": "script"}
    text = taken(store, tiny.run(store, **config.model_dump(exclude_unset=True)), "script")
    exec(compile(text, "script", "exec"), script)
    ours = learner.Learner(config, 20, steps=10)
    import keras

    keras.utils.set_random_seed(config.training.seed)
    return script, script["network"](20), config, ours


@every_network
def test_the_script_begins_with_the_weights_of_the_run(store: Store, parts: dict):
    _, model, config, ours = network_and_learner(store, {**parts, "training": {"seed": 3}})
    for mine, other in zip(model.trainable_variables, ours.model.trainable_variables, strict=True):
        np.testing.assert_array_equal(mine, other)
    ids = np.arange(4 * config.batches.length).reshape(4, -1) % 20
    np.testing.assert_allclose(model(ids), ours.model(ids), atol=1e-6)


@pytest.mark.parametrize(
    ("network", "rule"),
    [("gru", {"optimizer": "adam", "schedule": "cosine", "clip_norm": 0.02}),
     ("unrolled", {"optimizer": "rmsprop", "schedule": "exponential"}),
     ("unrolled", {"optimizer": "sgd", "clip_norm": 0})],
)  # fmt: skip
def test_the_script_learns_as_the_run_does(store: Store, network: str, rule: dict):
    """A few batches: later, rounding grows as in any two runs on different machines."""
    rule = {"learning_rate": 0.05, "epochs": 1, **rule}
    script, model, config, ours = network_and_learner(store, {**EVERY_NETWORK[network], "training": rule})
    script["prepare"](model, 10)
    ids = np.random.default_rng(0).integers(0, 20, 4500).astype(np.int32)
    losses = []
    for _, batch in zip(range(6), batches_of(ids, config)[2].training(1, 0), strict=False):
        losses.append(model.train_on_batch(*batch.inputs, batch.targets, return_dict=True)["loss"])
        model.reset_metrics()
        ours.step(batch)
        assert losses[-1] == pytest.approx(ours.loss_since_last(), abs=3e-6)
    assert len(set(losses)) == 6


def other_network_and_learner(data: Store, preset: tuple, **settings) -> tuple[Any, ...]:
    """The same for a classifier or a series; and what the run reads."""
    config = settings_of(preset, **settings)
    run, material = run_on(data, config)
    script: dict[str, Any] = {"__name__": "script"}
    exec(compile(taken(data, run, "script"), "script", "exec"), script)
    ours = learner.Learner(config, material.vocab_size, material.plan.steps)
    import keras

    keras.utils.set_random_seed(config.training.seed)
    numbers = config.series.head == "regression" and config.task == "series"
    return script, script["network"](*[] if numbers else [material.vocab_size]), ours, material


@every_other_task
def test_the_script_begins_with_the_weights_of_a_classifier_or_a_series(data: Store, preset: tuple):
    _, model, ours, material = other_network_and_learner(data, preset, **{"training.seed": 3})
    for mine, other in zip(model.trainable_variables, ours.model.trainable_variables, strict=True):
        np.testing.assert_array_equal(mine, other)
    (inputs,) = next(material.training(1, 0)).inputs
    np.testing.assert_allclose(model(inputs), ours.model(inputs), atol=1e-6)


@pytest.mark.parametrize(
    "name", ["imdb-lstm", "imdb-better", "who-wrote-this", "classes", "regression", "regression on windows"]
)
def test_the_script_learns_and_measures_an_epoch_as_the_run_does(data: Store, name: str):
    size = 8 if name.startswith("imdb") else 64  # of 40 reviews all batches are full
    short = {"batches.batch_size": size, "batches.length": 12, "training.learning_rate": 0.01}
    script, model, ours, material = other_network_and_learner(data, OTHER_TASKS[name], **short)
    of_classes = name in CLASSIFIERS

    def classes(labels: np.ndarray) -> np.ndarray:
        return labels[:, None].astype(np.float32) if name.startswith("imdb") else labels

    if of_classes:
        trained = material.rows, classes(material.labels)
    else:
        trained, held_out = batches.split(material.steps, 0.1)
    script["prepare"](model, 2 * material.plan.steps)
    for epoch in (1, 2):
        figures = script["learn"](model, trained, epoch)
        ours.begin_epoch()
        for batch in material.training(epoch, 0):
            ours.step(batch)
        wanted = [ours.totals()]
        for prefix, measured in material.held_out.items():
            called = {"val_": "held-out", "test_": "test"}[prefix]
            rows = (called, measured.rows, classes(measured.labels)) if of_classes else (held_out,)
            figures |= script["measure"](model, *rows)
            wanted.append(ours.evaluate(measured()))
        flat = [figure for one in wanted for figure in ((one.loss, one.second) if of_classes else (one.loss,))]
        assert list(figures.values()) == pytest.approx(flat, abs=1e-5)


def test_a_network_that_plain_keras_has_not_is_refused(store: Store):
    run = tiny.run(store, model={"architecture": "peephole_lstm"})
    with pytest.raises(ExportError, match=r"with .*lstm.* for a script, got a language-model with peephole_lstm"):
        takeaway.take(store, run, "script")


def test_a_run_that_learned_from_pairs_has_no_script(store: Store):
    sentence = "expected a language model, a text classification or a series with .*, got a sequence-to-sequence with"
    with pytest.raises(ExportError, match=sentence):
        takeaway.take(store, paired.run(store), "script")


def figures_of_script(store: Store, run: str, folder: Path) -> np.ndarray:
    """What the script of a run prints of each epoch in a process of its own."""
    takeaway.write(store, run, folder / "train.py")
    command = [sys.executable, "-I", "train.py", *files_of(store, run, folder)]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    assert "This is not" not in done.stdout
    epochs = re.findall(r"^epoch \d+: (.*)$", done.stdout, re.MULTILINE)
    return np.array([re.findall(r" ([\d.]+) \(run: [\d.]+\)", epoch) for epoch in epochs], float)


@pytest.mark.slow
@pytest.mark.parametrize("parts", [EVERY_NETWORK["gru"], EVERY_NETWORK["unrolled"]], ids=["streams", "windows"])
def test_the_script_reaches_the_losses_of_the_run(store: Store, tmp_path: Path, parts: dict):
    settings = {"model": {"units": 16, "embedding_size": 8, **parts["model"]}, "sampling": {"length": 0}}
    batches = {"length": 32, "batch_size": 16, "step": 3, **parts.get("batches", {})}
    rates = {"epochs": 3, "learning_rate": 0.005}
    run = store.create_run(parse({"corpus": "cookbook-20000", **settings, "batches": batches, "training": rates}))
    training.train(store, run, "vm|1|1|test")
    wanted = [[epoch["loss"], epoch["val_loss"]] for epoch in store.epochs(run)]
    reached = figures_of_script(store, run, tmp_path)
    np.testing.assert_allclose(reached, wanted, atol=0.001)  # on the same processor: bit for bit


@pytest.mark.slow
@pytest.mark.parametrize("name", ["imdb-lstm", "who-wrote-this", "rnn-classifier", "classes", "regression"])
def test_the_script_of_a_classifier_or_a_series_reaches_the_losses_of_the_run(data: Store, tmp_path: Path, name: str):
    run = data.create_run(settings_of(OTHER_TASKS[name], **{"training.epochs": 3, "training.learning_rate": 0.005}))
    assert training.train(data, run, "vm|1|1|test") == FINISHED
    kinds = ("loss", "accuracy") if name in CLASSIFIERS else ("loss",)
    wanted = [
        [epoch[f"{prefix}{kind}"] for prefix in ("", "val_", "test_") for kind in kinds if f"{prefix}{kind}" in epoch]
        for epoch in data.epochs(run)
    ]
    np.testing.assert_allclose(figures_of_script(data, run, tmp_path), wanted, atol=0.001)


# ---- the report and the card


class Page(HTMLParser):
    """The tags and the texts of a page; complains of tags that are not closed."""

    EMPTY = ("meta",)

    def __init__(self, text: str):
        super().__init__()
        self.open, self.tags, self.attributes, self.text = [], [], [], ""
        self.feed(text)
        assert not self.open

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.attributes += attributes
        if tag not in self.EMPTY:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.tags.append(tag)
        self.attributes += attributes

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data


@pytest.mark.parametrize("text", [*HOSTILE, "\x1b[31m \u202e red", "\x01"])
def test_the_report_shows_what_people_and_networks_wrote_letter_by_letter(store: Store, text: str):
    run = tiny.run(store, name=text, status=None, sampling={"prompt": text})
    store.finish_epoch(
        run, tiny.TRAINER, epoch=4, metrics=tiny.metrics(4), checkpoint=tiny.arrays(store.run(run).config, 28),
        samples=[Sample(4, 1.0, text, 0, text)], resume={}, state={}, train_seconds=8.0,
    )  # fmt: skip
    page = Page(taken(store, run, "html"))
    tags = {"script", "img", "iframe", "link", "object", "embed", "base", "form"}
    assert not tags & set(page.tags)
    assert "".join(letter if letter >= " " or letter == "\n" else "\ufffd" for letter in text) in page.text


def test_the_report_needs_nothing_from_anywhere(store: Store):
    html = taken(store, tiny.run(store), "html", link="https://school.example/Train?run=1&x=2")
    page = Page(html)
    links = [value for name, value in page.attributes if name in ("src", "href", "srcset", "xlink:href")]
    assert links == ["https://school.example/Train?run=1&x=2"]
    assert "url(" not in html
    assert "@import" not in html
    assert "default-src 'none'" in html
    assert "prefers-color-scheme: dark" in html


def test_a_link_that_is_a_program_stays_text(store: Store):
    page = Page(taken(store, tiny.run(store), "html", link="javascript:alert(1)"))
    assert "a" not in page.tags


def test_the_report_has_the_curve_the_kept_epochs_and_their_samples(store: Store):
    page = Page(taken(store, tiny.run(store, name="Mine"), "html"))
    assert page.tags.count("polyline") == 2
    assert page.tags.count("circle") == 3
    for words in ("Mine", "what epoch 1 wrote", "what epoch 3 wrote", "python -m rnnkit train", "temperature 1"):
        assert words in page.text


def test_the_recipe_card_says_where_the_run_is_and_how_to_make_it_again(store: Store):
    run = tiny.run(store, corpus="cookbook")
    card = taken(store, run, "card", link="http://localhost:8501/Train?run=x")
    assert "http://localhost:8501/Train?run=x" in card
    assert "python -m rnnkit train" in card
    assert '"corpus": "cookbook"' in card


def test_a_chart_of_one_point_or_of_equal_points_has_axes():
    for points in ([(1.0, 2.0)], [(1.0, 2.0), (2.0, 2.0)], [(1.0, 0.0)], [(1.0, float("nan")), (2.0, 3.0)]):
        chart = Page(line_chart.svg([line_chart.Line("a", "b", points)], "x", "y"))
        assert chart.tags.count("line") >= 3
    assert line_chart.svg([line_chart.Line("a", "b", [])], "x", "y") == ""


@pytest.mark.parametrize(("low", "high"), [(0.0, 1.0), (1.23, 4.56), (0.0, 10_000.0), (2.001, 2.002), (-3.0, 5.0)])
def test_ticks_are_few_round_and_inside(low: float, high: float):
    ticks = line_chart.Scale(low, high, 0.0, 1.0).ticks()
    assert 3 <= len(ticks) <= 9
    assert all(low - 1e-9 <= tick <= high + 1e-9 for tick in ticks)
    assert len({f"{tick:g}" for tick in ticks}) == len(ticks)
