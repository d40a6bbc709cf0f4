"""The temperature lab: a link shows the same text, a symbol can be picked, another one written in its place."""

import sqlite3

import pytest
import tiny
from streamlit.testing.v1 import AppTest

from rnnkit.studies import sampling, temperature_lab
from rnnkit.studies.sampling import SampleSettings
from rnnkit.texts.symbols import visible

PAGE = "7_Run"
ADDRESS = {"tab": "temperature"}
DOTS = "<b>x</b> **b** `c` $x$ :smile: :red[r] [a](http://b.c) -> <- &amp;\n\t# h\n"


def fine(page: AppTest) -> AppTest:
    assert not page.exception
    assert not page.error
    return page


def said(page: AppTest) -> str:
    return "\n".join(block.value for block in page.markdown).replace("\u2060", "").replace("\\", "")


def test_a_run_without_an_epoch_says_that_it_must_be_waited_for(visit, store):
    assert "no checkpoint yet" in fine(visit(run=store.create_run(tiny.config()))).info[0].value


def test_a_chosen_run_is_under_the_lens_at_once(visit, store):
    page = visit(run=tiny.run(store))
    assert "was written, with probability" in said(fine(page))
    assert [metric.label for metric in page.metric] == ["Entropy before", "Entropy after"]
    assert not page.code


def test_the_picked_symbol_is_in_the_address_with_its_figures(visit, store):
    run = tiny.run(store)
    page = fine(visit(run=run, epoch="2", at="17", lab_seed="3", lab_temperature="1.2", lab_top_k="4", symbols="40"))
    prompted = temperature_lab.prompted(store, run, 2)
    settings = SampleSettings(temperatures=(1.2,), top_k=4, length=40, seed=3)
    text = temperature_lab.trace(prompted, settings)
    symbol = temperature_lab.symbols(prompted, text).iloc[16]
    assert f"**{symbol.symbol}** was written, with probability **{symbol.probability:.1%}**" in said(page)
    assert [metric.value for metric in page.metric] == [f"{symbol.before:.2f} bits", f"{symbol.after:.2f} bits"]
    page.number_input(key="at").set_value(3).run()
    third = temperature_lab.symbols(prompted, text).iloc[2]
    assert fine(page).metric[0].value == f"{third.before:.2f} bits"


def test_another_symbol_is_written_on_from_and_the_address_holds_the_branch(visit, store):
    run = tiny.run(store)
    page = fine(visit(run=run, at="5", symbols="30"))
    prompted = temperature_lab.prompted(store, run, "last")
    text = temperature_lab.trace(prompted, SampleSettings(temperatures=(0.7,), length=30))
    rows = temperature_lab.distribution(prompted, text, 4)
    other = int(rows[(rows.id >= 0) & ~rows.chosen].id.iloc[1])
    page.button_group(key="turn").set_value(other).run()
    assert fine(page).query_params["branch"] == f"{run}.5:{other}"
    assert f"**{visible(prompted.prompt.tokenizer.symbols[other])}** was written" in said(page)
    assert [block.value for block in page.code] == [prompted.prompt.text + prompted.prompt.continuation(text.ids)]
    again = fine(visit(run=run, at="5", symbols="30", branch=f"{run}.5:{other}"))
    assert said(again) == said(page)
    page.button[0].click().run()
    assert "branch" not in fine(page).query_params
    assert not page.code


@pytest.mark.parametrize("branch", ["no", "5:9999", "0:1", "299:1"])
def test_a_branch_that_is_none_is_a_sentence_with_a_way_back(visit, store, branch: str):
    run = tiny.run(store)
    page = visit(run=run, branch=f"{run}.{branch}", symbols="30")
    assert page.error[0].value.startswith("branch")
    page.button[0].click().run()
    assert "was written" in said(fine(page))


def test_the_branch_of_another_run_means_nothing(visit, store):
    run, other = tiny.run(store), tiny.run(store)
    assert said(visit(run=run, branch=f"{other}.5:1")) == said(fine(visit(run=run)))


def test_six_temperatures_write_what_sample_writes_with_the_seed(visit, store):
    run = tiny.run(store)
    page = fine(visit(run=run, view="Six temperatures", lab_seed="5", lab_prompt="fox", symbols="50"))
    settings = SampleSettings("fox", [0.2, 0.5, 0.7, 1.0, 1.2, 1.5], length=50, seed=5)
    texts = sampling.write(store, run, settings).texts
    assert [block.value for block in page.code] == ["fox" + text.text for text in texts]
    assert said(page).count("bits per token") == 6


def test_greedy_beams_and_drawn_stand_side_by_side_with_their_scores(visit, store):
    run = tiny.run(store)
    page = fine(visit(run=run, view="Greedy, beams, drawn", beams="6", symbols="40"))
    prompted = temperature_lab.prompted(store, run, "last")
    columns = temperature_lab.ways(prompted, SampleSettings(temperatures=(0.7,), length=40), width=6)
    assert [block.value for block in page.code] == ["The " + column.text for column in columns]
    assert all(f"Score {column.log_probability:,.1f} nats" in said(page) for column in columns)
    assert "Beam search, 6 beams" in said(page)


def test_only_the_chosen_view_is_computed(visit, store, monkeypatch):
    run = tiny.run(store)
    for other in ("temperatures", "ways"):
        monkeypatch.setattr(temperature_lab, other, lambda *_, **__: pytest.fail("nobody has opened it"))
    fine(visit(run=run))


def test_words_and_hostile_symbols_come_through_letter_by_letter(visit, store):
    words = fine(visit(run=tiny.run(store, tokenizer={"kind": "words"}), symbols="30"))
    assert "was written" in said(words)
    run = tiny.run(store, DOTS * 9)
    for place in range(1, 30):
        page = fine(visit(run=run, at=str(place), symbols="30", lab_temperature="2"))
        [sentence] = [block.value for block in page.markdown if "was written, with" in block.value]
        symbol = sentence.split("** was written")[0].removeprefix("**").replace("\u2060", "")
        assert len(symbol.removeprefix("\\")) == 1
        assert symbol[-1].isalnum() or symbol[0] == "\\" or symbol in "␣⏎⇥"


def test_unknown_symbols_are_said_and_a_prompt_of_nothing_else_is_refused(visit, store):
    run = tiny.run(store)
    assert "é" in fine(visit(run=run, lab_prompt="The é")).warning[0].value
    assert visit(run=run, lab_prompt="éé").error[0].value.startswith("prompt")


def test_damaged_weights_are_a_sentence(visit, store):
    run = tiny.run(store)
    with sqlite3.connect(store.url.removeprefix("sqlite:///")) as connection:
        connection.execute("UPDATE checkpoints SET sha256 = 'no'")
    connection.close()
    assert "checksum" in visit(run=run).error[0].value
