"""A cookbook of any size, written by a small seeded grammar in the layout of recipes.txt.

Truthful by construction: the instructions of a recipe name every ingredient of its list and no other, so that what
a network gets wrong can be counted. The words are in pantry.json and dishes.json. Knows no network and no other file.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator, Sequence
from importlib import resources
from typing import Any, NamedTuple

from rnnkit.texts.made import whole
from rnnkit.texts.made.grammar import pick, sample

HEADER = "Amount\tMeasure\tIngredient\tPreparation Method"
RULE = "--------\t---------\t------------\t--------------------"


class Quantity(NamedTuple):
    """How much of something: amounts to choose from, the measure for one or less, and for more."""

    amounts: tuple[str, ...]
    one: str
    more: str


class Ingredient(NamedTuple):
    """Something to cook with: what it is called, how it is measured, what is done to it before."""

    name: str  # no name is part of another, nor of any other word of the grammar
    quantity: str  # a key of QUANTITIES
    preparations: tuple[str, ...]


class Dish(NamedTuple):
    """`slots`: category, fewest, most. `steps`: one of each step's ways is written; {slot} names its ingredients."""

    titles: tuple[str, ...]
    slots: dict[str, tuple[int, int]]
    steps: tuple[tuple[str, ...], ...]
    serving: str


def _data(name: str) -> Any:
    return json.loads(resources.files(__package__).joinpath(name).read_text(encoding="utf-8"))


def _ingredients(rows: list[dict[str, Any]]) -> tuple[Ingredient, ...]:
    return tuple(Ingredient(name, row["quantity"], tuple(row["preparations"])) for row in rows for name in row["names"])


def _dish(data: dict[str, Any], shared: dict[str, list[str]]) -> Dish:
    """A step that many dishes have is a string, the key of `shared`."""
    steps = tuple(tuple(shared[step] if isinstance(step, str) else step) for step in data["steps"])
    slots = {slot: (fewest, most) for slot, (fewest, most) in data["slots"].items()}
    return Dish(tuple(data["titles"]), slots, steps, data["serving"])


_PANTRY, _DISHES = _data("pantry.json"), _data("dishes.json")
QUANTITIES = {
    name: Quantity(tuple(row["amounts"]), row["one"], row["more"]) for name, row in _PANTRY["quantities"].items()
}
PANTRY = {category: _ingredients(rows) for category, rows in _PANTRY["pantry"].items()}
INGREDIENTS: tuple[str, ...] = tuple(ingredient.name for table in PANTRY.values() for ingredient in table)
DISHES = tuple(_dish(dish, _DISHES["shared steps"]) for dish in _DISHES["dishes"])
WORDS: dict[str, tuple[str, ...]] = {kind: tuple(words) for kind, words in _DISHES["words"].items()}

_SLOT = re.compile(r"\{([a-z-]+)\}")  # {vegetable}, {vegetable-one} in a title, {vegetable-bare} without "the"


def write(chars: int, seed: int = 0) -> str:
    """Whole recipes, `chars` characters or a little more. The same text on every Python version."""
    return whole(recipes(random.Random(seed)), chars)


def recipes(rng: random.Random) -> Iterator[str]:
    """Recipes without end, each as text: title, table, instructions, two line ends."""
    while True:
        yield _recipe(pick(rng, DISHES), rng)


def _recipe(dish: Dish, rng: random.Random) -> str:
    chosen = {
        slot: sample(rng, PANTRY[slot], fewest + int(rng.random() * (most - fewest + 1)))
        for slot, (fewest, most) in dish.slots.items()
    }
    utensils = {word: pick(rng, WORDS[word]) for word in ("pot", "tin")}  # the same all through a recipe
    title = _title(pick(rng, dish.titles), chosen, rng)
    rows = [_row(ingredient, rng) for ingredients in chosen.values() for ingredient in ingredients]
    steps = [_fill(pick(rng, ways), chosen, utensils, rng) for ways in dish.steps if _possible(ways, chosen)]
    last = f"{dish.serving} {pick(rng, WORDS[dish.serving.lower()])}."
    instructions = " ".join(step for step in (*steps, last) if step)
    return "\n".join((title, "", HEADER, RULE, *rows, "", instructions, "", ""))


def _row(ingredient: Ingredient, rng: random.Random) -> str:
    quantity = QUANTITIES[ingredient.quantity]
    amount = pick(rng, quantity.amounts)
    measure = quantity.one if amount == "1" or re.fullmatch(r"\d/\d", amount) else quantity.more
    preparation = pick(rng, ingredient.preparations) if ingredient.preparations else ""
    return "\t".join((amount, measure, ingredient.name, *([f"-- {preparation}"] if preparation else [])))


def _possible(ways: Sequence[str], chosen: dict[str, list[Ingredient]]) -> bool:
    """A step about an optional slot is left out when the slot is empty."""
    return all(chosen.get(slot, True) for slot in re.findall(r"\{([a-z]+)", " ".join(ways)))


def _title(template: str, chosen: dict[str, list[Ingredient]], rng: random.Random) -> str:
    def word(match: re.Match[str]) -> str:
        slot, _, one = match[1].partition("-")
        if slot not in chosen:
            return pick(rng, WORDS[slot])
        name = chosen[slot][0].name
        return _singular(name) if one else name

    filled = _SLOT.sub(word, template)
    return " ".join(part if part in ("and", "with", "of", "over") else part.capitalize() for part in filled.split(" "))


def _fill(template: str, chosen: dict[str, list[Ingredient]], utensils: dict[str, str], rng: random.Random) -> str:
    def word(match: re.Match[str]) -> str:
        slot, _, bare = match[1].partition("-")
        if slot not in chosen:
            return utensils.get(slot) or pick(rng, WORDS[slot])
        names = [ingredient.name for ingredient in chosen[slot]]
        return names[0] if bare else _enumerate(["the " + names[0], *names[1:]])

    return _SLOT.sub(word, template)


def _singular(name: str) -> str:
    for plural, one in ((r"ies$", "y"), (r"(ch|o)es$", r"\1"), (r"(?<![us])s$", "")):
        if re.search(plural, name):
            return re.sub(plural, one, name)
    return name


def _enumerate(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else ", ".join(names[:-1]) + " and " + names[-1]
