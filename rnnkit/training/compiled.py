"""The compiled learner: stacks of recurrent layers on a processor, without TensorFlow.

A batch is cut into as many parts as there are threads. Each part goes forward and back by itself (stack_passes.py);
the parts' gradients are added in order, so that the same number of threads gives the same weights, bit for bit. Holds
no state of the process: no seed, no device. Knows no store, no text and no epoch's end.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import accumulate, pairwise
from typing import Any

import numpy as np

from rnnkit import architectures, settings
from rnnkit.architectures.architecture import Arrays, reads_windows
from rnnkit.config import RunConfig
from rnnkit.errors import DamagedCheckpoint
from rnnkit.tasks import Batch
from rnnkit.training import kernels
from rnnkit.training.learner import Totals
from rnnkit.training.schedules import average_decay, rate_after
from rnnkit.training.stack_passes import Masks, Part, Reading, Shared, StackPasses

# How many numbers an optimizer keeps for each weight (one more with momentum), and its compiled step.
OPTIMIZERS: dict[str, tuple[int, Callable[..., None]]] = {
    "adam": (2, kernels.adam),
    "adamw": (2, kernels.adam),
    "rmsprop": (1, kernels.rmsprop),
    "sgd": (0, kernels.sgd),
}
ADAM = ("adam", "adamw")
ADAM_MEANS = (0.9, 0.999)
SMALL = 1 << 18  # weights


class _Room(threading.local):
    """What is needed for one step and for none after it: all learners of a thread share it, be they thirty."""

    def __init__(self) -> None:
        self._parts: list[Part] = []
        self._pools: dict[int, ThreadPoolExecutor] = {}

    def parts(self, count: int) -> list[Part]:
        """Arrays for so many parts of a batch."""
        self._parts += [Part() for _ in range(count - len(self._parts))]
        return self._parts

    def pool(self, threads: int) -> ThreadPoolExecutor:
        """So many threads."""
        if threads not in self._pools:
            self._pools[threads] = ThreadPoolExecutor(threads)
        return self._pools[threads]


_room = _Room()


class CompiledLearner:
    """Network, optimizer and the running totals of the epoch, as `learner.Learner` has them.

    Args:
        last: steps of the whole run, for the learning-rate schedule.
        threads: parts of a batch; None for RNNKIT_THREADS.
    """

    def __init__(self, config: RunConfig, vocab_size: int, last: int, threads: int | None = None):
        self.config, self.last = config, last
        self.threads = threads or settings.integer("RNNKIT_THREADS")
        self.device, self.on_gpu = kernels.device(self.threads), False
        self.shapes = architectures.weight_shapes(config, vocab_size)
        self._flat = np.empty(sum(map(math.prod, self.shapes.values())), np.float32)
        self._average = np.zeros_like(self._flat[: self._flat.size if config.training.weight_average else 0])
        self.weights = self._views(self._flat)
        self.passes = StackPasses(config, self.weights)
        self.load_weights(architectures.initial_weights(config, vocab_size))
        kept, self._apply = OPTIMIZERS[config.training.optimizer]
        kept += config.training.optimizer not in ADAM and config.training.momentum > 0
        self._slots = np.zeros((kept, self._flat.size), np.float32)
        self.iterations = 0
        self._before = 0  # steps of the run that another learner did
        self._carries = not reads_windows(config)
        self._states: list[list[np.ndarray]] = []  # per layer what is carried from batch to batch, each (B, U)
        self._gradients = np.zeros((self.threads, self._flat.size), np.float32)
        self._totals, self._reported, self._grad_norm = np.zeros(3), np.zeros(3), 0.0

    def _views(self, flat: np.ndarray) -> Arrays:
        ends = list(accumulate(map(math.prod, self.shapes.values())))
        return {
            name: flat[start:end].reshape(shape)
            for (name, shape), start, end in zip(self.shapes.items(), [0, *ends], ends, strict=False)
        }

    # ---- what a trainer asks

    def begin_epoch(self) -> None:
        """Forget the carried state and the totals."""
        self._states = []
        self._totals, self._reported, self._grad_norm = np.zeros(3), np.zeros(3), 0.0

    def step(self, batch: Batch) -> None:
        """Learn from one batch: inputs (B, T) ids, targets (B, T) or (B,)."""
        weight = batch.targets.size if batch.weights is None else float(batch.weights.sum())
        shared, scale = self.passes.shared(batch.inputs[0].size), np.float32(1 / weight)
        reads, parts = self._reads(batch), _room.parts(self.threads)

        def learn(place: int) -> tuple[float, float, float]:
            share, read = reads[place]
            part, masks = parts[place], self._masks(place)
            logits = self.passes.forward(part, read, shared, masks)
            sums = kernels.softmax(logits, *_answers(batch, share), scale)
            self.passes.backward(part, read, shared, masks, logits, self._views(self._gradients[place]))
            return sums

        self._totals = self._totals + np.sum(self._on_all(learn, len(reads)), axis=0)
        self._update(len(reads))

    def evaluate(self, data: Iterable[Batch]) -> Generator[None, None, Totals]:
        """Means over held-out batches, of the averaged weights where there are some. Resets the carried state."""
        raw = self._flat.copy()
        self._flat[...] = self._checkpoint()
        try:
            return (yield from self._evaluate(data))
        finally:
            self._flat[...] = raw

    def _evaluate(self, data: Iterable[Batch]) -> Generator[None, None, Totals]:
        self._states, sums, parts = [], np.zeros(3), _room.parts(self.threads)
        shared: Shared | None = None
        for batch in data:
            shared = shared or self.passes.shared(batch.inputs[0].size)
            self._states = [] if batch.begin else self._states
            reads = self._reads(batch)

            def measure(place: int, reads=reads, batch=batch, shared=shared) -> tuple[float, float, float]:
                share, read = reads[place]
                logits = self.passes.forward(parts[place], read, shared, None)
                return kernels.softmax(logits, *_answers(batch, share), np.float32(1))

            sums = sums + np.sum(self._on_all(measure, len(reads)), axis=0)
            yield
        self._states = []
        return Totals(float(sums[0] / sums[2]), float(sums[1] / sums[2]))

    def loss_since_last(self) -> float:
        """Mean loss of the batches since this was last asked."""
        loss, _, weight = self._totals - self._reported
        self._reported = self._totals.copy()
        return loss / weight if weight else float("nan")

    def totals(self) -> Totals:
        """Of the epoch so far."""
        loss, metric, weight = self._totals
        return Totals(loss / weight, metric / weight, self._grad_norm)

    def gradient(self) -> Arrays:
        """Of the last step, before clipping by norm: "layer/weight" -> float32."""
        return self._views(self._gradients[0])

    def learning_rate(self) -> float:
        return float(rate_after(self.config.training, self._before + self.iterations, self.last))

    def read_weights(self) -> Arrays:
        """What a checkpoint holds, "layer/weight" -> float32, in the order of the parameter table."""
        return self._views(self._checkpoint().copy())

    def _checkpoint(self) -> np.ndarray:
        """The averaged weights, where there are some."""
        return self._average if self._average.size and self.iterations else self._flat

    def begin_at(self, steps: int) -> None:
        """The learning rate goes on as after so many steps of the run; the optimizer's means begin anew."""
        self._before = steps

    def load_weights(self, arrays: Arrays) -> None:
        """Raises DamagedCheckpoint where a name or a shape is not the network's."""
        if set(arrays) != set(self.shapes):
            odd = ", ".join(sorted(set(arrays) ^ set(self.shapes))[:5])
            raise DamagedCheckpoint(f"arrays: expected exactly those of the network; too many or missing: {odd}")
        for name, shape in self.shapes.items():
            if tuple(arrays[name].shape) != tuple(shape):
                raise DamagedCheckpoint(f"array {name!r}: expected shape {shape}, got {arrays[name].shape}")
        for name, array in self.weights.items():
            array[...] = arrays[name]

    def arrays(self) -> Arrays:
        """Everything that the next step depends on: weights, optimizer, carried state, totals."""
        carried = {f"state/{i}/{k}": s.copy() for i, layer in enumerate(self._states) for k, s in enumerate(layer)}
        carried |= {"average": self._average.copy()} if self._average.size else {}
        return carried | {
            "weights": self._flat.copy(), "slots": self._slots.copy(),
            "iterations": np.array([self.iterations, self._before]),
            "totals": self._totals.copy(), "reported": self._reported.copy(), "grad_norm": np.array([self._grad_norm]),
        }  # fmt: skip

    def restore(self, arrays: Arrays) -> None:
        """Go on exactly where `arrays` were read. Raises DamagedCheckpoint where they are not this network's."""
        averages = [("average", self._average)] if self._average.size else []
        for name, own in (("weights", self._flat), ("slots", self._slots), *averages):
            found = arrays[name].shape if name in arrays else None
            if found != own.shape:
                raise DamagedCheckpoint(f"resume state {name}: expected shape {own.shape}, got {found}")
            own[...] = arrays[name]
        self.iterations, self._before = map(int, arrays["iterations"])
        depth = range(self.passes.depth if "state/0/0" in arrays else 0)
        self._states = [[arrays[f"state/{i}/{k}"].copy() for k in range(len(self.passes.cell.states))] for i in depth]
        self._totals, self._reported = arrays["totals"].copy(), arrays["reported"].copy()
        self._grad_norm = float(arrays["grad_norm"][0])

    # ---- one batch

    def _reads(self, batch: Batch) -> list[tuple[slice, Reading]]:
        """What each part reads, its rows as equal in number as can be; no part is empty."""
        ids = batch.inputs[0]  # (B, T)
        rows, steps = ids.shape
        states = self._states if self._carries and self._states else self.passes.new_states(rows)
        if self._carries:
            self._states = states
        cuts = pairwise(rows * k // self.threads for k in range(self.threads + 1))
        return [
            (slice(a, b), Reading(ids[a:b].T.flatten(), steps, b - a, [[s[a:b] for s in one] for one in states]))
            for a, b in cuts
            if a < b
        ]

    def _on_all(self, work: Callable[[int], Any], parts: int) -> list[Any]:
        """Each part on a thread of its own. What becomes infinite is seen in the loss, and warned of nowhere."""

        def quietly(place: int) -> Any:
            with np.errstate(all="ignore"):
                return work(place)

        others = [_room.pool(self.threads).submit(quietly, place) for place in range(1, parts)]
        return [quietly(0), *(other.result() for other in others)]

    def _masks(self, place: int) -> Masks | None:
        """The dropouts of one part in this step: they follow from the seed, the step, the part and the layer alone."""
        model, seed, step = self.config.model, self.config.training.seed, self.iterations
        if not (model.dropout or model.embedding_dropout):
            return None

        def mask(layer: int, shape: tuple[int, ...]) -> np.ndarray:
            rate = model.dropout if layer else model.embedding_dropout
            random = np.random.Generator(np.random.Philox(key=[seed, step], counter=[0, 0, layer, place]))
            kept = random.random(shape, np.float32) >= np.float32(rate)
            return np.multiply(kept, np.float32(1 / (1 - rate)), dtype=np.float32)

        return mask

    def _update(self, parts: int) -> None:
        """One step of the optimizer with the sum of the parts' gradients."""
        training, size = self.config.training, self._flat.size
        ranges = [slice(size * k // self.threads, size * (k + 1) // self.threads) for k in range(self.threads)]

        def add(place: int) -> tuple[float, float]:
            """The squared norm, as it is and with each number clipped."""
            total, *others = (gradients[ranges[place]] for gradients in self._gradients[:parts])
            for other in others:
                total += other
            norm = kernels.squared_norm(total)
            if not training.clip_value:
                return norm, norm
            np.clip(total, -training.clip_value, training.clip_value, out=total)
            return norm, kernels.squared_norm(total)

        # A small network's update is done before another thread would have begun.
        on_all = self._on_all if size > SMALL else lambda work, parts: [work(place) for place in range(parts)]
        seen, norm = (math.sqrt(sum(norms)) for norms in zip(*on_all(add, self.threads), strict=True))
        self._grad_norm = max(self._grad_norm, seen)
        scale = np.float32(training.clip_norm / max(norm, training.clip_norm) if training.clip_norm else 1.0)
        on_all(partial(self._step_of, ranges, self.learning_rate(), scale), self.threads)
        self.iterations += 1

    def _step_of(self, ranges: list[slice], rate: float, scale: np.float32, place: int) -> None:
        """The optimizer's step of one range of the weights, and their average's."""
        training, part = self.config.training, ranges[place]
        weights, slots = self._flat[part], [slot[part] for slot in self._slots] + [self._flat[:0]] * 2
        if training.optimizer == "adamw":
            weights *= np.float32(1 - rate * training.weight_decay)
        if training.optimizer in ADAM:
            first, second = (1 - mean ** (self.iterations + 1) for mean in ADAM_MEANS)
            rate *= math.sqrt(second) / first
        self._apply(
            weights, self._gradients[0][part], slots[0], slots[1], np.float32(rate), scale,
            np.float32(training.momentum),
        )  # fmt: skip
        if self._average.size:
            decay = average_decay(training, self.iterations)
            kernels.average(self._average[part], weights, np.float32(decay))


def _answers(batch: Batch, share: slice) -> tuple[np.ndarray, np.ndarray]:
    """Targets and weights of a part in the order of its logits."""
    targets = np.ascontiguousarray(batch.targets[share].T, np.int32).reshape(-1)
    if batch.weights is None:
        return targets, np.ones(targets.shape, np.float32)
    return targets, np.ascontiguousarray(batch.weights[share].T, np.float32).reshape(-1)
