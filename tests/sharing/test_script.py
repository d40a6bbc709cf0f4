"""The Keras script of a run: it names nothing of ours, obeys nobody's name, and trains the same network."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import types
from pathlib import Path
from typing import Any

import numpy as np
import paired
import pytest
import tiny
from taken import (
    CLASSIFIERS,
    EVERY_NETWORK,
    HOSTILE,
    OTHER_TASKS,
    every_classifier,
    every_network,
    every_other_task,
    every_series,
    files_of,
    run_on,
    settings_of,
    taken,
)

from rnnkit.architectures import reads_windows
from rnnkit.config import RunConfig, parse
from rnnkit.errors import ExportError
from rnnkit.sharing import takeaway
from rnnkit.store import Status, Store
from rnnkit.tasks.language_model import TextBatches
from rnnkit.texts import batches, cookbook, own, tokenizers
from rnnkit.training import keras_learner
from rnnkit.training import loop as training
from rnnkit.training.learner import at_once


def script_of(store: Store, text: str = tiny.TEXT, **parts) -> str:
    return taken(store, tiny.run(store, text, **parts), "script")


def functions_of(text: str, monkeypatch: pytest.MonkeyPatch) -> types.SimpleNamespace:
    """The script as a module; its Keras is a stand-in, as only texts and ids are tried here."""
    stand_in = types.ModuleType("keras")
    stand_in.Model = stand_in.KerasTensor = stand_in.Layer = stand_in.Optimizer = stand_in.Tensor = object
    stand_in.utils = types.SimpleNamespace(PyDataset=object)
    stand_in.initializers = stand_in.layers = None
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
        training = {
            "patience": number % 2,
            "clip_norm": number % 3,
            "schedule": ["cosine", "exponential", "one-cycle"][number % 3],
        }
        training |= {"weight_average": 0.9 * (number % 2), "clip_value": number % 2, "momentum": 0.5 * (number % 3 > 1)}
        training |= {"optimizer": ["adamw", "adam", "sgd", "rmsprop"][number % 4], "warm_up": 0.2 * (number % 4 > 1)}
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
        assert modules_of_names <= {"collections", "collections.abc", "keras", "pathlib"}


def test_the_script_has_no_line_that_the_linter_would_change(data: Store, tmp_path: Path):
    folder = tmp_path / "scripts"
    folder.mkdir()
    for number, script in enumerate(every_script(data)):
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
def test_the_script_reads_tokens_as_the_run_does(store: Store, monkeypatch: pytest.MonkeyPatch, tokenizer: dict):
    odd = "Caf\u00e9 -- it's 1/2, 3.14 or 1,000; \u201cso\u201d?\t\ufffd \u2014\u2014 well...\n'tis o'clock/\u2019s\n\n"
    text = cookbook.write(4_000, seed=1) + odd * 3
    script = functions_of(script_of(store, text, tokenizer=tokenizer), monkeypatch)
    ours = tokenizers.build(text, tiny.config(tokenizer=tokenizer).tokenizer)
    tokens = script.tokens_of(text)
    vocabulary = script.vocabulary_of(tokens)
    assert tuple(vocabulary) == ours.symbols
    np.testing.assert_array_equal(script.ids_of(tokens, vocabulary), ours.encode(text).ids)


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
    assert {f"{name}_" for name, found in held_out.items() if found} == set(ours.held_out)
    for prefix, measured in ours.held_out.items():
        rows, classes = script.rows_of(held_out[prefix.removesuffix("_")], vocabulary)
        np.testing.assert_array_equal(rows, measured.args[0])
        np.testing.assert_array_equal(classes.ravel(), measured.args[1])


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


def network_of(script: dict[str, Any], vocab_size: int, config: RunConfig) -> Any:
    """As the script makes it for training."""
    return script["network"](vocab_size, *[] if reads_windows(config) else [config.batches.batch_size])


def network_and_learner(store: Store, parts: dict) -> tuple[dict[str, Any], Any, RunConfig, keras_learner.KerasLearner]:
    """The script's functions and its network, the run's config and its own network, both new."""
    config = tiny.config(**{**parts, "batches": {"batch_size": 4, **parts.get("batches", {})}})
    script: dict[str, Any] = {"__name__": "script"}
    text = taken(store, tiny.run(store, **config.model_dump(exclude_unset=True)), "script")
    exec(compile(text, "script", "exec"), script)
    ours = keras_learner.KerasLearner(config, 20, last=10)
    import keras

    keras.utils.set_random_seed(config.training.seed)
    return script, network_of(script, 20, config), config, ours


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
     ("gru", {"optimizer": "adamw", "schedule": "one-cycle", "clip_value": 0.003, "weight_average": 0.9}),
     ("unrolled", {"optimizer": "rmsprop", "momentum": 0.5, "schedule": "exponential", "warm_up": 0.5}),
     ("unrolled", {"optimizer": "sgd", "clip_norm": 0})],
)  # fmt: skip
def test_the_script_learns_as_the_run_does(store: Store, network: str, rule: dict):
    """A few batches: later, rounding grows as in any two runs on different machines."""
    rule = {"learning_rate": 0.05, "epochs": 1, **rule}
    script, model, config, ours = network_and_learner(store, {**EVERY_NETWORK[network], "training": rule})
    script["prepare"](model, 10)
    ids = np.random.default_rng(0).integers(0, 20, 4500).astype(np.int32)
    data = TextBatches(*batches.split(ids, config.batches.validation_fraction), config)
    losses = []
    for _, batch in zip(range(6), data.training(1, 0), strict=False):
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
    ours = keras_learner.KerasLearner(config, material.vocab_size, 2 * material.plan.steps)
    import keras

    keras.utils.set_random_seed(config.training.seed)
    return script, network_of(script, material.vocab_size, config), ours, material


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
        held_out = {
            prefix.removesuffix("_"): (measured.args[0], classes(measured.args[1]))
            for prefix, measured in material.held_out.items()
        }
    else:
        trained, _ = batches.split(material.steps, 0.1)
        held_out = ()
    script["prepare"](model, 2 * material.plan.steps)
    for epoch in (1, 2):
        figures = script["learn"](model, trained, epoch)
        ours.begin_epoch()
        for batch in material.training(epoch, 0):
            ours.step(batch)
        wanted = [ours.totals()]
        figures |= script["measure"](model, *([held_out] if of_classes else [material.steps, len(trained)]))
        wanted += [at_once(ours.evaluate(measured())) for measured in material.held_out.values()]
        flat = [figure for one in wanted for figure in ((one.loss, one.metric) if of_classes else (one.loss,))]
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
    batches = {"length": 32, "batch_size": 16, "step": 3, "random_offset": True, **parts.get("batches", {})}
    rates = {"epochs": 3, "learning_rate": 0.005, "weight_average": 0.5}
    run = store.create_run(parse({"corpus": "cookbook-20000", **settings, "batches": batches, "training": rates}))
    training.train(store, run, "vm|1|1|test")
    wanted = [[epoch["loss"], epoch["val_loss"]] for epoch in store.epochs(run)]
    reached = figures_of_script(store, run, tmp_path)
    np.testing.assert_allclose(reached, wanted, atol=0.001)  # on the same processor: bit for bit


@pytest.mark.slow
@pytest.mark.parametrize("name", ["imdb-lstm", "who-wrote-this", "rnn-classifier", "classes", "regression"])
def test_the_script_of_a_classifier_or_a_series_reaches_the_losses_of_the_run(data: Store, tmp_path: Path, name: str):
    short = {"training.epochs": 3, "training.learning_rate": 0.005, "training.engine": "keras"}  # same dropout masks
    run = data.create_run(settings_of(OTHER_TASKS[name], **short))
    assert training.train(data, run, "vm|1|1|test") == Status.FINISHED
    kinds = ("loss", "accuracy") if name in CLASSIFIERS else ("loss",)
    wanted = [
        [epoch[f"{prefix}{kind}"] for prefix in ("", "val_", "test_") for kind in kinds if f"{prefix}{kind}" in epoch]
        for epoch in data.epochs(run)
    ]
    np.testing.assert_allclose(figures_of_script(data, run, tmp_path), wanted, atol=0.001)
