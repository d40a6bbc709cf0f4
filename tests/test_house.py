"""The house stays as it is laid out: floors, names, docstrings, and a README that tells the truth."""

from __future__ import annotations

import ast
import dataclasses
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from rnnkit.architectures.architecture import Architecture
from rnnkit.architectures.parts.cell import Cell
from rnnkit.settings import SETTINGS

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"

BUILDERS = ("architectures", "engine", "sharing", "training")  # may import Keras, inside a function
FRAMEWORKS = ("keras", "tensorflow")
VAGUE = ("utils", "helpers", "manager", "service", "core", "common")
# What each file of architectures/ fills in, said once where the record is.
RECORDED = {field.name for record in (Architecture, Cell) for field in dataclasses.fields(record)} | {"prepare"}
# Written in two halves, so that this file does not name them.
REGISTRIES = ("pypi." + "org", "python" + "hosted", "npmjs." + "org", "debian." + "org", "conda." + "anaconda")


def shown(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def sources(*folders: str) -> list[Path]:
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


LIBRARY = sources("rnnkit")
PAGES = [ROOT / "dashboard.py", *sources("pages")]
PROGRAM = [path for path in (*LIBRARY, *PAGES) if path.exists()]
every_module = pytest.mark.parametrize("path", PROGRAM, ids=shown)


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


def imports(node: ast.AST) -> Iterator[str]:
    """Dotted names of all that is imported in `node`, functions included, what is for type checkers only left out."""
    if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
        return
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    if isinstance(node, ast.ImportFrom):
        yield from (f"{node.module}.{alias.name}" for alias in node.names)
    for child in ast.iter_child_nodes(node):
        yield from imports(child)


def module_level(path: Path) -> Iterator[str]:
    for node in tree(path).body:
        if not isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield from imports(node)


def library_module(path: Path) -> str:
    """`store` for rnnkit/store.py, `engine` for all of rnnkit/engine/."""
    return path.relative_to(ROOT / "rnnkit").parts[0].removesuffix(".py")


def library_module_or_none(path: Path) -> str | None:
    return library_module(path) if path in LIBRARY else None


@pytest.mark.parametrize("path", LIBRARY, ids=shown)
def test_the_library_knows_no_streamlit(path: Path):
    assert not [name for name in imports(tree(path)) if name.split(".")[0] == "streamlit"]


@every_module
def test_keras_is_imported_only_by_functions_that_build_or_train(path: Path):
    found = [name for name in imports(tree(path)) if name.split(".")[0] in FRAMEWORKS]
    assert not found or library_module_or_none(path) in BUILDERS
    assert not [name for name in module_level(path) if name.split(".")[0] in FRAMEWORKS]


def test_importing_everything_loads_no_framework():
    names = [".".join(path.relative_to(ROOT).with_suffix("").parts) for path in LIBRARY]
    code = f"""
import importlib, json, sys
for name in {[name for name in names if not name.endswith("__main__")]}:
    importlib.import_module(name.removesuffix(".__init__"))
print(json.dumps([name for name in {FRAMEWORKS} if name in sys.modules]))
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == []


@every_module
def test_no_module_has_a_name_that_says_nothing(path: Path):
    assert not set(VAGUE) & set(re.split(r"[/._]", shown(path)))


@every_module
def test_a_module_says_what_it_does_and_every_public_piece_says_what_it_means(path: Path):
    module = tree(path)
    assert ast.get_docstring(module), (
        f"{shown(path)} opens with two or three lines: what it does, what it does not know"
    )
    pieces = [node for node in module.body if isinstance(node, ast.FunctionDef | ast.ClassDef)]
    silent = {node.name for node in pieces if not node.name.startswith("_") and not ast.get_docstring(node)}
    assert not silent - (RECORDED if "architectures" in path.parts else set())


@pytest.mark.parametrize("path", [path for path in PAGES if path.exists() and "widgets" not in path.parts], ids=shown)
def test_a_page_reads_like_a_page(path: Path):
    kinds = {type(node) for node in ast.walk(tree(path))}
    assert not kinds & {ast.ClassDef, ast.While}
    assert len(path.read_text("utf-8").splitlines()) <= 100


# ---- the README


def block_after(heading: str) -> str:
    """The first code block after a line of the README."""
    return README.read_text("utf-8").split(heading, 1)[1].split("```", 2)[1]


def drawn_tree() -> dict[str, list[str]]:
    """Folder -> its entries, from the README's drawing: one entry a line, two spaces deeper in a folder."""
    folders: dict[str, list[str]] = {"": []}
    path: list[str] = []
    for line in block_after("## The house").splitlines()[1:]:
        if not line.strip():
            continue
        depth = (len(line) - len(line.lstrip())) // 2
        name = line.split()[0]
        path = [*path[:depth], name]
        folders.setdefault("".join(path[:depth]), []).append(name)
    return folders


def real_entries(folder: str) -> list[str]:
    """What stands in a folder of the repository: no caches, nothing hidden, no `__init__.py`."""
    paths = (ROOT / folder).iterdir() if folder else ROOT.iterdir()
    kept = [path for path in paths if not path.name.startswith(".") and path.name not in ("__pycache__", "__init__.py")]
    return sorted(f"{path.name}/" if path.is_dir() else path.name for path in kept)


def test_the_readme_draws_the_tree_that_is_there():
    for folder, entries in drawn_tree().items():
        if folder.startswith("."):
            assert all((ROOT / folder / entry).exists() for entry in entries)
        else:
            hidden = [entry for entry in entries if entry.startswith(".")]
            assert all((ROOT / folder / entry).exists() for entry in hidden)
            assert sorted(set(entries) - set(hidden)) == real_entries(folder), f"in {folder or 'the top folder'}"


def test_every_line_of_the_tree_has_a_caption():
    lines = [line for line in block_after("## The house").splitlines()[1:] if line.strip()]
    assert not [line for line in lines if len(line.split()) < 3]


def test_the_readme_lists_the_settings_with_their_defaults():
    rows = re.findall(r"^\| `(RNNKIT_\w+)` \| `?([^|`]*?)`? \| (.*) \|$", README.read_text("utf-8"), re.MULTILINE)
    assert rows == [(name, setting.default, setting.help) for name, setting in SETTINGS.items()]


def test_the_readme_names_only_presets_and_commands_that_exist():
    from rnnkit.cli.main import COMMANDS
    from rnnkit.presets import PRESETS

    text = README.read_text("utf-8")
    assert set(re.findall(r"--preset ([a-z][\w-]*)", text)) <= set(PRESETS)
    assert set(re.findall(r"python -m rnnkit ([a-z]\w*)", text)) <= set(COMMANDS)


def test_pictures_and_files_that_the_readme_points_to_are_there():
    links = re.findall(r"\]\(([^)#]+)\)", README.read_text("utf-8"))
    assert not [link for link in links if "://" not in link and not (ROOT / link).exists()]


def test_no_file_names_a_package_registry():
    kinds = {".py", ".toml", ".txt", ".md", ".yml", ".yaml", ""}
    folders = ("rnnkit", "pages", "tests", "benchmarks", ".ci", ".streamlit", "pretrained")
    paths = [path for folder in folders for path in (ROOT / folder).rglob("*")] + list(ROOT.iterdir())
    texts = {path: path.read_text("utf-8", "replace") for path in paths if path.is_file() and path.suffix in kinds}
    assert not [shown(path) for path, text in texts.items() if any(host in text for host in REGISTRIES)]
