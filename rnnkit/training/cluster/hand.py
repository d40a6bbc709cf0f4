"""The one process that is connected to the cluster: starts and ends trainers there, and says each second what lives.

`python -m rnnkit.training.cluster.hand` is a child of the scheduler's launcher. Its first line of standard input says
what it needs to know, the others are orders; each line of its standard output is all that it sees, as JSON. It ends
with its input, and its trainers go on. It is a process of its own as Ray ends whoever has lost its head node, and as a
call may wait for minutes: then the launcher starts another. Knows no run and no queue.
"""

from __future__ import annotations

import json
import logging
import os
import queue
import sys
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, TextIO

from rnnkit import logs
from rnnkit.training import processes
from rnnkit.training.cluster import actors, sameness

_log = logging.getLogger("rnnkit.training")
PREFIX = "ray:"  # of the machine in a trainer's token, before the node's id
ID_CHARS = 16  # of a node's id, which has 56
LOOK_SECONDS = 1.0
ASK_SECONDS = 5.0  # between two questions to a node
AGAIN_SECONDS = 30.0  # before a node that cannot be used is asked again
ANSWER_SECONDS = 60.0  # for a node's first answer: it imports what it looks at
WORDS_SECONDS = 3.0  # for what a dead trainer has left behind
KEPT_SECONDS = 60.0  # so long the last words of a trainer are repeated
EXIT_SECONDS = 3.0


@dataclass
class Node:
    """What is known of one node."""

    full_id: str
    name: str
    resources: dict[str, float]
    lookout: Any = None
    asked: Any = None  # the answer that is waited for, and to what
    question: str = ""
    asked_at: float = 0.0
    next_at: float = 0.0
    facts: dict[str, Any] = field(default_factory=dict)
    free_bytes: int | None = None
    said: list[str] = field(default_factory=list)  # why it gets no run
    ready: bool = False


