"""The house stays as it is laid out: rooms, names, docstrings, and a README that tells the truth.

Each rule is one test, which lists every place that breaks it. The order of the imports is held by import-linter.
"""

from __future__ import annotations

import ast
import dataclasses
import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import windows

from docs import settings as settings_page
from rnnkit.architectures.architecture import Architecture
from rnnkit.architectures.parts.cell import Cell
from rnnkit.presets import PRESETS
from rnnkit.settings import SETTINGS

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text("utf-8")

BUILDERS = ("architectures", "engine", "sharing", "training")  # may import a framework, inside a function
# The compiled learner, which only a trainer imports, and then with numba.
COMPILED = [ROOT / "rnnkit/training" / name for name in ("kernels.py", "stack_passes.py", "compiled.py")]
FRAMEWORKS = ("keras", "tensorflow", "numba", "ray")
VAGUE = ("utils", "helpers", "manager", "service", "core", "common")
# Test file -> the modules that it tests beside the one at its own path: a contract holds for all of its kind.
TESTED_TOGETHER = {
    "contracts/test_engine_equals_val_loss.py": "studies/score.py",
    "training/test_formulas.py": "architectures/sizes.py",
    "training/test_compiled.py": "training/kernels.py training/stack_passes.py training/schedules.py",
    "studies/test_recall.py": "texts/made/memory.py",
    "contracts/test_states_equal_keras.py": "engine/states.py",
    "contracts/test_engine_equals_keras.py": "architectures/*.py architectures/parts/*.py",
    "scratch/test_checking.py": "scratch/rnn.py scratch/gru.py scratch/lstm.py",
    "sharing/test_standalone.py": "sharing/standalone/*.py",
    "sharing/onnx_file/test_file.py": "sharing/onnx_file/*.py",
    "sharing/test_archive.py": "sharing/manifest.py sharing/unpacking.py",
    "sharing/test_export_of_moments.py": "sharing/manifest.py",
    "training/test_robustness.py": "training/patience.py training/clock.py",
    "training/test_scheduler.py": "training/marks.py",
    "training/test_what_a_tick_reads.py": "training/scheduler.py",
    "store/test_postgres.py": "store/database.py store/queue.py store/migrations.py",
    "texts/test_tables.py": "texts/tables/*.py",
    "texts/test_brought.py": "texts/tables/*.py texts/chats/*.py",
    "store/test_store.py": "store/rows.py store/statements.py store/status.py",
    "charts/test_curves.py": "charts/look.py",
    "feed/test_in_class.py": "feed/rights.py",
    "feed/test_routes.py": "feed/answer.py feed/texts.py",
    "people/test_accounts.py": "store/accounts.py",
    "feed/test_monitoring.py": "store/counts.py",
    "people/test_rights.py": "people/acting.py people/known.py",
    "feed/test_wall.py": "feed/tiles.py feed/counting.py",
    "cli/test_train.py": "cli/answer.py",
    "people/test_classes.py": "people/attempts.py people/class_settings.py people/nicknames.py store/classes.py",
    "contracts/test_ends_soon.py": "training/orders.py",
    "training/test_loop.py": "training/engines.py training/learner.py training/keras_learner.py training/provenance.py "
    "training/planning.py training/job.py",
    "texts/test_chats.py": "texts/chats/*.py",
    "test_packaging.py": "errors.py paths.py",
    "test_config.py": "config/*.py",
    "test_presets.py": "presets/*.py",
    "texts/test_made.py": "texts/made/*.py",
    "texts/test_personal.py": "texts/personal/*.py",
    "cluster/test_two_nodes.py": "training/cluster/hand.py training/cluster/actors.py",
    "runs/test_duel.py": "runs/duel/*.py",
}
# What each file of architectures/ fills in, said once where the record is.
RECORDED = {field.name for record in (Architecture, Cell) for field in dataclasses.fields(record)} | {"prepare"}
# Written in two halves, so that this file does not name them.
REGISTRIES = ("pypi." + "org", "python" + "hosted", "npmjs." + "org", "debian." + "org", "conda." + "anaconda")
# Words that nobody searches the web for; the field has its own.
WORDS = re.compile(
    r"\b(go|goes|going|went) on from\b|by heart|\bforesee|\bbelieves\b|\bunsure\b|\bprogramme\b|our side\b"
    r"|[Nn]ats per symbol|Take it with you|Hidden units|next symbol gets|[Oo]ther experiments"
)


