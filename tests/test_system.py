"""What differs between systems. The branch for Windows runs here on a simulated one: see tests/support/windows.py."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from itertools import pairwise
from pathlib import Path

import mypy.api
import psutil
import pytest
import windows
from left_behind import end

from rnnkit import paths, system
from rnnkit.store import Status, Store
from rnnkit.training import marks, processes

ROOT = Path(__file__).parents[1]
SLEEPS = [sys.executable, "-c", "import time; print('ready', flush=True); time.sleep(60)"]


@pytest.fixture
def on_windows(monkeypatch: pytest.MonkeyPatch):
    """In this process `system` takes its branch for Windows."""
    for name, value in windows.modules().items():
        monkeypatch.setattr(system, name, value, raising=False)
    monkeypatch.setattr(windows.Process, "asked", [])


@pytest.fixture(params=["here", "windows"])
def anywhere(request: pytest.FixtureRequest):
    """Once on this machine as it is, once on a simulated Windows."""
    if request.param == "windows":
        request.getfixturevalue("on_windows")
    return request.param


@pytest.fixture
def sleeper():
    with subprocess.Popen(SLEEPS, stdout=subprocess.PIPE) as process:
        process.stdout.readline()
        yield process
        process.kill()


# ---- the simulation itself


def test_typeshed_knows_what_windows_lacks():
    assert {"nice", "pwrite", "getuid", "fork", "killpg", "sched_getaffinity"} <= windows.lacking("os")
    assert not {"kill", "open", "replace", "getpid", "fsync", "chmod", "O_CREAT"} & windows.lacking("os")
    assert {"SIGKILL", "SIGSTOP", "pause"} <= windows.lacking("signal")
    assert "SIGTERM" not in windows.lacking("signal")
    assert "clock_gettime" in windows.lacking("time")
    for name in ("nice", "pwrite"):
        assert not hasattr(windows.modules()["os"], name)


def test_the_branch_for_windows_has_sound_types():
    """That of this machine is checked with all the rest."""
    said, faults, status = mypy.api.run(
        ["--config-file=", "--follow-imports=silent", "--no-incremental", "--platform=win32",
         str(ROOT / "rnnkit/system.py")]
    )  # fmt: skip
    assert (status, faults) == (0, ""), said


# ---- processes


def test_a_process_is_known_by_its_start_stopped_and_ended(anywhere, sleeper):
    token = str(processes.token(sleeper.pid))
    assert processes.lives(token)
    assert not processes.lives(str(processes.parse(token)._replace(started=1)))
    assert not system.is_stopped(sleeper.pid)
    assert not processes.end_if_stopped(token)
    sleeper.send_signal(signal.SIGSTOP)
    while psutil.Process(sleeper.pid).status() != psutil.STATUS_STOPPED:
        time.sleep(0.01)
    assert system.is_stopped(sleeper.pid)
    assert processes.end_if_stopped(token)
    assert sleeper.wait(10)
    assert not processes.lives(token)
    system.kill(sleeper.pid)  # nothing is there any more
    assert not system.is_stopped(sleeper.pid)


def test_a_process_of_somebody_else_is_left_alone(anywhere, monkeypatch, sleeper):
    def denied(process):
        raise psutil.AccessDenied(process.pid)

    monkeypatch.setattr(psutil.Process, "kill", denied)
    system.kill(sleeper.pid)
    assert sleeper.poll() is None


def test_what_is_started_detached_hears_no_ctrl_c_and_opens_no_window(on_windows):
    assert system.detached() == {"creationflags": windows.NEW_GROUP | windows.NO_WINDOW}
    system.step_back(5)
    assert windows.Process.asked == [windows.BELOW_NORMAL]
    assert system.boot() == ""
    assert system.cores() == os.cpu_count()


@pytest.mark.skipif(not Path("/proc/self/autogroup").exists(), reason="this kernel has no autogroups")
def test_a_process_with_a_session_of_its_own_steps_back_as_a_whole():
    code = "from rnnkit import system; system.step_back(4); print(open('/proc/self/autogroup').read())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, **system.detached())
    assert done.stdout.strip().endswith(f"nice {os.nice(0) + 4}")


def test_a_process_that_is_asked_to_end_does_what_it_was_told(anywhere, monkeypatch):
    told = {}
    monkeypatch.setattr(system.signal, "signal", lambda number, do: told.update({int(number): do}))
    heard = []
    system.on_leave(lambda: heard.append("leave"))
    assert set(told) == ({signal.SIGTERM, 21} if anywhere == "windows" else {signal.SIGTERM})
    for do in told.values():
        do(signal.SIGTERM, None)
    assert heard == ["leave"] * len(told)


def test_a_line_in_a_pipe_or_its_end_is_seen_without_waiting(anywhere):
    reads, writes = os.pipe()
    with open(reads) as pipe:
        assert not system.waits_to_be_read(pipe)
        os.write(writes, b"a line\n")
        assert system.waits_to_be_read(pipe)
        assert pipe.readline() == "a line\n"
        assert not system.waits_to_be_read(pipe)
        os.close(writes)
        assert system.waits_to_be_read(pipe)


def test_a_program_in_place_of_this_one_ends_this_one_as_it_ends(anywhere, monkeypatch):
    command = [sys.executable, "-c", "import os; raise SystemExit(int(os.environ['STATUS']))"]
    if anywhere == "here":
        monkeypatch.setattr(os, "execve", lambda *given: (_ for _ in ()).throw(SystemExit(given)))
        with pytest.raises(SystemExit) as ended:
            system.become(command, {"STATUS": "7"})
        assert ended.value.code == (command[0], command, {"STATUS": "7"})
        return
    wait = subprocess.Popen.wait

    def interrupted_once(process):
        monkeypatch.setattr(subprocess.Popen, "wait", wait)
        raise KeyboardInterrupt

    monkeypatch.setattr(subprocess.Popen, "wait", interrupted_once)
    with pytest.raises(SystemExit) as ended:
        system.become(command, {"STATUS": "7"})
    assert ended.value.code == 7


def test_the_process_that_is_started_is_the_one_that_runs(on_windows, monkeypatch):
    """A virtual environment's python.exe would start another, whose id nobody is told."""
    assert system.python() == (sys.executable, {})
    monkeypatch.setattr(system.sys, "base_prefix", "elsewhere")
    monkeypatch.setattr(system.sys, "_base_executable", "base.exe", raising=False)
    assert paths.python("-m", "rnnkit")[0] == "base.exe"
    assert paths.environment()["__PYVENV_LAUNCHER__"] == sys.executable


