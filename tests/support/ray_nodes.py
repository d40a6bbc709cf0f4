"""A Ray cluster on this machine, in a process of its own: `python ray_nodes.py FOLDER PORT`, orders on standard input.

`{"add": NAME, "cores": 2, "environment": {}}` starts a node, the first one being the head; `{"kill": NAME}` ends all of
its processes as a power cut would, and its trainers with the connection to it. Each order is answered by a line. With
its input the cluster ends.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

STORE_BYTES = 80 * 2**20
QUIET = {  # no reports to anybody, no dashboard, no processes for jobs that nobody has
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_enable_worker_prestart": "false",
    "RAY_prestart_worker_first_driver": "false",
    "RAY_DISABLE_IMPORT_WARNING": "1",
}


class Nodes:
    """The other end: orders a cluster from a test."""

    def __init__(self, folder: str, port: int, environment: Mapping[str, str]):
        self.address = ""
        self._log = open(f"{folder}/nodes.log", "w")  # noqa: SIM115 - closed in `close`
        self._process = subprocess.Popen(
            [sys.executable, __file__, folder, str(port)], env={**environment, **QUIET}, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._log, start_new_session=True,
        )  # fmt: skip

    def order(self, **order: Any) -> None:
        """Give an order; `answer` waits until it is done."""
        assert self._process.stdin is not None
        print(json.dumps(order), file=self._process.stdin, flush=True)

    def answer(self) -> None:
        assert self._process.stdout is not None
        said = json.loads(self._process.stdout.readline() or '{"fault": "its process has ended"}')
        assert "fault" not in said, said["fault"]
        self.address = said["address"]

    def add(self, name: str, cores: int = 1, **environment: str) -> None:
        self.order(add=name, cores=cores, environment=environment)
        self.answer()

    def kill(self, name: str) -> None:
        self.order(kill=name)
        self.answer()

    def close(self) -> None:
        """End the cluster and all that runs on it."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        try:
            self._process.wait(30)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()
        self._log.close()


def main(folder: str, port: int) -> None:
    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    from ray.cluster_utils import Cluster

    cluster, nodes = Cluster(), {}
    for line in sys.stdin:
        order = json.loads(line)
        try:
            if "add" in order:
                head = cluster.head_node is None
                of_head = {"gcs_server_port": port, "temp_dir": f"{folder}/ray", "include_dashboard": False}
                nodes[order["add"]] = cluster.add_node(
                    num_cpus=order["cores"], object_store_memory=STORE_BYTES, env_vars=order["environment"],
                    **(of_head if head else {}),
                )  # fmt: skip
            else:
                cluster.remove_node(nodes.pop(order["kill"]), allow_graceful=False)
            said = {"address": cluster.address or ""}
        except Exception as error:
            said = {"fault": f"{type(error).__name__}: {error}"}
        print(json.dumps(said), file=out, flush=True)
    cluster.shutdown()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
