"""The Train page, and a run: the form and what it refuses, starting, watching, and what one can change."""

from __future__ import annotations

import functools
import json

import apptest
import pretend
import pytest
import tiny
from streamlit.testing.v1 import AppTest

from pages.widgets.shared import settings_form
from pages.widgets.train import three_choices
from rnnkit.architectures import ARCHITECTURES
from rnnkit.architectures.sizes import hold, work_out
from rnnkit.config import RunConfig, fields, with_settings
from rnnkit.errors import StoreAway
from rnnkit.presets import PRESETS
from rnnkit.store import Store
from rnnkit.tasks import language_model
from rnnkit.texts import own
from rnnkit.training import queueing, scheduler

PAGE = "1_Train"
watch = functools.partial(apptest.visit, "7_Run")


@pytest.fixture(autouse=True)
def _small_cookbook(monkeypatch: pytest.MonkeyPatch):
    tiny.small_cookbook(monkeypatch)
    language_model.read_text.cache_clear()


def button(app: AppTest, label: str):
    return next(element for element in app.button if element.label == label)


def labels(app: AppTest) -> list[str]:
    return [element.label for element in app.button]


def said(elements) -> str:
    return " ".join(element.value for element in elements).replace("\\", "").replace("\u2060", "")


def figures(app: AppTest) -> dict:
    """What the browser gets to work out the figures."""
    (found,) = (one for one in app.get("bidi_component") if one.key == "figures")
    return json.loads(found.proto.json)


def parameters(app: AppTest) -> str:
    """What the figures say before a slider is moved."""
    data = figures(app)
    return f"{sum(work_out(layer['params'], data['values']) for layer in data['tables'][0]['layers']):,}"


# ---- the form


def test_every_field_of_every_part_has_a_widget_or_is_used_only_elsewhere():
    widgets = {
        f"{part}.{name}"
        for part in settings_form.GROUPS
        for name in RunConfig.model_fields[part].annotation.model_fields
    }
    assert set(fields()) - widgets == {"name", "owner", "preset", "task", "corpus"}
    assert widgets >= settings_form.OFTEN
    assert widgets >= set(settings_form.USED_WHEN)


def test_the_first_choice_is_a_network_that_fits_the_text_and_the_time_and_says_what_to_expect(visit, store: Store):
    app = visit()
    assert "words, no sentences. It should pass the 2-gram." in said(app.info)
    app.button_group(key="one-minute/time").set_value(three_choices.OTHER).run()
    app.number_input(key="one-minute/seconds").set_value(30).run()
    button(app, "Start training").click().run()
    (run,) = store.runs()
    training = run.config.training
    assert (run.preset, training.seconds, training.schedule) == ("one-minute", 30, "one-cycle")
    assert run.config.model.units == 128
    assert run.config.batches.random_offset


def test_the_parameters_are_those_of_the_preset_and_follow_the_slider(visit):
    app = visit(preset="cookbook-gru")
    before = parameters(app)
    app.select_slider(key="cookbook-gru/model.units").set_value(192).run()
    assert parameters(app) != before
    assert not button(app, "Start training").disabled


def test_an_architecture_says_what_it_is_where_one_chooses_and_on_the_run(visit, store):
    app = visit(preset="cookbook-gru")
    gru, rnn = ARCHITECTURES["gru"], ARCHITECTURES["simple_rnn"]
    assert gru.summary in said(app.markdown)
    assert [formula.value.strip("$\n ") for formula in app.latex] == [latex for latex, _ in gru.equations]
    app.selectbox(key="cookbook-gru/model.architecture").set_value("simple_rnn").run()
    assert rnn.summary in said(app.markdown)
    page = watch(run=tiny.run(store, model={"architecture": "simple_rnn"}), about="Network")
    assert rnn.summary in said(page.markdown)
    assert all(words in said(page.markdown) for _, words in rnn.equations)


def test_the_classifiers_show_the_parameters_of_the_document_and_can_be_started(visit):
    for preset, params in (("rnn-classifier", "89,994"), ("lstm-classifier", "164,106")):
        app = visit(preset=preset)
        assert parameters(app) == params
        assert not button(app, "Start training").disabled


def test_several_texts_are_chosen_for_a_classifier_and_one_is_too_few(visit):
    app = visit(preset="who-wrote-this", corpus="python+cookbook")
    assert app.multiselect[0].value == ["python", "cookbook"]
    assert not button(app, "Start training").disabled
    assert "Batches" not in {group.label for group in app.button_group}  # a classifier reads whole texts
    app.multiselect[0].unselect("python").run()
    assert "expected 2 to 10 texts" in said(app.error)
    assert button(app, "Start training").disabled
    assert "corpus" not in app.query_params


