"""The Compare page."""

import apptest
import pytest
import shown
import tiny
from streamlit.testing.v1 import AppTest

from rnnkit.runs import gallery
from rnnkit.studies import timeline
from rnnkit.texts import own

PAGE = "3_Compare"


@pytest.fixture
def visit():
    """Opens the page with runs in the address."""
    return lambda *runs, **address: apptest.visit(PAGE, runs=",".join(runs), **address)


def texts(page: AppTest) -> list[str]:
    """The texts of the grid; those of the film-strip above it are longer."""
    return [text for text in shown.letters(page) if len(text) < timeline.SETTINGS.length]


def test_nothing_chosen_says_what_to_do(visit):
    page = visit()
    assert "Choose two to four runs" in page.info[0].value
    assert not page.error


def test_while_none_is_chosen_a_press_begins_with_networks_of_one_text(visit, store, monkeypatch):
    runs = [store.run(tiny.run(store, name=name)) for name in ("best", "other")]
    shown = gallery.Gallery([gallery.Shelf(runs[0], (runs[1],)), gallery.Shelf(runs[1])], [])
    monkeypatch.setattr(gallery, "gallery", lambda runs, epochs: shown)
    (button,) = (page := visit()).main.button
    assert button.label == "best\u2060\\: 2 networks"
    button.click()
    page.run()
    assert page.query_params["runs"] == ",".join(run.id for run in runs)
    assert len(page.dataframe) == 2


def test_a_link_shows_the_runs_it_names_and_says_which_is_lower(visit, store):
    page = visit(tiny.run(store, name="first"), tiny.run(store, name="second", loss=6.0))
    assert not page.exception
    assert not page.error
    assert page.header[0].value.startswith("A is lower: 1.100 nats per symbol")
    assert page.get("vega_lite_chart")
    results, *_ = page.dataframe
    assert list(results.value["Run"]) == ["A · first", "B · second"]


def test_choosing_a_run_puts_it_into_the_address(visit, store):
    first, second = tiny.run(store), tiny.run(store)
    page = visit(first)
    page.multiselect(key="chosen_runs").select(second).run()
    assert page.query_params["runs"] == f"{first},{second}"
    assert len(page.dataframe) == 2  # results and parameters: no setting differs


def test_a_run_that_is_gone_is_named_and_the_others_are_shown(visit, store):
    page = visit(tiny.run(store), "gone2345", tiny.run(store))
    assert "gone2345" in page.warning[0].value
    assert page.dataframe


def test_each_run_writes_in_its_own_column_at_every_temperature(visit, store):
    page = visit(tiny.run(store), tiny.run(store, loss=4.0), length="40")
    assert len(texts(page)) == 2 * 3 * 3  # runs, epochs, temperatures
    assert all(text.startswith("The ") and len(text) == 44 for text in texts(page))
    assert len(set(texts(page)[:9])) > 1


def test_the_settings_of_the_samples_live_in_the_address(visit, store):
    runs = tiny.run(store), tiny.run(store)
    page = visit(*runs, epochs="2", temperatures="1", length="20", seed="7", prompt="fox")
    assert len(texts(page)) == 2
    assert all(text.startswith("fox") for text in texts(page))
    assert texts(visit(*runs, epochs="2", temperatures="1", length="20", seed="7", prompt="fox")) == texts(page)


def test_each_run_says_which_symbols_of_the_prompt_it_does_not_know(visit, store):
    page = visit(tiny.run(store, name="plain"), tiny.run(store, tiny.TEXT + "é", name="accented"), prompt="fé")
    assert len(page.warning) == 1
    assert page.warning[0].value.startswith("A")
    page = visit(tiny.run(store), tiny.run(store, tiny.TEXT + "é"), prompt="é")
    assert "é" in page.error[0].value  # nothing of it is known to A; B writes all the same
    assert len(texts(page)) == 9


def test_an_epoch_that_a_run_has_not_kept_leaves_its_place_empty(visit, store):
    page = visit(tiny.run(store, epochs=1), tiny.run(store), epochs="3")
    assert any("has not kept" in note.value for note in page.markdown)
    assert len(texts(page)) == 3


def test_runs_without_an_epoch_are_compared_as_far_as_they_are(visit, store):
    page = visit(store.create_run(tiny.config(name="waits")), tiny.run(store, epochs=0, status=None))
    assert not page.error
    assert "first batch" in page.info[-1].value


def test_how_much_is_new_is_drawn_for_each_run_when_asked_for(visit, store):
    text = own.add(store, tiny.TEXT, "foxes")
    runs = [tiny.run(store, corpus=text, name=name) for name in ("first", "second")]
    assert not charts_of(visit(*runs, length="40"))
    page = visit(*runs, length="40", novelty="true")
    assert not page.error
    assert len(charts_of(page)) == 2


def test_a_run_whose_text_is_gone_says_so_beside_the_others(visit, store):
    text = own.add(store, tiny.TEXT, "foxes")
    page = visit(tiny.run(store, corpus=text), tiny.run(store, corpus="text-0123456789"), length="40", novelty="true")
    assert len(page.error) == 1
    assert len(charts_of(page)) == 1


def charts_of(page: AppTest) -> list:
    """The charts of novelty."""
    return [chart for chart in page.get("vega_lite_chart") if chart.proto.alt.startswith("New ")]


def test_names_are_shown_letter_by_letter(visit, store):
    bad = "<script>alert(1)</script> **bold** :red[x] $y$"
    page = visit(tiny.run(store, name=bad), tiny.run(store, name=bad))
    headings = [block.value for block in page.markdown if "script" in block.value]
    assert headings
    assert not any("<script>" in heading or "**bold**" in heading for heading in headings)


def test_losses_are_counted_in_what_can_be_compared_until_somebody_chooses(visit, store):
    characters, words = tiny.run(store), tiny.run(store, tokenizer={"kind": "words"})
    assert visit(characters, tiny.run(store)).segmented_control(key="unit").value == "nats"
    page = visit(characters, words)
    assert page.segmented_control(key="unit").value == "bits"
    assert visit(characters, words, unit="Nats").segmented_control(key="unit").value == "nats"
    page.segmented_control(key="unit").set_value("perplexity").run()
    page.multiselect(key="chosen_runs").set_value([characters]).run()
    assert not page.exception
