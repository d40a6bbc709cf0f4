"""How fast networks are trained on a processor: `python -m benchmarks.training [--json]`.

Ours (the compiled learner), PyTorch's own layers and stock Keras train the same network on the same random text, each
in a process of its own that waits while another is measured: medians of five turns, all in one run on one machine.
PyTorch is needed for its column only (`pip install torch`); without it the column is empty.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from importlib.util import find_spec

import numpy as np

THREADS, VOCAB_SIZE, EMBEDDING, TURNS, SECONDS = 2, 65, 64, 5, 2.0
# Kind of cell, units, layers, rows, steps.
WORKS = {
    "gru-96": ("gru", 96, 1, 32, 64),
    "lstm-96": ("lstm", 96, 1, 32, 64),
    "lstm-128": ("lstm", 128, 1, 64, 100),
    "lstm-256": ("lstm", 256, 1, 64, 100),
    "lstm-512x2": ("lstm", 512, 2, 64, 64),
}
Step = Callable[[np.ndarray, np.ndarray], object]


def ours(cell: str, units: int, layers: int, rows: int, steps: int) -> Step:
    """A step of the compiled learner: Adam, gradients clipped to a norm of 1, the state carried on."""
    from rnnkit.config import parse
    from rnnkit.tasks import Batch
    from rnnkit.training.compiled import CompiledLearner

    config = parse(
        {
            "model": {"architecture": cell, "units": units, "layers": layers, "embedding_size": EMBEDDING},
            "batches": {"kind": "streams", "length": steps, "batch_size": rows},
        }
    )
    learner = CompiledLearner(config, VOCAB_SIZE, 1000, threads=THREADS)
    learner.begin_epoch()
    return lambda ids, targets: learner.step(Batch((ids,), targets))


def pytorch(cell: str, units: int, layers: int, rows: int, steps: int) -> Step:
    """The same by torch.nn, as char-rnn and its kin are written today."""
    import torch

    torch.set_num_threads(THREADS)
    kind = {"gru": torch.nn.GRU, "lstm": torch.nn.LSTM}[cell]
    embedding, answer = torch.nn.Embedding(VOCAB_SIZE, EMBEDDING), torch.nn.Linear(units, VOCAB_SIZE)
    stack = kind(EMBEDDING, units, layers, batch_first=True)
    weights = [*embedding.parameters(), *stack.parameters(), *answer.parameters()]
    optimizer, state = torch.optim.Adam(weights, 0.002), None

    def step(ids: np.ndarray, targets: np.ndarray) -> None:
        nonlocal state
        hidden, state = stack(embedding(torch.from_numpy(ids)), state)
        state = tuple(s.detach() for s in state) if isinstance(state, tuple) else state.detach()
        loss = torch.nn.functional.cross_entropy(
            answer(hidden).flatten(0, 1), torch.from_numpy(targets).flatten().long()
        )
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(weights, 1.0)
        optimizer.step()

    return step


def keras(cell: str, units: int, layers: int, rows: int, steps: int) -> Step:
    """The same by Keras's layers and `train_on_batch`."""
    import keras as k
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(THREADS)
    tf.config.threading.set_inter_op_parallelism_threads(THREADS)
    kind = {"gru": k.layers.GRU, "lstm": k.layers.LSTM}[cell]
    model = k.Sequential([k.Input((steps,), batch_size=rows, dtype="int32"), k.layers.Embedding(VOCAB_SIZE, EMBEDDING)])
    for _ in range(layers):
        model.add(kind(units, return_sequences=True, stateful=True))
    model.add(k.layers.Dense(VOCAB_SIZE))
    loss = k.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(k.optimizers.Adam(0.002, global_clipnorm=1.0), loss)
    return model.train_on_batch


SYSTEMS = {"ours": ours, "pytorch": pytorch, "keras": keras}


def work(system: str) -> None:
    """The process of one system: a line names a work, the answer is its characters a second."""
    from threadpoolctl import ThreadpoolController

    made: dict[str, tuple[Step, np.ndarray]] = {}
    for line in sys.stdin:
        name = line.strip()
        if name not in made:
            _, _, _, rows, steps = WORKS[name]
            ids = np.random.default_rng(0).integers(0, VOCAB_SIZE, (rows, steps + 1)).astype(np.int32)
            made[name] = SYSTEMS[system](*WORKS[name]), ids
            if system == "ours":
                ThreadpoolController().limit(limits=1, user_api="blas")  # our threads each take a part of the batch
            made[name][0](ids[:, :-1], ids[:, 1:])
        step, ids = made[name]
        inputs, targets = np.ascontiguousarray(ids[:, :-1]), np.ascontiguousarray(ids[:, 1:])
        count, began = 0, time.perf_counter()
        while time.perf_counter() - began < SECONDS or count < 3:
            step(inputs, targets)
            count += 1
        print(count * inputs.size / (time.perf_counter() - began), flush=True)


def measure() -> list[dict[str, object]]:
    """Characters a second of each work by each system: medians of turns that are taken one after another."""
    environment = {k: v for k, v in os.environ.items() if k not in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")}
    systems = [name for name in SYSTEMS if name != "pytorch" or find_spec("torch")]
    workers = {
        name: subprocess.Popen(
            [sys.executable, "-m", "benchmarks.training", "--system", name], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environment,
        )
        for name in systems
    }  # fmt: skip

    def ask(system: str, name: str) -> float:
        worker = workers[system]
        assert worker.stdin
        assert worker.stdout
        worker.stdin.write(name + "\n")
        worker.stdin.flush()
        return float(worker.stdout.readline())

    rows: list[dict[str, object]] = []
    for name in WORKS:
        turns = [{system: ask(system, name) for system in systems} for _ in range(TURNS)]
        medians = {system: round(statistics.median(turn[system] for turn in turns)) for system in systems}
        rows.append({"work": name, **{system: medians.get(system) for system in SYSTEMS}})
    for worker in workers.values():
        worker.stdin.close()
        worker.wait()
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true", help="one JSON document and nothing else")
    parser.add_argument("--system", choices=SYSTEMS, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.system:
        work(asked.system)
        return
    rows = measure()
    if asked.json:
        print(json.dumps({"threads": THREADS, "rows": rows}))
        return
    for row in rows:
        others = [f"{row['ours'] / row[name]:.2f} x {name}" for name in ("pytorch", "keras") if row[name]]
        print(f"{row['work']:12} {row['ours']:>9,} characters a second, {', '.join(others)}")


if __name__ == "__main__":
    main()
