"""Missing ingredients: recipes found in texts, none missing where the truth is known, planted ones found exactly."""

import json
import random
from itertools import islice

import pytest
import tiny

from rnnkit.cli import main as cli
from rnnkit.config import TokenizerConfig
from rnnkit.errors import ConfigError, CorpusError
from rnnkit.studies import ingredients
from rnnkit.studies.ingredients import Recipe, Share
from rnnkit.texts import cookbook, own, tokenizers

TEXT = cookbook.write(150_000)
KNOWN = ingredients.recipes(TEXT)
NAMES = ingredients.lexicon(KNOWN)


def listed(recipe: Recipe) -> set[str]:
    return {row.split("\t")[2] for row in recipe.rows}


def written(recipe: Recipe, missing: bool = False) -> list[str]:
    found = ingredients.mentions(recipe, NAMES)
    return [mention.written for mention in found if not (missing and mention.listed)]


def plain(names) -> set[str]:
    """As mentions are written: without hyphens."""
    return {name.replace("-", " ") for name in names}


def test_every_recipe_of_the_cookbook_is_found_whole():
    recipes = list(islice(cookbook.recipes(random.Random(0)), len(KNOWN)))
    for recipe, text in zip(KNOWN, recipes, strict=True):
        assert text.startswith(f"{recipe.title}\n\n{cookbook.HEADER}\n")
        assert len(recipe.rows) == text.split("\n\n")[1].count("\n") - 1
        assert recipe.instructions == text.split("\n\n")[2]


def test_the_recipes_of_the_cookbook_use_just_what_they_list():
    for recipe in KNOWN:
        assert set(written(recipe)) == plain(listed(recipe))
        assert written(recipe, missing=True) == []
    assert ingredients.share(KNOWN, NAMES) == Share(len(KNOWN), sum(len(recipe.rows) for recipe in KNOWN), 0)


def test_planted_ingredients_are_found_exactly():
    luck, every = random.Random(1), set().union(*map(listed, KNOWN))
    for recipe in KNOWN:
        others = sorted(every - listed(recipe))
        planted = luck.sample(others, 3)
        more = f" Stir in the {planted[0]}, {planted[1]} and {planted[2]}."
        changed = recipe._replace(instructions=recipe.instructions + more)
        assert set(written(changed, missing=True)) == plain(planted)


def test_an_ingredient_taken_off_the_list_is_missing():
    for recipe in KNOWN:
        gone = recipe.rows[-1].split("\t")[2]
        shorter = recipe._replace(rows=recipe.rows[:-1])
        assert written(shorter, missing=True) == list(plain([gone]))


def test_a_text_that_went_through_words_and_back_gives_the_same_answer():
    tokenizer = tokenizers.build(TEXT, TokenizerConfig(kind="words"))
    again = ingredients.recipes(tokenizer.decode(tokenizer.encode(TEXT).ids))
    assert len(again) == len(KNOWN)
    assert ingredients.share(again, NAMES) == ingredients.share(KNOWN, NAMES)


def test_what_a_young_network_writes_is_no_trouble():
    assert ingredients.recipes("") == []
    assert ingredients.recipes("Amount Measure Ingredient") == []
    assert ingredients.recipes("the the\n\nthe amount\tmeasure ingredients\n") == []
    (found,) = ingredients.recipes("Soop\nAmount\tMesure\tIngredient\tPreparation Mehtod\n1\tcup\tmilk\n\nStir milk.")
    assert found == Recipe("Soop", ("1\tcup\tmilk",), "Stir milk.")


