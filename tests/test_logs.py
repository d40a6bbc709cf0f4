"""Logs as lines of JSON: one object a line, with run and node, and without what somebody wrote; plain by itself."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
from pathlib import Path

import pytest
import tiny

from rnnkit import logs, settings
from rnnkit.errors import ConfigError
from rnnkit.store import Status, Store

ROOT = Path(__file__).parent.parent


def line(**more: object) -> dict[str, str]:
    """What becomes of a record."""
    record = logging.makeLogRecord({"name": "rnnkit.training", "levelname": "WARNING", "msg": "said", **more})
    text = logs.JsonLines().format(record)
    assert "\n" not in text
    return json.loads(text)


def test_a_line_has_time_level_process_node_and_what_it_is_about(monkeypatch):
    monkeypatch.setenv("RNNKIT_NODE", "lab-3")
    found = line(msg="two\nlines %s", args=("\x1b[31m",), run="r1", device="cpu", status="finished", other="no")
    assert found["message"] == "two\nlines \x1b[31m"
    assert (found["level"], found["node"], found["logger"]) == ("warning", "lab-3", "rnnkit.training")
    assert (found["run"], found["device"], found["status"]) == ("r1", "cpu", "finished")
    assert found["time"].endswith("+00:00")
    assert "other" not in found
    logs.of_run("r2")
    assert line()["run"] == "r2"
    logs.of_run("")
    assert "run" not in line()
    assert len(line(msg="x" * 10_000)["message"]) < 2100


def test_an_error_is_told_by_its_kind_and_place_without_its_words():
    try:
        int("My diary")
    except ValueError:
        found = line(exc_info=sys.exc_info())
    assert found["error"] == "ValueError"
    assert "test_logs.py" in found["at"][-1]
    assert "diary" not in json.dumps(found)


def test_a_line_is_read_back_as_people_know_it():
    written = logs.JsonLines().format(logging.makeLogRecord({"msg": "said", "levelname": "INFO"}))
    assert logs.plain(written) == "said"
    for other in ("said", "{not json", "{}", '{"message": 3}', ""):
        assert logs.plain(other) == other


def test_another_kind_of_log_is_a_sentence(monkeypatch):
    monkeypatch.setenv("RNNKIT_LOG", "xml")
    with pytest.raises(ConfigError, match=r"^RNNKIT_LOG: expected plain or json, got 'xml'"):
        settings.check()


def written(run: str, **more: str) -> list[str]:
    """What a trainer of this run writes to standard error."""
    command = [sys.executable, "-m", "rnnkit.training.turns", run]
    done = subprocess.run(command, cwd=ROOT, env=os.environ | more, capture_output=True, text=True, timeout=120)
    return done.stderr.splitlines()


def test_a_trainer_writes_objects_with_the_run_and_the_node(store: Store):
    run = store.create_run(tiny.config(corpus="cookbook-20000", training={"epochs": 1}))
    told = [json.loads(one) for one in written(run, RNNKIT_LOG="json", RNNKIT_NODE="n1")]
    assert store.run(run).status == Status.FINISHED, told
    assert {(one["process"], one["node"], one["run"]) for one in told} == {("trainer", "n1", run)}
    assert [one["message"] for one in told] == ["takes a run", "lets a run go"]
    assert told[-1]["status"] == "finished"


def test_lines_are_plain_by_themselves():
    assert written("no-such-run") == ["run: expected the id of a run in this store, got 'no-such-run'"]
