"""Figures for Prometheus: what they count, that a program can read them, and that nobody else is told anything."""

from __future__ import annotations

import os
from pathlib import Path

import asked
import in_class
import pytest
import tiny
from prometheus_client.parser import text_string_to_metric_families
from starlette.applications import Starlette

from rnnkit.errors import ConfigError
from rnnkit.feed import monitoring
from rnnkit.feed import routes as feeds
from rnnkit.store import Order, Store
from rnnkit.training import marks, processes

pytestmark = pytest.mark.usefixtures("nobody_trains")
TOKEN = "t0ken"


@pytest.fixture
def store(any_store: Store) -> Store:
    return any_store


@pytest.fixture
def app(store: Store, monkeypatch: pytest.MonkeyPatch) -> Starlette:
    monkeypatch.setenv("RNNKIT_METRICS_TOKEN", TOKEN)
    own = feeds.routes("kit", lambda: store)
    return Starlette(routes=[*own, *monitoring.routes("/kit/", lambda: store, lambda: feeds.answers)])


@pytest.fixture
def figures(app: Starlette):
    """figures() -> {"rnnkit_runs{status=queued}": 1.0}, as a Prometheus server reads it."""

    def figures_() -> dict[str, float]:
        got = asked.get(app, "/kit/metrics", authorization=f"Bearer {TOKEN}")
        assert got.status == 200
        assert got.headers["content-type"].startswith("text/plain; version=0.0.4")
        samples = [one for family in text_string_to_metric_families(got.body.decode()) for one in family.samples]
        named = {
            f"{one.name}{{{','.join(f'{key}={value}' for key, value in one.labels.items())}}}".removesuffix(
                "{}"
            ): one.value
            for one in samples
        }
        assert len(named) == len(samples)
        return named

    return figures_


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer ", "Bearer t0ke", f"Basic {TOKEN}", TOKEN, f"bearer {TOKEN}", "é"]
)
def test_strangers_get_what_they_get_where_there_is_nothing(app: Starlette, header: str):
    got, nothing = (asked.get(app, path, authorization=header) for path in ("/kit/metrics", "/kit/nothing"))
    assert (got.status, got.body) == (nothing.status, nothing.body) == (404, b"Not Found")


def test_without_a_token_there_are_no_metrics(app: Starlette, monkeypatch, tmp_path: Path):
    monkeypatch.delenv("RNNKIT_METRICS_TOKEN")
    assert asked.get(app, "/kit/metrics", authorization="Bearer ").status == 404
    monkeypatch.setenv("RNNKIT_METRICS_TOKEN_FILE", str(tmp_path / "token"))
    assert asked.get(app, "/kit/metrics", authorization="Bearer x").status == 404
    (tmp_path / "token").write_text("x\n")
    assert asked.get(app, "/kit/metrics", authorization="Bearer x").status == 200
    monkeypatch.setattr(monitoring.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ConfigError, match="extra metrics"):
        monitoring.check()


def test_runs_waits_people_and_feeds_are_counted(app: Starlette, store: Store, figures):
    before = figures()
    assert before["rnnkit_runs{status=queued}"] == before["rnnkit_class_open"] == before["rnnkit_scheduler_up"] == 0
    tiny.run(store)
    store.create_run(tiny.config())
    gone = store.create_run(tiny.config())
    store.delete_run(gone)
    in_class.opened(store)
    asked.get(app, "/kit/feed/runs")
    now = figures()
    assert now["rnnkit_runs{status=finished}"] == now["rnnkit_runs{status=queued}"] == 1
    assert now["rnnkit_epochs"] == sum(run.epochs_done for run in store.runs())
    assert 0 < now["rnnkit_wait_oldest_seconds"] < 60
    assert [now[f"rnnkit_members{{role={role}}}"] for role in ("teacher", "pupil", "guest")] == [1, 2, 1]
    assert (now["rnnkit_members_here"], now["rnnkit_class_open"]) == (4, 1)
    assert now["rnnkit_feed_answers_total{feed=runs,status=403}"] >= 1
    assert now["rnnkit_disk_free_bytes"] > 0
    assert now["process_resident_memory_bytes"] > 1e6


def test_a_trainer_at_work_tells_its_memory_and_turns_and_a_scheduler_its_ticks(store: Store, figures):
    token, run = str(processes.token(note="cpu")), store.create_run(tiny.config())
    lease = store.take_scheduler("scheduler|1|1|", stale_seconds=15)
    assert lease is not None
    assert lease.assign([Order(run, token, "cpu")])
    ticks = {"ticks": 7, "tick_seconds": 0.5, "tick_p95": 0.02, "errors": 1}
    lease.heartbeat({"warm": 1, "devices": [{"id": "cpu", "title": "2 cores", "slots": 3}], **ticks})
    with marks.Mark(token) as mark:
        for one in (run, run, "another"):
            mark.write(one)
        found = figures()
        assert marks.found(token) == "another"
    pid = os.getpid()
    assert found[f"rnnkit_turns_total{{pid={pid}}}"] == 3
    assert found[f"rnnkit_trainer_memory_bytes{{pid={pid}}}"] > 1e6
    assert (found["rnnkit_trainers"], found["rnnkit_trainers_warm"], found["rnnkit_device_slots"]) == (1, 1, 3)
    assert found["rnnkit_runs{status=starting}"] == found["rnnkit_scheduler_up"] == 1
    assert found["rnnkit_scheduler_tick_seconds_count"] == 7
    assert found["rnnkit_scheduler_tick_seconds_sum"] == 0.5
    assert found["rnnkit_scheduler_tick_p95_seconds"] == 0.02
    assert found["rnnkit_scheduler_errors_total"] == 1
    assert marks.turns() == {}


def test_nothing_that_people_wrote_or_are_called_is_in_it(app: Starlette, store: Store):
    in_class.opened(store)
    ann = in_class.acting("Ann", store)
    text = ann.add_text("a" * 64, "Annsdiary", "Annsword " * 20)
    in_class.give(store, tiny.run(store, corpus=text, name="Annsrun", owner="Annsname"), "Ann")
    told = asked.get(app, "/kit/metrics", authorization=f"Bearer {TOKEN}").body.decode()
    assert not [word for word in ("Ann", "Tess", text, in_class.browser("Ann")) if word in told]
