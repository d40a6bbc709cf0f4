"""A cookbook of any size, written by a small seeded grammar in the layout of recipes.txt.

Truthful by construction: the instructions of a recipe name every ingredient of its list
and no other, so that what a network gets wrong can be counted. Knows no network and no file.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple, TypeVar

T = TypeVar("T")

HEADER = "Amount\tMeasure\tIngredient\tPreparation Method"
RULE = "--------\t---------\t------------\t--------------------"

# Amounts, measure for one or less, measure for more.
QUANTITIES: dict[str, tuple[str, str, str]] = {
    "count": ("2 3 4 5 6", "", ""),
    "cup": ("1/4 1/2 3/4 1 1 1/2 2 2 1/2 3", "cup", "cups"),
    "splash": ("1/4 1/3 1/2 2/3 3/4 1", "cup", "cups"),
    "spoon": ("1 1 1/2 2 3 4", "tablespoon", "tablespoons"),
    "pinch": ("1/4 1/2 3/4 1 1 1/2 2", "teaspoon", "teaspoons"),
    "pound": ("1/2 3/4 1 1 1/4 1 1/2 2 3", "pound", "pounds"),
    "clove": ("1 2 3 4 5 6", "clove", "cloves"),
    "can": ("1 2 3", "(14 ounce) can", "(14 ounce) cans"),
    "ounce": ("3 4 6 8 10 12 16", "ounce", "ounces"),
    "bunch": ("1 2", "bunch", "bunches"),
}


class Ingredient(NamedTuple):
    """Something to cook with: what it is called, how it is measured, what is done to it before."""

    name: str  # no name is part of another, nor of any other word of the grammar
    quantity: str  # a key of QUANTITIES
    preparations: tuple[str, ...]


def _table(quantity: str, preparations: str, names: str) -> tuple[Ingredient, ...]:
    ways = tuple(way.strip() for way in preparations.split(",") if way)
    return tuple(Ingredient(name.strip(), quantity, ways) for name in names.split(","))


PANTRY: dict[str, tuple[Ingredient, ...]] = {
    "vegetable": (
        *_table("count", "peeled and diced,thinly sliced,cut into chunks,coarsely grated", "carrots,parsnips,beets"),
        *_table("count", "trimmed and sliced,cut into half moons,diced", "leeks,zucchini,eggplants,fennel bulbs"),
        *_table("count", "seeded and diced,cut into strips,chopped", "red bell peppers,poblano chiles,plum tomatoes"),
        *_table("pound", "peeled and cubed,scrubbed and quartered", "potatoes,celery root,butternut squash,pumpkin"),
        *_table("cup", "trimmed,coarsely chopped,rinsed", "green beans,broccoli florets,cauliflower florets,kale"),
        *_table("cup", "thawed,fresh or frozen,", "green peas,sweet corn,okra,edamame"),
        *_table("ounce", "wiped and sliced,quartered", "cremini mushrooms,asparagus,baby spinach,snow peas"),
    ),
    "onion": (
        *_table("count", "finely chopped,thinly sliced,diced", "yellow onions,shallots,scallions"),
        *_table("clove", "minced,crushed,finely chopped", "garlic"),
    ),
    "protein": (
        *_table("pound", "cut into strips,trimmed and cubed,patted dry", "chicken thighs,beef chuck,pork loin,lamb"),
        *_table("pound", "rinsed and patted dry,cut into four pieces", "salmon fillets,cod fillets,shrimp,scallops"),
        *_table("ounce", "pressed and cubed,sliced,crumbled", "firm tofu,tempeh,chorizo,smoked sausage"),
        *_table("can", "rinsed and drained", "chickpeas,black beans,white beans,kidney beans"),
    ),
    "grain": (
        *_table("cup", "rinsed,", "brown rice,pearl barley,quinoa,bulgur,farro,red lentils"),
        *_table("ounce", "broken in half,", "spaghetti,egg noodles,penne,orzo"),
    ),
    "fat": (
        *_table("spoon", ",", "olive oil,sesame oil,sunflower oil,ghee"),
        *_table("spoon", "cut into small pieces,melted", "cultured butter"),
    ),
    "liquid": (
        *_table("cup", "hot,low sodium,", "vegetable broth,chicken stock,tomato juice"),
        *_table("can", "well shaken", "coconut milk"),
        *_table("splash", ",", "dry white wine,apple cider,heavy cream"),
    ),
    "spice": (
        *_table("pinch", ",toasted,freshly ground", "cumin,coriander,black pepper,fennel seeds,mustard seeds"),
        *_table("pinch", ",", "smoked paprika,turmeric,sea salt,dried oregano,cayenne,curry powder,allspice"),
    ),
    "herb": (
        *_table("spoon", "chopped,torn,finely chopped", "fresh basil,fresh mint,parsley,dill,tarragon,chives"),
        *_table("bunch", "leaves picked,chopped", "cilantro,thyme"),
    ),
    "acid": (
        *_table("spoon", ",freshly squeezed", "lemon juice,lime juice,orange juice"),
        *_table("spoon", ",", "balsamic vinegar,rice vinegar,sherry vinegar"),
    ),
    "cheese": (
        *_table("ounce", "crumbled,grated,cut into cubes", "feta,cheddar,parmesan,goat cheese,gruyere"),
        *_table("splash", ",", "ricotta,sour cream,greek yogurt"),
    ),
    "flour": (
        *_table("cup", "sifted,", "all-purpose flour,whole wheat flour,spelt flour,rye flour"),
        *_table("cup", ",", "rolled oats,cornmeal,almond meal"),
    ),
    "sweetener": (
        *_table("splash", ",packed", "white sugar,brown sugar"),
        *_table("splash", ",", "honey,maple syrup,molasses"),
    ),
    "shortening": (
        *_table("splash", "softened,melted,cold and cubed", "unsalted butter,margarine,coconut oil"),
        *_table("splash", ",", "canola oil"),
    ),
    "leavening": (*_table("pinch", ",", "baking powder,baking soda"),),
    "egg": (*_table("count", "lightly beaten,at room temperature,separated", "large eggs,duck eggs"),),
    "dairy": (*_table("splash", ",warmed", "whole milk,buttermilk,oat milk"),),
    "fruit": (
        *_table("count", "peeled and sliced,cored and diced,pitted and chopped", "apples,pears,peaches,bananas,plums"),
        *_table("cup", "fresh or frozen,hulled,rinsed", "blueberries,strawberries,cherries,raspberries,cranberries"),
        *_table("cup", "cut into cubes,", "mango,pineapple"),
    ),
    "nut": (*_table("splash", "chopped,toasted,sliced", "walnuts,pecans,hazelnuts,pistachios,pine nuts"),),
    "flavour": (
        *_table("pinch", ",", "vanilla extract,cinnamon,nutmeg,cardamom,dried ginger"),
        *_table("spoon", ",", "orange zest,cocoa powder,poppy seeds,dark rum"),
    ),
}
INGREDIENTS: tuple[str, ...] = tuple(ingredient.name for table in PANTRY.values() for ingredient in table)


class Dish(NamedTuple):
    """`slots`: category, fewest, most. `steps`: one of each step's ways is written; {slot} names its ingredients."""

    titles: tuple[str, ...]
    slots: dict[str, tuple[int, int]]
    steps: tuple[tuple[str, ...], ...]
    serving: str


