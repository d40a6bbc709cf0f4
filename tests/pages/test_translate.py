"""The Translate page: a date as one types it, where the network looked, unseen dates; and lines from one symbol."""

from __future__ import annotations

import json
from functools import partial

import apptest
import paired
import pyarrow.ipc
import pytest
import streamlit as st
import tiny
from streamlit.testing.v1 import AppTest

from rnnkit.charts import matrices
from rnnkit.cli import main as cli
from rnnkit.store import Store
from rnnkit.studies import translation

PAGE = "4_Other_tasks"
ADDRESS = {"do": "translate"}
visit = partial(apptest.visit, PAGE, **ADDRESS)
HOSTILE = "<script>alert(1)</script> **bold** $x$"


@pytest.fixture(autouse=True)
def _place(monkeypatch: pytest.MonkeyPatch):
    st.cache_resource.clear()


def said(app: AppTest) -> str:
    blocks = [*app.markdown, *app.info, *app.warning, *app.error]
    return "\n".join(block.value for block in blocks).replace("\u2060", "").replace("\\", "")


def answers(app: AppTest) -> list[str]:
    return [metric.value for metric in app.metric if metric.label == "In ISO form"]


def map_rows(app: AppTest):
    (chart,) = [chart.proto for chart in app.get("vega_lite_chart") if chart.proto.alt.startswith("Attention over")]
    return pyarrow.ipc.open_stream(chart.data.data).read_pandas()


def test_nothing_to_choose_names_what_to_train(store: Store):
    app = visit()
    assert "Train one" in app.info[0].value
    links = [element.proto for element in app.get("page_link") if "preset" in element.proto.query_string]
    assert [link.query_string for link in links] == [
        "preset=attention", "preset=encoder-decoder", "preset=one-to-many",
    ]  # fmt: skip


def test_a_run_with_attention_is_chosen_at_first_and_one_without_stands_beside_it(store: Store):
    without, with_attention = paired.run(store, "encoder-decoder"), paired.run(store, "attention")
    paired.run(store, "one-to-many")
    app = visit(date="12 May 1987")
    assert (app.selectbox(key="run_choice").value, "run" in app.query_params) == (with_attention, False)
    benches = [paired.translator(store, run) for run in (with_attention, without)]
    assert answers(app) == [translation.translate(at, "12 May 1987").text or "nothing" for at in benches]
    assert "with attention" in said(app)
    assert "without attention" in said(app)


def test_the_map_holds_what_the_network_looked_at(store: Store):
    run = paired.run(store)
    found = translation.translate(paired.translator(store, run, 2), "3 mars '55")
    rows = map_rows(visit(run=run, after="2", date="3 mars '55"))
    fields = rows[rows["mark"] == matrices.FIELD]
    assert fields["weight"].to_numpy().reshape(found.attention.shape) == pytest.approx(found.attention)
    read = rows[(rows["mark"] == matrices.LETTER) & (rows["written"] == -1)].sort_values("read")
    assert "".join(read["letter"]) == "3␣mars␣'55"


def test_a_network_without_attention_says_that_it_looks_nowhere(store: Store):
    app = visit(run=paired.run(store, "encoder-decoder"))
    assert "This network has no attention" in said(app)
    assert answers(app)


def test_unseen_dates_are_right_or_wrong_and_another_draw_shows_others(store: Store):
    run = paired.run(store)
    tables = []
    for draw in ("0", "1"):
        app = visit(run=run, draw=draw)
        (table,) = [frame.value for frame in app.dataframe if "Written" in frame.value]
        expected = translation.unseen(paired.translator(store, run), 100, int(draw))
        assert list(table["Written"]) == list(expected["spelling"][: len(table)])
        assert all(answer.startswith("✗ ") for answer in table.iloc[:, 2])
        tables.append(table)
    assert list(tables[0]["Written"]) != list(tables[1]["Written"])