def shown(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def sources(*folders: str) -> dict[Path, ast.Module]:
    paths = sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))
    return {path: ast.parse(path.read_text("utf-8")) for path in paths}


STANDALONE = "rnnkit/sharing/standalone/"  # programs of their own, read as text: they begin by importing Keras
LIBRARY = sources("rnnkit")
PAGES = {ROOT / "dashboard.py": ast.parse((ROOT / "dashboard.py").read_text("utf-8")), **sources("pages")}
PROGRAM = LIBRARY | PAGES


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


def imported(*nodes: ast.AST) -> set[str]:
    """The packages that are imported: the first part of each dotted name."""
    return {name.split(".")[0] for node in nodes for name in imports(node)}


def room(path: Path) -> str:
    """`engine` for all of rnnkit/engine/, `errors` for rnnkit/errors.py, `pages` for a page."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return parts[1] if parts[0] == "rnnkit" else "pages"


# ---- the code


def test_only_pages_know_streamlit():
    assert not [shown(path) for path, module in LIBRARY.items() if "streamlit" in imported(module)]


def test_a_framework_is_imported_only_inside_functions_that_build_or_train():
    at_once = [
        shown(path)
        for path, module in PROGRAM.items()
        if imported(*(node for node in module.body if not isinstance(node, ast.FunctionDef | ast.ClassDef)))
        & {*FRAMEWORKS}
        and not shown(path).startswith(STANDALONE)
        and path not in COMPILED
    ]
    elsewhere = [
        shown(path)
        for path, module in PROGRAM.items()
        if imported(module) & {*FRAMEWORKS} and room(path) not in BUILDERS
    ]
    assert (at_once, elsewhere) == ([], [])


def test_importing_everything_loads_no_framework():
    names = [
        ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for path in LIBRARY
        if STANDALONE not in str(path) and path not in COMPILED
    ]
    code = f"""
import importlib, json, sys
for name in {[name for name in names if not name.endswith("__main__")]}:
    importlib.import_module(name.removesuffix(".__init__"))
print(json.dumps([name for name in {FRAMEWORKS} if name in sys.modules]))
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == []


def test_no_module_has_a_name_that_says_nothing():
    assert not [shown(path) for path in PROGRAM if {*VAGUE} & {*re.split(r"[/._]", shown(path))}]


def test_a_module_says_what_it_does_and_every_public_piece_says_what_it_means():
    silent = [shown(path) for path, module in PROGRAM.items() if not ast.get_docstring(module)]
    for path, module in PROGRAM.items():
        for node in module.body:
            if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
                recorded = room(path) == "architectures" and node.name in RECORDED
                silent += [] if recorded or ast.get_docstring(node) else [f"{shown(path)}: {node.name}"]
    assert not silent


def test_nothing_has_two_docstrings():
    def is_text(node: ast.AST) -> bool:
        return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)

    pieces = (ast.Module, ast.ClassDef, ast.FunctionDef)
    twice = [
        f"{shown(path)}:{second.lineno}"
        for path, module in PROGRAM.items()
        for piece in ast.walk(module)
        if isinstance(piece, pieces)
        for first, second in pairwise(piece.body)
        if is_text(first) and is_text(second)
    ]
    assert not twice


def test_rooms_are_small_enough_to_be_known():
    loose = [path for path in LIBRARY if path.parent.name == "rnnkit" and not path.name.startswith("__")]
    assert len(loose) <= 6
    lines = {shown(path): len(path.read_text("utf-8").splitlines()) for path in PROGRAM}
    assert not {name: count for name, count in lines.items() if count > 400}


