"""`rnnkit doctor`: looks at a whole installation and says in sentences what is missing or wrong, and what to do.

Each check is a function and its entry in CHECKS; one that cannot be made is a sentence too. Trains nothing. Knows no
page: what it asks of a dashboard it asks over the network, as a browser would.
"""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, Literal, NamedTuple

from rnnkit import paths
from rnnkit.cli import outside
from rnnkit.cli.answer import FAULT, Answer
from rnnkit.cli.door import Said
from rnnkit.errors import PersonError

PYTHONS = (3, 11), (3, 13)  # the first and the last that all packages work with
KERNEL_SECONDS = 300.0
LEAST_FREE = 2e9  # bytes on the disk of what is kept
CLOCK_SECONDS = 5.0
SCHEDULER_SECONDS = 15.0
BACKUP_HOURS = 48.0


class Finding(NamedTuple):
    """What was looked at, how it is, and a sentence. A note needs nobody's hand."""

    what: str
    state: Literal["fine", "note", "wrong"]
    said: str


def doctor(*, url: str | None = None) -> Answer:
    """Check this installation: packages, folders, store, scheduler, devices, backups; exit status 1 for what is wrong.

    python -m rnnkit doctor
    python -m rnnkit doctor --url https://kit.example.org/rnnkit/

    Args:
        url: the address at which people open the dashboard: it is asked as a browser would
    """
    from rnnkit.cli import door

    found = [one for what, check in CHECKS.items() for one in _checked(what, check)]
    if url is not None:
        found += _checked("Address", lambda: (Finding("Address", *one) for one in door.looked(url)))
    wrong = [one for one in found if one.state == "wrong"]
    marks = {"fine": "ok   ", "note": "note ", "wrong": "WRONG"}
    text = "\n".join(f"{marks[one.state]}  {one.what}: {one.said}" for one in found)
    end = f"{len(wrong)} of {len(found)} are wrong." if wrong else "Nothing is wrong."
    return Answer(
        {"findings": [one._asdict() for one in found], "wrong": len(wrong)}, f"{text}\n\n{end}", FAULT if wrong else 0
    )


def _checked(what: str, check: Callable[[], Iterator[Finding]]) -> Iterator[Finding]:
    try:
        yield from check()
    except (PersonError, OSError, subprocess.SubprocessError) as error:
        yield Finding(what, "wrong", str(error))


def _python() -> Iterator[Finding]:
    version = f"{platform.python_version()} on {platform.system()} {platform.machine()}"
    if PYTHONS[0] <= sys.version_info[:2] <= PYTHONS[1]:
        yield Finding("Python", "fine", version)
    else:
        least, most = (f"{one[0]}.{one[1]}" for one in PYTHONS)
        yield Finding("Python", "wrong", f"expected {least} to {most}, got {version}; make an environment with one")


def _packages() -> Iterator[Finding]:
    from importlib import metadata

    from packaging.requirements import Requirement

    listed = paths.PACKAGE.parent / "requirements.txt"
    lines = listed.read_text("utf-8").splitlines() if listed.is_file() else metadata.requires("rnnkit") or []
    listed_all = [Requirement(line) for line in lines if line.strip() and not line.startswith("#")]
    wanted = [one for one in listed_all if not one.marker or one.marker.evaluate({"extra": ""})]  # not of the extras
    wrong = []
    for one in wanted:
        try:
            version = metadata.version(one.name)
        except metadata.PackageNotFoundError:
            version = "none"
        if version == "none" or not one.specifier.contains(version, prereleases=True):
            wrong.append(f"{one.name} {one.specifier} (found: {version})")
    if wrong:
        yield Finding("Packages", "wrong", f"expected {', '.join(wrong)}; install them with pip")
    else:
        yield Finding("Packages", "fine", f"{len(wanted)} as required")
    for state, said in outside.extras():
        yield Finding("Packages", state, said)


def _settings() -> Iterator[Finding]:
    from rnnkit import settings, system

    settings.check()
    names = [name for name in settings.SETTINGS if settings.value(name) != settings.SETTINGS[name].default]
    yield Finding("Settings", "fine", f"set: {', '.join(names)}" if names else "none is set, all are as they come")
    if (folder := settings.value("RNNKIT_CORPORA")) and not Path(folder).expanduser().is_dir():
        yield Finding("Texts", "wrong", f"RNNKIT_CORPORA: expected a folder, got {folder[:100]!r}; make or unset it")
    threads = settings.integer("RNNKIT_THREADS") * settings.integer("RNNKIT_CPU_SLOTS")
    cores = system.cores()
    if threads > max(cores, 2):
        yield Finding(
            "Threads", "wrong",
            f"RNNKIT_THREADS times RNNKIT_CPU_SLOTS is {threads}, more than the {cores} cores that this "
            "process may use; lower one of them",
        )  # fmt: skip
    else:
        yield Finding("Threads", "fine", f"{threads} for trainers, of {cores} cores")


def _home() -> Iterator[Finding]:
    from rnnkit import settings, system

    home = settings.home()
    if not os.access(home, os.W_OK | os.X_OK):
        yield Finding("Home", "wrong", f"{home} cannot be written by this user; change its owner, or RNNKIT_HOME")
    elif system.open_to_others(home) and not system.is_shared(home):
        yield Finding("Home", "wrong", f"{home} {system.SAID_OPEN}")
    else:
        yield Finding("Home", "fine", f"{home}, closed to others")
    free = shutil.disk_usage(home).free
    state: Literal["fine", "wrong"] = "fine" if free >= LEAST_FREE else "wrong"
    advice = "" if state == "fine" else f"; expected at least {LEAST_FREE / 1e9:.0f} GB: free some, or move RNNKIT_HOME"
    yield Finding("Disk", state, f"{free / 1e9:,.1f} GB free{advice}")