class Hand:
    """One connection to a cluster.

    `about`: address, namespace (of the store: others may use the cluster too), scheduler (its token), sqlite (whether
    the store is a file), environment (of the trainers).
    """

    def __init__(self, about: dict[str, Any], orders: queue.SimpleQueue[dict[str, Any]], out: TextIO):
        import ray

        self.ray, self.about, self.orders, self.out = ray, about, orders, out
        self._ours, self._machine = sameness.here(), processes.machine()
        self._nodes: dict[str, Node] = {}
        self._dead: set[str] = set()
        self._trainers: dict[str, float] = {}  # that live, and since when one is missed
        self._pending: dict[str, Any] = {}  # started here, and not alive yet
        self._told: dict[str, str] = {}
        self._words: dict[str, Any] = {}  # that are waited for
        self._ended: dict[str, tuple[float, dict[str, Any]]] = {}
        ray.init(
            address=about["address"], namespace=about["namespace"], log_to_driver=False, logging_level="error"
        )  # fmt: skip

    def run(self) -> None:
        """Until standard input ends."""
        while True:
            self._see_nodes()
            self._see_trainers()
            self._say()
            until = time.monotonic() + LOOK_SECONDS
            while (left := until - time.monotonic()) > 0:
                try:
                    order = self.orders.get(timeout=left)
                except queue.Empty:
                    break
                if "over" in order:
                    return
                self._obey(order)

    # ---- orders

    def _obey(self, order: dict[str, Any]) -> None:
        try:
            if "start" in order:
                self._start(order["start"], order["cpus"], order["gpus"], order["warm"])
            elif "tell" in order:
                self._told[order["tell"]] = order["run"]
                self._actor(order["tell"]).train.remote(order["run"])
            elif "dismiss" in order:
                self._actor(order["dismiss"]).leave.remote()
            elif "end" in order:
                self.ray.kill(self._actor(order["end"]))
        except ValueError as error:  # there is no such trainer (any more), which the next look says
            _log.warning("cluster: %s", error)

    def _actor(self, token: str) -> Any:
        return self.ray.get_actor(token)

    def _start(self, token: str, cpus: float, gpus: float, warm: bool) -> None:
        node = self._nodes.get(node_of(token))
        if node is None:
            return
        trainer = self.ray.remote(actors.Trainer).options(
            name=token, lifetime="detached", max_restarts=0, num_cpus=cpus, num_gpus=gpus,
            scheduling_strategy=self._on(node),
        )  # fmt: skip
        started = trainer.remote(token, self.about["environment"])
        self._pending[token] = started.alive.remote()
        if warm:
            started.warm.remote()

    def _on(self, node: Node) -> Any:
        from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

        return NodeAffinitySchedulingStrategy(node.full_id, soft=False)

    # ---- nodes

    def _see_nodes(self) -> None:
        listed = self.ray.nodes()
        alive = {one["NodeID"][:ID_CHARS]: one for one in listed if one["Alive"]}
        self._dead = {one["NodeID"][:ID_CHARS] for one in listed} - alive.keys()
        for short in self._nodes.keys() - alive.keys():
            del self._nodes[short]
        for short, one in alive.items():
            if short not in self._nodes:
                self._nodes[short] = Node(one["NodeID"], one["NodeManagerHostname"], one["Resources"])
            self._ask(self._nodes[short])

    def _ask(self, node: Node) -> None:
        """Hear what a node has answered, and ask it the next thing."""
        now = time.monotonic()
        if node.asked is not None:
            done, _ = self.ray.wait([node.asked], timeout=0)
            if done:
                self._hear(node)
            elif now - node.asked_at > ANSWER_SECONDS:
                self._refuse(node, [f"expected an answer within {ANSWER_SECONDS:.0f} s, got none"])
            return
        if now < node.next_at or not node.resources.get("CPU", 0) + node.resources.get("GPU", 0):
            return
        if node.lookout is None:
            look = self.ray.remote(actors.Lookout).options(num_cpus=0, scheduling_strategy=self._on(node))
            node.lookout = look.remote()
        node.question = "free_bytes" if node.ready else "store_fault" if node.facts else "facts"
        given = [self.about["scheduler"]] if node.question == "store_fault" else []
        node.asked, node.asked_at = getattr(node.lookout, node.question).remote(*given), now

    def _hear(self, node: Node) -> None:
        try:
            answer = self.ray.get(node.asked)
        except self.ray.exceptions.RayError as error:
            # A node that was ready has lost the process that answers, for want of memory perhaps: another is started.
            why = f"expected rnnkit to be installed there as it is here, got: {_cause(error)}"
            self._refuse(node, [] if node.ready else [why])
            return
        node.asked, node.next_at = None, time.monotonic()
        if node.question == "free_bytes":
            node.free_bytes, node.next_at = answer, time.monotonic() + ASK_SECONDS
        elif node.question == "facts":
            node.facts, node.name = answer, answer["name"]
            if said := sameness.refusals(answer, self._ours, self._machine, sqlite=self.about["sqlite"]):
                self._refuse(node, said)
        elif answer:
            self._refuse(node, [answer])
        else:
            node.ready, node.said = True, []

    def _refuse(self, node: Node, said: list[str]) -> None:
        """It gets no run; it is asked again later, by a process that imports everything anew."""
        if node.lookout is not None:
            self.ray.kill(node.lookout)
        node.lookout = node.asked = None
        node.facts, node.ready, node.said = {}, False, said
        node.next_at = time.monotonic() + (AGAIN_SECONDS if said else ASK_SECONDS)

    # ---- trainers

    def _see_trainers(self) -> None:
        now = time.monotonic()
        living = {name for name in self.ray.util.list_named_actors() if name.startswith(PREFIX)}
        for token in living:
            self._trainers[token] = 0.0
        for token in self._trainers.keys() - living:
            self._trainers[token] = self._trainers[token] or now
            if self._over(token, now):
                del self._trainers[token]
                self._told.pop(token, None)
        if self._pending:
            begun, _ = self.ray.wait([*self._pending.values()], num_returns=len(self._pending), timeout=0)
            self._pending = {token: answer for token, answer in self._pending.items() if answer not in begun}
        self._ended = {token: it for token, it in self._ended.items() if now - it[0] < KEPT_SECONDS}

    def _over(self, token: str, now: float) -> bool:
        """Whether all is known that a dead trainer has left behind; it is not said to be dead before that."""
        node = self._nodes.get(node_of(token))
        if node is None or not node.ready:
            return True
        if token not in self._words:
            self._words[token] = node.lookout.last_words.remote(token, self._told.get(token))
        done, _ = self.ray.wait([self._words[token]], timeout=0)
        if not done and now - self._trainers[token] < WORDS_SECONDS:
            return False
        words = self._words.pop(token)
        if done:
            with suppress(self.ray.exceptions.RayError):
                self._ended[token] = now, self.ray.get(words)
        return True

    # ---- what is seen

    def _say(self) -> None:
        nodes = [
            {
                "id": short, "name": node.name, "said": node.said, "ready": node.ready,
                "cores": node.resources.get("CPU", 0), "gpus": node.resources.get("GPU", 0),
                "gpu_titles": node.facts.get("gpu_titles", []), "free_bytes": node.free_bytes,
            }
            for short, node in self._nodes.items()
        ]  # fmt: skip
        ended = {token: words for token, (_, words) in self._ended.items()}
        seen = {
            "nodes": nodes, "dead": [*self._dead], "trainers": [*self._trainers], "pending": [*self._pending],
            "ended": ended,
        }  # fmt: skip
        print(json.dumps(seen), file=self.out, flush=True)


def node_of(token: str) -> str:
    """The short id of the node that a trainer of a cluster is on; empty for any other."""
    host = processes.parse(token).host
    return host.removeprefix(PREFIX) if host.startswith(PREFIX) else ""


def _cause(error: BaseException) -> str:
    """The last line of what Ray says, which is what has happened."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return (lines or [type(error).__name__])[-1][:300]


def _listen(orders: queue.SimpleQueue[dict[str, Any]]) -> None:
    for line in sys.stdin:
        orders.put(json.loads(line))
    orders.put({"over": True})
    time.sleep(EXIT_SECONDS)
    os._exit(0)  # a call to Ray has not come back


def main() -> int:
    """The process. Its standard output is the launcher's alone: what else is printed goes to standard error."""
    logs.begin("cluster")
    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    about = json.loads(sys.stdin.readline())
    orders: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(orders,), daemon=True).start()
    try:
        Hand(about, orders, out).run()
    except Exception as error:  # whatever Ray raises: its kinds differ by version
        said = f"RNNKIT_RAY: expected a Ray cluster that answers at {about['address']}, got: {_cause(error)}"
        print(json.dumps({"fault": said}), file=out, flush=True)
        _log.error("cluster: %s: %s", type(error).__name__, error)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
