"""Are the ingredients that a recipe uses on its list? What document 003 names as its network's fault, counted.

Reads real recipes and what networks write, in characters or in words: a title, the table below its header line, an
empty line, the instructions. Knows no page.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import groupby
from typing import NamedTuple

from rnnkit.errors import ConfigError, CorpusError
from rnnkit.store import Run, Store
from rnnkit.studies.checkpoint import At, chosen, codec_of, load
from rnnkit.studies.sampling import SampleSettings, check, drafts
from rnnkit.tasks import Does
from rnnkit.texts import word_rules

HEADER = frozenset(("amount", "measure", "ingredient", "preparation", "method"))
HEADER_WORDS = 3  # so many of them make a header: early epochs misspell
LONGEST_NAME = 5  # words
SEEN = 2  # rows that must name an ingredient before it counts as one, where there are more than FEW rows
FEW = 3_000
ENOUGH = 20  # recipes of a text
COUNT = 12  # recipes that an epoch writes
LARGE = 0.98  # of all recipes are no larger
OPENING_CHARS = 150
SETTINGS = SampleSettings(temperatures=(0.7,))


def _set_of(words: str) -> frozenset[str]:
    return frozenset(words.split())


# What is done to an ingredient or how large it is; what kind it is stays part of its name.
_STATES = _set_of(
    """a additional baby beaten boiled boneless bulk canned chilled chopped coarse coarsely cold cooked cooled crumbled
    crushed cubed cut diced divided drained dried extra fine finely firm firmly fresh freshly frozen grated ground
    halved heaping hot jumbo julienned large lean light lightly mashed medium melted minced more optional packed peeled
    pitted prepared pure quartered raw refrigerated rinsed ripe roasted roughly scant seeded sharp shelled shredded
    sifted skinless sliced small softened squeezed thawed thick thickly thin thinly toasted torn trimmed uncooked warm
    warmed whipped whole"""
)
_NAME_ENDS = _set_of(", ( ; or to for with from plus such in * --")
_TAP = _set_of("water ice")  # nobody lists it
# Single words of tables that mean something else in instructions: tools, shapes, colours, and what is being made.
_OTHER_THINGS = _set_of(
    """asian berry biscuit black bone bread cake crust dough dressing filling foil fruit green half loaf mixture paper
    parchment pasta pastry red round salad sauce savory skewer skin spray stick toothpick topping vegetable white
    yellow"""
)
_PARTS = _set_of("clove juice leaf peel rind slice wedge white yolk zest")
# Made of the word before, and something else: `apple cider` is no apple.
_PRODUCTS = _set_of("broth cider flour juice meal milk noodle oil paste powder stock syrup vinegar wine zest")
_HALF_AND_HALF = ("half", "and", "half")  # other names with an "and" are two
_SENTENCE_ENDS = _set_of(". ! ? ; :")
_SPACED_DASH = re.compile(r"\s-+\s")
_IRREGULAR = {"leaves": "leaf", "loaves": "loaf", "halves": "half", "cookies": "cookie", "brownies": "brownie"}
_PLURALS = ((re.compile(r"ies$"), "y"), (re.compile(r"(ch|sh|x|ss|o)es$"), r"\1"), (re.compile(r"(?<![us])s$"), ""))

Name = tuple[str, ...]  # an ingredient's words, each singular


class Recipe(NamedTuple):
    """A recipe as it stands in a text: the lines of its table without the header, its instructions in one piece."""

    title: str
    rows: tuple[str, ...]
    instructions: str


class Mention(NamedTuple):
    """An ingredient in the instructions: its name, as it is written there, and whether the list has it."""

    name: Name
    written: str
    listed: bool


class Share(NamedTuple):
    """Missing ingredients of some recipes: `missing` of `used` are not on their recipe's list."""

    recipes: int
    used: int
    missing: int

    @property
    def value(self) -> float | None:
        """None where no recipe uses an ingredient that can be told."""
        return self.missing / self.used if self.used else None


# ---- recipes in a text


def recipes(text: str) -> list[Recipe]:
    """All recipes of `text` that have a header, at least one line in the table, and instructions."""
    lines = text.split("\n")
    headers = [at for at, line in enumerate(lines) if _is_header(line)]
    ends = [*(_title_at(lines, header) for header in headers[1:]), len(lines)]
    found = (_recipe(lines, header, end) for header, end in zip(headers, ends, strict=False))
    return [recipe for recipe in found if recipe.rows and recipe.instructions]


