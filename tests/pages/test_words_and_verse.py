"""The page of words and verse: the rules, the tables, the verses, for any text and for none."""

from __future__ import annotations

from functools import partial

import apptest
import pytest
import tiny
from streamlit.testing.v1 import AppTest

from pages.widgets.watch import missing_ingredients
from rnnkit.store import Store
from rnnkit.studies import ingredients
from rnnkit.studies.ingredients import Recipe
from rnnkit.texts import cookbook, corpora, own, word_rules

PAGE = "11_Words_and_verse"
visit = partial(apptest.visit, PAGE)
HOSTILE = "<b>Egg</b> **nog** :smile: $x$, -- [a](b)\n\n`code`\tEgg\n"


@pytest.fixture(autouse=True)
def _place(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("RNNKIT_CORPORA", raising=False)


def said(app: AppTest) -> str:
    return " ".join(block.value for block in app.markdown).replace("\\", "").replace("\u2060", "")


def metrics(app: AppTest) -> dict[str, str]:
    return {metric.label: metric.value for metric in app.metric}


# ---- preprocessing


def test_without_a_text_of_its_own_the_page_shows_the_rules_on_the_cookbook():
    app = visit()
    assert not app.error
    assert "2. Spaces around punctuation" in said(app)
    steps = list(word_rules.steps(corpora.load("cookbook"), 5))
    table = app.dataframe[0].value
    assert table["Words"].tolist() == [step.words for step in steps]
    assert table["Different words"].tolist() == [step.vocab_size for step in steps]
    assert metrics(app)["Vocabulary"] == f"{steps[-1].vocab_size:,}"


@pytest.mark.parametrize("rule", [*(rule.name for rule in word_rules.RULES), word_rules.RARE[0]])
def test_every_rule_shows_a_hostile_text_letter_by_letter(rule: str):
    app = visit(snippet=HOSTILE, rule=rule, rare="2")
    assert not app.error
    shown = " ".join(block.value for block in app.markdown)
    assert "<b>" not in shown
    assert "**nog" not in shown
    assert ":orange-background[" in shown


def test_what_is_removed_follows_the_number():
    app = visit(snippet="egg egg milk salt milk egg", rare="3")
    assert "Kept: 1" in said(app)
    assert "Removed: 2" in said(app)
    app.number_input(key="rare").set_value(1).run()
    assert "Kept: 3" in said(app)
    assert any("No word is that rare" in info.value for info in app.info)


@pytest.mark.parametrize("snippet", [" ", "a", "\n\n\n", "\u200b", "."])
def test_next_to_nothing_is_no_trouble(snippet: str):
    assert not visit(snippet=snippet, rare="9").error


def test_a_text_of_ones_own_can_be_chosen_and_one_that_is_not_here_is_said(store: Store):
    name = own.add(store, tiny.TEXT, "Foxes")
    app = visit(corpus=name)
    assert app.selectbox(key="_corpus").value == name
    assert metrics(app)["Vocabulary"] == "1"  # "the" is seen eight times, all others four
    app = visit(corpus="../../etc/passwd")
    assert "not on this machine" in app.warning[0].value
    assert app.selectbox(key="_corpus").value == "cookbook"


# ---- missing ingredients, on the page of a run


run_page = partial(apptest.visit, "7_Run")


def test_a_run_on_recipes_offers_to_count_missing_ingredients_and_others_do_not(store: Store):
    assert not [toggle for toggle in run_page(run=tiny.run(store)).toggle if toggle.key == "ingredients"]
    text = cookbook.write(30_000)
    run = tiny.run(store, text, corpus=own.add(store, text, "<b>mine</b>"))
    app = run_page(run=run, about="Missing ingredients")
    assert not app.toggle(key="ingredients").value
    app = run_page(run=run, ingredients="true", recipes="2")
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


# ---- words to numbers


def test_words_have_an_index_and_an_index_its_word():
    app = visit(view="Words to numbers", snippet="The dog is in the dog crate. Yes!", rare="1")
    assert not app.error
    to_index, to_word = (table.value for table in app.dataframe)
    assert dict(zip(to_index["Word"], to_index["Index"], strict=True)) == {
        "!": 0, ".": 1, "crate": 2, "dog": 3, "in": 4, "is": 5, "the": 6, "yes": 7,
    }  # fmt: skip
    assert to_word["Word"].tolist() == to_index["Word"].tolist()
    assert app.code[0].value == "the dog is in the dog crate .\n6 3 5 4 6 3 2 1"
    app.number_input(key="sentence 2").set_value(2).run()
    assert app.code[0].value == "yes !\n7 0"
    assert "other 6 are all zeros" in said(app)


@pytest.mark.parametrize("snippet", ["one", ".", "a a a"])
def test_too_few_words_to_number_are_a_sentence(snippet: str):
    app = visit(view="Words to numbers", snippet=snippet)
    assert "at least 2 different words" in said_error(app)


def said_error(app: AppTest) -> str:
    return app.error[0].value.replace("\\", "").replace("\u2060", "")


# ---- verse


POEM = "The cat sat on the mat,\nAnd <b>wore</b> a hat;\n\nThe cat sat on the mat,\n**No** end to it\n"


def test_verses_of_any_text_are_counted_and_shown_letter_by_letter():
    app = visit(view="Verse", snippet=POEM)
    assert not app.error
    assert metrics(app)["Verses"] == "4"
    assert metrics(app)["Rhymed"] == "50%"
    tables = [table.value for table in app.dataframe]
    assert tables[-1]["Verse"].tolist() == ["The cat sat on the mat,"]
    assert not any("<b>" in block.value or "**No" in block.value for block in app.markdown)
    assert "No run has learned from this text yet" in said(app)


def test_what_a_run_wrote_stands_beside_the_text_and_in_the_address(store: Store):
    name = own.add(store, POEM, "mine")
    run = tiny.run(store, POEM, corpus=name, name="<i>mine</i>")
    tiny.run(store, name="other text")
    app = visit(view="Verse", corpus=name)
    assert len(app.selectbox(key="_verse_run").options) == 2  # no run, and the one
    app.selectbox(key="_verse_run").select(run).run()
    assert not app.exception
    assert app.query_params["run"] == run
    app = visit(view="Verse", corpus=name, run=run)
    assert not app.error
    assert "Words not in the text" in set(app.dataframe[0].value[""])
    assert list(app.dataframe[0].value.columns) == ["", "the text", "what it wrote"]


def test_a_text_without_verses_and_an_unknown_run_say_so(store: Store):
    app = visit(view="Verse", snippet="1 2 3")
    assert "no line with a word" in app.info[0].value
    assert not visit(view="Verse", run="../../x").error


def test_a_link_to_a_text_that_was_just_added_shows_that_text(store: Store):
    """The list of texts is kept for ten seconds; the link may come sooner."""
    visit()
    name = own.add(store, "The fox sleeps.\n" * 3, "A sleeping fox")
    app = visit(corpus=name)
    assert app.selectbox(key="_corpus").value == name
    assert not app.warning
