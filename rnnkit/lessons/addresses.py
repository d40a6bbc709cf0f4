"""Addresses that a lesson may lead to: the pages, what their addresses have, and the controls that one can hide.

Runs are named in them as the networks that come along are (`run=python-lstm`), or `last` for one's own newest run.
Knows no page's code: tests/lessons/test_addresses.py holds the table against it.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple
from urllib.parse import parse_qs, urlencode

from rnnkit import paths
from rnnkit.config import split_corpora
from rnnkit.engine import RULES
from rnnkit.errors import LessonError, did_you_mean
from rnnkit.presets import PRESETS
from rnnkit.texts import corpora

HOME, RUN = "Home", "Run"
LAST = "last"  # stands for one's own newest run
NAMING_RUNS = ("run", "runs", "fork")  # parameters
HIDE, LESSON, STEP = "hide", "lesson", "step"


class Place(NamedTuple):
    """What the address of a page may have; nearly all of it are keys of controls, which can be hidden too.

    `others`: controls that can be hidden and are not in the address.
    """

    parameters: frozenset[str] = frozenset()
    others: frozenset[str] = frozenset()

    def __or__(self, other: Place) -> Place:
        return Place(self.parameters | other.parameters, self.others | other.others)


def _place(parameters: str, others: str = "") -> Place:
    return Place(frozenset(parameters.split()), frozenset(others.split()))


EVERYWHERE = _place("owner", "sidebar")
_GRADIENTS = "part fresh_seed epoch clip clip_at"
_FORECAST = "stretch length temperature start futures forecast_epoch epoch"
_TRANSLATE = "after beside date draw"
_CLASSIFY = "drawn text tried after"
# Page -> what its address has. A page that is not here has nothing of its own there.
PLACES: dict[str, Place] = {
    "Train": _place("preset corpus fork epoch column decimal dates", "other_experiments change_settings costs"),
    "Runs": _place("q text owners task status tag sort group"),
    "Compare": _place(
        "runs find_runs along unit references across temperatures epochs length seed prompt at novelty heat", "run_list"
    ),
    "Other tasks": _place(f"run do part {_CLASSIFY} {_FORECAST} {_TRANSLATE}"),
    "Lessons": _place("word_search"),
    "Texts": _place("corpus bring"),
    "Duel": _place("runs corpus preset equal each unit"),
    "From scratch": _place(
        "cell part word hand_units hand_seed at numbers weights run after hand_text hand_layer hand_seen "
        "sentence sentence_units sentence_rate sentence_steps "
        "sentence_update sentence_clip sentence_limit sentence_seed "
        "overfit_text overfit_dropout overfit_units overfit_seed"
    ),
    "Gradients": _place(f"runs radius explosion_rate explosion_limit explosion_seed {_GRADIENTS}"),
    "Words and verse": _place("view corpus run snippet rule fewer rare"),
    "Memory": _place("runs", "memory_networks memory_seconds"),
    "Quiz": _place("run seed ats heat length"),
    RUN: _place("run tab", "tabs"),
}
# Tab of a run -> what it has besides.
TABS: dict[str, Place] = {
    "watch": _place("at film_prompt film_seed about ingredients recipes"),
    "try": PLACES["Other tasks"],
    "sample": _place(
        "prompt epochs temperatures length seed top_k top_p greedy copies at_least", "rules random_prompt"
    ),
    "temperature": _place(
        " ".join(["view lab_prompt epoch lab_seed symbols at beams branch", *(f"lab_{name}" for name in RULES)])
    ),
    "write": _place("keyboard_epoch keyboard_temperature keyboard_draw keyboard_seed keystrokes"),
    "inside": _place(
        "reads moment inside_own layer quantity unit place marks marked_as tool way ngram beside attended taken "
        "loop_seed date",
        "inside_moment inside_text followers",
    ),
    "gradients": _place(_GRADIENTS),
    "compare": _place(""),
    "export": _place(""),
}


class Address(NamedTuple):
    """A page and the parameters of its address, as a lesson's file names them: runs by name."""

    page: str
    parameters: Mapping[str, str | list[str]]  # a list where one is given several times

    def of(self, name: str) -> list[str]:
        """The values of a parameter, none where it is not given."""
        value = self.parameters.get(name, [])
        return [value] if isinstance(value, str) else value

    @property
    def tab(self) -> str:
        """Of a run's page."""
        return next(iter(self.of("tab")), "watch")

    @property
    def place(self) -> Place:
        """What this address may have; a tab that there is not has nothing of its own."""
        found = EVERYWHERE | PLACES.get(self.page, Place())
        return found | TABS.get(self.tab, Place()) if self.page == RUN else found

    def link(self, **more: str) -> str:
        """Relative to the product's own address, e.g. `Run?run=python-lstm&tab=inside`."""
        asked = urlencode({**self.parameters, **more}, doseq=True)
        path = "" if self.page == HOME else self.page.replace(" ", "_")
        return f"{path or './'}?{asked}" if asked else path or "./"


def pages() -> list[str]:
    """The names of all pages."""
    files = (paths.DASHBOARD.parent / "pages").glob("[0-9]*.py")
    return [HOME, *sorted(file.stem.partition("_")[2].replace("_", " ") for file in files)]


def controls(address: Address) -> frozenset[str]:
    """The names of what can be hidden there."""
    return address.place.parameters | address.place.others


def shipped(name: str) -> str | None:
    """The id of the network that came with the program under this name; None where there is none."""
    return _shipped(paths.PRETRAINED).get(name)


@cache
def _shipped(folder: Path) -> dict[str, str]:
    files = folder.glob("*/run.json")
    return {file.parent.name: json.loads(file.read_text("utf-8"))["id"] for file in files}


def read(text: str) -> Address:
    """An address as a lesson's file has it, e.g. `Run?run=python-lstm&tab=inside`.

    Raises:
        LessonError: it leads to no page, run or text that everybody has, or has parameters that the page does not know.
    """
    path, _, query = text.partition("?")
    page = path.strip("/").replace("_", " ") or HOME
    _known("address", "a page", page, pages())
    found = parse_qs(query, keep_blank_values=True)
    address = Address(page, {name: values if len(values) > 1 else values[0] for name, values in found.items()})
    if page == RUN:
        _known("address, tab", "a tab of a run", address.tab, TABS)
    for name in found:
        _known(f"address, {page}", "a parameter of this page", name, address.place.parameters)
    everybody_has = [LAST, *_shipped(paths.PRETRAINED)]
    for name in NAMING_RUNS:
        for run in ",".join(address.of(name)).split(",") if name in found else ():
            _known(f"address, {name}", "a network that comes along, or `last`,", run, everybody_has)
    for name in address.of("preset"):
        _known("address, preset", "a preset", name, [*PRESETS, "own"])
    for name in split_corpora("+".join(address.of("corpus"))):
        _known("address, corpus", "a text that everybody has", name.partition("-")[0], corpora.CORPORA)
    return address


def _known(where: str, what: str, name: str, every: Collection[str]) -> None:
    if name not in every:
        near = did_you_mean(name, every)
        listed = "" if near else f" ({', '.join(sorted(every)[:12])} …)"
        raise LessonError(f"{where}: expected {what}{listed}, got {name[:60]!r}{near}")
