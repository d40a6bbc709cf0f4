"""docs/provenance.md says of every text and every trained network where it comes from and under what terms."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from rnnkit.config import split_corpora
from rnnkit.texts.corpora import CORPORA

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "provenance.md").read_text("utf-8")
NETWORKS = {
    path.parent.name: json.loads(path.read_text("utf-8")) for path in sorted((ROOT / "pretrained").glob("*/run.json"))
}


def row(name: str) -> list[str]:
    """The cells of the one row that begins with this name."""
    [line] = re.findall(rf"^\| `{re.escape(name)}` \| (.*) \|$", PAGE, re.MULTILINE)
    return line.split(" | ")


@pytest.mark.parametrize("name", CORPORA)
def test_a_text_that_can_be_chosen_has_its_source_and_terms_there(name: str):
    title, source, terms, _ = row(name)
    assert CORPORA[name].title.startswith(title)  # Python's has its version behind it
    assert (source, terms) == (CORPORA[name].source, CORPORA[name].licence)


@pytest.mark.parametrize("name", NETWORKS)
def test_a_trained_network_says_what_it_was_trained_on(name: str):
    network = NETWORKS[name]
    texts = split_corpora(network["config"]["corpus"])
    epochs = ", ".join(str(checkpoint["epoch"]) for checkpoint in network["checkpoints"])
    assert row(name) == [", ".join(f"`{text}`" for text in texts), f"{network['params']:,}", epochs]
    licences = [row(text)[2] for text in texts]
    assert network["provenance"]["corpus"]["licence"] == "; ".join(dict.fromkeys(licences))


def test_the_page_names_no_network_that_is_gone():
    section = PAGE.split("## Networks")[1]
    assert re.findall(r"^\| `([\w-]+)`", section, re.MULTILINE) == list(NETWORKS)
