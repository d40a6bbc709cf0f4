"""The words of the field, one plain sentence each: the one source for tooltips, labels and docs/glossary.md.

They stand in glossary.json, which pages read too. `python -m rnnkit.lessons.glossary` prints the document.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import NamedTuple

FILE = Path(__file__).with_name("glossary.json")
HEAD = """# Glossary

One word for one thing, on pages, in commands, in errors and in code: the word under which one finds it in a textbook.
On a page a word with dots under it says what stands here.

| word | what it means |
| --- | --- |
"""


class Term(NamedTuple):
    """A word, its sentence, and the other forms in which it stands on a page."""

    name: str
    meaning: str
    forms: tuple[str, ...] = ()


TERMS: dict[str, Term] = {
    name.lower(): Term(name, meaning, tuple(forms)) for name, meaning, forms in json.loads(FILE.read_text("utf-8"))
}
_BY_FORM = {form: term for term in TERMS.values() for form in (term.name.lower(), *term.forms)}


def term(word: str) -> Term:
    """What is known of a word, in any of its forms. Raises KeyError for one that is not explained."""
    return _BY_FORM[word.lower()]


def markdown() -> str:
    """docs/glossary.md."""
    return HEAD + "".join(f"| {one.name} | {one.meaning} |\n" for one in TERMS.values())


if __name__ == "__main__":
    print(markdown(), end="")