@pytest.mark.parametrize(
    ("instructions", "missing"),
    [
        ("Stir in the flour.", []),  # a word of a longer name
        ("Flour a board.", []),  # a verb
        ("Add lemon zest and melted butter.", []),  # a part of what is listed, what was done to it
        ("Add the butter flour.", ["butter flour"]),  # not all of its words in one line
        ("Add the almonds.", ["almonds"]),  # flour made of it is another thing
        ("Add eggs, then beat the eggs.", ["eggs"]),  # once
        ("Serve with hot water.", []),
    ],
)
def test_what_counts_as_listed(instructions: str, missing: list[str]):
    rows = [f"1\tcup\t{name}" for name in ("all-purpose flour", "almond flour", "lemons", "butter", "milk")]
    names = ingredients.lexicon([Recipe("", tuple(rows), "")]) | {
        ("melted", "butter"),
        ("lemon", "zest"),
        ("egg",),
        ("butter", "flour"),
        ("almond",),
    }
    found = ingredients.mentions(Recipe("", tuple(rows), instructions), names)
    assert [mention.written for mention in found if not mention.listed] == missing


def test_names_are_told_with_and_without_what_was_done_to_them():
    rows = (
        "1\tcup\tfinely chopped fresh tarragon, or to taste",
        "1\tpound\tlarge shrimp - peeled",
        "2\t\tblueberries (optional)",
        "1\tcup\tcold water",
        "1\tcup\thalf-and-half",
    )
    assert ingredients.lexicon([Recipe("", rows, "")]) == {
        ("finely", "chopped", "fresh", "tarragon"), ("tarragon",), ("large", "shrimp"), ("shrimp",), ("blueberry",),
        ("half", "and", "half"),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("plural", "one"),
    [("berries", "berry"), ("tomatoes", "tomato"), ("peaches", "peach"), ("eggs", "egg"), ("leaves", "leaf"),
     ("asparagus", "asparagus"), ("swiss", "swiss"), ("peas", "pea")],
)  # fmt: skip
def test_both_forms_of_a_word_are_one(plural: str, one: str):
    assert ingredients.singular(plural) == ingredients.singular(one) == one


# ---- runs


def test_each_kept_epoch_writes_the_same_recipes_for_the_same_seed(store):
    run = store.run(tiny.run(store, TEXT))
    of_text = ingredients.statistics(TEXT)._replace(chars=40)
    first = list(ingredients.curve(store, run, of_text, epochs=[1, 3], count=2))
    assert [one.epoch for one in first] == [1, 3]
    assert first == list(ingredients.curve(store, run, of_text, epochs=[1, 3], count=2))
    assert first[0].share == Share(0, 0, 0)  # random weights write no recipe
    assert first[0].share.value is None


def test_what_cannot_be_counted_is_said(store):
    with pytest.raises(CorpusError, match="at least 20 recipes"):
        ingredients.statistics("no recipe")
    assert ingredients.has_recipes(TEXT)
    assert not ingredients.has_recipes(tiny.TEXT)
    run = store.run(tiny.run(store, TEXT, tokenizer={"newlines": "space"}))
    with pytest.raises(ConfigError, match="line ends kept"):
        next(ingredients.curve(store, run, ingredients.statistics(TEXT), epochs=[1]))
    with pytest.raises(ConfigError, match="length"):
        next(ingredients.curve(store, run, ingredients.statistics(TEXT), epochs=[1], count=0))


def test_the_command_line_counts(store, capsys):
    run = tiny.run(store, TEXT, corpus=own.add(store, TEXT, "Cookbook"))
    assert cli.main(["ingredients", run, "--recipes", "2", "--epochs", "1,last", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert [row["epoch"] for row in document["epochs"]] == [1, 3]
    assert document["text"] == {"recipes": len(KNOWN), "used": document["text"]["used"], "missing": 0, "share": 0.0}
    assert cli.main(["ingredients", run, "--recipes", "1", "--epochs", "1"]) == 0
    assert "0 are not on the list" in capsys.readouterr().out
    assert cli.main(["ingredients", tiny.run(store, corpus=own.add(store, tiny.TEXT, "Foxes"))]) == 2
    assert "expected at least 20 recipes" in capsys.readouterr().err
