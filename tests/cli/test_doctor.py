"""A whole installation is looked at; what is wrong is a sentence that says what to do, and the exit status says so."""

from __future__ import annotations

import os
import re
import sys
import time
import tomllib
from pathlib import Path

import pytest
import tiny

from rnnkit.cli import doctor
from rnnkit.store import Store
from rnnkit.training import launchers, processes


@pytest.fixture(autouse=True)
def _one_look(monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    home.mkdir(mode=0o700)
    monkeypatch.setattr(launchers, "gpu_titles", list)
    monkeypatch.setattr(doctor.shutil, "which", lambda name: None)
    monkeypatch.setenv("RNNKIT_THREADS", "1")
    monkeypatch.setattr(doctor, "LEAST_FREE", 0.0)


@pytest.fixture
def wrong(answer):
    """wrong() -> what is wrong: {"Home": SENTENCE}."""

    def wrong_() -> dict[str, str]:
        found = answer("doctor", status=int(bool(_states(answer))))["findings"]
        return {one["what"]: one["said"] for one in found if one["state"] == "wrong"}

    return wrong_


def _states(answer) -> list[str]:
    return [one.said for what, check in doctor.CHECKS.items() for one in doctor._checked(what, check)
            if one.state == "wrong"]  # fmt: skip


def test_a_fresh_installation_is_fine(say, wrong):
    assert wrong() == {}
    said = say("doctor")
    assert said.endswith("Nothing is wrong.\n")
    assert "WRONG" not in said


def test_what_is_wrong_is_said_with_what_to_do(wrong, home: Path, tmp_path: Path, monkeypatch):
    monkeypatch.setenv("RNNKIT_CORPORA", str(tmp_path / "nowhere"))
    monkeypatch.setenv("RNNKIT_CPU_SLOTS", "1000")
    monkeypatch.setenv("RNNKIT_BACKUPS", str(tmp_path))
    monkeypatch.setattr(doctor, "LEAST_FREE", 1e18)
    monkeypatch.setattr(doctor.shutil, "which", lambda name: f"/usr/bin/{name}")
    (home / "other").write_text("")  # so that nobody closes the folder by himself
    home.chmod(0o755)
    found = wrong()
    assert set(found) == {"Texts", "Threads", "Backups", "Disk", "Devices", "Home"}
    assert "chmod 700" in found["Home"]
    assert "make or unset it" in found["Texts"]
    old = tmp_path / "a.backup"
    old.write_text("")
    os.utime(old, (time.time(), time.time() - 100 * 3600))
    assert "100 hours old" in wrong()["Backups"]
    old.touch()
    assert "Backups" not in wrong()


def test_a_store_that_does_not_answer_and_a_setting_that_makes_no_sense_are_sentences(wrong, monkeypatch):
    monkeypatch.setenv("RNNKIT_STORE", "postgresql://nobody@127.0.0.1:9/none")
    monkeypatch.setenv("RNNKIT_HOSTS", "http://x/")
    found = wrong()
    assert "expected a database that answers" in found["Store"]
    assert found["Settings"].startswith("RNNKIT_HOSTS: expected names of hosts")


def test_a_run_that_nobody_trains_is_noticed(wrong, store: Store):
    store.create_run(tiny.config())
    assert "open the dashboard" in wrong()["Scheduler"]


def test_a_cluster_is_told_as_its_scheduler_sees_it(wrong, say, store: Store):
    lease = store.take_scheduler(str(processes.token(note="scheduler")), stale_seconds=15)
    assert lease is not None
    nodes = [{"name": "lab 1", "said": []}, {"name": "lab 2", "said": ["keras: expected 3.15, got 3.14"]}]
    lease.heartbeat({"warm": 0, "devices": [], "nodes": nodes})
    assert wrong()["Cluster"] == "node lab 2 gets no run: keras: expected 3.15, got 3.14"
    lease.heartbeat({"warm": 0, "devices": [], "fault": "RNNKIT_RAY: expected a cluster that answers"})
    assert wrong()["Cluster"].startswith("RNNKIT_RAY")
    lease.heartbeat({"warm": 0, "devices": [], "nodes": nodes[:1]})
    assert "node lab 1 may get runs" in say("doctor")


def test_a_clock_that_differs_is_noticed(wrong, store: Store, monkeypatch):
    monkeypatch.setattr(doctor, "CLOCK_SECONDS", -1.0)
    assert "the database's" in wrong()["Clock"]


def test_kernels_are_loaded_as_a_trainer_would_and_a_fault_is_said(wrong, home: Path, monkeypatch):
    (home / "kernels").mkdir()
    (home / "kernels" / "one").write_text("")  # so that there are some
    assert "Kernels" not in wrong()
    monkeypatch.setattr(doctor.paths, "python", lambda *_: [sys.executable, "-c", "raise OSError('no such loop')"])
    assert "no such loop" in wrong()["Kernels"]


def test_a_python_that_packages_do_not_know_is_said(wrong, monkeypatch):
    listed = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text("utf-8"))["project"]
    assert listed["requires-python"] == ">=3.11,<3.14"
    assert doctor.PYTHONS == ((3, 11), (3, 13))
    monkeypatch.setattr(doctor, "PYTHONS", ((3, 98), (3, 99)))
    assert "expected 3.98 to 3.99" in wrong()["Python"]


def test_the_store_is_told_with_its_versions(say, store: Store):
    assert re.search(r"SQLite \d+\.\d+\.\d+, tables as of m\d{3}_", say("doctor"))


def test_a_package_that_is_missing_or_too_old_is_named(wrong, monkeypatch, tmp_path: Path):
    from rnnkit import paths

    (tmp_path / "requirements.txt").write_text("numpy>=99\nno-such-package>=1\n")
    monkeypatch.setattr(paths, "PACKAGE", tmp_path / "rnnkit")
    said = wrong()["Packages"]
    assert "numpy >=99 (found: " in said
    assert "no-such-package >=1 (found: none)" in said