def test_a_page_reads_like_a_page():
    pages = {path: module for path, module in PAGES.items() if "widgets" not in path.parts}
    kinds = {shown(path): {type(node) for node in ast.walk(module)} for path, module in pages.items()}
    assert not [name for name, found in kinds.items() if found & {ast.ClassDef, ast.While}]
    assert not [shown(path) for path in pages if len(path.read_text("utf-8").splitlines()) > 100]


def test_every_module_is_tested_at_its_own_path_or_by_a_named_contract():
    modules = {path.relative_to(ROOT / "rnnkit") for path in LIBRARY if not path.name.startswith("__")}
    tests = {path.relative_to(ROOT / "tests") for path in (ROOT / "tests").rglob("test_*.py")}
    own = {module.with_name(f"test_{module.name}") for module in modules}
    together = {
        path for globs in TESTED_TOGETHER.values() for glob in globs.split() for path in modules if path.match(glob)
    }
    assert not {str(module) for module in modules - together if module.with_name(f"test_{module.name}") not in tests}
    assert not set(TESTED_TOGETHER) - {str(test) for test in tests}
    rooms = {test for test in tests if len(test.parts) > 1 and test.parts[0] in layers()}
    packages = {path.parent.relative_to(ROOT / "rnnkit") for path in LIBRARY if path.name == "__init__.py"}
    whole = {folder / f"test_{name.name}.py" for name in packages for folder in (name, name.parent)}  # its public face
    assert not {str(test) for test in rooms - own - whole if str(test) not in TESTED_TOGETHER}


def layers() -> list[str]:
    """The rooms from the ground up, as the contract that import-linter holds lists them."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"]
    from_the_top = next(contract["layers"] for contract in contracts if contract["type"] == "layers")
    return [name for layer in reversed(from_the_top) for name in re.findall(r"\w+", layer)]


def test_the_import_contract_knows_every_room():
    assert sorted(layers()) == sorted({room(path) for path in LIBRARY} - {"__init__", "__main__"})


def test_words_are_those_of_the_field():
    said = {
        f"{shown(path)}:{node.lineno}": node.value
        for path, module in PROGRAM.items()
        for node in ast.walk(module)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    assert not [place for place, text in {"README.md": README, **said}.items() if WORDS.search(text)]


def of_one_system(module: ast.Module) -> Iterator[tuple[int, str]]:
    """Where a module uses what some systems lack, or asks which this one is."""
    for node in ast.walk(module):
        match node:
            case ast.Attribute(value=ast.Name(id=name), attr=attribute) if name in ("os", "time", "signal", "socket"):
                if attribute in windows.lacking(name) | {"name", "kill", "execv", "execve"}:
                    yield node.lineno, f"{name}.{attribute}"
            case ast.Attribute(value=ast.Name(id="sys"), attr="platform") | ast.Attribute(attr="chmod" | "st_mode"):
                yield node.lineno, node.attr
            case ast.Import() | ast.ImportFrom():
                names = {name.split(".")[0] for name in imports(node)}
                alone = windows.ABSENT | windows.ONLY_THERE | {"signal", "select", "ctypes", "multiprocessing"}
                yield from ((node.lineno, name) for name in names & alone)
            case ast.keyword(arg="start_new_session" | "preexec_fn" | "creationflags" | "process_group" | "shell"):
                yield node.value.lineno, str(node.arg)
            case ast.Constant(value=str() as text) if re.match(r"/(proc|dev|tmp|sys|etc|var)\b", text):
                yield node.lineno, text


def test_one_module_alone_knows_which_system_this_is():
    found = {path: [f"{shown(path)}:{line} {what}" for line, what in of_one_system(module)]
             for path, module in PROGRAM.items()}  # fmt: skip
    assert len(found.pop(ROOT / "rnnkit" / "system.py")) > 10
    assert not [place for places in found.values() for place in places]


def test_no_file_names_a_package_registry():
    kinds = {".py", ".toml", ".txt", ".md", ".yml", ".yaml", ""}
    folders = ("rnnkit", "pages", "tests", "benchmarks", "docs", ".ci", ".streamlit", "pretrained")
    paths = [path for folder in folders for path in (ROOT / folder).rglob("*")] + list(ROOT.iterdir())
    texts = {path: path.read_text("utf-8", "replace") for path in paths if path.is_file() and path.suffix in kinds}
    assert not [shown(path) for path, text in texts.items() if any(host in text for host in REGISTRIES)]


# ---- the README


def drawing() -> list[tuple[str, list[str], str]]:
    """The lines of the README's tree: folder, the entries in it that the line names, what it says of them."""
    lines = README.split("## The house", 1)[1].split("```", 2)[1].splitlines()[1:]
    drawn, folder = [], ""
    for line in filter(str.strip, lines):
        names, _, caption = re.match(r"\s*(\S+(?: \S+)*)(\s{2,}|$)(.*)", line).groups()
        folder = folder if line.startswith(" ") else ""
        drawn.append((folder, names.split(" "), caption))
        folder = folder or (names if names.endswith("/") else "")
    return drawn


