"""What a node computes with is compared before it gets a run."""

from __future__ import annotations

from pathlib import Path

import pytest

from rnnkit import paths
from rnnkit.training.cluster import sameness

HERE = "lab/1234"


def test_a_node_with_the_same_code_and_packages_is_not_refused():
    facts = {"versions": sameness.here(), "machine": HERE}
    assert sameness.refusals(facts, sameness.here(), HERE, sqlite=True) == []
    assert {"rnnkit", "Python", "numpy", "numba", "tensorflow"} <= sameness.here().keys()


def test_each_difference_is_a_sentence():
    ours = {"rnnkit": "abc", "Python": "3.11", "numpy": "2.4.6"}
    there = {"rnnkit": "abd", "Python": "3.11"}
    assert sameness.differences(there, ours) == [
        "rnnkit: expected abc as where the scheduler runs, got abd",
        "numpy: expected 2.4.6 as where the scheduler runs, got none",
    ]


def test_a_file_cannot_be_the_store_of_two_machines():
    facts = {"versions": {}, "machine": "elsewhere/99"}
    (said,) = sameness.refusals(facts, {}, HERE, sqlite=True)
    assert said.startswith("RNNKIT_STORE: expected PostgreSQL")
    assert sameness.refusals(facts, {}, HERE, sqlite=False) == []


def test_another_line_of_code_is_another_sum_and_ends_of_lines_are_none(tmp_path: Path, monkeypatch):
    monkeypatch.setattr(paths, "PACKAGE", tmp_path)
    code = tmp_path / "code.py"

    def summed(text: bytes) -> str:
        code.write_bytes(text)
        return sameness.code_sum.__wrapped__()

    assert summed(b"a = 1\nb = 2\n") == summed(b"a = 1\r\nb = 2\r\n")
    assert summed(b"a = 1\nb = 2\n") != summed(b"a = 1\nb = 3\n")
    (tmp_path / "pretrained").mkdir()
    (tmp_path / "pretrained" / "more.py").write_text("c = 3")
    assert summed(b"a = 1\n") == summed(b"a = 1\n")


@pytest.mark.parametrize("name", sameness.PACKAGES)
def test_packages_are_called_as_they_are_installed(name: str):
    assert sameness.here()[name] != "none"
