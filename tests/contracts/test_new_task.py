"""A task and an architecture that are made here, one record each, and nothing else: every surface takes them."""

from __future__ import annotations

import dataclasses
import json
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import classified
import numpy as np
import paired
import pytest
import streamlit as st
import tiny
from streamlit.testing.v1 import AppTest
from trained import small, trained

from pages.widgets.run import tabs
from rnnkit import architectures, config, presets, tasks
from rnnkit.architectures.architecture import Equation
from rnnkit.architectures.parts.cell import Cell
from rnnkit.architectures.parts.stack import architecture
from rnnkit.cli import main as cli
from rnnkit.config import Answers
from rnnkit.presets import Preset
from rnnkit.runs import comparison, duel, gallery, results
from rnnkit.sharing import archive, takeaway
from rnnkit.store import Run, Status, Store
from rnnkit.studies import sampling, timeline
from rnnkit.tasks.language_model import LANGUAGE_MODEL
from rnnkit.texts import cookbook, corpora
from rnnkit.training import queueing, scheduler

ROOT = Path(__file__).parents[2]
LEAK = 0.5


def _step(inputs: np.ndarray, recurrent: np.ndarray, states: list[np.ndarray]) -> None:
    (hidden,) = states
    candidate = np.tanh(np.add(inputs, recurrent, out=recurrent), out=recurrent)
    hidden *= LEAK
    hidden += (1 - LEAK) * candidate


def _keras_step(inputs, recurrent, states):
    from keras import ops

    return [LEAK * states[0] + (1 - LEAK) * ops.tanh(inputs + recurrent)]


LEAKY = architecture(
    name="leaky_rnn",
    title="Leaky RNN",
    summary="Half of the old state stays at every step.",
    cell=Cell(
        kind="LeakyRNN",
        weights=lambda inputs, units: {"kernel": (inputs, units), "recurrent_kernel": (units, units), "bias": (units,)},
        states=("hidden_state",),
        step=_step,
        keras_step=_keras_step,
        off_fast_path="cuDNN has no leaky network.",
    ),
    equations=(Equation(r"s_t = s_{t-1} / 2 + \tanh(U x_t + W s_{t-1} + b) / 2", "Half stays, half is new."),),
)
TAGGING = dataclasses.replace(
    LANGUAGE_MODEL,
    name="tagging",
    title="Tagging",
    knows="It knows nothing but tags.",
    results=lambda epochs, best: [f"tagged with {best['val_loss']:.4f}"],
    script=None,
)


