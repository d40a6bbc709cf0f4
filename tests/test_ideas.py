"""docs/ideas.md: every link of the table of ideas leads to a page, a tab, a tool and a network that there are."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from pages.widgets.inside import surgery
from rnnkit import paths
from rnnkit.lessons import addresses
from rnnkit.paths import PRETRAINED as CAME_ALONG

ROOT = Path(__file__).parents[1]
LINKS = re.findall(r"\]\(http://localhost:8501/([^)]+)\)", (ROOT / "docs" / "ideas.md").read_text("utf-8"))
NAMES = {json.loads(path.read_text("utf-8"))["id"]: path.parent.name for path in CAME_ALONG.glob("*/run.json")}
VIEWS = {"From scratch": ("part", "9_From_scratch"), "Gradients": ("part", "10_Gradients"),
         "Words and verse": ("view", "11_Words_and_verse")}  # fmt: skip


@pytest.mark.parametrize("link", LINKS)
def test_a_link_leads_somewhere(link: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(paths, "PRETRAINED", CAME_ALONG)
    named = re.sub("|".join(NAMES), lambda found: NAMES[found[0]], link)
    address = addresses.read(named)  # refuses pages, tabs, parameters and networks that there are not
    if address.page in VIEWS:
        key, file = VIEWS[address.page]
        source = (ROOT / "pages" / f"{file}.py").read_text("utf-8")
        assert all(f'"{view}": ' in source for view in address.of(key))
    source = Path(surgery.__file__).read_text("utf-8")
    assert all(f'"{tool}": ' in source for tool in address.of("tool"))


def test_the_table_is_there():
    assert len(LINKS) > 30
