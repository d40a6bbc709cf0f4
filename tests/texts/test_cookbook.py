"""The seeded grammar: the layout of recipes.txt, and instructions that agree with the list."""

import hashlib
import random
import re
from itertools import islice

from rnnkit.texts import cookbook

RECIPES = list(islice(cookbook.recipes(random.Random(7)), 400))


def parts(recipe):
    """(title, rows of the table, instructions)"""
    title, blank, header, rule, *rest = recipe.split("\n")
    assert (blank, header, rule) == ("", cookbook.HEADER, cookbook.RULE)
    end = rest.index("")
    return title, [row.split("\t") for row in rest[:end]], "\n".join(rest[end + 1 :])


def named_in(text):
    return {name for name in cookbook.INGREDIENTS if re.search(rf"\b{re.escape(name)}\b", text)}


def test_the_same_seed_writes_the_same_text_on_every_python():
    text = cookbook.write(20_000, seed=0)
    assert (
        hashlib.sha256(text.encode()).hexdigest() == "723d3c0ef625c82aa35bf27d0b9a9ed1b9333fb8605f67be69059a69dddde399"
    )
    assert text != cookbook.write(20_000, seed=1)


def test_the_text_that_shipped_networks_have_read_stays_the_same():
    text = cookbook.write(500_000)
    assert (
        hashlib.sha256(text.encode()).hexdigest() == "3db3d67c27e14e3dbe3112f845282a60516e14e7be14b8b7c5386d5e8b8f5035"
    )


def test_any_size_is_whole_recipes_and_a_longer_one_begins_with_the_shorter():
    for chars in (1, 1000, 50_000):
        text = cookbook.write(chars)
        assert chars <= len(text) < chars + 2500
        assert text.endswith(".\n\n")
        assert cookbook.write(60_000).startswith(text)


def test_every_recipe_has_the_layout_of_the_lecture():
    for recipe in RECIPES:
        title, rows, instructions = parts(recipe)
        assert title
        assert len(rows) >= 4
        for amount, _measure, ingredient, *preparation in rows:
            assert re.fullmatch(r"\d+( \d/\d)?|\d/\d", amount)
            assert ingredient in cookbook.INGREDIENTS
            assert all(re.fullmatch(r"-- \S.*", way) for way in preparation)
        assert re.fullmatch(r"[^\n]+ (Serves|Makes) [^\n]+\.\n\n", instructions)
        assert "{" not in recipe
        assert "  " not in recipe


def test_the_instructions_use_every_listed_ingredient_and_no_other():
    for recipe in RECIPES:
        _, rows, instructions = parts(recipe)
        assert named_in(instructions) == {row[2] for row in rows}


def test_titles_name_only_what_is_listed():
    for recipe in RECIPES:
        title, rows, _ = parts(recipe)
        assert named_in(title.lower()) <= {row[2] for row in rows}


def test_no_ingredient_is_part_of_another_name_or_listed_twice():
    assert len(set(cookbook.INGREDIENTS)) == len(cookbook.INGREDIENTS) > 140
    for one in cookbook.INGREDIENTS:
        assert not [other for other in cookbook.INGREDIENTS if one != other and one in other]


def test_the_fixed_words_of_the_grammar_name_no_ingredient():
    fixed = [way for dish in cookbook.DISHES for ways in (*dish.steps, dish.titles) for way in ways]
    fixed += [word for words in cookbook.WORDS.values() for word in words]
    assert [text for text in fixed if named_in(text.lower())] == []


def test_recipes_are_varied():
    assert len(set(RECIPES)) == len(RECIPES)
    assert len({parts(recipe)[0] for recipe in RECIPES}) > 250
    used = {row[2] for recipe in RECIPES for row in parts(recipe)[1]}
    assert used == set(cookbook.INGREDIENTS)


def test_measures_agree_with_their_amounts():
    rows = [row for recipe in RECIPES for row in parts(recipe)[1]]
    for amount, measure, *_ in rows:
        if measure.endswith(("cup", "clove", "can", "bunch", "ounce", "pound", "spoon")):
            assert amount == "1" or amount.startswith("1/") or re.fullmatch(r"\d/\d", amount)
        elif measure:
            assert amount not in ("1", "1/2", "1/4", "3/4")
