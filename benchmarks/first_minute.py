"""What a network knows after half a minute, one and two: `python -m benchmarks.first_minute [--seconds 30] [--json]`.

Ours is what the first page trains when nothing is changed but the time; beside it char-rnn's default configuration,
written in PyTorch. Each in a process of its own, by turns of two seconds in which the other waits, on two threads; the
last tenth of the plays is held out, and the same for both. Then pieces of the text beside n-grams counted on them.
PyTorch is needed for its column only (`pip install torch`); without it the column is empty.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from importlib.util import find_spec
from typing import Any, Protocol

import numpy as np

THREADS, CORPUS, HELD_OUT, TURN = 2, "tinyshakespeare", 0.1, 2.0  # TURN: seconds of training before the other's
SECONDS, TEXTS, NGRAMS = (30, 60, 120), (10_000, 100_000), ("2-gram", "3-gram")


class Trainee(Protocol):
    """A network in training. `seconds` are those of training so far, `over` that it has trained all it should."""

    seconds: float
    over: bool

    def train(self, seconds: float) -> None: ...
    def held_out_loss(self) -> float: ...


class Ours:
    """The network that the first page chooses for the text and the time."""

    def __init__(self, text: str, seconds: int):
        from rnnkit.config import with_settings
        from rnnkit.presets import ONE_MINUTE, PRESETS
        from rnnkit.runs import one_minute
        from rnnkit.tasks import Measure
        from rnnkit.tasks.language_model import TextBatches
        from rnnkit.texts import batches, tokenizers
        from rnnkit.training import engines, kernels, planning

        kernels.one_thread_each()
        config = with_settings(PRESETS[ONE_MINUTE].config, {"training.seconds": seconds})
        tokenizer = tokenizers.build(text, config.tokenizer)
        ids, size = tokenizer.encode(text).ids, tokenizer.vocab_size
        measured = Measure(len(text), len(ids), tokenizer, size, batches.BatchPlan(1, 1))
        self.config = one_minute.fitted(config, measured, slower=1.0).config
        self.data = TextBatches(*batches.split(ids, HELD_OUT), self.config)
        plan = planning.by_epochs(self.config.training, self.data.steps, engines.engine_for(self.config), 0, 0)
        self.learner = engines.learner(self.config, size, plan)
        speed = planning.steps_per_second(self.learner, lambda: self.data.training(1, 0))
        self.left = self.learner.last = plan.within(seconds, speed, 0, 0.0).steps
        self.seconds, self.over, self._steps = 0.0, False, self._all_steps()

    def _all_steps(self) -> Iterator[None]:
        for epoch in range(1, 1 + self.config.training.epochs):
            self.learner.begin_epoch()
            for batch in self.data.training(epoch, 0):
                self.learner.step(batch)
                self.left -= 1
                yield
                if not self.left:
                    return

    def train(self, seconds: float) -> None:
        began = time.perf_counter()
        while time.perf_counter() < began + seconds and not self.over:
            next(self._steps, None)
            self.over = not self.left
        self.seconds += time.perf_counter() - began

    def held_out_loss(self) -> float:
        return self.learner.evaluate(self.data.validation(whole=True)).loss


class CharRnn:
    """Karpathy's char-rnn with its defaults: two LSTM layers of 128 over one-hot characters, RMSProp."""

    def __init__(self, text: str, seconds: int):
        import torch

        from rnnkit.config import parse
        from rnnkit.tasks.language_model import TextBatches
        from rnnkit.texts import batches, tokenizers

        torch.set_num_threads(THREADS)
        torch.manual_seed(0)
        config = parse({"batches": {"length": 50, "batch_size": 50, "validation_fraction": HELD_OUT}})
        tokenizer = tokenizers.build(text, config.tokenizer)
        self.size = tokenizer.vocab_size
        self.data = TextBatches(*batches.split(tokenizer.encode(text).ids, HELD_OUT), config)
        self.layers = torch.nn.LSTM(self.size, 128, 2, batch_first=True)
        self.answer = torch.nn.Linear(128, self.size)
        self.weights = [*self.layers.parameters(), *self.answer.parameters()]
        for weight in self.weights:
            torch.nn.init.uniform_(weight, -0.08, 0.08)
        for layer in range(2):
            torch.nn.init.ones_(getattr(self.layers, f"bias_ih_l{layer}").data[128:256])  # of the forget gate
        self.optimizer = torch.optim.RMSprop(self.weights, 2e-3, alpha=0.95)
        self.torch, self.asked, self.seconds, self.over = torch, float(seconds), 0.0, False
        self._steps = self._all_steps()
        self._loss(*next(self.data.training(1, 0))[:2], None)[0].mean().backward()  # what a first step sets up

    def _loss(self, inputs: tuple[np.ndarray, ...], targets: np.ndarray, state: Any) -> tuple[Any, Any]:
        """Nats of each answer, and the state after them."""
        functional = self.torch.nn.functional
        ones = functional.one_hot(self.torch.from_numpy(inputs[0].astype(np.int64)), self.size).float()
        hidden, state = self.layers(ones, state)
        asked = self.torch.from_numpy(targets.astype(np.int64)).flatten()
        nats = functional.cross_entropy(self.answer(hidden).flatten(0, 1), asked, reduction="none")
        return nats, tuple(part.detach() for part in state)

    def _all_steps(self) -> Iterator[None]:
        epoch = 0
        while True:
            epoch, state = epoch + 1, None
            if epoch > 10:
                self.optimizer.param_groups[0]["lr"] *= 0.97
            for batch in self.data.training(epoch, 0):
                nats, state = self._loss(batch.inputs, batch.targets, state)
                self.optimizer.zero_grad()
                nats.mean().backward()
                self.torch.nn.utils.clip_grad_value_(self.weights, 5.0)
                self.optimizer.step()
                yield

    def train(self, seconds: float) -> None:
        began = time.perf_counter()
        while time.perf_counter() < began + seconds:
            next(self._steps)
        self.seconds += time.perf_counter() - began
        self.over = self.seconds >= self.asked

    def held_out_loss(self) -> float:
        nats, counted, state = 0.0, 0.0, None
        with self.torch.no_grad():
            for batch in self.data.validation(whole=True):
                found, state = self._loss(batch.inputs, batch.targets, None if batch.begin else state)
                weights = np.ones(batch.targets.size) if batch.weights is None else batch.weights.flatten()
                nats, counted = nats + float(found.numpy() @ weights), counted + float(weights.sum())
        return nats / counted


