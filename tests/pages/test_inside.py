"""The tab Inside: a text coloured by units, what an address asks for, units switched off, a token's look back."""

from __future__ import annotations

import base64
import json

import numpy as np
import pytest
import tiny
from streamlit.testing.v1 import AppTest

from pages.widgets.inside import surgery
from pages.widgets.inside.coloured_text import Chosen
from rnnkit import engine
from rnnkit.studies.checkpoint import load
from rnnkit.texts import corpora

PAGE = "7_Run"
ADDRESS = {"tab": "inside", "reads": "My text", "inside_own": tiny.TEXT}


def fine(page: AppTest) -> AppTest:
    assert not page.exception
    assert not page.error
    return page


def message(page: AppTest, place: int = -1) -> dict:
    """What the last coloured text was given."""
    sent = [json.loads(one.proto.json) for one in page.get("bidi_component") if "symbols" in one.proto.json]
    return sent[place]


def test_every_unit_of_every_layer_comes_with_the_text(visit, store):
    run = tiny.run(store)
    sent = message(fine(visit(run=run)))
    assert "".join(sent["symbols"]) == tiny.TEXT
    checkpoint = load(store, run)
    layers = engine.states(checkpoint.network, checkpoint.codec.encode(tiny.TEXT).ids)
    assert [layer["title"] for layer in sent["layers"]] == [layer.name for layer in layers]
    assert sent["layers"][0]["quantities"][-1]["title"] in ("candidate", "hidden state")
    for layer, shown in zip(layers, sent["layers"], strict=True):
        hidden = np.frombuffer(base64.b64decode(shown["quantities"][0]["values"]), np.int8)
        np.testing.assert_allclose(hidden.reshape(-1, shown["units"]) / 127, layer.quantities["hidden"], atol=0.005)


def test_the_address_says_which_unit_token_and_moment_are_looked_at(visit, store):
    run = tiny.run(store)
    sent = message(fine(visit(run=run, layer="0", quantity="1", unit="2", place="7", moment="1")))
    assert [sent[name] for name in Chosen._fields] == [0, 1, 2, 7]
    other = message(fine(visit(run=run, layer="99", quantity="99", unit="9999", place="99999", moment="2")))
    assert other["place"] == len(other["symbols"]) - 1
    assert other["unit"] == other["layers"][0]["units"] - 1
    assert sent["layers"] != other["layers"]
    assert message(fine(visit(run=run, unit="no", layer="²", quantity="-1", place="")))["unit"] == 0


def test_a_unit_that_is_off_changes_the_loss_the_chances_and_the_text(visit, store):
    page = fine(visit(run=tiny.run(store), layer="0", quantity="0", unit="1", place="5"))
    before, after = (metric.value for metric in page.metric)
    assert before != after
    assert {"As it is", "With the change"} < set(page.dataframe[0].value.columns)
    page.text_input[0].set_value("99999").run()
    assert "expected a layer from 0 to 0" in page.error[0].value
    page.text_input[0].set_value("none").run()
    assert "Name one or several units" in fine(page).info[0].value


def test_units_are_ranked_when_one_asks(visit, store):
    page = fine(visit(run=tiny.run(store), tool="Rank all units"))
    next(button for button in page.button if button.label == "Rank all units").click().run()
    shown = fine(page).dataframe[0].value
    assert shown["Bits per token"].is_monotonic_decreasing
    assert sorted(shown["Unit"]) == list(range(len(shown)))


def test_a_token_is_looked_back_from(visit, store):
    run = tiny.run(store)
    others = [tiny.run(store, model={"architecture": "lstm"}), tiny.run(store, tokenizer={"kind": "words"})]
    assert "Choose a token" in fine(visit(run=run, tool="Look back")).info[0].value
    page = fine(visit(run=run, tool="Look back", layer="0", quantity="0", unit="0", place="12"))
    assert "".join(message(page)["symbols"]) == tiny.TEXT[:12]
    page = fine(
        visit(run=run, tool="Look back", layer="0", quantity="0", unit="0", place="12", beside=",".join(others))
    )
    assert "".join(message(page, -2)["symbols"]) == tiny.TEXT[:12]
    told = [block.value for block in page.markdown if "had a probability" in block.value]
    assert len(told) + len(page.warning) == 3


def test_a_transformer_shows_where_each_head_looks(visit, store):
    run = tiny.run(store, model={"architecture": "transformer", "units": 8, "heads": 2})
    sent = message(fine(visit(run=run, attended="20")))
    assert "".join(sent["symbols"]) == tiny.TEXT[:20][-len(sent["symbols"]) :]
    assert [one["title"] for one in sent["layers"][0]["quantities"]] == ["block 1, head 1", "block 1, head 2"]


@pytest.mark.parametrize("parts", [{"model": {"architecture": "convolution"}, "batches": {"kind": "windows"}}])
def test_a_network_without_units_that_carry_a_state_says_so(visit, store, parts: dict):
    page = visit(run=tiny.run(store, **parts))
    assert not page.exception
    assert "units carry a state" in page.error[0].value


def test_what_differs_between_two_texts_is_marked_letter_by_letter():
    assert surgery._marked("abc", "abc") == "abc"
    assert ":orange-background[" in surgery._marked("abc", "axc")
    assert "<b>" not in surgery._marked("", "<b>")


def test_tokens_lie_on_a_map_and_the_true_past_is_set_against_its_own(visit, store, monkeypatch):
    monkeypatch.setattr(corpora, "load", lambda name, store: tiny.TEXT * 20)
    run = tiny.run(store)
    assert fine(visit(run=run, tool="Tokens as a map")).dataframe[0].value["Similarity"].is_monotonic_decreasing
    assert fine(visit(run=run, tool="Its own past")).get("vega_lite_chart")
    page = fine(visit(run=run, tool="Beside n-grams", ngram="2"))
    assert "**A 2-gram** of the run's text" in "".join(block.value for block in page.markdown)
