"""What recipes that a run writes use and do not list: a curve over the epochs, and the recipes with the places marked.

What a network wrote is hostile: it comes into Markdown only through `page.lines`, letter by letter.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

import pandas as pd
import streamlit as st

from pages.widgets.shared import choices, page, reads
from rnnkit import tasks
from rnnkit.charts import curves
from rnnkit.store import Run, Store
from rnnkit.studies import ingredients, sampling
from rnnkit.studies.ingredients import EpochRecipes, Mention, Recipe, RecipeStatistics
from rnnkit.studies.sampling import SampleSettings
from rnnkit.texts import corpora, own

EPOCHS = 10  # of the chart, at most
MARK, LISTED = "\u2060:orange-background[:orange[{}]]", "\u2060:blue[{}]"


def show(store: Store, run: Run) -> None:
    """A switch, and below it the count, for a run that writes recipes.

    In the address: ?ingredients=, ?recipes= and ?heat=.
    """
    with st.container(horizontal=True, vertical_alignment="bottom"):
        wanted = st.toggle(
            "Count them", key="ingredients", bind="query-params", width=160,
            help="Generates recipes from every kept epoch with the same seeds. Takes seconds; the result is cached.",
        )  # fmt: skip
        if wanted:
            count = st.number_input(
                "Recipes per epoch", 2, 48, ingredients.COUNT, key="recipes", bind="query-params", width=200
            )
            temperature = choices.temperature()
    if wanted:
        _count(store, store.run(run.id), count, temperature)
    else:
        question = "Are all ingredients of the instructions on the list?"
        page.note(f"{question} The recipe lecture names this as the typical error.")


def fits(store: Store, run: Run) -> bool:
    """Whether its text has recipes, and line ends to tell them by, and is on this machine."""
    if run.config.tokenizer.newlines != "keep" or not tasks.of(run.config).writes or not run.epochs_done:
        return False
    known = run.corpus == "recipes" or run.corpus.partition("-")[0] == "cookbook"
    if not reads.can_be_read_here(run.corpus):
        return False
    return known or (own.is_own(run.corpus) and _has_recipes(store, run.corpus))


@st.cache_data(max_entries=200, show_spinner=False, hash_funcs=reads.HASHED)
def _has_recipes(store: Store, corpus: str) -> bool:
    return corpus in reads.texts(store) and ingredients.has_recipes(corpora.load(corpus, store))


@page.user_errors()
def _count(store: Store, run: Run, count: int, temperature: float) -> None:
    of_text = _statistics(run.corpus, store)
    kept = store.checkpoint_epochs(run.id)
    found = [_written(store, run.id, epoch, count, temperature, of_text) for epoch in sampling.spread(kept, EPOCHS)]
    chart, recipe = st.columns(2, gap="medium")
    with chart:
        _curve(found, of_text)
    with recipe:
        _recipes(found, of_text)


@st.cache_resource(max_entries=4, show_spinner="Reading the recipes of the text")
def _statistics(corpus: str, _store: Store) -> RecipeStatistics:
    return ingredients.statistics(corpora.load(corpus, _store))


@st.cache_data(max_entries=1000, show_spinner="Generating recipes from every epoch", hash_funcs=reads.HASHED)
def _written(
    store: Store, run_id: str, epoch: int, count: int, temperature: float, _of_text: RecipeStatistics
) -> EpochRecipes:
    run = store.run(run_id)
    settings = SampleSettings(temperatures=(temperature,))
    return next(ingredients.curve(store, run, _of_text, settings, epochs=[epoch], count=count))


def _curve(found: Iterable[EpochRecipes], of_text: RecipeStatistics) -> None:
    table = pd.DataFrame([{"epoch": one.epoch, "share": one.share.value, **one.share._asdict()} for one in found])
    st.altair_chart(
        curves.missing_ingredients(table.dropna(), of_text.own.value or 0.0), height=380,
        alt="Share of the ingredients used that are not on the list, against epochs",
    )  # fmt: skip
    own = of_text.own
    page.note(
        f"Of {own.used:,} ingredients that the {own.recipes:,} recipes of the text use, {own.missing:,} are not on "
        f"their list ({own.value or 0:.1%}): the dashed line. Misspelled names are not counted."
    )
    names = {"epoch": "Epoch", "recipes": "Recipes", "used": "Used", "missing": "Not listed", "share": "Share"}
    st.dataframe(
        table[list(names)].rename(columns=names), hide_index=True, alt="The counts behind each epoch's share",
        column_config={"Share": st.column_config.NumberColumn(format="percent")},
    )  # fmt: skip


def _recipes(found: list[EpochRecipes], of_text: RecipeStatistics) -> None:
    """One recipe of one epoch, what it uses in blue, what its list lacks in orange."""
    with_recipes = {one.epoch: one for one in found if one.recipes}
    if not with_recipes:
        none_yet = "No epoch has written a recipe with a list and instructions yet: train on."
        st.info(none_yet, icon=":material/edit_note:")
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        epochs = list(with_recipes)
        epoch = st.selectbox("Written after epoch", epochs, len(epochs) - 1, key=f"recipes_of {epochs}", width=200)
        recipes = with_recipes[epoch].recipes
        number = st.number_input("Recipe", 1, len(recipes), key=f"recipe {epoch} {len(recipes)}", width=140)
    recipe = recipes[number - 1]
    with st.container(border=True, height=620):
        st.markdown(f"**{page.lines(recipe.title) or 'No title'}**")
        st.code("\n".join(recipe.rows), language=None, wrap_lines=True, height=250)
        st.markdown(marked(recipe, ingredients.mentions(recipe, of_text.names)))
    page.note(f"{LISTED.format('Blue')}: on the list. {MARK.format('Orange')}: used, and not on the list.")


def marked(recipe: Recipe, mentions: Iterable[Mention]) -> str:
    """The instructions as Markdown that shows them letter by letter, each mention in its colour."""
    colours = {mention.written: LISTED if mention.listed else MARK for mention in mentions}
    names = sorted(colours, key=len, reverse=True)
    if not names:
        return "\u2060" + page.lines(recipe.instructions)
    # A mention's words stand with single spaces; in the text there may be a hyphen or more spaces between them.
    patterns = (re.escape(name).replace(r"\ ", r"[\s-]+") for name in names)
    pieces = re.split(rf"\b({'|'.join(patterns)})\b", recipe.instructions, flags=re.IGNORECASE)
    shown = (
        page.lines(piece, colours.get(" ".join(re.split(r"[\s-]+", piece.lower())), "{}") if at % 2 else "{}")
        for at, piece in enumerate(pieces)
    )
    return "\u2060" + "".join(shown)
