"""Lessons: guided steps over the pages, each a small TOML file here or in `lessons/` of RNNKIT_HOME.

A step is an address, what to do there, what to notice, and a question with its answer; docs/lessons.md says how to
write one. Knows no page's code.
"""

from __future__ import annotations

import re
import tomllib
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    field_validator,
    model_validator,
)

from rnnkit import settings
from rnnkit.errors import LessonError, PersonError, did_you_mean
from rnnkit.lessons import addresses, glossary
from rnnkit.lessons.addresses import HIDE, LESSON, STEP, Address

HERE, OWN = Path(__file__).parent, "lessons"
MOST_BYTES = 100_000
NAME = re.compile(r"[a-z\d][a-z\d-]{0,39}", re.ASCII)  # of a file, without .toml
_WORD = re.compile(r"\[([^\[\]]+)\]")


def _explained(text: str) -> str:
    """Words in [brackets] are explained where the text is shown, so the glossary has to know them."""
    for word in _WORD.findall(text):
        try:
            glossary.term(word)
        except KeyError:
            near = did_you_mean(word.lower(), glossary.TERMS)
            raise ValueError(f"expected words in [brackets] to be in the glossary, got {word!r}{near}") from None
    return text


Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=90)]
Sentence = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=2, max_length=190), AfterValidator(_explained)
]
Short = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=2, max_length=118), AfterValidator(_explained)
]  # one line of the strip at 1280 pixels
Answer = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=2, max_length=600), AfterValidator(_explained)
]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Step(_Part):
    """One step: where it is, what one does there, what one notices. Words in [brackets] are explained."""

    title: Line
    address: str
    do: Short
    look: Short
    question: Sentence
    answer: Answer
    minutes: int = Field(ge=1, le=90)
    hide: tuple[str, ...] = ()

    @field_validator("address")
    @classmethod
    def _leads_somewhere(cls, text: str) -> str:
        try:
            addresses.read(text)
        except LessonError as error:
            raise ValueError(str(error).removeprefix("address: ").removeprefix("address, ")) from None
        return text

    @model_validator(mode="after")
    def _hides_what_is_there(self) -> Self:
        known = addresses.controls(self.to)
        for name in self.hide:
            if name not in known:
                raise ValueError(f"hide: expected controls of this page, got {name[:60]!r}{did_you_mean(name, known)}")
        return self

    @property
    def to(self) -> Address:
        """The page and its parameters, with what is hidden there."""
        address = addresses.read(self.address)
        hidden = {HIDE: ",".join(self.hide)} if self.hide else {}
        return address._replace(parameters={**address.parameters, **hidden})


class Lesson(_Part):
    """A lesson; `name` is its file's. `know`: what one will know. `language`: of its sentences, as in HTML."""

    name: Annotated[str, Field(pattern=rf"^{NAME.pattern}$")]
    title: Line
    minutes: int = Field(ge=1, le=600)
    for_whom: Annotated[str, StringConstraints(min_length=3, max_length=200)]
    language: Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}(-[A-Za-z]{2,8})?$")]
    know: tuple[Sentence, ...] = Field(min_length=1, max_length=8)
    steps: tuple[Step, ...] = Field(min_length=1, max_length=40)

    @model_validator(mode="after")
    def _minutes_add_up(self) -> Self:
        together = sum(step.minutes for step in self.steps)
        if together != self.minutes:
            raise ValueError(f"minutes: expected those of the steps together, {together}, got {self.minutes}")
        return self

    def minutes_left(self, step: int) -> int:
        """From the beginning of a step on; steps count from 1."""
        return sum(one.minutes for one in self.steps[step - 1 :])

    def link(self, step: int) -> str:
        """The address of a step, relative to the product's own, with the lesson in it."""
        return self.steps[step - 1].to.link(**{LESSON: self.name, STEP: str(step)})


def plain(text: str) -> str:
    """A sentence without the marks round words that are explained."""
    return _WORD.sub(r"\1", text)


def pieces(text: str) -> list[tuple[str, str]]:
    """A sentence in pieces: what is shown, and the word of the glossary it is, empty for the rest."""
    parts = _WORD.split(text)
    return [(part, part if place % 2 else "") for place, part in enumerate(parts) if part]


def folders() -> list[Path]:
    """Where lessons lie: ours, then one's own."""
    return [HERE, settings.home() / OWN]


def read(path: Path) -> Lesson:
    """Raises LessonError: one sentence for the first thing that is wrong."""
    try:
        return _read(path, path.stat().st_mtime_ns)
    except OSError as error:
        raise LessonError(f"{path.name}: expected a file that can be read, got {error.strerror}") from None


@lru_cache(maxsize=64)
def _read(path: Path, changed: int) -> Lesson:
    """Read again once it was changed: pages ask at every run of theirs."""
    with path.open("rb") as file:
        data = file.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise LessonError(f"{path.name}: expected at most {MOST_BYTES:,} bytes, got more")
    try:
        return Lesson.model_validate({**tomllib.loads(data.decode("utf-8")), "name": path.stem})
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise LessonError(f"{path.name}: expected TOML in UTF-8, got {error}") from None
    except ValidationError as error:
        raise LessonError(f"{path.name}, {_sentence(error)}") from None


def _sentence(error: ValidationError) -> str:
    """The first thing that is wrong, with its place as a person counts."""
    first = error.errors()[0]
    where = [f"step {part + 1}" if isinstance(part, int) else str(part) for part in first["loc"]]
    place = ", ".join(part for part in where if part != "steps" or len(where) == 1)
    what = first["msg"].removeprefix("Value error, ")
    if "got" in what.split():
        return f"{place}: {what}" if place else what
    what = what[0].lower() + what[1:]
    return f"{place}: expected a lesson's setting ({what}), got {str(first['input'])[:60]!r}"


def every() -> tuple[list[Lesson], list[str]]:
    """All lessons, ours first, and a sentence for each file that is none. One's own takes the place of our namesake."""
    found: dict[str, Lesson] = {}
    problems: list[str] = []
    for folder in folders():
        for path in sorted(folder.glob("*.toml")):
            try:
                found[path.stem] = read(path)
            except PersonError as error:
                problems.append(str(error))
    order = {name: place for place, name in enumerate(OURS)}
    return sorted(found.values(), key=lambda one: order.get(one.name, len(order))), problems


def find(name: str) -> Lesson | None:
    """The lesson of this name; None where there is none or its file is wrong."""
    if not NAME.fullmatch(name):
        return None
    for folder in reversed(folders()):
        try:
            return read(folder / f"{name}.toml")
        except LessonError:
            continue
    return None


OURS = ("write", "memory", "lab")  # in the order in which they are offered
