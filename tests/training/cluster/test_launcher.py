"""A cluster as the scheduler sees it, with a pretend child in place of the process that speaks with Ray."""

from __future__ import annotations

import io
import json
import time

import pytest

from rnnkit.training import processes
from rnnkit.training.cluster import launcher as cluster
from rnnkit.training.cluster.launcher import ClusterLauncher

A, B = "a" * 16, "b" * 16


class Child:
    """Hears orders and says nothing by itself."""

    made: list[Child]

    def __init__(self, *_args, **_options):
        self.stdin, self.stdout, self.ended, self.heard = self, io.StringIO(), None, []
        Child.made.append(self)

    def write(self, line: str) -> None:
        self.heard.append(json.loads(line))

    def flush(self) -> None: ...

    def close(self) -> None:
        self.ended = 0

    def poll(self) -> int | None:
        return self.ended

    def wait(self, _seconds: float = 0) -> None: ...


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch):
    """Seconds that a test lets pass."""

    class Clock:
        now = 1000.0

        def __call__(self) -> float:
            return self.now

    one = Clock()
    monkeypatch.setattr(cluster.time, "monotonic", one)
    return one


@pytest.fixture
def launcher(monkeypatch: pytest.MonkeyPatch, clock) -> ClusterLauncher:
    Child.made = []
    monkeypatch.setattr(cluster.subprocess, "Popen", Child)
    monkeypatch.setenv("RNNKIT_THREADS", "2")
    return ClusterLauncher("auto", namespace="rnnkit-1", scheduler="vm|1|1|scheduler", sqlite=False)


def node(name: str, cores: float = 4, gpus: float = 0, **more) -> dict:
    facts = {"id": name, "name": f"lab {name[0]}", "said": [], "ready": True, "cores": cores, "gpus": gpus}
    return {**facts, "gpu_titles": [], "free_bytes": 10**9, **more}


def seen(*nodes: dict, trainers=(), dead=(), pending=(), ended=None) -> dict:
    return {"nodes": nodes, "dead": [*dead], "trainers": [*trainers], "pending": [*pending], "ended": ended or {}}


def token(node_id: str, number: int = 1, device: str = "cpu") -> str:
    return f"ray:{node_id}|{number}|1|{device}@{node_id}"


def orders(kind: str) -> list[dict]:
    return [order for order in Child.made[-1].heard if kind in order]


def test_devices_are_the_cores_and_gpus_of_nodes_that_were_not_refused(launcher, monkeypatch):
    refused = node("c" * 16, ready=False, said=["numpy: expected 2, got 1"])
    launcher.hear(
        seen(node(A, cores=5), node(B, cores=1, gpus=2, gpu_titles=["H200", "H200"]), refused, node("d" * 16, 0))
    )
    assert [device[:3] for device in launcher.devices] == [
        (f"gpu@{B}", "2 H200 of lab b", 2), (f"cpu@{A}", "5 processor cores of lab a", 2),
        (f"cpu@{B}", "1 processor core of lab b", 1),
    ]  # fmt: skip
    assert launcher.state()["nodes"][2] == {"name": "lab c", "said": ["numpy: expected 2, got 1"]}
    assert launcher.free_bytes(f"cpu@{A}") == 10**9


def test_while_nothing_is_heard_there_is_no_device_and_a_sentence(launcher, clock):
    assert launcher.devices == []
    assert "none has answered yet" in launcher.state()["fault"]
    launcher.hear({"fault": "RNNKIT_RAY: expected a Ray cluster that answers at auto, got: nothing"})
    assert launcher.state()["fault"].endswith("got: nothing")
    launcher.hear(seen(node(A)))
    assert len(launcher.devices) == 1
    clock.now += cluster.FRESH_SECONDS + 1
    assert launcher.devices == []


def test_ray_s_word_counts_where_it_has_one_and_else_the_heartbeat(launcher, clock):
    launcher.hear(seen(node(A), dead=[B], trainers=[token(A)]))
    assert launcher.lives(token(A)) is True
    assert launcher.lives(token(A, 2)) is False, "its node lives and it does not"
    assert launcher.lives(token(B)) is False, "its node is dead"
    assert launcher.lives(token("e" * 16)) is None, "a node of which this head has never heard"
    assert launcher.lives(str(processes.token())) is True, "of this machine, from before there was a cluster"
    clock.now += cluster.FRESH_SECONDS + 1
    assert launcher.lives(token(A)) is None
    assert launcher.lives(token(B)) is None