def _is_header(line: str) -> bool:
    words = line.lower().split()
    return len(words) <= len(HEADER) + 2 and len(HEADER & set(words)) >= HEADER_WORDS


def _title_at(lines: Sequence[str], header: int) -> int:
    """The last line before a header in which something is written."""
    return next((at for at in range(header - 1, -1, -1) if lines[at].strip()), 0)


def _recipe(lines: Sequence[str], header: int, end: int) -> Recipe:
    first = header + 1
    if first < end and not lines[first].strip(" \t-"):
        first += 1  # the line of dashes
    last = next((at for at in range(first, end) if not lines[at].strip()), end)
    rows = tuple(line for line in lines[first:last] if line.strip())
    return Recipe(lines[_title_at(lines, header)].strip(), rows, "\n".join(lines[last:end]).strip())


# ---- names of ingredients


def lexicon(known: Iterable[Recipe]) -> frozenset[Name]:
    """The ingredients that the tables of `known` name, with and without what is done to them before.

    Rows without tabs name none. In a large text a name must be seen SEEN times.
    """
    cells = [row.split("\t")[2] for recipe in known for row in recipe.rows if row.count("\t") >= 2]
    counts: Counter[Name] = Counter()
    for words in _lines_of_words(_SPACED_DASH.split(cell)[0] for cell in cells):
        whole = _name(words)
        start = next((at for at, word in enumerate(whole) if word not in _STATES), len(whole))
        counts.update({whole, whole[start:]})
    at_least = SEEN if len(cells) > FEW else 1
    return frozenset(name for name, count in counts.items() if count >= at_least and _is_food(name))


def _is_food(name: Name) -> bool:
    words = all(word[0].isalpha() for word in name)
    if not words or not 1 <= len(name) <= LONGEST_NAME or name[-1] in _STATES | _TAP:
        return False
    return (len(name) > 1 or name[0] not in _OTHER_THINGS) and ("and" not in name or name == _HALF_AND_HALF)


def _name(words: Sequence[str]) -> Name:
    """The words of an ingredient's cell up to where something is said about it."""
    end = next((at for at, word in enumerate(words) if word in _NAME_ENDS), len(words))
    return tuple(map(singular, words[:end]))


def _words(text: str) -> list[str]:
    """Words as a network reads them, without the hyphen in `all-purpose`."""
    return [word for word in word_rules.words(text) if word != "-"]


def _lines_of_words(lines: Iterable[str]) -> Iterator[list[str]]:
    """The words of each line; all at once, which is ten times as fast as one by one."""
    for is_line_end, words in groupby(_words("\n".join(lines)), "\n".__eq__):
        if not is_line_end:
            yield list(words)


@lru_cache(maxsize=20_000)
def singular(word: str) -> str:
    """`berries` -> `berry`. Only so right that both forms of a word become the same."""
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    for plural, one in _PLURALS:
        if len(word) > 3 and plural.search(word):
            return plural.sub(one, word)
    return word


# ---- what is missing


def mentions(recipe: Recipe, names: frozenset[Name]) -> list[Mention]:
    """The ingredients that the instructions use, each once, in their order.

    The longest known name counts. A single word at the beginning of a sentence is taken for a verb (`Butter a dish`).
    """
    rows = [list(map(singular, words)) for words in _lines_of_words(recipe.rows)]
    found: dict[Name, Mention] = {}
    words = _words(recipe.instructions)
    for at, name in _named(words, names):
        found.setdefault(name, Mention(name, " ".join(words[at : at + len(name)]), _is_listed(name, rows)))
    return list(found.values())


def _is_listed(name: Name, rows: Sequence[list[str]]) -> bool:
    """All words of the name stand in one line of the table, in any order: `pepper` where it has `red bell pepper`.

    What was done to it on the way counts for nothing (`melted butter`), and a part is listed with the whole
    (`lemon juice` where the list has lemons).
    """
    while len(name) > 1 and name[0].endswith("ed") and name[0] in _STATES:
        name = name[1:]
    is_part = len(name) > 1 and name[-1] in _PARTS
    wholes = [row for row in rows if not _PARTS.intersection(row)] if is_part else []
    return any(_has(row, name) for row in rows) or any(_has(row, name[:-1]) for row in wholes)


