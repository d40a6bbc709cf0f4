"""The page of words and verse: the rules, the tables, the verses, for any text and for none."""

from __future__ import annotations

from pathlib import Path

import pytest
import streamlit as st
import tiny
from streamlit.testing.v1 import AppTest

from rnnkit import corpora, preprocessing, scheduler
from rnnkit.store import Store

ROOT = Path(__file__).parents[1]
HOSTILE = "<b>Egg</b> **nog** :smile: $x$, -- [a](b)\n\n`code`\tEgg\n"


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(scheduler, "ensure_running", lambda store: None)
    monkeypatch.delenv("RNNKIT_CORPORA", raising=False)
    st.cache_data.clear()


def visit(**address: str) -> AppTest:
    app = AppTest.from_file(ROOT / "dashboard.py", default_timeout=60).switch_page("pages/11_Words_and_verse.py")
    for key, value in address.items():
        app.query_params[key] = value
    app.run()
    assert not app.exception
    return app


def said(app: AppTest) -> str:
    return " ".join(block.value for block in app.markdown).replace("\\", "").replace("\u2060", "")


def metrics(app: AppTest) -> dict[str, str]:
    return {metric.label: metric.value for metric in app.metric}


# ---- preprocessing


def test_without_a_text_of_its_own_the_page_shows_the_rules_on_the_cookbook():
    app = visit()
    assert not app.error
    assert "2. Spaces around punctuation" in said(app)
    steps = list(preprocessing.steps(corpora.load("cookbook"), 5))
    table = app.dataframe[0].value
    assert table["Words"].tolist() == [step.words for step in steps]
    assert table["Different words"].tolist() == [step.vocab_size for step in steps]
    assert metrics(app)["Vocabulary"] == f"{steps[-1].vocab_size:,}"


@pytest.mark.parametrize("rule", [*(rule.name for rule in preprocessing.RULES), preprocessing.RARE[0]])
def test_every_rule_shows_a_hostile_text_letter_by_letter(rule: str):
    app = visit(snippet=HOSTILE, rule=rule, fewer_pasted="2")
    assert not app.error
    shown = " ".join(block.value for block in app.markdown)
    assert "<b>" not in shown
    assert "**nog" not in shown
    assert ":orange-background[" in shown


def test_what_is_removed_follows_the_number():
    app = visit(snippet="egg egg milk salt milk egg", fewer_pasted="3")
    assert "Kept: 1" in said(app)
    assert "Removed: 2" in said(app)
    app.number_input(key="fewer_pasted").set_value(1).run()
    assert "Kept: 3" in said(app)
    assert any("No word is seen so rarely" in info.value for info in app.info)


@pytest.mark.parametrize("snippet", [" ", "a", "\n\n\n", "\u200b", "."])
def test_next_to_nothing_is_no_trouble(snippet: str):
    assert not visit(snippet=snippet, fewer_pasted="9").error


def test_a_text_of_ones_own_can_be_chosen_and_one_that_is_not_here_is_said(store: Store):
    name = corpora.add(store, tiny.TEXT, "Foxes")
    app = visit(corpus=name)
    assert app.selectbox(key="_text").value == name
    assert metrics(app)["Vocabulary"] == "1"  # "the" is seen eight times, all others four
    app = visit(corpus="../../etc/passwd")
    assert "not on this machine" in app.warning[0].value
    assert app.selectbox(key="_text").value == "cookbook"
