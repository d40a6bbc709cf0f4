"""The page From scratch: what can be chosen is in the address, bad input is a sentence."""

from __future__ import annotations

from pathlib import Path

import apptest
import pandas as pd
import pyarrow.ipc
import pytest
import tiny
from streamlit.testing.v1 import AppTest

from pages.widgets.from_scratch import sentence_training
from rnnkit.scratch.lesson import LESSONS
from rnnkit.store import Store

ROOT = Path(__file__).parents[2]
CELLS = pytest.mark.parametrize("cell", ["RNN", "GRU", "LSTM"])


def fine(app: AppTest) -> AppTest:
    assert not app.exception
    assert not any("in rnnkit" in error.value for error in app.error)
    return app


def by_hand(part: str, **address: str | list[str]) -> AppTest:
    return fine(apptest.visit("9_From_scratch", part=part, **address))


def rows(app: AppTest, alt: str) -> pd.DataFrame:
    """The rows of the first chart that is described so."""
    [proto, *_] = [chart.proto for chart in app.get("vega_lite_chart") if chart.proto.alt.startswith(alt)]
    return pyarrow.ipc.open_stream(proto.data.data).read_pandas()


# ---- formulas, steps, the check


@CELLS
def test_every_formula_stands_beside_its_source(cell):
    app = by_hand("Formulas and code", cell=cell)
    lessons = LESSONS["simple_rnn" if cell == "RNN" else cell.lower()]
    assert [block.value for block in app.code] == [lesson.code for lesson in lessons]
    assert len(app.latex) == sum(len(lesson.formulas) for lesson in lessons)


def test_next_goes_forward_then_backward_and_the_address_knows_where():
    app = by_hand("Step through", word="abc")
    seen = []
    for _ in range(3):
        seen.append(heading(app))
        app.button[1].click()
        fine(app.run())
    assert seen == ["Forward, t = 1", "Forward, t = 2", "Backward, t = 2"]
    assert heading(app) == "Backward, t = 1"
    assert app.query_params["at"] == "4"
    assert app.button[1].disabled
    assert heading(by_hand("Step through", word="abc", at="3")) == "Backward, t = 2"


def heading(app: AppTest) -> str:
    [words] = [block.value for block in app.markdown if block.value.startswith("## ")]
    return words.removeprefix("## ").partition(":")[0]


@CELLS
def test_gradients_gather_on_the_way_back(cell):
    last, first = (by_hand("Step through", cell=cell, at=at) for at in ("5", "8"))
    assert rows(last, "Gradient")["value"].abs().sum() < rows(first, "Gradient")["value"].abs().sum()


def test_a_trained_run_is_stepped_through_with_the_units_that_are_chosen(store: Store):
    run = tiny.run(store, model={"architecture": "gru", "units": 20, "embedding_size": 0})
    app = by_hand("Step through", run=run, hand_text="the fox", hand_seen=["3", "11"])
    assert set(rows(app, "Inside the cell")["row"]) == {"unit 3", "unit 11"}
    assert all(float(metric.value) < 1e-5 for metric in app.metric)
    assert len(app.metric) == 3
    assert not any(one.key == "cell" for one in app.get("segmented_control"))
    back = by_hand("Step through", run=run, hand_text="the fox", hand_seen=["3", "11"], at="12")
    assert heading(back) == "Backward, t = 1"
    assert set(rows(back, "Gradient")["row"]) == {"unit 3", "unit 11"}


def test_a_run_that_cannot_be_stepped_through_is_a_sentence_and_another_can_be_chosen(store: Store):
    app = by_hand("Step through", run=tiny.run(store, model={"architecture": "min_gru"}))
    assert "got min" in app.error[0].value
    assert app.selectbox(key="run_choice")


@pytest.mark.parametrize("at", ["", "0", "-3", "99", "<b>", "²"])
def test_an_address_that_leads_nowhere_shows_a_place_of_the_way(at):
    assert by_hand("Step through", at=at).get("vega_lite_chart")


@pytest.mark.parametrize("part", ["Step through", "Check the gradients"])
@pytest.mark.parametrize("word", ["", "a", "aaaa"])
def test_a_word_without_a_next_symbol_is_a_sentence(part, word):
    app = by_hand(part, word=word)
    assert "at least two different characters" in app.error[0].value


def test_a_word_of_markdown_is_shown_letter_by_letter():
    app = by_hand("Step through", word="<b>**$x$")
    assert not any("<b>" in block.value or "**$" in block.value for block in app.markdown)


@CELLS
def test_the_check_says_that_the_gradients_are_right_and_why_float32_cannot_tell(cell):
    app = by_hand("Check the gradients", cell=cell)
    assert float(app.metric[0].value) < 1e-6
    assert "correct" in app.success[0].value
    other = by_hand("Check the gradients", cell=cell, numbers="float32")
    assert float(other.metric[0].value) > 1e-6
    assert "float64" in other.info[0].value


# ---- train it here


def press(app: AppTest, label: str) -> AppTest:
    [button] = [button for button in app.button if button.label == label]
    return fine(button.click().run())


def test_a_sentence_is_learned_while_one_looks():
    app = press(by_hand("Train it here", sentence="abcabd", sentence_steps="30", sentence_rate="0.1"), "Train")
    steps = [app.metric[0].value]
    while not button(app, "Stop").disabled and len(steps) < 40:
        fine(app.run())
        steps.append(app.metric[0].value)
    assert len(set(steps)) > 2
    assert steps[-1] == "30"
    assert len(rows(app, "Loss")) == 30
    assert app.success[0].value == "Memorised."
    assert "abcabd" in app.code[0].value
    assert not button(app, "Train").disabled


def button(app: AppTest, label: str):
    return next(one for one in app.button if one.label == label)


def test_stop_keeps_what_was_drawn(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sentence_training, "WORK_STEPS", 3)
    app = press(press(by_hand("Train it here", sentence="abcabd"), "Train"), "Stop")
    done = app.metric[0].value
    assert fine(app.run()).metric[0].value == done
    assert int(done) < 300
    assert button(app, "Stop").disabled


@pytest.mark.parametrize(
    ("text", "said"), [("", "got nothing"), ("z", "1 times"), ("zzz", "3 times"), ("ab" * 5000, "10,000")]
)
def test_a_sentence_that_cannot_be_learned_is_refused_and_nothing_starts(text, said):
    app = by_hand("Train it here")
    app.text_area(key="sentence").set_value(text).run()
    app = press(app, "Train")
    assert said in app.error[0].value.replace("\\", "")
    assert button(app, "Stop").disabled


def test_a_short_text_is_overfitted_and_dropout_is_set_against_none():
    app = by_hand("Overfit on purpose", cell="GRU")
    drawn = rows(app, "training:").pivot(index="at", columns="label", values="value")
    assert set(drawn) == {"training", "held out", "training, dropout", "held out, dropout"}
    assert drawn["held out"].iloc[-1] > drawn["held out"].min() + 0.3
    assert drawn["training"].iloc[-1] < 0.2
    app.slider(key="overfit_dropout").set_value(0.0)
    assert set(rows(fine(app.run()), "training:")["label"]) == {
        "training", "held out",
    }  # fmt: skip
    assert "characters to overfit here" in by_hand("Overfit on purpose", overfit_text="short").error[0].value