def _has(row: list[str], name: Name) -> bool:
    if not all(word in row for word in name):
        return False
    after = (row[at + 1] if at + 1 < len(row) else "" for at, word in enumerate(row) if word == name[-1])
    return not all(word in _PRODUCTS for word in after)


def _named(words: Sequence[str], names: frozenset[Name]) -> Iterator[tuple[int, Name]]:
    """(place, name) of each longest known name."""
    stems = list(map(singular, words))
    at = 0
    while at < len(words):
        ahead = (tuple(stems[at : at + size]) for size in range(LONGEST_NAME, 0, -1))
        name = next((name for name in ahead if name in names), ())
        opens = at == 0 or words[at - 1] in _SENTENCE_ENDS or words[at - 1] == "\n"
        if name and not (len(name) == 1 and opens):
            yield at, name
        at += max(len(name), 1)


def share(of: Iterable[Recipe], names: frozenset[Name]) -> Share:
    """How many of the ingredients used are missing, over all of these recipes."""
    found = [mentions(recipe, names) for recipe in of]
    missing = sum(not mention.listed for mentioned in found for mention in mentioned)
    return Share(len(found), sum(map(len, found)), missing)


# ---- what a run writes


class RecipeStatistics(NamedTuple):
    """What a training text gives to count with: its ingredients, its own share, and how its recipes are.

    `opening` is the end of one of them, after which a network begins the next; `chars` and `words` are the size of
    a recipe that few are longer than.
    """

    names: frozenset[Name]
    own: Share
    opening: str
    chars: int
    words: int


class EpochRecipes(NamedTuple):
    """What one kept epoch wrote: the first recipe of each text that has one, and their share."""

    epoch: float
    share: Share
    recipes: list[Recipe]


def has_recipes(text: str) -> bool:
    """Whether there are enough recipes in the lecture's layout to count with."""
    return sum(map(_is_header, text.split("\n"))) >= ENOUGH


def statistics(text: str) -> RecipeStatistics:
    """What to count with; 1.5 MB take about 3 s. Raises CorpusError: fewer than ENOUGH recipes."""
    known = recipes(text)
    if len(known) < ENOUGH:
        raise CorpusError(
            f"text: expected at least {ENOUGH} recipes with a header line ({' '.join(HEADER)}), got {len(known)}"
        )
    names, lines = lexicon(known), text.split("\n")
    sizes = sorted(len("\n".join((recipe.title, *recipe.rows, recipe.instructions))) for recipe in known)
    large = sizes[int(len(sizes) * LARGE)]
    words = len(word_rules.words(text)) * large // len(text)
    second = [at for at, line in enumerate(lines) if _is_header(line)][1]
    opening = "".join(f"{line}\n" for line in lines[: _title_at(lines, second)])[-OPENING_CHARS:]
    return RecipeStatistics(names, share(known, names), opening, large, words)


def curve(
    store: Store, run: Run, of_text: RecipeStatistics, settings: SampleSettings = SETTINGS, *, epochs: Iterable[At],
    count: int = COUNT,
) -> Iterator[EpochRecipes]:  # fmt: skip
    """Let checkpoints write `count` recipes each, with the seeds from `seed` on, and count what is missing.

    Args:
        settings: temperature and seed; the prompt and the length are those of the text's own recipes.

    Raises:
        ConfigError: a number is out of range, the run writes nothing, or it reads line ends as spaces.
        UnknownEpoch, DamagedCheckpoint: as `checkpoint.load`.
    """
    check(count, settings.seed)
    config = codec_of(run, Does.WRITES).config
    if config.newlines != "keep":
        raise ConfigError(f"run {run.id}: expected line ends kept, which part a recipe, got them read as spaces")
    length = {"characters": of_text.chars, "words": of_text.words}[config.kind]
    settings = replace(settings, prompt=of_text.opening, length=length)
    for moment in chosen(store, run, epochs):
        texts = drafts(store, load(store, run, moment.epoch, does=Does.WRITES), settings, count)
        written = [found[0] for text in texts if (found := recipes(text))]
        yield EpochRecipes(moment.epoch, share(written, of_text.names), written)