def _store() -> Iterator[Finding]:
    from rnnkit.store import WAITING_OR_ACTIVE, Store

    with closing(Store()) as store:
        store.check_writable()
        yield Finding("Store", "fine", f"{store.place} ({store.version()}) answers, can be written and is up to date")
        before = time.time()
        row = store.scheduler()
        ahead = (before + time.time()) / 2 - row["read_at"]
        if abs(ahead) > CLOCK_SECONDS:
            yield Finding(
                "Clock", "wrong",
                f"this machine's is {abs(ahead):.0f} s {'ahead of' if ahead > 0 else 'behind'} the database's; "
                "let both machines ask a time server",
            )  # fmt: skip
        else:
            yield Finding("Clock", "fine", "this machine's and the database's agree")
        yield from _scheduler(row, len(store.runs(statuses=WAITING_OR_ACTIVE)))


def _scheduler(row: dict, live: int) -> Iterator[Finding]:
    from rnnkit.training import processes

    silent = row["read_at"] - row["heartbeat_at"]
    if row["token"] and processes.lives(row["token"]) is not False and silent <= SCHEDULER_SECONDS:
        warm, devices = row["state"].get("warm", 0), ", ".join(one["title"] for one in row["state"].get("devices", ()))
        yield Finding(
            "Scheduler", "fine", f"at work, {live} runs live, {warm} trainers warm, on {devices or 'nothing'}"
        )
        yield from _cluster(row["state"])
    elif live:
        yield Finding(
            "Scheduler", "wrong",
            f"{live} runs wait or train and none is at work; open the dashboard, which starts one, "
            "and read logs/scheduler.log in RNNKIT_HOME where that does not help",
        )  # fmt: skip
    else:
        yield Finding("Scheduler", "note", "none is at work and no run waits; the dashboard starts one")


def _cluster(state: dict[str, Any]) -> Iterator[Finding]:
    """What the scheduler sees of the Ray cluster, where its trainers run there."""
    if fault := state.get("fault"):
        yield Finding("Cluster", "wrong", fault)
    for node in state.get("nodes", ()):
        if node["said"]:
            yield Finding("Cluster", "wrong", f"node {node['name']} gets no run: {'; '.join(node['said'])}")
        else:
            yield Finding("Cluster", "fine", f"node {node['name']} may get runs")


def _devices() -> Iterator[Finding]:
    from rnnkit.training import launchers

    gpus = launchers.gpu_titles()
    if shutil.which("nvidia-smi") and not gpus:
        yield Finding("Devices", "wrong", "nvidia-smi is installed and sees no GPU; look at what it says by itself")
    else:
        yield Finding("Devices", "fine", ", ".join(one.title for one in launchers.devices()))


def _kernels() -> Iterator[Finding]:
    from rnnkit.training import engines

    if not engines.has_kernels():
        yield Finding("Kernels", "wrong", "numba or scipy is missing, so that Keras trains all, slowly; install both")
        return
    if not engines.has_compiled():
        yield Finding(
            "Kernels", "note", "none is compiled yet: the dashboard does that when it starts, in half a minute"
        )
        return
    done = subprocess.run(
        paths.python("-c", "from rnnkit.training import engines; print(engines.warm_up())"),
        env=paths.environment(CUDA_VISIBLE_DEVICES="-1"), capture_output=True, text=True, timeout=KERNEL_SECONDS,
    )  # fmt: skip
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["nothing"])[-1][:160]
        yield Finding("Kernels", "wrong", f"they do not load ({last}); delete the folder kernels in RNNKIT_HOME")
    else:
        yield Finding("Kernels", "fine", f"compiled, on {done.stdout.strip()}")


def _outside(what: str, check: Callable[[], Iterator[Said]]) -> Callable[[], Iterator[Finding]]:
    return lambda: (Finding(what, *one) for one in check())


def _backups() -> Iterator[Finding]:
    from rnnkit import settings

    folder = settings.value("RNNKIT_BACKUPS")
    if not folder:
        yield Finding("Backups", "note", "RNNKIT_BACKUPS names no folder of them; `rnnkit backup FILE` writes one")
        return
    made = [path.stat().st_mtime for path in Path(folder).expanduser().glob("*.backup")]
    hours = (time.time() - max(made, default=0.0)) / 3600
    if not made:
        yield Finding("Backups", "wrong", f"there is none in {folder}; see to it that one is written each night")
    elif hours > BACKUP_HOURS:
        yield Finding(
            "Backups", "wrong", f"the newest in {folder} is {hours:.0f} hours old; look why none came after it"
        )
    else:
        yield Finding("Backups", "fine", f"the newest is {hours:.0f} hours old")


CHECKS: dict[str, Callable[[], Iterator[Finding]]] = {
    "Python": _python, "Packages": _packages, "Settings": _settings, "Home": _home, "Store": _store,
    "Kernels": _kernels, "Devices": _devices, "Backups": _backups, "Sign-in": _outside("Sign-in", outside.provider),
    "Metrics": _outside("Metrics", outside.metrics),
}  # fmt: skip