_SEASON = (
    "Stir in {spice} and cook until fragrant, about {short} minutes.",
    "Sprinkle with {spice} and stir for {short} minutes.",
    "Season with {spice}.",
)
_PREHEAT = (
    "Preheat the oven to {oven}.",
    "Heat the oven to {oven} and set a rack in the middle.",
    "Preheat the oven to {oven} and line a {tin} with paper.",
)
_COOL = (
    "Cool in the {tin} on a wire rack for {long} minutes.",
    "Let cool completely before slicing.",
    "Cool for {short} minutes and serve warm.",
    "",
)
_SOFTEN = (
    "Heat {fat} in a {pot} over medium heat. Cook {onion} until soft, about {short} minutes.",
    "Warm {fat} in a {pot}; add {onion} and cook gently, stirring often, for {short} minutes.",
    "Set a {pot} over medium-high heat, pour in {fat}, and fry {onion} until golden.",
)

DISHES: tuple[Dish, ...] = (
    Dish(
        (
            "{vegetable-one} Soup",
            "{adjective} {vegetable-one} Soup",
            "Cream of {vegetable}",
            "{adjective} {vegetable-one} Chowder",
        ),
        {
            "fat": (1, 1),
            "onion": (1, 2),
            "vegetable": (1, 3),
            "spice": (1, 3),
            "liquid": (1, 2),
            "herb": (0, 1),
            "cheese": (0, 1),
        },
        (
            _SOFTEN,
            (
                "Add {vegetable} and cook for {short} minutes more.",
                "Stir in {vegetable}, cover, and sweat for {short} minutes.",
            ),
            _SEASON,
            (
                "Pour in {liquid} and bring to a boil. Reduce heat and simmer until tender, about {long} minutes.",
                "Add {liquid}, bring to a simmer, and cook, partly covered, for {long} minutes.",
            ),
            ("Puree with a hand blender until smooth.", "Mash lightly with a fork.", ""),
            ("Ladle into bowls.", "Taste, and thin with a little hot water if needed.", "Divide among warm bowls."),
            ("Top with {cheese}.", "Swirl {cheese} into each bowl."),
            ("Scatter {herb} over the top.", "Finish with {herb}."),
        ),
        "Serves",
    ),
    Dish(
        ("{protein-one} Stew", "{adjective} {protein} with {vegetable}", "Braised {protein}", "{protein-one} Pot"),
        {
            "fat": (1, 1),
            "protein": (1, 1),
            "onion": (1, 2),
            "vegetable": (1, 3),
            "spice": (2, 3),
            "liquid": (1, 1),
            "herb": (0, 2),
        },
        (
            (
                "Brown {protein} in a {pot} in batches and set aside on a plate.",
                "Sear {protein} on all sides in a hot {pot}, about {short} minutes; remove.",
            ),
            _SOFTEN,
            _SEASON,
            (
                "Return {protein} to the {pot} with {vegetable} and {liquid}.",
                "Add {vegetable}, {liquid}, and the browned {protein-bare}.",
            ),
            (
                "Cover and simmer over low heat until tender, about {long} minutes.",
                "Bring to a boil, reduce heat, and cook gently for {long} minutes, stirring occasionally.",
            ),
            ("Stir in {herb} just before serving.", "Serve hot, topped with {herb}."),
        ),
        "Serves",
    ),
    Dish(
        ("{grain} Salad with {vegetable}", "{adjective} {grain} Salad", "{vegetable} and {grain} Bowl"),
        {
            "grain": (1, 1),
            "vegetable": (1, 3),
            "fat": (1, 1),
            "acid": (1, 2),
            "spice": (1, 2),
            "herb": (1, 2),
            "cheese": (0, 1),
            "nut": (0, 1),
        },
        (
            (
                "Cook {grain} in a large pot of boiling water until tender, about {long} minutes; drain and cool.",
                "Boil {grain} in plenty of water according to the package. Drain, rinse, and set aside.",
            ),
            (
                "Whisk {fat}, {acid} and {spice} together in a large bowl.",
                "Shake {fat}, {acid} and {spice} in a jar until combined and pour into a large bowl.",
            ),
            (
                "Add the cooled {grain-bare} and {vegetable} and toss to coat.",
                "Fold in {vegetable} and the drained {grain-bare}.",
            ),
            ("Sprinkle with {nut}.", "Stir through {nut} for crunch."),
            ("Dot with {cheese}.", "Spoon {cheese} on top."),
            ("Garnish with {herb}.", "Toss in {herb} and serve at once.", "Chill for {long} minutes, then add {herb}."),
        ),
        "Serves",
    ),
    Dish(
        (
            "{fruit-one} {cake}",
            "{adjective} {fruit-one} {cake}",
            "{fruit} and {nut-one} {cake}",
            "{flavour} {fruit-one} {cake}",
        ),
        {
            "flour": (1, 2),
            "leavening": (1, 2),
            "shortening": (1, 1),
            "sweetener": (1, 2),
            "egg": (1, 1),
            "dairy": (0, 1),
            "flavour": (1, 2),
            "fruit": (1, 2),
            "nut": (1, 1),
        },
        (
            _PREHEAT,
            (
                "Sift {flour} and {leavening} together in a bowl.",
                "Combine {flour} with {leavening} in a medium bowl and set aside.",
            ),
            (
                "Beat {shortening} and {sweetener} with an electric mixer until fluffy. Beat in {egg} and {flavour}.",
                "Cream {shortening} with {sweetener} in a large bowl. Add {egg}, then {flavour}, and mix well.",
            ),
            ("Pour in {dairy} and stir.", "Mix in {dairy} a little at a time."),
            (
                "Add the dry mixture and stir until just combined. Fold in {fruit} and {nut}.",
                "Gradually blend in the dry mixture; stir in {fruit} and {nut} by hand.",
            ),
            (
                "Spread into a greased {tin} and bake until a toothpick comes out clean, about {long} minutes.",
                "Pour the batter into a prepared {tin}. Bake for {long} minutes, or until golden.",
            ),
            _COOL,
        ),
        "Makes",
    ),
    Dish(
        (
            "{flavour} Cookies",
            "{adjective} {nut-one} Cookies",
            "{nut} and {flavour} Bars",
            "{sweetener} {nut-one} Biscuits",
        ),
        {
            "flour": (1, 1),
            "leavening": (1, 1),
            "shortening": (1, 1),
            "sweetener": (1, 2),
            "egg": (0, 1),
            "flavour": (1, 2),
            "nut": (1, 1),
        },
        (
            _PREHEAT,
            (
                "Stir {shortening} and {sweetener} in a bowl until smooth.",
                "Melt {shortening} with {sweetener} in a small saucepan, then let cool for {short} minutes.",
            ),
            ("Whisk in {egg}.", "Beat in {egg} one after another."),
            (
                "Add {flour}, {leavening} and {flavour}; mix to a soft dough.",
                "Mix in {flour}, {leavening} and {flavour} until no dry streaks remain.",
            ),
            ("Knead in {nut}.", "Work in {nut} and chill the dough for {long} minutes.", "Roll in {nut}."),
            (
                "Drop by spoonfuls onto a baking sheet and bake for {short} minutes, until the edges are brown.",
                "Press into a {tin}, bake for {long} minutes, and cut into squares while warm.",
            ),
        ),
        "Makes",
    ),
    Dish(
        (
            "Roasted {vegetable}",
            "{adjective} Roasted {vegetable}",
            "{vegetable-one} Tray Bake",
            "{vegetable} with {cheese}",
        ),
        {"vegetable": (2, 4), "fat": (1, 1), "spice": (1, 3), "acid": (0, 1), "cheese": (1, 1), "herb": (0, 1)},
        (
            _PREHEAT,
            (
                "Toss {vegetable} with {fat} and {spice} on a baking sheet.",
                "Spread {vegetable} on a baking sheet; drizzle with {fat} and sprinkle with {spice}.",
            ),
            (
                "Roast, turning once, until tender and browned, about {long} minutes.",
                "Cook in the hot oven for {long} minutes, shaking the pan halfway through.",
            ),
            ("Drizzle with {acid}.", "Brighten with {acid}."),
            ("Top with {cheese} and serve.", "Serve with {cheese} on the side."),
            ("Shower with {herb}.", "Add {herb} at the table."),
        ),
        "Serves",
    ),
    Dish(
        (
            "{protein-one} Curry",
            "{adjective} {protein-one} Skillet",
            "{protein} and {grain} Supper",
            "{protein} over {grain}",
        ),
        {
            "fat": (1, 1),
            "onion": (1, 2),
            "protein": (1, 1),
            "spice": (2, 4),
            "liquid": (1, 2),
            "grain": (1, 1),
            "acid": (0, 1),
            "herb": (0, 1),
        },
        (
            _SOFTEN,
            _SEASON,
            (
                "Add {protein} and cook until lightly browned, about {short} minutes.",
                "Lay {protein} in the {pot} and cook for {short} minutes on each side.",
            ),
            (
                "Pour over {liquid}, scrape up the browned bits, and simmer for {long} minutes.",
                "Stir in {liquid} and let bubble until slightly thickened, about {long} minutes.",
            ),
            (
                "Meanwhile, cook {grain} in boiling water until just tender; drain well.",
                "While it simmers, prepare {grain} according to the package directions.",
            ),
            ("Finish with {acid}.", "Stir in {acid} off the heat."),
            ("Serve over the hot {grain-bare}.", "Spoon over the {grain-bare} and serve immediately."),
            ("Sprinkle with {herb}.", "Strew with {herb}."),
        ),
        "Serves",
    ),
    Dish(
        ("{fruit-one} Smoothie", "{adjective} {fruit-one} Shake", "{fruit} and {flavour} Cooler"),
        {"fruit": (2, 3), "dairy": (1, 1), "sweetener": (1, 1), "flavour": (1, 1)},
        (
            (
                "Place {fruit}, {dairy} and {sweetener} in a blender with a handful of ice.",
                "Put {fruit} in a blender, then pour in {dairy} and {sweetener}.",
            ),
            ("Add {flavour} and blend until smooth.", "Blend for {short} minutes, adding {flavour} at the end."),
            ("Pour into tall glasses.", "Divide between chilled glasses and serve at once.", "Strain if you like."),
        ),
        "Makes",
    ),
    Dish(
        ("{fruit-one} Pancakes", "{adjective} {flour} Pancakes", "{flour} Waffles with {fruit}"),
        {
            "flour": (1, 2),
            "leavening": (1, 1),
            "egg": (1, 1),
            "dairy": (1, 1),
            "shortening": (1, 1),
            "fruit": (1, 2),
            "sweetener": (1, 1),
        },
        (
            (
                "Whisk {flour} and {leavening} in a large bowl and make a well in the center.",
                "Mix {flour} with {leavening}.",
            ),
            (
                "Beat {egg} with {dairy}, pour into the bowl, and stir to a thick batter. Rest for {long} minutes.",
                "Add {dairy} and {egg}; stir until barely smooth.",
            ),
            (
                "Heat some of {shortening} on a griddle. Fry spoonfuls of batter until bubbles form, then flip.",
                "Brush a hot griddle with {shortening} and cook by the ladleful for {short} minutes on each side.",
            ),
            ("Pile on {fruit} and drizzle with {sweetener}.", "Serve with {fruit}, sweetened with {sweetener}."),
        ),
        "Serves",
    ),
)