def test_fields_that_an_architecture_does_not_use_are_not_asked_for(visit):
    app = visit(preset="own")
    app.button_group(key="own/batches.kind").set_value("windows").run()
    assert [slider for slider in app.slider if slider.label == "Layers"]
    app.selectbox(key="own/model.architecture").set_value("unrolled").run()
    assert not [slider for slider in app.slider if slider.label == "Layers"]
    assert not app.error


def test_choices_that_do_not_go_together_are_said_at_once_in_the_words_of_the_form(visit):
    app = visit(preset="own")
    app.selectbox(key="own/model.architecture").set_value("unrolled").run()
    assert "“Architecture: Unrolled RNN” needs “Batches: Windows”" in said(app.error)
    assert "model.architecture" not in said(app.error)
    assert button(app, "Start training").disabled


def test_a_text_shorter_than_the_window_is_refused_before_the_start(visit, store: Store):
    name = own.add(store, "too short, but with some letters", "short")
    app = visit(preset="cookbook-gru", corpus=name)
    assert app.error
    assert button(app, "Start training").disabled


def test_an_experiment_is_found_by_words_and_chosen_and_an_unknown_one_is_said(visit):
    app = visit(preset="zzz")
    assert "no preset “zzz”" in said(app.warning)
    button(app, "Other presets").click().run()
    found = [one for one in app.button if (one.key or "").startswith("experiment ")]
    assert len(found) > len(PRESETS)  # each, and one's own settings
    next(one for one in found if one.key.endswith(" play-lstm")).click().run()
    assert "A play made up by a grammar" in said(app.markdown)
    assert app.selectbox(key="play-lstm/corpus").value == "play"
    assert "preset" not in app.query_params
    button(app, "Back to any text").click().run()
    assert app.selectbox(key="one-minute/corpus").value == "cookbook"


def test_a_made_up_text_has_a_size_to_choose_and_a_link_may_name_any(visit, store: Store):
    app = visit(preset="play-lstm")
    app.button_group(key="play-lstm/size").set_value(100_000).run()
    button(app, "Start training").click().run()
    assert store.runs()[0].corpus == "play-100000"
    assert visit(preset="play-lstm", corpus="play-7000-3").selectbox(key="play-lstm/corpus").value == "play-7000-3"


# ---- starting


def test_start_queues_the_run_as_it_was_set_and_shows_it(visit, store: Store):
    app = visit(preset="cookbook-gru", owner="Ann")
    app.select_slider(key="cookbook-gru/model.units").set_value(16)
    app.text_input(key="cookbook-gru/name").set_value("<b>mine</b>").run()
    button(app, "Start training").click().run()
    (run,) = store.runs()
    assert (run.name, run.owner, run.status, run.config.model.units) == ("<b>mine</b>", "Ann", "queued", 16)
    assert app.query_params["run"] in (run.id, [run.id])
    assert "<b>mine</b>" in said(app.title)


def test_going_on_from_an_epoch_keeps_the_network_and_changes_the_rest(visit, store: Store):
    name = own.add(store, tiny.TEXT * 20, "tiny")
    parent = tiny.run(store, corpus=name, batches={"length": 8, "batch_size": 4})
    app = visit(fork=parent, epoch="2")
    assert app.select_slider(key=f"{parent}@2/model.units").disabled
    app.text_input(key=f"{parent}@2/name").set_value("onwards")
    app.number_input(key=f"{parent}@2/training.epochs").set_value(7).run()
    assert not app.error
    button(app, "Start training").click().run()
    child = next(run for run in store.runs() if run.parent == parent)
    assert (child.name, child.parent_epoch, child.config.training.epochs, child.config.model.units) == (
        "onwards",
        2,
        7,
        8,
    )


def test_a_fork_of_a_run_on_a_cookbook_of_another_size_keeps_its_text(visit, store: Store):
    run = tiny.run(store, corpus="cookbook-9000", batches={"length": 8, "batch_size": 4}, training={"epochs": 5})
    app = visit(fork=run, epoch="3")
    button(app, "Start training").click().run()
    child = next(one for one in store.runs() if one.parent == run)
    assert child.corpus == "cookbook-9000"
    assert child.epochs_done == 3


@pytest.mark.parametrize(("epoch", "sentence"), [("2", "averages begin anew"), ("3", "same weights as the run did")])
def test_the_form_of_a_fork_says_what_becomes_of_the_optimizers_state(visit, store: Store, epoch: str, sentence: str):
    assert sentence in said(visit(fork=tiny.run(store), epoch=epoch).info)


def test_an_epoch_is_pinned_in_a_dialog_that_says_which_have_the_optimizers_state(visit, store: Store):
    run = tiny.run(store)
    store.pin(run, 20)
    app = button(watch(run=run, tab="export"), "Pin an epoch").click().run()
    assert "Pin" in labels(app)
    [choice] = [box for box in app.selectbox if box.options == ["1", "2 · pinned", "3"]]
    choice.set_value(20)  # AppTest closes a dialog at the next run: the rest is the store's


