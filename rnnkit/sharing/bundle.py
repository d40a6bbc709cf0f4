"""One file out of a program and the modules that it imports: only what it uses, with the settings that are given.

Knows no run: modules are read as text, and never imported.
"""

from __future__ import annotations

import ast
import json
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

FOLDER = Path(__file__).with_name("standalone")
SETTINGS = "settings"  # the module of constants that a bundle has other values for
Values = Mapping[str, Any]


class Bundle(NamedTuple):
    """The docstring of a program; what all its modules import, of Python's own and of others; and its code."""

    docstring: str
    own_imports: set[str]
    imports: set[str]
    code: str


class _Statement(NamedTuple):
    """At the top of a module, with the comment above it."""

    node: ast.stmt
    text: str

    def defines(self) -> set[str]:
        if isinstance(self.node, ast.FunctionDef | ast.ClassDef):
            return {self.node.name}
        stored = (name for name in ast.walk(self.node) if isinstance(name, ast.Name))
        return {name.id for name in stored if isinstance(name.ctx, ast.Store)}


def bundle(program: str, values: Values, folder: Path = FOLDER) -> Bundle:
    """`values` are those of the settings that are not as in the module of settings, by name.

    Raises:
        KeyError: there is no such setting.
    """
    settings = _settings(folder)
    if unknown := values.keys() - settings.keys():
        raise KeyError(f"{', '.join(sorted(unknown))}: expected names of {SETTINGS}.py")
    values = {name: ast.literal_eval(value) for name, (value, _) in settings.items()} | dict(values)
    modules: dict[str, ast.Module] = {}
    statements = list(_statements(program, values, folder, modules))
    used = _used(statements)
    kept = [statement for statement in statements if isinstance(statement.node, ast.If) or statement.defines() & used]
    constants = [f"{name} = {_literal(values[name])}{settings[name][1]}" for name in settings if name in used]
    nodes = [node for module in modules.values() for node in module.body]
    return Bundle(
        ast.get_docstring(modules[program]) or "",
        _imports(nodes, used, own=True),
        _imports(nodes, used, own=False),
        "\n\n\n".join(["\n".join(constants), *_together(kept)]),
    )


def _source(module: str, folder: Path) -> str:
    return (folder / f"{module}.py").read_text("utf-8")


def _settings(folder: Path) -> dict[str, tuple[ast.expr, str]]:
    """Of each setting its value in the module, and the comment behind it."""
    source = _source(SETTINGS, folder)
    found = {}
    for node in ast.parse(source).body:
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            target = node.target if isinstance(node, ast.AnnAssign) else node.targets[0]
            found[ast.unparse(target)] = node.value, source.splitlines()[node.lineno - 1][node.end_col_offset :]
    return found


def _literal(value: object) -> str:
    """As the formatter writes it; a dictionary has a line for each of its keys."""
    if isinstance(value, dict) and any(isinstance(inner, dict) for inner in value.values()):
        return "{\n" + "".join(f"    {key!r}: {_literal(inner)},\n" for key, inner in value.items()) + "}"
    return json.dumps(value) if isinstance(value, str | dict) else repr(value)


# ---- modules, without the branches that these settings do not take


def _statements(module: str, values: Values, folder: Path, seen: dict[str, ast.Module]) -> Iterator[_Statement]:
    """Of a module, after those of the modules that it imports; of each module once."""
    source = folded(_source(module, folder), values)
    seen[module], lines = ast.parse(source), source.splitlines()
    for node in seen[module].body:
        if isinstance(node, ast.ImportFrom) and node.level and node.module not in (*seen, SETTINGS):
            yield from _statements(str(node.module), values, folder, seen)
    for node in seen[module].body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.Assign | ast.If):
            first = node.lineno - 1
            while lines[first - 1].startswith("#"):
                first -= 1
            yield _Statement(node, "\n".join(lines[first : node.end_lineno]))


def folded(source: str, values: Values) -> str:
    """The source with one branch in place of every `if` that asks for nothing but settings."""
    while True:
        asked = (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.If) and _decided(node, values))
        decided = next(asked, None)
        if decided is None:
            return source
        lines = source.splitlines()
        lines[decided.lineno - 1 : decided.end_lineno] = _branch(decided, lines, values)
        source = "\n".join(lines) + "\n"


def _decided(node: ast.If, values: Values) -> bool:
    names = _names(node.test)
    return bool(names) and names <= values.keys()


def _branch(node: ast.If, lines: list[str], values: Values) -> list[str]:
    """The lines that stay of it."""
    test = compile(ast.Expression(node.test), SETTINGS, "eval")
    chosen = node.body if eval(test, {"__builtins__": {}}, dict(values)) else node.orelse
    if not chosen:
        return []
    kept = lines[chosen[0].lineno - 1 : chosen[-1].end_lineno]
    if kept[0].lstrip().startswith("elif "):
        return [kept[0].replace("elif ", "if ", 1), *kept[1:]]
    return [line.removeprefix("    ") for line in kept]


# ---- what is used of them


def _names(node: ast.AST) -> set[str]:
    return {name.id for name in ast.walk(node) if isinstance(name, ast.Name)}


def _used(statements: list[_Statement]) -> set[str]:
    """All names in what is run when the file is, and in what that uses."""
    used: set[str] = set()
    reached = [statement for statement in statements if isinstance(statement.node, ast.If)]
    while reached:
        new = set().union(*(_names(statement.node) for statement in reached)) - used
        used |= new
        reached = [statement for statement in statements if statement.defines() & new]
    return used


def _imports(nodes: list[ast.stmt], used: set[str], own: bool) -> set[str]:
    """Lines that import what is used, from Python's `own` modules or from others."""
    lines: set[str] = set()
    names: dict[str, set[str]] = {}
    for node in nodes:
        if isinstance(node, ast.Import):
            used_here = [alias for alias in node.names if (alias.asname or alias.name) in used]
            lines |= {f"import {ast.unparse(alias)}" for alias in used_here}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names.setdefault(str(node.module), set()).update({alias.name for alias in node.names} & used)
    lines |= {f"from {module} import {', '.join(sorted(found))}" for module, found in names.items() if found}
    return {line for line in lines if (re.split(r"[ .]", line)[1] in sys.stdlib_module_names) == own}


def _together(statements: list[_Statement]) -> Iterator[str]:
    """Their text, constants that follow one another in one."""
    block: list[str] = []
    for statement in statements:
        if not isinstance(statement.node, ast.Assign):
            if block:
                yield "\n".join(block)
            block = []
            yield statement.text
        else:
            block.append(statement.text)
