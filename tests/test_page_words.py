"""The page of words and verse: the rules, the tables, the verses, for any text and for none."""

from __future__ import annotations

from pathlib import Path

import pytest
import streamlit as st
import tiny
from streamlit.testing.v1 import AppTest

from pages.widgets import missing_ingredients
from rnnkit import cookbook, corpora, ingredients, preprocessing, scheduler
from rnnkit.ingredients import Recipe
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


# ---- missing ingredients, on the page of a run


def run_page(run: str, **address: str) -> AppTest:
    app = AppTest.from_file(ROOT / "dashboard.py", default_timeout=60).switch_page("pages/1_Train.py")
    for key, value in {"run": run, **address}.items():
        app.query_params[key] = value
    app.run()
    assert not app.exception
    return app


def test_a_run_on_recipes_offers_to_count_missing_ingredients_and_others_do_not(store: Store):
    assert not [toggle for toggle in run_page(tiny.run(store)).toggle if toggle.key == "ingredients"]
    text = cookbook.write(30_000)
    run = tiny.run(store, text, corpus=corpora.add(store, text, "<b>mine</b>"))
    app = run_page(run)
    assert not app.toggle(key="ingredients").value
    app = run_page(run, ingredients="true", recipes="2")
    assert not app.error
    assert "are not on their list (0.0%)" in said(app)
    assert any("No epoch has written a recipe" in info.value for info in app.info)  # random weights


def test_a_recipe_is_shown_letter_by_letter_with_its_mentions_marked():
    recipe = Recipe("<b>Soup</b>", ("1\tcup\tmilk",), "Stir the **milk**, the All-purpose flour and <i>salt</i>.")
    known = frozenset({("milk",), ("all", "purpose", "flour"), ("salt",)})
    shown = missing_ingredients.marked(recipe, ingredients.mentions(recipe, known))
    assert "<i>" not in shown
    assert ":blue[milk]" in shown
    assert "\u2060:orange-background[:orange[All\u2060\\-purpose flour]]" in shown
    assert ":orange[salt]" in shown
