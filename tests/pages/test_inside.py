"""The tab Inside: a text coloured by units, what an address asks for, units switched off, a token's look back."""

from __future__ import annotations

import base64
import json

import numpy as np
import paired
import pytest
import tiny
from streamlit.testing.v1 import AppTest

from pages.widgets.inside import coloured_text, surgery
from rnnkit import engine
from rnnkit.studies.checkpoint import load
from rnnkit.texts import corpora

PAGE = "7_Run"
ADDRESS = {"tab": "inside", "reads": "My text", "inside_own": tiny.TEXT}


def fine(page: AppTest) -> AppTest:
    assert not page.exception
    assert not page.error
    return page


def said(page: AppTest) -> str:
    return "\n".join(block.value for block in page.markdown)


def asked(page: AppTest) -> dict | None:
    """What the list of followers says that the address asks for."""
    [sent] = [json.loads(one.proto.json) for one in page.get("bidi_component") if '"first": true' in one.proto.json]
    return sent["at"]


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
    page = fine(visit(run=run, layer="0", quantity="1", unit="2", place="7", moment="1"))
    assert list(asked(page).values()) == [0, 1, 2, 7]
    assert "Next after token 8" in said(page)
    other = fine(visit(run=run, layer="99", quantity="99", unit="9999", place="99999", moment="2"))
    sent = message(other)
    assert asked(other)["place"] == len(sent["symbols"]) - 1
    assert asked(other)["unit"] == sent["layers"][0]["units"] - 1
    assert message(page)["layers"] != sent["layers"]
    assert asked(fine(visit(run=run, unit="no", layer="²", quantity="-1", place=""))) is None


def test_another_unit_sends_nothing_of_the_text_again(visit, store):
    """Megabytes: what is looked at is in the address, where the browser has put it."""
    run = tiny.run(store)
    one, other = (message(fine(visit(run=run, layer="0", quantity="0", unit=unit, place="3"))) for unit in "12")
    assert one == other


def test_a_property_of_ones_own_is_followed_by_a_unit_or_by_none(visit, store):
    text = "".join(f"the {'quick ' * (n % 3)}(brown fox) jumps {'on ' * (n % 5)}(lazy) dog. " for n in range(14))
    own = {"run": tiny.run(store, text), "inside_own": text, "marked_as": "in *brackets*"}
    name = message(fine(visit(**own)))["text"]
    marks = [(at + 1, text.index(")", at)) for at, letter in enumerate(text) if letter == "("]
    page = fine(visit(marks=".".join([name, *(f"{first}-{stop}" for first, stop in marks)]), **own))
    assert f"of your {marks[-1][1]} tokens that did not choose it" in said(page)
    assert "by chance reaches 0." in said(page)
    assert r"In \*brackets\*" in said(page)
    few = fine(visit(marks=f"{name}.0-3", **own))
    assert "expected at least 400 tokens up to the last of them" in few.info[0].value
    for wrong in (f"{name}.9-4", f"{name}.0-99999"):
        assert "expected pairs between 0 and" in fine(visit(marks=wrong, **own)).info[0].value
    for other in ("00000000.0-500", f"{name}.x-4", name, "<b>"):
        assert "did not choose it:" not in said(fine(visit(marks=other, **own)))


def test_what_a_browser_sends_is_looked_at_before_it_stands_in_the_address(monkeypatch: pytest.MonkeyPatch):
    address: dict[str, str] = {"marks": "x"}
    monkeypatch.setattr(coloured_text.st, "query_params", address)
    for sent in (None, 7, {"layer": 0}, {"layer": 0, "quantity": 0, "unit": -1, "place": 0}, {"unit": "<b>"}):
        coloured_text._chosen(sent)
    assert address == {"marks": "x"}
    coloured_text._chosen({"layer": 0, "quantity": 1, "unit": 2, "place": 3})
    assert address == {"marks": "x", "layer": "0", "quantity": "1", "unit": "2", "place": "3"}
    coloured_text._marked(["x"])
    coloured_text._marked({"marks": "00000000.1-2", "marked_as": "mine"})
    assert (address["marks"], address["marked_as"]) == ("00000000.1-2", "mine")
    coloured_text._marked({"marks": "", "marked_as": 5})
    assert "marks" not in address
    assert "marked_as" not in address


@pytest.mark.parametrize(("preset", "asks"), [("attention", {"date": "3 March 1999"}), ("one-to-many", {})])
def test_an_encoder_and_a_decoder_show_their_units(visit, store, preset: str, asks: dict):
    run = paired.run(store, preset)
    page = fine(visit(run=run, **asks))
    sent = message(page)
    encoder, decoder = sent["layers"]
    arrow = sent["symbols"].index(" → ")
    assert [layer["title"] for layer in sent["layers"]] == ["encoder", "decoder"]
    assert (encoder["first"], decoder["first"]) == (0, arrow)
    read = len(base64.b64decode(decoder["quantities"][0]["values"])) // decoder["units"]
    assert arrow + read == len(sent["symbols"])
    assert "Written:" in said(page)


def test_three_loops_write_beside_each_other(visit, store):
    run = tiny.run(store, batches={"kind": "windows", "length": 8})
    page = fine(visit(run=run, tool="Writing loops", taken="Temperature 0.7"))
    assert "## The same" in said(page)
    assert said(page).count("tokens a second") == 3
    assert fine(visit(run=tiny.run(store), tool="Writing loops"))


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