def test_a_run_is_blamed_only_where_its_trainer_began_on_a_node_that_still_lives(launcher, clock):
    words = {token(A): {"run": "abc", "logs": {"abc": "Killed"}}}
    launcher.hear(seen(node(A), dead=[B], pending=[token(A, 3)], trainers=[token(A, 3)], ended=words))
    found = launcher.fate(token(A), ["abc", "def"])
    assert (found.run, found.log("abc"), found.log("def"), found.blamed) == ("abc", "Killed", "Killed", True)
    assert not launcher.fate(token(B), ["abc"]).blamed
    launcher.hear(seen(node(A), ended={token(A): {"left": True}}))
    assert not launcher.fate(token(A), ["abc"]).blamed, "it has ended by itself, as the run was given to it"
    launcher.hear(seen(node(A), pending=[token(A, 3)], trainers=[token(A, 3)], ended=words))
    assert not launcher.fate(token(A, 3), ["abc"]).blamed, "it waited for room on its node"
    clock.now += cluster.FRESH_SECONDS + 1
    assert not launcher.fate(token(A), ["abc"]).blamed, "Ray is silent"


def test_a_trainer_that_was_never_seen_is_given_up_after_a_minute_and_no_run_is_blamed(launcher, clock):
    launcher.hear(seen(node(A)))
    started = launcher.trainer_for(f"cpu@{A}").token
    assert launcher.lives(started) is True
    clock.now += cluster.STARTING_SECONDS + 1
    launcher.hear(seen(node(A)))
    launcher.see([started])
    assert launcher.lives(started) is False
    assert not launcher.fate(started, ["abc"]).blamed


def test_a_run_gets_a_trainer_that_waits_on_its_device_before_a_new_one_is_started(launcher):
    at_work, waits, elsewhere = token(A, 1), token(A, 2), token(B, 3)
    launcher.hear(seen(node(A), node(B), trainers=[at_work, waits, elsewhere]))
    launcher.see([at_work])
    first = launcher.trainer_for(f"cpu@{A}")
    launcher.tell(first, "abc")
    assert first.token == waits
    assert orders("tell") == [{"tell": waits, "run": "abc"}]
    second = launcher.trainer_for(f"cpu@{A}")
    assert orders("start") == [{"start": second.token, "warm": False, "cpus": 2, "gpus": 0}]
    launcher.take_back(second)
    assert launcher.trainer_for(f"cpu@{A}").token == second.token


def test_trainers_of_a_gpu_share_it_and_take_no_core(launcher, monkeypatch):
    monkeypatch.setenv("RNNKIT_GPU_SLOTS", "4")
    shared = ClusterLauncher("auto", namespace="n", scheduler="vm|1|1|s", sqlite=False)
    shared.hear(seen(node(A, gpus=1)))
    assert shared.devices[0].slots == 4
    shared.trainer_for(f"gpu@{A}")
    (order,) = orders("start")
    assert (order["cpus"], order["gpus"]) == (0, 0.25)


def test_one_trainer_waits_on_each_node_with_room_and_others_are_dismissed(launcher, clock):
    many = [token(A, 1), token(A, 2)]
    launcher.hear(seen(node(A), node(B), trainers=many))
    launcher.keep_warm([f"cpu@{A}", f"cpu@{B}", f"cpu@{A}"], wanted=True)
    assert orders("dismiss") == [{"dismiss": many[1]}]
    (order,) = orders("start")
    assert order["warm"]
    assert order["start"].startswith(f"ray:{B}|")
    launcher.keep_warm([f"cpu@{A}", f"cpu@{B}"], wanted=True)
    assert len(orders("start")) == 1, "the one that comes is counted"
    assert launcher.warm() == 2
    launcher.keep_warm([f"cpu@{A}", f"cpu@{B}"], wanted=False)
    assert [order["dismiss"] for order in orders("dismiss")] == [many[1], many[0]]


def test_a_child_that_has_ended_or_says_nothing_is_replaced_and_hears_the_orders_again(launcher, clock):
    launcher.hear(seen(node(A), trainers=[token(A)]))
    trainer = launcher.trainer_for(f"cpu@{A}")
    launcher.tell(trainer, "abc")
    first = Child.made[-1]
    first.ended = 1
    clock.now += 1
    launcher.see([trainer.token])
    assert Child.made == [first], "not at once: there may be no cluster"
    clock.now += cluster.AGAIN_SECONDS
    launcher.see([trainer.token])
    assert [{*order} for order in Child.made[1].heard] == [{*first.heard[0]}, {"tell", "run"}]
    clock.now += cluster.SILENT_SECONDS + 1
    launcher.see([trainer.token])
    assert Child.made[1].ended == 0
    assert len(Child.made) == 3


def test_a_trainer_s_token_is_unlike_all_others(launcher):
    launcher.hear(seen(node(A)))
    tokens = {launcher.trainer_for(f"cpu@{A}").token for _ in range(50)}
    assert len(tokens) == 50
    assert all(processes.lives(one) is None for one in tokens)
    assert {processes.parse(one).note for one in tokens} == {f"cpu@{A}"}
    assert processes.parse(tokens.pop()).started <= time.time() + 1