def real_entries(folder: str) -> set[str]:
    """What stands in a folder of the repository: no caches, nothing hidden or built, no `__init__.py`."""
    unnamed = r"\.|__pycache__|__init__\.py|build|dist|.*\.egg-info"
    paths = [path for path in (ROOT / folder).iterdir() if not re.match(unnamed, path.name)]
    return {f"{path.name}/" if path.is_dir() else path.name for path in paths}


def test_the_readme_draws_the_rooms_that_are_there_in_the_order_of_the_data():
    drawn = drawing()
    assert len(drawn) <= 35
    assert all(len(caption.split()) > 1 for _, _, caption in drawn)
    named = {folder + name for folder, names, _ in drawn for name in names}
    assert not {name for name in named if not (ROOT / name).exists()}
    assert not real_entries("") - named
    assert not {f"rnnkit/{name}" for name in real_entries("rnnkit")} - named
    rooms = [name[:-1] for folder, names, _ in drawn for name in names if folder == "rnnkit/" and name.endswith("/")]
    assert rooms == [name for name in layers() if name in rooms]
    titles = [re.sub(r"^\d+_|\.py$", "", path.name).replace("_", " ") for path in (ROOT / "pages").glob("[0-9]*.py")]
    assert not [title for title in titles if title not in README]


def test_the_page_of_settings_lists_all_that_the_code_reads():
    assert settings_page.PAGE.read_text("utf-8") == settings_page.page()  # else: python -m docs.settings
    texts = [ast.unparse(module) for module in PROGRAM.values()]
    texts += [path.read_text("utf-8") for path in (ROOT / "deploy").iterdir() if path.is_file() and path.name != ".env"]
    read = {name for text in texts for name in re.findall(r"\bRNNKIT_[A-Z_]*[A-Z]\b", text)}
    others = {"RNNKIT_OIDC", "RNNKIT_EXTRAS"}  # the name of a family, and what an image is built with
    assert read - set(SETTINGS) <= others
    assert set(re.findall(r"RNNKIT_[A-Z_]*[A-Z]", README)) <= set(SETTINGS)


def test_the_readme_and_the_documents_name_only_what_exists():
    from rnnkit.cli.main import COMMANDS

    pages = {ROOT / "README.md": README, **{path: path.read_text("utf-8") for path in (ROOT / "docs").glob("*.md")}}
    for path, text in pages.items():
        assert set(re.findall(r"--preset ([a-z][\w-]*)", text)) <= set(PRESETS), shown(path)
        assert set(re.findall(r"python -m rnnkit ([a-z]\w*)", text)) <= set(COMMANDS), shown(path)
        links = [link for link in re.findall(r"\]\(([^)#]+)\)", text) if "://" not in link]
        assert not [link for link in links if not (path.parent / link).exists()], shown(path)
