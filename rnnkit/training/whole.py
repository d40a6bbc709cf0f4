"""The loss on the whole held-out text, of the last and the best epoch of a run that has come to its end.

`val_loss` is measured on a part of it; where that is all, the two are the same. Knows no loop and no scheduler.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import suppress
from functools import partial
from typing import NamedTuple

from rnnkit import metrics
from rnnkit.errors import PersonError
from rnnkit.metrics import VALIDATION, EpochMetrics
from rnnkit.store import Run, Store
from rnnkit.tasks import Batch, TaskData
from rnnkit.training.engines import learner
from rnnkit.training.learner import Learner
from rnnkit.training.patience import patiently
from rnnkit.training.planning import Plan

NAME = f"{VALIDATION}loss_full"
QUICK_SECONDS, QUICK_SHARE = 1.0, 0.05  # of the training: so long a run is kept open for it
SLOW_SECONDS = 300.0  # more than this is left to `rnnkit score --all`


class Left(Exception):
    """Somebody asked the process to end."""


class Whole(NamedTuple):
    """What is to be measured of one run."""

    store: Store
    run: Run
    data: TaskData
    learner: Learner  # with the weights of the last epoch
    plan: Plan
    left: Callable[[], bool]

    def measure_or_leave(self, epochs: Sequence[EpochMetrics]) -> Generator[None, None, Generator[None]]:
        """Measure now where nobody would wait for that. Returns what is to be done when the run has ended."""
        seconds, trained = self.seconds(epochs), sum(epoch.get("seconds") or 0.0 for epoch in epochs)
        if seconds <= max(QUICK_SECONDS, QUICK_SHARE * trained):
            yield from self.measure(epochs)
            epochs = []
        return self._measure_if_possible(epochs if seconds < SLOW_SECONDS else [])

    def _measure_if_possible(self, epochs: Sequence[EpochMetrics]) -> Generator[None]:
        with suppress(PersonError):
            yield from self.measure(epochs)

    def seconds(self, epochs: Sequence[EpochMetrics]) -> float:
        """How long that takes, as the part of the last epoch took."""
        chosen, whole = _of(epochs), self.data.whole()
        if not chosen or whole is None:
            return 0.0
        part = chosen[-1]
        return len(chosen) * whole.tokens / part[f"{VALIDATION}tokens"] * part.get(f"{VALIDATION}seconds", 0.0)

    def measure(self, epochs: Sequence[EpochMetrics]) -> Generator[None]:
        """Put the loss beside the other metrics of these epochs; nothing where nothing is held out, or on `Left`."""
        whole = self.data.whole()
        for epoch in _of(epochs):
            if whole is None:
                found = epoch.get(f"{VALIDATION}loss")
            else:
                measuring = self.learner if epoch is epochs[-1] else self._of_checkpoint(epoch["epoch"])
                try:
                    found = (yield from measuring.evaluate(self._unless_left(whole.batches()))).loss
                except Left:
                    return
            patiently(partial(self.store.add_metrics, self.run.id, epoch["epoch"], {NAME: found}))

    def _of_checkpoint(self, epoch: int) -> Learner:
        fresh = learner(self.run.config, self.data.vocab_size, self.plan)
        fresh.load_weights(patiently(lambda: self.store.checkpoint(self.run.id, epoch)))
        return fresh

    def _unless_left(self, batches: Iterable[Batch]) -> Iterator[Batch]:
        for batch in batches:
            if self.left():
                raise Left
            yield batch


def _of(epochs: Sequence[EpochMetrics]) -> list[EpochMetrics]:
    """The best epoch and the last, each once, where a part of a text was held out."""
    chosen: dict[int, EpochMetrics] = {one["epoch"]: one for one in (metrics.best(epochs), *epochs[-1:]) if one}
    return [one for one in chosen.values() if f"{VALIDATION}tokens" in one]
