"""A cluster gives what one machine gives, whatever becomes of its nodes.

The short form runs always where there is Ray and PostgreSQL. `python -m pytest -m cluster` kills a node, restarts the
head, stops the database for 20 seconds and the scheduler, with a node whose clock is a minute ahead.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable

import pytest
from on_cluster import Cluster, all_ended, same, small, wait_for, weights, without_ray

from rnnkit.store import ACTIVE, Status, Store
from rnnkit.training import processes


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


@pytest.mark.cluster
@pytest.mark.timeout(1800)
def test_a_node_the_head_the_database_the_scheduler_and_a_clock_fail_and_nothing_is_lost(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch, order_postgres: Callable[[str], None]
):
    configs = [small(seed, corpus="cookbook-400000") for seed in range(8)]
    alone = without_ray(configs, monkeypatch, cluster.folder)
    nodes, store = cluster.nodes, cluster.store
    nodes.add("one", 1, **cluster.node("one"))
    nodes.add("two", 1, **cluster.node("two", late=True))
    monkeypatch.setenv("RNNKIT_RAY", nodes.address)
    wait_for(store, lambda: ready(store) == 2, "two nodes that can be used")
    runs = [store.create_run(config) for config in configs]
    wait_for(store, lambda: len(on(store, "one")) == len(on(store, "two")) == 4, "four runs on each node")

    wait_for(store, lambda: in_the_middle(store, "two"), "an epoch on the node that dies")
    nodes.kill("two")
    wait_for(store, lambda: not on(store, "two"), "the node's runs given up")
    nodes.add("two", 1, **cluster.node("two", late=True))

    wait_for(store, lambda: ready(store) == 2 and in_the_middle(store, "one"), "two nodes again")
    order_postgres("stop")
    time.sleep(20)
    order_postgres("again")
    wait_for(
        store, lambda: store.runs(statuses=ACTIVE) or not any(store.run(run).live for run in runs), "runs that go on"
    )

    address = nodes.address
    nodes.kill("one")  # the head: Ray has no word of the other node any more, which ends by itself
    nodes.add("one", 1, **cluster.node("one"))
    nodes.add("two", 1, **cluster.node("two", late=True))
    assert nodes.address == address
    wait_for(store, lambda: on(store, "one") or on(store, "two"), "runs that go on after the head's new start")

    token = store.scheduler()["token"]
    os.kill(processes.parse(token).pid, signal.SIGKILL)
    all_ended(store, runs, 900)
    assert store.scheduler()["token"] != token
    assert same(weights(store, runs), alone)
