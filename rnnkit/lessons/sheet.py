"""A lesson on paper: questions with lines to write on, and a page with the answers for the teacher. Knows no page.

Everything in it is escaped; it needs no network, no script and no font.
"""

from __future__ import annotations

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from rnnkit.lessons import glossary
from rnnkit.lessons.lesson import Lesson, pieces

_PAGES = Environment(loader=FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=StrictUndefined)


def html(lesson: Lesson) -> bytes:
    """The sheet, UTF-8, for A4: the steps with their questions, and last the answers on a page of their own."""
    return _PAGES.get_template("sheet.html").render(lesson=lesson, marked=_marked, words=words(lesson)).encode("utf-8")


def words(lesson: Lesson) -> list[glossary.Term]:
    """The words that the lesson explains, each once, in the order of the alphabet."""
    said = [*lesson.know, *(text for one in lesson.steps for text in (one.do, one.look, one.question, one.answer))]
    found = {glossary.term(word) for text in said for _, word in pieces(text) if word}
    return sorted(found, key=lambda one: one.name.lower())


def _marked(text: str) -> Markup:
    """Words that are explained stand in italics."""
    return Markup("").join(Markup("<i>{}</i>").format(part) if word else escape(part) for part, word in pieces(text))