@pytest.fixture(scope="module")
def made_here() -> Iterator[None]:
    """What somebody adds who writes a task and an architecture: an entry in a table each, and a preset to try them."""
    text = cookbook.write(6_000, seed=1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(corpora, "load", lambda name, store=None, progress=None: text)
        patch.setitem(architectures.ARCHITECTURES, LEAKY.name, LEAKY)
        patch.setitem(config.ANSWERS, TAGGING.name, Answers.STEPS)
        patch.setitem(tasks.TASKS, TAGGING.name, TAGGING)
        settings = small(task="tagging", model__architecture="leaky_rnn", preset="tags", name="tags")
        patch.setitem(presets.PRESETS, "tags", Preset("tags", "Tags", "nowhere", "A lesson.", settings))
        yield


class Trained(NamedTuple):
    """A run of the task with the architecture, in a store of its own."""

    store: Store
    id: str

    @property
    def run(self) -> Run:
        return self.store.run(self.id)


@pytest.fixture(scope="module")
def trained_once(made_here, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The file of a store with one run, really trained."""
    path = tmp_path_factory.mktemp("new") / "rnnkit.sqlite"
    store = Store(f"sqlite:///{path}")
    run = trained(store, presets.PRESETS["tags"].config)
    assert store.check() == []
    store.close()
    return path, run


@pytest.fixture
def new(trained_once: tuple[Path, str], home: Path, open_store) -> Trained:
    """The run in the store that pages and commands open."""
    path, run = trained_once
    home.mkdir()
    shutil.copy(path, home / "rnnkit.sqlite")
    return Trained(open_store(None), run)


@pytest.fixture
def visit(new: Trained, monkeypatch: pytest.MonkeyPatch):
    """Opens a page at an address; nothing may go wrong on it."""
    monkeypatch.setattr(scheduler, "ensure_running", lambda store: None)
    st.cache_data.clear()

    def open_page(page: str | None = None, **address: str) -> AppTest:
        app = AppTest.from_file(ROOT / "dashboard.py", default_timeout=60)
        if page is not None:
            app.switch_page(page)
        for name, value in address.items():
            app.query_params[name] = value
        app.run()
        assert not app.exception
        assert not app.error
        return app

    return open_page


def said(app: AppTest) -> str:
    return "\n".join(
        element.value for element in [*app.markdown, *app.caption, *app.subheader, *app.info, *app.warning]
    )


# ---- before it trains


def test_it_is_queued_after_all_checks(new: Trained):
    run = queueing.queue(new.store, presets.PRESETS["tags"].config)
    assert new.store.run(run).config.task == "tagging"
    assert queueing.fork(new.store, new.id, 1, {"training.epochs": 5})


def test_the_form_offers_its_settings_and_the_architecture_by_its_title(visit):
    app = visit("pages/1_Train.py", preset="tags")
    (choice,) = [one for one in app.selectbox if one.label == "Architecture"]
    assert "Leaky RNN" in choice.options
    assert choice.value == "leaky_rnn"
    assert {"Layers", "Batch size", "Epochs"} <= {
        one.label for one in (*app.slider, *app.number_input, *app.select_slider)
    }


def test_a_duel_can_be_fought_with_the_architecture(new: Trained):
    base = presets.PRESETS["tags"].config
    assert "leaky_rnn" in duel.candidates(base)
    entrants = duel.plan(base, ["leaky_rnn", "gru"], queueing.vocab_size(base))
    assert [one.title for one in entrants] == ["Leaky RNN", "GRU"]


def test_the_command_line_knows_both(new: Trained, capsys):
    assert cli.main(["params", "--preset", "tags", "--json"]) == 0
    kinds = [layer["kind"] for layer in json.loads(capsys.readouterr().out)["layers"]]
    assert "LeakyRNN" in kinds
    assert cli.main(["presets", "--json"]) == 0
    assert {"name": "tags", "title": "Tags", "source": "nowhere", "task": "tagging"} in json.loads(
        capsys.readouterr().out
    )
    assert cli.main(["show", new.id]) == 0


# ---- after it has trained


def test_it_trains_and_its_checkpoints_write_what_its_network_learned(new: Trained):
    assert new.run.status == Status.FINISHED
    assert new.store.checkpoint_epochs(new.id) == [1, 2, 3]
    assert cli.main(["sample", new.id, "--length", "20"]) == 0
    assert sampling.write(new.store, new.id, ats="best").texts


def test_an_export_comes_back_as_it_was(new: Trained, open_store, tmp_path: Path):
    archive.export_run(new.store, new.id, tmp_path / "run.zip")
    elsewhere = open_store(f"sqlite:///{tmp_path / 'other.sqlite'}")
    again = archive.import_run(elsewhere, tmp_path / "run.zip")
    assert elsewhere.epochs(again) == new.store.epochs(new.id)
    assert elsewhere.run(again).config.model_copy(update={"name": ""}) == new.run.config.model_copy(update={"name": ""})
    assert elsewhere.check() == []


@pytest.mark.parametrize("way", ["html", "card", "text", "csv", "tensorboard"])
def test_it_can_be_taken_away(new: Trained, way: str):
    made = takeaway.take(new.store, new.id, way)
    assert made
    assert way != "card" or TAGGING.knows.encode() in made
    assert way != "text" or made == corpora.load("any").encode()


def test_a_task_without_a_script_says_so(new: Trained):
    with pytest.raises(takeaway.ExportError, match="got a tagging with leaky_rnn"):
        takeaway.take(new.store, new.id, "script")


def test_results_have_its_own_column(new: Trained):
    loss = new.store.epochs(new.id)[-1]["val_loss"]
    assert results.reached(new.run, new.store.epochs(new.id)).startswith(f"tagged with {loss:.4f}; ")
    assert "`tags`" in results.markdown(new.store)


def test_it_is_compared_with_a_run_of_another_task(new: Trained):
    both = comparison.load(new.store, [new.id, queueing.queue(new.store, small())])
    assert "They learn different tasks" in comparison.caveats(both)[0]
    assert comparison.results(both)["Best loss"][0] > 0
    assert comparison.parameters(both).loc["Recurrent 1", both[0].label].startswith("LeakyRNN")
    assert [one.letter for one in comparison.that_write(both)] == ["A", "B"]


def test_it_stands_on_a_shelf(new: Trained):
    assert [shelf.first.id for shelf in gallery.gallery(new.store.runs(), new.store.epochs).writing] == [new.id]


# ---- on pages


def test_home_leads_to_it(visit, new: Trained):
    app = visit()
    assert any(link.proto.query_string.startswith(f"run={new.id}") for link in app.main.get("page_link"))


def test_its_own_page_shows_curves_and_what_it_wrote(visit, new: Trained):
    app = visit("pages/7_Run.py", run=new.id)
    assert any(new.id in one.proto.json for one in app.get("bidi_component"))  # which asks the feed for them
    texts = timeline.views(new.store, [(new.id, new.run.epochs_done)], timeline.SETTINGS)[0].texts
    assert all(texts)


@pytest.mark.parametrize("tab", [name for name in tabs.TABS if name != "try"])
def test_every_tab_of_a_run_that_writes_takes_it(visit, new: Trained, tab: str):
    assert "another task" not in said(visit("pages/7_Run.py", run=new.id, tab=tab))


def test_compare_takes_it(visit, new: Trained):
    visit("pages/3_Compare.py", runs=new.id)


def test_a_page_of_another_task_takes_none_of_its_runs(visit, new: Trained):
    assert "No network here does this yet" in said(visit("pages/4_Other_tasks.py", run=new.id))


# ---- every task that there is, under another name

RUNS = {
    "classification": lambda store: classified.run(store),
    "series": lambda store: tiny.forecaster(store),
    "sequence-to-sequence": lambda store: paired.run(store, "attention"),
    "language-model": lambda store: tiny.run(store),
}


@pytest.fixture(params=RUNS)
def renamed(request: pytest.FixtureRequest, store: Store, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Trained:
    """A run of a task that is this one in all but its name."""
    monkeypatch.setenv("RNNKIT_CORPORA", str(classified.write_reviews(tmp_path / "corpora")))
    name, other = request.param, f"{request.param}-again"
    run = RUNS[name](store)
    monkeypatch.setitem(config.ANSWERS, other, config.ANSWERS[name])
    monkeypatch.setitem(tasks.TASKS, other, dataclasses.replace(tasks.TASKS[name], name=other, script=None))
    with sqlite3.connect(store.place) as connection:
        connection.execute("UPDATE runs SET config = replace(config, ?, ?)", (f'"task":"{name}"', f'"task":"{other}"'))
    connection.close()
    assert store.run(run).config.task == other
    return Trained(store, run)


def test_no_page_and_no_file_knows_a_task_by_its_name(renamed: Trained, monkeypatch, open_store, tmp_path: Path):
    monkeypatch.setattr(scheduler, "ensure_running", lambda store: None)
    st.cache_data.clear()
    task = tasks.of(renamed.run.config)
    tool = "sample" if task.writes else "try"
    for page, address in {
        None: {}, "pages/7_Run.py": {"run": renamed.id, "tab": tool}, "pages/3_Compare.py": {"runs": renamed.id},
    }.items():  # fmt: skip
        app = AppTest.from_file(ROOT / "dashboard.py", default_timeout=60)
        if page is not None:
            app.switch_page(page)
        for key, value in address.items():
            app.query_params[key] = value
        app.run()
        assert not app.exception
        assert "was trained for another task" not in said(app)
    archive.export_run(renamed.store, renamed.id, tmp_path / "run.zip")
    elsewhere = open_store(f"sqlite:///{tmp_path / 'other.sqlite'}")
    assert elsewhere.run(archive.import_run(elsewhere, tmp_path / "run.zip")).config.task == task.name
    assert task.knows.encode() in takeaway.take(renamed.store, renamed.id, "card")
    assert takeaway.file_name(renamed.run, "text").endswith(task.data_ending)