_WORDS: dict[str, tuple[str, ...]] = {
    "adjective": (
        "Rustic",
        "Spicy",
        "Easy",
        "Winter",
        "Summer",
        "Golden",
        "Grandmother's",
        "Weeknight",
        "Smoky",
        "Creamy",
        "Best",
        "Sunday",
        "Quick",
    ),
    "cake": ("Cake", "Muffins", "Loaf", "Bread", "Coffee Cake", "Squares", "Crumble Cake"),
    "pot": ("large pot", "heavy skillet", "Dutch oven", "deep saucepan", "wide pan"),
    "tin": ("9-inch round pan", "9x13-inch baking dish", "muffin tin", "loaf pan", "square baking pan"),
    "short": ("2", "3", "4", "5", "6", "8", "10"),
    "long": ("15", "20", "25", "30", "35", "40", "45 to 50", "60"),
    "oven": tuple(
        f"{f} degrees F ({c} degrees C)" for f, c in ((325, 165), (350, 175), (375, 190), (400, 200), (425, 220))
    ),
    "serves": ("2", "4", "4 to 6", "6", "8"),
    "makes": ("12", "16", "18", "24", "2 dozen", "8 to 10"),
}


_SLOT = re.compile(r"\{([a-z-]+)\}")  # {vegetable}, {vegetable-one} in a title, {vegetable-bare} without "the"