# ---- files


def test_a_folder_is_closed_to_others_by_its_mode_and_on_windows_by_where_it_is(tmp_path, request, monkeypatch):
    tmp_path.chmod(0o755)
    (tmp_path / "file").touch()
    assert system.open_to_others(tmp_path)
    system.close_to_others(tmp_path)
    system.close_to_others(tmp_path / "file")
    assert not system.open_to_others(tmp_path)
    assert [oct(path.stat().st_mode & 0o777) for path in (tmp_path, tmp_path / "file")] == ["0o700", "0o600"]
    request.getfixturevalue("on_windows")
    monkeypatch.setattr(Path, "home", lambda: tmp_path / "people" / "ada")
    assert system.open_to_others(tmp_path)
    assert not system.open_to_others(tmp_path / "people" / "ada" / "AppData" / "rnnkit")
    assert system.open_to_others(tmp_path / "people" / "ada" / ".." / "bob")
    system.close_to_others(windows._Path(tmp_path))  # raises where a mode is set


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("Mia B.", "Mia-B"), ("a/b\\c:d", "a-b-c-d"), ("CON", "-CON"), ("com7", "-com7"), ("LPT¹", "-LPT¹"),
        ("..", "-"),
        ("nul.txt", "nul-txt"), ("x" * 99, "x" * 40), ("李小龍", "李小龍"), ("e\u0301", "\xe9"), ("a. ", "a"),
    ],
)  # fmt: skip
def test_names_are_parts_of_a_path_on_any_system(name: str, safe: str):
    assert system.file_name(name, 40) == safe


def test_the_log_of_a_run_can_be_written_whatever_its_id():
    assert system.is_reserved("con")
    assert system.is_reserved("con.log")
    assert not system.is_reserved("console")


ILLEGAL = re.compile(r'[<>:"|?*\\\x00-\x1f]|[. ]$')


def test_all_files_of_the_repository_can_be_checked_out_on_windows():
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True)
    if listed.returncode:
        pytest.skip("this is no checkout of git")
    names = listed.stdout.split("\0")[:-1]
    assert len(names) > 500
    parts = {part for name in names for part in name.split("/")}
    assert not [part for part in parts if ILLEGAL.search(part) or system.is_reserved(part)]
    assert len({name.casefold() for name in names}) == len(names)
    assert max(map(len, names)) < 120  # of 260 with the folder it stands in


# ---- the clock, and all of it together


def test_moments_are_told_apart(anywhere):
    moments = [system.seconds() for _ in range(1000)]
    assert moments == sorted(moments)
    assert 0 < min(later - earlier for earlier, later in pairwise(moments) if later > earlier) < 1e-4
    assert abs(moments[0] - time.time()) < 5


def test_a_mark_can_be_written_where_there_is_no_pwrite(home, monkeypatch):
    monkeypatch.setattr(marks, "os", windows.modules()["os"])
    token = str(processes.token())
    with marks.Mark(token) as mark:
        mark.write("a-long-run-id")
        mark.write("short")
        assert marks.found(token) == "short"
    assert marks.found(token) is None


def test_a_run_is_trained_by_scheduler_and_trainer_on_a_simulated_windows(store: Store, home: Path, tmp_path: Path):
    """All processes take the branch for Windows: how they are started, how they hear their orders, the clock."""
    told = tmp_path / "told"
    (tmp_path / "sitecustomize.py").write_text(
        f"import windows, pathlib; windows.put_on(pathlib.Path({str(told)!r}))\n"
    )
    path = os.pathsep.join([str(tmp_path), str(ROOT), str(ROOT / "tests" / "support")])
    settings = {"corpus": "cookbook-40000", "batches.length": 16, "model.units": 24, "training.epochs": 1}
    more = [part for name, value in settings.items() for part in ("--set", f"{name}={value}")]
    try:
        done = subprocess.run(
            [sys.executable, "-m", "rnnkit", "train", "--preset", "cookbook-gru", *more, "--wait"],
            env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True, timeout=120,
        )  # fmt: skip
    finally:
        end(home)
    assert done.returncode == 0, done.stderr
    (run,) = [run for run in store.runs() if not run.pretrained]
    assert run.status == Status.FINISHED
    flags = f"{windows.NEW_GROUP | windows.NO_WINDOW:#x}"
    assert {*told.read_text().splitlines()} == {f"-m rnnkit.training.{name} {flags}" for name in ("scheduler", "turns")}