def test_before_an_epoch_is_unpinned_it_is_said_what_is_lost(visit, store: Store):
    run = tiny.run(store)
    store.pin(run, 30)
    app = button(watch(run=run, tab="export"), "Pin an epoch").click().run()
    assert "Unpin" in labels(app)
    assert "Nothing brings them back" in said(app.markdown)


def test_a_fork_onto_a_text_of_which_most_is_unknown_needs_a_box_ticked(visit, store: Store):
    parent = tiny.run(store, corpus=own.add(store, tiny.TEXT * 20, "tiny"), batches={"length": 8, "batch_size": 4})
    hebrew = own.add(store, "שלום לכולם וברוכים, the fox\n" * 120, "letters")
    app = visit(fork=parent, epoch="2", corpus=hebrew)
    app.number_input(key=f"{parent}@2/training.epochs").set_value(7).run()
    assert "60.7% of the tokens of this text are not in the vocabulary" in said(app.warning)
    assert button(app, "Start training").disabled
    [box] = [box for box in app.checkbox if "all the same" in box.label]
    box.check().run()
    button(app, "Start training").click().run()
    assert next(run for run in store.runs() if run.parent == parent).corpus == hebrew


def test_an_epoch_that_is_not_kept_cannot_be_gone_on_from(visit, store: Store):
    app = visit(fork=tiny.run(store), epoch="99")
    assert "kept (1, 2, 3)" in said(app.error)


# ---- watching


def test_a_store_that_is_away_is_said_and_the_page_comes_back_by_itself(visit, store: Store, monkeypatch):
    run, reads = pretend.training(store), Store.scheduler
    with monkeypatch.context() as patch:
        patch.setattr(scheduler, "ensure_running", lambda store: store.scheduler())
        patch.setattr(Store, "scheduler", lambda store: (_ for _ in ()).throw(StoreAway("store: gone")))
        app = watch(run=run)
        assert "store: gone. What trains goes on" in said(app.error)
        assert not app.title
    assert Store.scheduler is reads
    app.run()
    assert app.title
    assert not app.error


# ---- what one can do


def test_a_run_is_deleted_only_after_a_question(visit, store: Store):
    run = tiny.run(store)
    app = button(watch(run=run, tab="export"), "Delete").click().run()
    assert "Delete this run" in labels(app)
    assert store.run(run).status == "finished"


def test_a_link_to_a_text_wins_over_what_was_chosen_before_until_another_is_chosen(visit, store: Store):
    mine = own.add(store, tiny.TEXT * 20, "mine")
    app = visit(preset="cookbook-gru", corpus=mine)
    assert app.selectbox(key="cookbook-gru/corpus").value == mine
    app.selectbox(key="cookbook-gru/corpus").set_value("cookbook").run()
    assert app.selectbox(key="cookbook-gru/corpus").value == "cookbook"
    assert "corpus" not in app.query_params


def test_a_temperature_that_is_no_number_is_refused_at_once(visit):
    app = visit(preset="cookbook-gru")
    app.text_input(key="cookbook-gru/sampling.temperatures").set_value("0.5, hot").run()
    assert "“Temperatures”" in said(app.error)
    assert button(app, "Start training").disabled


def test_a_run_that_takes_hours_is_started_only_after_its_figures_were_seen(visit, store: Store):
    app = visit(preset="cookbook-gru")
    app.number_input(key="cookbook-gru/training.epochs").set_value(10_000)
    app.number_input(key="cookbook-gru/model.units/exact").set_value(1500).run()
    button(app, "Start training").click().run()
    assert not store.runs()
    assert "all 10,000 together" in said(app.markdown)
    assert "Start all the same" in labels(app)  # AppTest cannot press what stands in a dialog: the browser's test does


def test_figures_follow_every_slider_to_every_place_with_the_batches_that_the_server_would_plan(visit):
    data = figures(visit(preset="cookbook-gru"))
    config = PRESETS["cookbook-gru"].config
    for name, place in ((f"batches.{one}", place) for one in ("length", "batch_size") for place in (20, 64, 128)):
        if str(place) in data["plans"][name]:
            plan = queueing.measure(with_settings(config, {name: place})).plan
            assert data["plans"][name][str(place)] == {"steps": plan.steps, "symbols": plan.symbols_per_epoch}
    for name, slider in data["sliders"].items():
        assert slider["place"] == f"st-key-cookbook-gru-{name.replace('.', '-')}"
        for place in settings_form.stops(name, fields()[name]):
            there = {**data["values"], name: place}
            assert any(hold(table["conditions"], there) for table in data["tables"]), (name, place)
