"""One file out of a program: the branches that its settings take, and what those use."""

from __future__ import annotations

import ast
import textwrap
from pathlib import Path

import pytest

from rnnkit.sharing import bundle


def dedented(text: str) -> str:
    return textwrap.dedent(text).lstrip("\n")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A program of three modules."""
    sources = {
        "settings": """
            SIZE = 3  # of what is made
            KIND: str | None = None
            """,
        "parts": """
            import math
            import re

            from .settings import *

            STEP, SCALE = 1, 2
            WORD = re.compile("x")


            # Why it is so.
            def made() -> int:
                return math.isqrt(SIZE) * SCALE


            def words(text: str) -> list[str]:
                return WORD.findall(text)
            """,
        "program": '''
            """What it does."""

            from .settings import *

            if KIND:
                from .parts import words as made
            else:
                from .parts import made


            def main() -> None:
                print(made())


            if __name__ == "__main__":
                main()
            ''',
    }
    for name, source in sources.items():
        (tmp_path / f"{name}.py").write_text(dedented(source))
    monkeypatch.setattr(bundle, "FOLDER", tmp_path)
    bundle._all.cache_clear()
    yield tmp_path
    bundle._all.cache_clear()


@pytest.mark.parametrize(
    ("kind", "kept"),
    [("a", "x = 1"), ("b", "if size > 2:\n        x = 2"), ("c", "x = 3")],
)
def test_an_if_over_settings_is_the_branch_that_they_take(kind: str, kept: str):
    source = dedented("""
        def f(size):
            if KIND == "a":
                x = 1
            elif KIND == "b":
                if size > 2:
                    x = 2
            else:
                x = 3
            return x
        """)
    assert bundle.folded(source, {"KIND": kind}) == f"def f(size):\n    {kept}\n    return x\n"


def test_an_if_that_no_setting_decides_alone_stays():
    source = "if KIND and size:\n    x = 1\nif True:\n    x = 2\n"
    assert bundle.folded(source, {"KIND": "a"}) == source


def test_a_branch_that_is_not_taken_leaves_nothing():
    assert bundle.folded("x = 0\nif KIND:\n    x = 1\ny = 2\n", {"KIND": None}) == "x = 0\ny = 2\n"


def test_a_bundle_has_what_its_program_uses_and_the_settings_that_are_given(folder: Path):
    found = bundle.bundle("program", {"SIZE": 16})
    assert found.docstring == "What it does."
    assert (found.own_imports, found.imports) == ({"import math"}, set())
    assert found.code == dedented("""
        SIZE = 16  # of what is made


        STEP, SCALE = 1, 2


        # Why it is so.
        def made() -> int:
            return math.isqrt(SIZE) * SCALE


        def main() -> None:
            print(made())


        if __name__ == "__main__":
            main()""")


@pytest.mark.parametrize("program", ["text", "reviews", "authors", "series"])
@pytest.mark.parametrize("streams", [True, False])
def test_no_name_of_a_script_is_defined_twice(program: str, streams: bool):
    body = ast.parse(bundle.bundle(program, {"STREAMS": streams}).code).body
    names = [node.name for node in body if isinstance(node, ast.FunctionDef | ast.ClassDef)]
    assert "main" in names or "train_on" in names
    assert len(set(names)) == len(names)