TRAINEES: dict[str, type[Ours] | type[CharRnn]] = {"ours": Ours, "char_rnn": CharRnn}


def piece(chars: int | None) -> str:
    """The plays, or so many characters of their beginning."""
    from rnnkit.texts import corpora

    return corpora.load(CORPUS)[:chars]


def work(name: str) -> None:
    """The process of one of them: lines of JSON say what to train next, answers are its seconds and its loss."""
    trainee: Trainee | None = None
    for line in sys.stdin:
        asked = json.loads(line)
        if "begin" in asked:
            trainee = TRAINEES[name](piece(asked["chars"]), asked["begin"])
        assert trainee is not None
        if "train" in asked:
            trainee.train(asked["train"])
        loss = trainee.held_out_loss() if asked.get("measure") else None
        print(json.dumps({"seconds": trainee.seconds, "over": trainee.over, "loss": loss}), flush=True)


class Worker:
    """One of them in a process of its own, which waits when it is not asked."""

    def __init__(self, name: str):
        environment = {k: v for k, v in os.environ.items() if k not in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")}
        environment |= {"RNNKIT_THREADS": str(THREADS)}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.first_minute", "--work", name], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, text=True, env=environment,
        )  # fmt: skip

    def ask(self, **what: Any) -> dict[str, Any]:
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(json.dumps(what) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def end(self) -> None:
        assert self.process.stdin
        self.process.stdin.close()
        self.process.wait()


def beside_char_rnn(seconds: Iterable[int]) -> Iterator[dict[str, Any]]:
    """A row for each number of seconds: ours begins anew for each, char-rnn trains on, as it has no end."""
    ours, theirs = Worker("ours"), Worker("char_rnn") if find_spec("torch") else None
    marks = sorted(seconds)
    trained = {"seconds": 0.0}
    if theirs:
        theirs.ask(begin=marks[-1], chars=None)
    for mark in marks:
        done = ours.ask(begin=mark, chars=None)
        while not done["over"] or (theirs and trained["seconds"] < mark):
            done = ours.ask(train=TURN) if not done["over"] else done
            if theirs and trained["seconds"] < mark:
                trained = theirs.ask(train=min(TURN, mark - trained["seconds"]))
        row = {"seconds": mark, "ours": round(ours.ask(measure=True)["loss"], 4)}
        row |= {"char_rnn": round(theirs.ask(measure=True)["loss"], 4) if theirs else None}
        yield row | {"ours_trained": round(done["seconds"], 1), "char_rnn_trained": round(trained["seconds"], 1)}
    for worker in filter(None, (ours, theirs)):
        worker.end()


def beside_ngrams(sizes: Iterable[int], seconds: int) -> Iterator[dict[str, Any]]:
    """A row for each piece of the text: ours after at most so many seconds, and n-grams counted on the same tenths."""
    from rnnkit.config import BatchConfig, TokenizerConfig
    from rnnkit.studies import baselines
    from rnnkit.texts import tokenizers

    ours = Worker("ours")
    for size in sizes:
        done = ours.ask(begin=seconds, chars=size)
        while not done["over"]:
            done = ours.ask(train=TURN)
        text = piece(size)
        tokenizer = tokenizers.build(text, TokenizerConfig())
        found = baselines.references(tokenizer, tokenizer.encode(text).ids, BatchConfig(validation_fraction=HELD_OUT))
        grams = {one.name: round(one.nats, 4) for one in found if one.name in NGRAMS}
        yield {"text": f"{CORPUS}, the first {size:,} characters", "chars": size, "seconds": round(done["seconds"], 1),
               "ours": round(ours.ask(measure=True)["loss"], 4), **grams}  # fmt: skip
    ours.end()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=int, nargs="*", default=SECONDS, help="of training; without one, no row")
    parser.add_argument("--texts", type=int, nargs="*", default=TEXTS, help="characters of pieces; without one, none")
    parser.add_argument("--json", action="store_true", help="one JSON document and nothing else")
    parser.add_argument("--work", choices=TRAINEES, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.work:
        work(asked.work)
        return
    found: dict[str, Any] = {"threads": THREADS, "corpus": CORPUS, "rows": [], "texts": []}
    made = {"rows": beside_char_rnn(asked.seconds) if asked.seconds else (), "texts": beside_ngrams(asked.texts, 60)}
    for kind, rows in made.items():
        for row in rows:
            found[kind].append(row)
            if not asked.json:
                print(", ".join(f"{name} {value}" for name, value in row.items()), flush=True)
    if asked.json:
        print(json.dumps(found))


if __name__ == "__main__":
    main()
