"""Figures of the service in the text format of Prometheus, for whoever has the token; for all others there are none.

No name, text or address of a person is in it, and no label that grows with them. Knows no page.
"""

from __future__ import annotations

import hmac
import importlib.util
import logging
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from rnnkit import settings
from rnnkit.errors import ConfigError, PersonError

if TYPE_CHECKING:
    from prometheus_client.core import Metric

    from rnnkit.store import Store
    from rnnkit.store.counts import Counted

NOTHING = "Not Found"  # as of an address that there is not
LOST_SECONDS = 3600.0  # of connections to the database
_log = logging.getLogger("rnnkit.feed")


def check() -> None:
    """Raises ConfigError: somebody wants metrics, and the package that writes them is missing."""
    if settings.secret("RNNKIT_METRICS_TOKEN") and not importlib.util.find_spec("prometheus_client"):
        raise ConfigError("RNNKIT_METRICS_TOKEN: expected the package prometheus-client (the extra metrics), got none")


def routes(
    prefix: str, open_store: Callable[[], Store], answers: Callable[[], dict[tuple[str, int], int]]
) -> list[Route]:
    """The route below a path prefix. `answers` tells how often each feed was answered with each status."""

    async def answer(request: Request) -> Response:
        if not _may(request.headers.get("authorization", "")):
            return PlainTextResponse(NOTHING, 404)
        try:
            text = await run_in_threadpool(lambda: written(open_store(), answers()))
        except PersonError:
            return PlainTextResponse("The store cannot be read just now.\n", 503)
        except Exception:
            _log.exception("metrics failed")
            return PlainTextResponse("Something went wrong in rnnkit. The details are in the server's log.\n", 500)
        return Response(
            text, media_type="text/plain; version=0.0.4; charset=utf-8", headers={"Cache-Control": "no-store"}
        )

    base = "/".join(["", *filter(None, prefix.split("/"))])
    return [Route(f"{base}/metrics", answer, methods=["GET"])]


def _may(given: str) -> bool:
    try:
        token = settings.secret("RNNKIT_METRICS_TOKEN")
    except ConfigError:  # its file is gone
        return False
    return bool(token) and hmac.compare_digest(given.encode(), f"Bearer {token}".encode())


def written(store: Store, answers: dict[tuple[str, int], int] | None = None) -> bytes:
    """All figures as Prometheus reads them. Raises StoreError."""
    from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest

    class Ours:
        def collect(self) -> Iterator[Metric]:
            counted = store.counts()
            yield from _of_store(counted)
            yield from _of_scheduler(store)
            yield from _of_trainers(counted.trainers)
            yield from _of_dashboard(store, answers or {})

    registry = CollectorRegistry()
    registry.register(Ours())
    ProcessCollector(registry=registry)
    return generate_latest(registry)


def _gauge(name: str, meaning: str, value: float) -> Metric:
    from prometheus_client.core import GaugeMetricFamily

    return GaugeMetricFamily(f"rnnkit_{name}", meaning, value=value)


def _gauges(name: str, meaning: str, label: str, values: dict[str, float]) -> Metric:
    from prometheus_client.core import GaugeMetricFamily

    family = GaugeMetricFamily(f"rnnkit_{name}", meaning, labels=[label])
    for key, value in values.items():
        family.add_metric([key], value)
    return family


def _of_store(found: Counted) -> Iterator[Metric]:
    from rnnkit.people.person import Role
    from rnnkit.store import Status

    every_status = {str(status): float(found.runs.get(status, 0)) for status in Status}
    yield _gauges("runs", "Runs by status, without those that came along.", "status", every_status)
    yield _gauge("wait_oldest_seconds", "How long the run has waited that waits longest.", found.oldest_wait)
    if found.mean_wait is not None:
        yield _gauge("wait_mean_seconds", "From the order to the start, of runs of the last hour.", found.mean_wait)
    yield _gauge("train_seconds", "Training seconds of all runs in the store.", found.train_seconds)
    yield _gauge("epochs", "Finished epochs of all runs in the store.", found.epochs)
    yield _gauge("class_open", "Whether a class is open.", found.class_is_open)
    roles = {role: float(found.members.get(role, 0)) for role in (Role.TEACHER, Role.PUPIL, Role.GUEST)}
    yield _gauges("members", "Members of the open class by role.", "role", {str(name): n for name, n in roles.items()})
    yield _gauge("members_here", "Members of the open class that were seen just now.", found.here)
    yield _gauge("accounts_signed_in", "Accounts that are signed in.", found.signed_in)
    yield _gauge("disk_free_bytes", "Free on the disk of RNNKIT_HOME.", shutil.disk_usage(settings.home()).free)


def _of_scheduler(store: Store) -> Iterator[Metric]:
    row = store.scheduler()
    state = row["state"]
    silent = row["read_at"] - row["heartbeat_at"]
    yield _gauge("scheduler_up", "Whether a scheduler has its place.", row["token"] is not None)
    if row["token"] is None:
        return
    yield _gauge("scheduler_heartbeat_age_seconds", "Since the scheduler was heard of.", max(0.0, silent))
    yield _gauge("trainers_warm", "Trainers that wait for a run.", state.get("warm", 0))
    slots = sum(device["slots"] for device in state.get("devices", ()))
    yield _gauge("device_slots", "Trainers that may be at work at once.", slots)
    if "ticks" in state:
        from prometheus_client.core import CounterMetricFamily, SummaryMetricFamily

        yield SummaryMetricFamily(
            "rnnkit_scheduler_tick_seconds", "How long the scheduler's ticks take.",
            count_value=state["ticks"], sum_value=state["tick_seconds"],
        )  # fmt: skip
        yield _gauge("scheduler_tick_p95_seconds", "The 95th percentile of its last ticks.", state["tick_p95"])
        yield CounterMetricFamily("rnnkit_scheduler_errors", "Ticks that the store refused.", value=state["errors"])


def _of_trainers(tokens: Sequence[str]) -> Iterator[Metric]:
    import psutil
    from prometheus_client.core import CounterMetricFamily

    from rnnkit.training import marks, processes

    memory = dict[str, float]()
    for token in tokens:
        with suppress(psutil.Error, ValueError):
            if processes.lives(token):
                pid = processes.parse(token).pid
                memory[str(pid)] = psutil.Process(pid).memory_info().rss
    yield _gauge("trainers", "Trainers at work, on all machines.", len(tokens))
    yield _gauges("trainer_memory_bytes", "Memory of a trainer at work on this machine.", "pid", memory)
    turns = CounterMetricFamily("rnnkit_turns", "Turns that a trainer of this machine has given.", labels=["pid"])
    for name, count in marks.turns().items():
        turns.add_metric([name], count)
    yield turns


def _of_dashboard(store: Store, answers: dict[tuple[str, int], int]) -> Iterator[Metric]:
    from prometheus_client.core import CounterMetricFamily

    from rnnkit import logs

    told = CounterMetricFamily("rnnkit_feed_answers", "Answers of this dashboard's feeds.", labels=["feed", "status"])
    for (feed, status), count in sorted(answers.items()):
        told.add_metric([feed, str(status)], count)
    yield told
    yield CounterMetricFamily(
        "rnnkit_errors", "Errors that this dashboard has written into its log.", value=logs.errors()
    )
    lost = len(store.faults(LOST_SECONDS))
    yield _gauge("database_connections_lost", "Connections that this dashboard lost in the last hour.", lost)