def write(chars: int, seed: int = 0) -> str:
    """Whole recipes, `chars` characters or a little more. The same text on every Python version."""
    rng = random.Random(seed)
    parts, size = [], 0
    for recipe in recipes(rng):
        parts.append(recipe)
        size += len(recipe)
        if size >= chars:
            return "".join(parts)
    raise AssertionError("recipes() never ends")


def recipes(rng: random.Random) -> Iterator[str]:
    """Recipes without end, each as text: title, table, instructions, two line ends."""
    while True:
        yield _recipe(_pick(rng, DISHES), rng)


def _recipe(dish: Dish, rng: random.Random) -> str:
    chosen = {
        slot: _sample(rng, PANTRY[slot], fewest + int(rng.random() * (most - fewest + 1)))
        for slot, (fewest, most) in dish.slots.items()
    }
    utensils = {word: _pick(rng, _WORDS[word]) for word in ("pot", "tin")}  # the same all through a recipe
    title = _title(_pick(rng, dish.titles), chosen, rng)
    rows = [_row(ingredient, rng) for ingredients in chosen.values() for ingredient in ingredients]
    steps = [_fill(_pick(rng, ways), chosen, utensils, rng) for ways in dish.steps if _possible(ways, chosen)]
    last = f"{dish.serving} {_pick(rng, _WORDS[dish.serving.lower()])}."
    instructions = " ".join(step for step in (*steps, last) if step)
    return "\n".join((title, "", HEADER, RULE, *rows, "", instructions, "", ""))


