"""A Windows to try rnnkit/system.py on, where there is none: its branch is taken, what Windows' Python lacks is away.

Which names those are say typeshed's stubs, which come with mypy. `put_on` does it to a whole process, for good.
"""

from __future__ import annotations

import ast
import fcntl
import importlib
import select
import struct
import subprocess
import sys
import termios
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any, ClassVar

import mypy
import psutil

STUBS = Path(mypy.__file__).parent / "typeshed" / "stdlib"
# Modules of the standard library that other systems alone have, and those that Windows alone has.
ABSENT = {"fcntl", "grp", "pwd", "pty", "posix", "readline", "resource", "syslog", "termios", "tty", "curses"}
ONLY_THERE = {"msvcrt", "winreg", "winsound", "_winapi", "nt"}
NEW_GROUP, NO_WINDOW, BELOW_NORMAL = 0x200, 0x0800_0000, 0x4000  # as Windows' own headers have them
_EPOCH = 11_644_473_600


def names_on(module: str, platform: str) -> set[str]:
    """What a module of the standard library has at its top on `win32`, `linux` or `darwin`."""
    path = STUBS / module.replace(".", "/")
    stub = path / "__init__.pyi" if path.is_dir() else path.with_suffix(".pyi")
    tree = ast.parse(stub.read_text("utf-8"))
    return {name for node in _there(tree.body, platform) for name in _named(node)}


@cache
def lacking(module: str) -> frozenset[str]:
    """The names of a module that Linux or macOS have and Windows has not."""
    return frozenset((names_on(module, "linux") | names_on(module, "darwin")) - names_on(module, "win32"))


def _there(body: list[ast.stmt], platform: str) -> Iterator[ast.stmt]:
    for node in body:
        if isinstance(node, ast.If):
            test = compile(ast.Expression(node.test), "stub", "eval")
            known = {"sys": SimpleNamespace(platform=platform, version_info=sys.version_info), "TYPE_CHECKING": True}
            yield from _there(node.body if eval(test, known) else node.orelse, platform)
        else:
            yield node


def _named(node: ast.stmt) -> Iterator[str]:
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        yield node.name
    elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
        yield node.target.id
    elif isinstance(node, ast.Assign):
        yield from (one.id for one in node.targets if isinstance(one, ast.Name))
    elif isinstance(node, ast.ImportFrom | ast.Import):
        yield from (alias.asname or alias.name for alias in node.names)


class Without:
    """A module as Windows has it: what is lacking there raises AttributeError; `more` is what it has beside."""

    def __init__(self, module: ModuleType, **more: Any):
        self.__dict__.update(
            {name: getattr(module, name) for name in dir(module) if name not in lacking(module.__name__)}
        )
        self.__dict__.update(more)


class _Path(type(Path())):
    """Nothing of /proc is there."""

    def read_bytes(self) -> bytes:
        self._look()
        return super().read_bytes()

    def read_text(self, *options: Any) -> str:
        self._look()
        return super().read_text(*options)

    def chmod(self, *_: Any, **__: Any) -> None:
        raise AssertionError("Windows knows no modes")

    def _look(self) -> None:
        if str(self).startswith("/proc"):
            raise FileNotFoundError(2, "No such file or directory", str(self))


class Kernel32:
    """The two functions that are asked of it, on a pipe and a clock of this machine."""

    def PeekNamedPipe(self, handle: Any, _buffer: None, _size: int, _read: None, found: Any, _left: None) -> int:
        """How many bytes are in the pipe; 0 where the other end is closed and nothing is left."""
        waiting = struct.unpack("i", fcntl.ioctl(handle.value or 0, termios.FIONREAD, b"\0" * 4))[0]
        ended = select.poll()
        ended.register(handle.value or 0, select.POLLIN)
        if not waiting and any(event & select.POLLHUP for _, event in ended.poll(0)):
            return 0
        found._obj.value = waiting
        return 1

    def GetSystemTimePreciseAsFileTime(self, found: Any) -> None:
        import time

        found._obj.value = round((time.time() + _EPOCH) * 10_000_000)


def _no_files(*_: Any) -> Any:
    raise OSError(10038, "An operation was attempted on something that is not a socket")


class Process(psutil.Process):
    """`nice` takes classes of priority there; which was asked for stands in `asked`."""

    asked: ClassVar[list[int]] = []

    def nice(self, value: int | None = None) -> int:
        if value is not None:
            Process.asked.append(value)
        return 0


def modules() -> dict[str, Any]:
    """What rnnkit/system.py finds under these names on Windows."""
    import ctypes

    there = {name: Without(importlib.import_module(name)) for name in ("os", "time")}
    there["signal"] = Without(importlib.import_module("signal"), SIGBREAK=21)
    there["select"] = SimpleNamespace(select=_no_files)
    there["subprocess"] = Without(subprocess, CREATE_NEW_PROCESS_GROUP=NEW_GROUP, CREATE_NO_WINDOW=NO_WINDOW)
    there["psutil"] = Without.__new__(Without)
    there["psutil"].__dict__.update(vars(psutil) | {"Process": Process, "BELOW_NORMAL_PRIORITY_CLASS": BELOW_NORMAL})
    there["msvcrt"] = SimpleNamespace(get_osfhandle=lambda number: number)
    there["ctypes"] = SimpleNamespace(
        **{name: getattr(ctypes, name) for name in ("c_ulong", "c_ulonglong", "c_void_p", "byref")},
        windll=SimpleNamespace(kernel32=Kernel32()),
    )
    there["Path"] = _Path
    there["sys"] = SimpleNamespace(
        platform="win32", executable=sys.executable, prefix=sys.prefix, base_prefix=sys.prefix,
        _base_executable=sys._base_executable,
    )  # fmt: skip
    return there


def put_on(told: Path) -> None:
    """Let this process and all that it starts take the branch for Windows; with which flags is told in a file."""
    from rnnkit import system

    vars(system).update(modules())
    popen = subprocess.Popen.__init__

    def begin(self: Any, command: Any, *more: Any, creationflags: int = 0, **options: Any) -> None:
        if creationflags:
            with told.open("a") as file:
                file.write(f"{' '.join(command[2:4])} {creationflags:#x}\n")
            options["start_new_session"] = True
        popen(self, command, *more, **options)

    subprocess.Popen.__init__ = begin  # type: ignore[method-assign]
