"""Addresses of lessons: what they may have is what the pages read, and what leads nowhere is said."""

from __future__ import annotations

import ast
import json
from pathlib import Path

import pytest

from pages.widgets.inside.coloured_text import Chosen
from pages.widgets.run import tabs
from pages.widgets.shared import navigation
from rnnkit import paths
from rnnkit.engine import RULES
from rnnkit.errors import LessonError
from rnnkit.lessons import addresses
from rnnkit.paths import PRETRAINED as CAME_ALONG

PAGES = Path(__file__).parents[2] / "pages"
SOURCES = [path.read_text("utf-8") for path in [*PAGES.rglob("*.py"), *PAGES.rglob("*.js")]]
TABLE = [addresses.EVERYWHERE, *addresses.PLACES.values(), *addresses.TABS.values()]


@pytest.fixture(autouse=True)
def _networks_came_along(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paths, "PRETRAINED", CAME_ALONG)


def bound() -> set[str]:
    """Keys of controls that pages bind to the address and say as they are."""
    found = set()
    for source in PAGES.rglob("*.py"):
        for call in ast.walk(ast.parse(source.read_text("utf-8"))):
            if isinstance(call, ast.Call):
                given = {one.arg: one.value for one in call.keywords}
                at = (given.get("bind"), given.get("key"))
                if all(isinstance(one, ast.Constant) and one.value for one in at):
                    found.add(given["key"].value)
    return found


def test_the_table_knows_every_page_and_tab():
    assert set(addresses.pages()) == set(navigation.PAGES)
    assert set(addresses.PLACES) <= set(navigation.PAGES)
    assert list(addresses.TABS) == list(tabs.TABS)


def test_the_table_knows_every_control_that_is_in_an_address():
    known = frozenset().union(*(place.parameters for place in TABLE))
    assert bound() - known - {addresses.HIDE} == set()


def test_every_parameter_and_control_of_the_table_stands_in_a_page():
    written = "\n".join(SOURCES)
    names = frozenset().union(*(place.parameters | place.others for place in TABLE))
    missing = [name for name in names if f'"{name}"' not in written and f"'{name}'" not in written]
    made = {"top_k", "top_p", *(f"lab_{rule}" for rule in RULES)}  # from the names of the rules
    assert set(missing) - made - set(Chosen._fields) == set()


def test_an_address_names_a_page_its_tab_and_a_run_that_everybody_has():
    address = addresses.read("Run?run=python-lstm&tab=inside&moment=5")
    assert (address.page, address.tab, address.of("run")) == ("Run", "inside", ["python-lstm"])
    assert address.link(lesson="x", step="2") == "Run?run=python-lstm&tab=inside&moment=5&lesson=x&step=2"
    assert addresses.read("").page == addresses.HOME
    assert addresses.read("Run?run=last&tab=sample&temperatures=0.3&temperatures=1").of("temperatures") == ["0.3", "1"]
    assert (
        addresses.shipped("python-lstm") == json.loads((CAME_ALONG / "python-lstm/run.json").read_text("utf-8"))["id"]
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Trian", "did you mean Train"),
        ("Run?run=last&tab=insde", "did you mean inside"),
        ("Run?run=dgcw8vc6", "expected a network that comes along"),
        ("Run?run=last&tab=watch&lab_seed=1", "expected a parameter of this page"),
        ("Train?preset=one-minut", "did you mean one-minute"),
        ("Train?corpus=text-0123456789", "expected a text that everybody has"),
    ],
)
def test_an_address_that_leads_nowhere_is_said_in_three_parts(text: str, said: str):
    with pytest.raises(LessonError, match=said) as error:
        addresses.read(text)
    assert "expected" in str(error.value)
    assert "got" in str(error.value)