@pytest.mark.parametrize(
    ("date", "sentence"),
    [
        ("", "Type a date above"),
        ("  ", "Type a date above"),
        ("Δευτέρα 12", "expected tokens that the network has read before, got 'Δ'"),
        ("12 😀 1987", "got '😀'"),
        ("x" * 10_000, "expected at most 56 tokens, which is what the network reads, got 10,000"),
        (HOSTILE, "expected tokens that the network has read before, got '<'"),
    ],
)
def test_what_cannot_be_translated_is_said_in_a_sentence(store: Store, date: str, sentence: str):
    run = paired.run(store)
    app = visit(run=run)
    app.text_input(key="date").set_value(date).run()
    assert not app.exception
    assert said(app).count(sentence) == 1
    assert "went wrong in rnnkit" not in said(app)
    assert not any("<script>" in block.value for block in app.markdown)


def test_lines_are_those_of_the_choice_and_never_markdown(store: Store):
    run = paired.run(store, "one-to-many")
    at = paired.translator(store, run)
    for choice in ("cookbook", "python"):
        app = visit(run=run)
        app.button_group(key="choice").set_value(choice).run()
        assert not app.exception
        written = translation.lines(at, choice, (0.0, 0.5, 1.0), range(6))
        assert [block.value for block in app.code] == [
            "\n".join(dict.fromkeys(lines)) or " " for lines in written.values()
        ]


def test_a_run_without_an_epoch_and_one_of_another_task_are_told_apart(store: Store):
    waiting = store.create_run(paired.config("attention"))
    assert "has no checkpoint yet" in said(visit(run=waiting))
    assert "another task" in said(apptest.visit("7_Run", tab="try", run=tiny.run(store)))


def test_names_are_shown_letter_by_letter(store: Store):
    run, other = paired.run(store, name=HOSTILE), paired.run(store, "encoder-decoder", name=HOSTILE)
    app = visit(run=run, beside=other)
    assert not any("<script>" in block.value or "**bold**" in block.value for block in app.markdown)


@pytest.mark.parametrize("page", ["1_Train", "2_Runs", "3_Compare", "7_Run", "8_Duel", "6_Texts"])
def test_other_pages_stay_calm_with_such_runs(store: Store, page: str):
    runs = [paired.run(store, preset) for preset in ("attention", "encoder-decoder", "one-to-many")]
    for address in ({}, {"run": runs[0]}, {"run": runs[2]}, {"runs": ",".join(runs)}):
        app = apptest.visit(page, **address)
        assert "went wrong in rnnkit" not in said(app)


@pytest.mark.parametrize("preset", ["attention", "encoder-decoder", "one-to-many"])
def test_the_form_offers_what_can_be_trained_and_can_start(store: Store, preset: str):
    app = apptest.visit("1_Train", preset=preset)
    assert not app.error
    (button,) = [button for button in app.button if button.label == "Start training"]
    assert not button.disabled
    options = app.selectbox(key=f"{preset}/model.architecture").options
    assert len(options) == 3


def test_the_command_line_translates(store: Store, capsys: pytest.CaptureFixture[str]):
    run = paired.run(store)
    assert cli.main(["translate", run, "12 May 1987", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    found = translation.translate(paired.translator(store, run), "12 May 1987")
    assert document["text"] == found.text
    assert len(document["attention"]) == len(found.text)
    assert cli.main(["translate", run, "Δ"]) == 2
    assert capsys.readouterr().err.startswith("text: expected tokens that the network has read before")


def test_a_date_that_no_calendar_has_is_marked_wherever_it_stands(store: Store, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(translation.PairCodec, "decode", lambda *_: "2023-02-29")
    app = visit(run=paired.run(store), date="29 Feb 2023")
    assert "No calendar has this date." in said(app)
    tables = [frame.value for frame in app.dataframe]
    assert tables[0]["Answer"].unique().tolist() == ["2023-02-29 (no such date)"]
    assert tables[1].iloc[:, -1].unique().tolist() == ["✗ 2023-02-29 (no such date)"]


def test_the_command_line_marks_it_too(store: Store, capsys):
    run = paired.run(store, pairs__spellings="common")
    assert cli.main(["translate", run, "12.05.87", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert len(said["notes"]) == 2
    assert {one["possible"] for one in said["alternatives"]} == {False}  # random weights
    assert cli.main(["translate", run, "12 May 1987"]) == 0
    assert "No calendar has this date." in capsys.readouterr().out