def _row(ingredient: Ingredient, rng: random.Random) -> str:
    amounts, one, more = QUANTITIES[ingredient.quantity]
    amount = _pick(rng, re.findall(r"\d+ \d/\d|\d+/\d+|\d+", amounts))
    measure = one if amount == "1" or re.fullmatch(r"\d/\d", amount) else more
    preparation = _pick(rng, ingredient.preparations) if ingredient.preparations else ""
    return "\t".join((amount, measure, ingredient.name, *([f"-- {preparation}"] if preparation else [])))


def _possible(ways: Sequence[str], chosen: dict[str, list[Ingredient]]) -> bool:
    """A step about an optional slot is left out when the slot is empty."""
    return all(chosen.get(slot, True) for slot in re.findall(r"\{([a-z]+)", " ".join(ways)))


def _title(template: str, chosen: dict[str, list[Ingredient]], rng: random.Random) -> str:
    def word(match: re.Match[str]) -> str:
        slot, _, one = match[1].partition("-")
        if slot not in chosen:
            return _pick(rng, _WORDS[slot])
        name = chosen[slot][0].name
        return _singular(name) if one else name

    filled = _SLOT.sub(word, template)
    return " ".join(part if part in ("and", "with", "of", "over") else part.capitalize() for part in filled.split(" "))


def _fill(template: str, chosen: dict[str, list[Ingredient]], utensils: dict[str, str], rng: random.Random) -> str:
    def word(match: re.Match[str]) -> str:
        slot, _, bare = match[1].partition("-")
        if slot not in chosen:
            return utensils.get(slot) or _pick(rng, _WORDS[slot])
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


# random.random() alone is promised to stay the same between Python versions, so all choices are made from it.
def _pick(rng: random.Random, choices: Sequence[T]) -> T:
    return choices[int(rng.random() * len(choices))]


def _sample(rng: random.Random, choices: Sequence[Ingredient], count: int) -> list[Ingredient]:
    left = list(choices)
    return [left.pop(int(rng.random() * len(left))) for _ in range(count)]
