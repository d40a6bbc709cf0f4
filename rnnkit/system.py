"""What differs between Linux, macOS and Windows, one function each with all its branches: processes, files, the clock.

Nobody else asks which system this is (tests/test_house.py). The branch for Windows was tried by simulation, not on a
real one (tests/test_system.py). Knows nothing of rnnkit.
"""

from __future__ import annotations

import os
import re
import select
import signal
import stat
import subprocess
import sys
import time
import unicodedata
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import IO, Any, NoReturn

import psutil

if sys.platform == "win32":
    import ctypes
    import msvcrt

PRIVATE, PRIVATE_FILE = 0o700, 0o600  # modes: nothing for other people of the machine
SAID_OPEN = (
    "is outside of your profile: see to it in its Properties, under Security, that you alone may read it"
    if sys.platform == "win32"
    else "is open to other people of this machine; chmod 700 it"
)
_WINDOWS_EPOCH = 11_644_473_600  # seconds from 1601, where its clock begins, to 1970
# Names of devices there, whatever ending follows them.
_RESERVED = re.compile(r"(?i)(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[\d¹²³])(\..*)?$")


# ---- processes


def began(pid: int) -> int:
    """When a process began, in steps that nobody moves who sets the clock. Raises psutil.NoSuchProcess.

    Since Linux started; on Windows and macOS since 1970, as it was written down at that moment.
    """
    with suppress(OSError):
        return int(Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()[19])
    return round(psutil.Process(pid).create_time() * 100)


def boot() -> str:
    """Which of its starts this machine is in, as far as Linux says; else nothing."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text("ascii")[:8]
    except OSError:
        return ""


def has_ended(pid: int) -> bool:
    """Whether it has ended and nobody has waited for it yet (a zombie). Raises psutil.NoSuchProcess."""
    return bool(psutil.Process(pid).status() == psutil.STATUS_ZOMBIE)


def is_stopped(pid: int) -> bool:
    """Whether a signal, a debugger, or on Windows whoever has suspended all its threads, holds it."""
    with suppress(psutil.NoSuchProcess):
        return psutil.Process(pid).status() in (psutil.STATUS_STOPPED, psutil.STATUS_TRACING_STOP)
    return False


def kill(pid: int) -> None:
    """End a process at once, one that is stopped too; nothing where it has ended or is somebody else's."""
    with suppress(psutil.NoSuchProcess, psutil.AccessDenied):
        psutil.Process(pid).kill()


def detached() -> dict[str, Any]:
    """Options of `subprocess.Popen` for what goes on when its starter or the terminal ends, and hears no Ctrl-C."""
    if sys.platform == "win32":
        return {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW}
    return {"start_new_session": True}


def step_back(nice: int) -> None:
    """Let other processes go first: by so many steps of niceness, on Windows by one class of priority.

    Linux shares the processor between sessions before it looks at niceness (autogroup), and what was started detached
    has a session of its own: there the group's niceness is what counts.
    """
    if sys.platform == "win32":
        psutil.Process().nice(psutil.BELOW_NORMAL_PRIORITY_CLASS)
        return
    os.nice(nice)
    with suppress(OSError):  # no Linux, or none with autogroups
        Path("/proc/self/autogroup").write_text(str(os.nice(0)), "ascii")


def on_leave(do: Callable[[], object]) -> None:
    """What to do when this process is asked to end: by SIGTERM, on Windows by Ctrl-Break too."""
    asked = [signal.SIGTERM]
    if sys.platform == "win32":
        asked.append(signal.SIGBREAK)
    for one in asked:
        signal.signal(one, lambda *_: do())


def waits_to_be_read(pipe: IO[str]) -> bool:
    """Whether there is something in a pipe, or its end, so that reading will not wait."""
    if sys.platform == "win32":
        found = ctypes.c_ulong()
        handle = ctypes.c_void_p(msvcrt.get_osfhandle(pipe.fileno()))
        alive = ctypes.windll.kernel32.PeekNamedPipe(handle, None, 0, None, ctypes.byref(found), None)
        return not alive or found.value > 0
    return bool(select.select([pipe], [], [], 0)[0])


def become(command: list[str], environment: Mapping[str, str]) -> NoReturn:
    """Run another program in place of this one: the same process, so that Ctrl-C and SIGTERM reach it.

    Windows has no such thing: there this one waits for the other and ends as it has ended.
    """
    if sys.platform == "win32":
        process = subprocess.Popen(command, env=environment)
        while True:
            with suppress(KeyboardInterrupt):  # the other has heard it too, and may take a while to end
                raise SystemExit(process.wait())
    os.execve(command[0], command, environment)


def python() -> tuple[str, dict[str, str]]:
    """The program to start for another Python like this, and what its environment needs for that.

    On Windows the `python.exe` of a virtual environment starts another one, under another process id, and the
    one that is started here has to be the one that trains: the way of the standard library's multiprocessing.
    """
    if sys.platform == "win32" and sys.prefix != sys.base_prefix:
        base = vars(sys)["_base_executable"]
        return str(base), {"__PYVENV_LAUNCHER__": sys.executable}
    return sys.executable, {}


def cores() -> int:
    """How many processor cores this process may use."""
    if sys.platform == "linux":
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def processor_flags() -> frozenset[str]:
    """What this processor can do, in Linux's words, as "avx2"; empty where Linux does not say."""
    with suppress(OSError):
        told = re.search(r"^(?:flags|Features)\s*:(.*)$", Path("/proc/cpuinfo").read_text("ascii", "replace"), re.M)
        return frozenset(told[1].split()) if told else frozenset()
    return frozenset()


# ---- files


def open_to_others(path: Path) -> bool:
    """Whether other people of this machine may look into it.

    Windows has no modes: there the folder of a person's profile is closed, and of other places one cannot say.
    """
    if sys.platform == "win32":
        return not path.resolve().is_relative_to(Path.home())
    return bool(path.stat().st_mode & 0o077)


def close_to_others(path: Path) -> None:
    """Let only its owner look into a folder or file. Nothing on Windows, and on disks that know no modes.

    Raises PermissionError: it is somebody else's.
    """
    if sys.platform != "win32":
        path.chmod(PRIVATE if path.is_dir() else PRIVATE_FILE)


def is_shared(folder: Path) -> bool:
    """Whether a folder was made for a group of people (`chmod g+s`): what is in it is left as open as it is."""
    return bool(folder.stat().st_mode & stat.S_ISGID)


def is_reserved(name: str) -> bool:
    """Whether a file cannot be called so on Windows, where these are devices."""
    return _RESERVED.match(name) is not None


def file_name(text: str, most_chars: int) -> str:
    """Somebody's words as a part of a path on any system: letters, digits and dashes."""
    kept = re.sub(r"[^\w-]+|_+", "-", unicodedata.normalize("NFC", text))[:most_chars].strip("-")
    return f"-{kept}" if not kept or is_reserved(kept) else kept


# ---- the clock


def seconds() -> float:
    """Seconds since 1970 by this machine's clock, so fine that two transactions do not begin at the same.

    Python's own are steps of 16 ms on Windows before 3.13.
    """
    if sys.platform == "win32":
        steps = ctypes.c_ulonglong()  # of 100 ns
        ctypes.windll.kernel32.GetSystemTimePreciseAsFileTime(ctypes.byref(steps))
        return steps.value / 10_000_000 - _WINDOWS_EPOCH
    return time.clock_gettime(time.CLOCK_REALTIME)
