"""One file out of a program and the modules that it imports: only what it uses, with the settings that are given.

Knows no run: modules are read as text, and never imported.
"""

from __future__ import annotations

import ast
import json
import re
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple, TypeGuard

FOLDER = Path(__file__).with_name("standalone")
Values = Mapping[str, Any]


class Bundle(NamedTuple):
    """The docstring of a program; what all its modules import, of Python's own and of others; and its code."""

    docstring: str
    own_imports: set[str]
    imports: set[str]
    code: str


class _Statement(NamedTuple):
    """At the top of a module: its lines with the comment above it, what it defines, and the names in it."""

    node: ast.stmt
    text: str
    defines: set[str]
    names: set[str]


class _Setting(NamedTuple):
    value: Any
    comment: str  # as it stands behind the value


def bundle(program: str, values: Values) -> Bundle:
    """The program of this name in FOLDER; `values` are those of settings that are not the default, by name."""
    decided = {**defaults(), **values}
    modules: dict[str, ast.Module] = {}
    statements = list(_statements(program, decided, modules))
    used = _used(statements)
    kept = [statement for statement in statements if isinstance(statement.node, ast.If) or statement.defines & used]
    constants = [f"{name} = {_literal(decided[name])}{one.comment}" for name, one in _all().items() if name in used]
    imports = _imports([node for module in modules.values() for node in module.body], used)
    own = {line for line in imports if re.split(r"[ .]", line)[1] in sys.stdlib_module_names}
    code = "\n\n\n".join(["\n".join(constants), *_together(kept)])
    return Bundle(ast.get_docstring(modules[program]) or "", own, imports - own, code)


def defaults() -> dict[str, Any]:
    """All settings there are."""
    return {name: setting.value for name, setting in _all().items()}


@cache
def _all() -> dict[str, _Setting]:
    source = (FOLDER / "settings.py").read_text("utf-8")
    found = {}
    for node in ast.parse(source).body:
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            comment = source.splitlines()[node.lineno - 1][node.end_col_offset :]
            found.update(dict.fromkeys(_stored(node), _Setting(ast.literal_eval(node.value), comment)))
    return found


def _literal(value: object) -> str:
    """As the formatter writes it; a dictionary of dictionaries has a line for each of them."""
    if isinstance(value, dict) and any(isinstance(inner, dict) for inner in value.values()):
        return "{\n" + "".join(f"    {key!r}: {_literal(inner)},\n" for key, inner in value.items()) + "}"
    return json.dumps(value) if isinstance(value, str | dict) else repr(value)


# ---- modules, without the branches that these settings do not take


def _statements(module: str, values: Values, seen: dict[str, ast.Module]) -> Iterator[_Statement]:
    """Of a module, after those of the modules that it imports; of each module once."""
    source = folded((FOLDER / f"{module}.py").read_text("utf-8"), values)
    seen[module], lines = ast.parse(source), source.splitlines()
    for node in seen[module].body:
        if isinstance(node, ast.ImportFrom) and node.level and node.module not in (*seen, "settings"):
            yield from _statements(str(node.module), values, seen)
    for node in seen[module].body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.Assign | ast.If):
            first = node.lineno - 1
            while lines[first - 1].startswith("#"):
                first -= 1
            yield _Statement(node, "\n".join(lines[first : node.end_lineno]), _stored(node), _names(node))


def folded(source: str, values: Values) -> str:
    """The source with one branch in place of every `if` that asks for nothing but settings."""
    while asked := [
        node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.If) and _decided(node, values)
    ]:
        node, lines = asked[0], source.splitlines()
        lines[node.lineno - 1 : node.end_lineno] = _branch(node, lines, values)
        source = "\n".join(lines) + "\n"
    return source


def _decided(node: ast.AST, values: Values) -> TypeGuard[ast.If]:
    return isinstance(node, ast.If) and bool(_names(node.test)) and _names(node.test) <= values.keys()


def _branch(node: ast.If, lines: list[str], values: Values) -> list[str]:
    """The lines that stay of it."""
    test = compile(ast.Expression(node.test), "settings", "eval")
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


def _stored(node: ast.stmt) -> set[str]:
    """What a statement at the top of a module defines."""
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return {node.name}
    return {name.id for name in ast.walk(node) if isinstance(name, ast.Name) and isinstance(name.ctx, ast.Store)}


def _used(statements: list[_Statement]) -> set[str]:
    """All names in what is run when the file is, and in what that uses."""
    used: set[str] = set()
    reached = [statement for statement in statements if isinstance(statement.node, ast.If)]
    while reached:
        new = set().union(*(statement.names for statement in reached)) - used
        used |= new
        reached = [statement for statement in statements if statement.defines & new]
    return used


def _imports(nodes: list[ast.stmt], used: set[str]) -> set[str]:
    """The lines that import what is used."""
    lines: set[str] = set()
    names: dict[str, set[str]] = {}
    for node in nodes:
        if isinstance(node, ast.Import):
            lines |= {f"import {ast.unparse(one)}" for one in node.names if (one.asname or one.name) in used}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names.setdefault(str(node.module), set()).update({alias.name for alias in node.names} & used)
    return lines | {f"from {module} import {', '.join(sorted(found))}" for module, found in names.items() if found}


def _together(statements: list[_Statement]) -> Iterator[str]:
    """Their text, constants that follow one another in one."""
    for constant, some in groupby(statements, key=lambda statement: isinstance(statement.node, ast.Assign)):
        texts = [statement.text for statement in some]
        yield from ["\n".join(texts)] if constant else texts
