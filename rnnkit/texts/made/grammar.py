"""A small generative grammar: rules by name, each a list of ways to write it, `{rule}` in a way for another rule.

`{Rule}` begins with a capital. All choices come from `random.random()`, which alone is promised to stay the same
between Python versions. Knows no text and no file.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Mapping, Sequence
from importlib import resources
from typing import Any, NamedTuple, TypeVar

T = TypeVar("T")
_SLOT = re.compile(r"\{([A-Za-z_]+)\}")
_ARTICLE = re.compile(r"\b([Aa]) (?=[aeiou]|hour|hon[eo])")


class Slot(NamedTuple):
    """Where another rule is written; `capital`: with a capital letter."""

    rule: str
    capital: bool


def data(name: str) -> Any:
    """The words and rules of one of the files beside this one."""
    return json.loads(resources.files(__package__).joinpath(name).read_text(encoding="utf-8"))


def pick(rng: random.Random, choices: Sequence[T]) -> T:
    """One of `choices`, each as likely."""
    return choices[int(rng.random() * len(choices))]


def sample(rng: random.Random, choices: Sequence[T], count: int) -> list[T]:
    """`count` different ones of `choices`, in any order."""
    left = list(choices)
    return [left.pop(int(rng.random() * len(left))) for _ in range(count)]


class Grammar:
    """Rules that write themselves out; `known` words stand for rules that are told each time."""

    def __init__(self, rules: Mapping[str, Sequence[str]]) -> None:
        self._rules = {name: [_parts(way) for way in ways] for name, ways in rules.items()}

    def write(self, rule: str, rng: random.Random, known: Mapping[str, str] = {}) -> str:
        """One way of `rule`. Raises KeyError: a rule names another that is neither here nor `known`."""
        return self.fill(pick(rng, self._rules[rule]), rng, known)

    def fill(self, way: str | tuple[str | Slot, ...], rng: random.Random, known: Mapping[str, str] = {}) -> str:
        """One way, written out; "a" before a vowel is "an"."""
        written: list[str] = []
        self._write(_parts(way) if isinstance(way, str) else way, rng, known, written)
        return _ARTICLE.sub(r"\1n ", "".join(written))

    def _write(
        self, parts: tuple[str | Slot, ...], rng: random.Random, known: Mapping[str, str], written: list[str]
    ) -> None:
        for part in parts:
            if isinstance(part, str):
                written.append(part)
                continue
            at = len(written)
            if part.rule in known:
                written.append(known[part.rule])
            else:
                self._write(pick(rng, self._rules[part.rule]), rng, known, written)
            if part.capital:
                written[at] = written[at][:1].upper() + written[at][1:]


def _parts(way: str) -> tuple[str | Slot, ...]:
    """`Give {him} {a_thing}` as text and slots; no empty text, so that a capital falls on a letter."""
    found: list[str | Slot] = []
    for i, part in enumerate(_SLOT.split(way)):
        if i % 2:
            found.append(Slot(part[:1].lower() + part[1:], part[:1].isupper()))
        elif part:
            found.append(part)
    return tuple(found)
