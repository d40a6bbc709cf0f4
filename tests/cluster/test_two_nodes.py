"""A cluster gives what one machine gives, whatever becomes of its nodes.

The short form runs always where there is Ray and PostgreSQL. `python -m pytest -n 0 -m cluster` does worse: a node
ends, the head begins anew, the database is away for 20 seconds, the scheduler is killed, and what speaks with Ray.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from typing import NamedTuple

import psutil
import pytest
from on_cluster import Cluster, all_ended, end_scheduler, same, small, wait_for, weights, without_ray

from rnnkit.config import RunConfig
from rnnkit.store import Status, Store
from rnnkit.training import processes


class Eight(NamedTuple):
    """Orders, and the weights that they give."""

    configs: list[RunConfig]
    alone: list


def on(store: Store, name: str) -> list[str]:
    """Runs that train on a node."""
    return [run.id for run in store.runs(statuses=[Status.TRAINING]) if (run.device or "").endswith(f" on {name}")]


def ready(store: Store) -> int:
    """How many nodes the scheduler can use."""
    return len(store.scheduler()["state"].get("devices", []))


def in_the_middle(store: Store, name: str, most: int = 8) -> bool:
    """Whether a node has a run with an epoch behind it and one before it."""
    return any(1 <= store.run(run).epochs_done <= most for run in on(store, name))


@pytest.mark.timeout(300)
def test_runs_on_two_nodes_of_which_one_dies_are_those_of_one_machine(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
):
    cluster.nodes.order(add="one", cores=1, environment=cluster.node("one"))
    cluster.nodes.order(add="two", cores=1, environment=cluster.node("two"))
    configs = [small(seed) for seed in range(4)]
    alone = without_ray(configs, monkeypatch, cluster.folder)
    cluster.nodes.answer()
    cluster.nodes.answer()

    monkeypatch.setenv("RNNKIT_RAY", cluster.nodes.address)
    store = cluster.store
    wait_for(store, lambda: ready(store) == 2, "two nodes that can be used")
    runs = [store.create_run(config) for config in configs]
    wait_for(store, lambda: on(store, "one") and in_the_middle(store, "two"), "runs on both nodes")
    cluster.nodes.kill("two")
    all_ended(store, runs, 200)
    assert same(weights(store, runs), alone)
    assert all(store.run(run).attempts == 0 for run in runs)


@pytest.fixture(scope="module")
def eight(tmp_path_factory: pytest.TempPathFactory) -> Eight:
    """Runs of eight people, and their weights on one machine without Ray, left in peace."""
    configs = [small(seed, corpus="cookbook-80000") for seed in range(8)]
    with pytest.MonkeyPatch.context() as patch:
        return Eight(configs, without_ray(configs, patch, tmp_path_factory.mktemp("alone")))


@pytest.mark.cluster
@pytest.mark.timeout(900)
@pytest.mark.parametrize("fault", ["node", "database", "head", "scheduler", "connection"])
def test_eight_runs_on_two_nodes_lose_nothing_by(
    fault: str, eight: Eight, cluster: Cluster, monkeypatch: pytest.MonkeyPatch, order_postgres: Callable[[str], None]
):
    """A node whose clock is a minute ahead ends; the database is away for 20 seconds; the head is started anew; the
    scheduler is killed; the process that speaks with Ray is killed."""
    nodes, store = cluster.nodes, cluster.store
    one, two = cluster.node("one"), cluster.node("two", late=True)
    nodes.add("one", 1, **one)
    nodes.add("two", 1, **two)
    monkeypatch.setenv("RNNKIT_RAY", nodes.address)
    wait_for(store, lambda: ready(store) == 2, "two nodes that can be used")
    runs = [store.create_run(config) for config in eight.configs]
    wait_for(store, lambda: in_the_middle(store, "one", 6) and in_the_middle(store, "two", 6), "runs on both nodes")
    assert {store.run(run).status for run in runs} == {Status.TRAINING}
    token = store.scheduler()["token"]
    done = [store.run(run).epochs_done for run in runs]

    if fault == "node":
        nodes.kill("two")
    elif fault == "database":
        order_postgres("stop")
        time.sleep(20)
        order_postgres("again")
    elif fault == "head":
        address = nodes.address
        nodes.kill("one")
        nodes.add("one", 1, **one)
        nodes.add("two", 1, **two)
        assert nodes.address == address
    elif fault == "scheduler":
        end_scheduler(store)
    else:
        (hand,) = psutil.Process(processes.parse(token).pid).children()
        hand.kill()

    all_ended(store, runs, 300)
    where = Counter((store.run(run).device or "").split()[-1] for run in runs)
    print(f"{fault}: at {done} of 10 epochs; ended on {dict(where)}")
    assert same(weights(store, runs), eight.alone)
    assert all(store.run(run).attempts == 0 for run in runs)
    assert (store.scheduler()["token"] != token) == (fault == "scheduler")
