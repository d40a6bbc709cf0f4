"""What can be seen of a run while it trains: how far it is, how long it will take, its curve as tables.

Reads runs, points and epochs as the store gives them. Knows no chart, no page and no network.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from rnnkit import metrics
from rnnkit.config import RunConfig, with_settings
from rnnkit.metrics import ON_HELD_OUT, ON_TRAINING, UNITS, EpochMetrics, spoken
from rnnkit.store import Point, Run, Store
from rnnkit.studies.baselines import Reference
from rnnkit.texts.batches import BatchPlan
from rnnkit.training import cost, planning
from rnnkit.training.learner import KERAS

MOST_POINTS = 800  # of a curve: more cannot be told apart on a wall, and each viewer gets all of them
AXES = {"epoch": "Epochs", "step": "Steps", "seconds": "Seconds"}


class Progress(NamedTuple):
    """How far a run is. Shares are between 0 and 1; `seconds_left` is None until something was measured.

    `steps_done` and `steps` are those of the whole run, None where its epochs are what ends it.
    """

    share: float
    epoch: int
    epoch_share: float
    seconds_left: float | None
    steps_done: int | None = None
    steps: int | None = None


def progress(run: Run, epochs: Sequence[EpochMetrics]) -> Progress:
    """Where `run` stands, and from the seconds of its finished epochs how long it will take."""
    wanted = run.config.training.epochs
    inside = min(1.0, run.step / run.steps) if run.steps and run.epochs_done < wanted else 0.0
    share = min(1.0, (run.epochs_done + inside) / wanted)
    seconds = _seconds_per_epoch(run, epochs, inside)
    left = None if seconds is None else seconds * max(0.0, wanted - run.epochs_done - inside)
    epoch, plan = min(run.epochs_done + 1, wanted), planning.stored(run)
    if run.config.training.seconds is None or plan is None:
        return Progress(share, epoch, inside, left)
    done = planning.steps_done(run, epochs)
    left = plan.seconds_left(done, run.train_seconds)
    return Progress(min(1.0, done / max(1, plan.steps)), epoch, inside, left, done, plan.steps)


def _seconds_per_epoch(run: Run, epochs: Sequence[EpochMetrics], inside: float) -> float | None:
    """Mean of the last three epochs, evaluation and samples included; before the first ends, as it goes so far."""
    parts = ("seconds", "val_seconds", "sample_seconds")
    known = [sum(epoch.get(part) or 0.0 for part in parts) for epoch in epochs[-3:] if epoch.get("seconds")]
    if known:
        return sum(known) / len(known)
    return run.train_seconds / inside if inside > 0.02 and run.train_seconds and not run.epochs_done else None


def curve(
    run: Run, points: Iterable[Point], epochs: Sequence[EpochMetrics], axis: str = "epoch", unit: str = "nats",
    moments: Sequence[EpochMetrics] = (),
) -> pd.DataFrame:  # fmt: skip
    """The curve of one run: columns `at` (on `axis`), `value` (in `unit`), `part` (training, held out).

    Training is what was measured inside the epochs, thinned to at most MOST_POINTS means; where
    there are no such points (a run from a file, or before the epoch that a run was forked from) it is
    the mean of each epoch.

    Args:
        axis: a key of AXES. unit: a key of metrics.UNITS; one that is no loss is known where an epoch was measured.
        moments: what was measured inside the epochs.
    """
    steps = max(1, run.steps)
    metric = "loss" if UNITS[unit].of_loss else UNITS[unit].metric
    rows = _of_epochs(epochs, metric, steps)
    if metric == "loss":
        inside = pd.DataFrame(points, columns=["step", "seconds", "loss"], dtype=float).dropna()
        rows = pd.concat([rows[rows["step"] < inside["step"].min()], inside]) if len(inside) else rows
    measured = sorted(metrics.measured_alike([*epochs, *moments]), key=lambda one: _step(one, steps))
    held_out = _of_epochs([{**one, "unseen": metrics.unseen(one, metric)} for one in measured], "unseen", steps)
    both = pd.concat([_thinned(rows).assign(part=ON_TRAINING), held_out.assign(part=ON_HELD_OUT)], ignore_index=True)
    both["at"] = epochs_at(both["step"].to_numpy(float), epochs, steps) if axis == "epoch" else both[axis]
    both["value"] = _convert(both["loss"].to_numpy(float), unit, bits_per_nat(epochs))
    return both[["at", "value", "part"]].astype({"at": float, "value": float})


def bits_per_nat(epochs: Sequence[EpochMetrics]) -> float:
    """Bits per character for one nat per token: 1.44 for characters, less for words, as the epochs measured it."""
    known = [(e["bits_per_char"], e["loss"]) for e in epochs if e.get("bits_per_char") and e.get("loss")]
    return known[-1][0] / known[-1][1] if known else 1 / math.log(2)


def _of_epochs(epochs: Sequence[EpochMetrics], metric: str, steps: int) -> pd.DataFrame:
    seconds = np.cumsum([epoch.get("seconds") or 0.0 for epoch in epochs])
    rows = [
        (_step(epoch, steps), epoch.get("elapsed_seconds") or elapsed, epoch.get(metric))
        for epoch, elapsed in zip(epochs, seconds, strict=True)
    ]
    return pd.DataFrame(rows, columns=["step", "seconds", "loss"], dtype=float).dropna()


def epochs_at(steps_done: np.ndarray, epochs: Sequence[EpochMetrics], steps: int) -> np.ndarray:
    """Epochs behind each of these steps of a run; a fork's parent may have had another number of steps in one."""
    ends = [0.0, *(_step(epoch, steps) for epoch in epochs)]
    inside = np.interp(steps_done, ends, [0.0, *map(_whole, epochs)])
    return inside + np.maximum(0.0, steps_done - ends[-1]) / max(1, steps)


def _step(epoch: EpochMetrics, steps: int) -> float:
    return epoch.get("step") or _whole(epoch) * steps


def _whole(epoch: EpochMetrics) -> float:
    """Epochs behind it at its end: the last of a run with a limit of seconds may have been ended early."""
    return epoch["epoch"] - 1 + epoch.get("epoch_share", 1.0)


def _thinned(rows: pd.DataFrame) -> pd.DataFrame:
    """Means of groups of neighbours, 2ⁿ each; the groups stay where they are while the curve grows."""
    group = 2 ** max(0, math.ceil(math.log2(max(1, len(rows)) / MOST_POINTS)))
    return rows if group == 1 else rows.groupby(np.arange(len(rows)) // group).mean()


def _convert(loss: np.ndarray, unit: str, bits: float) -> np.ndarray:
    of_loss = UNITS[unit].of_loss
    return loss if of_loss is None else of_loss(loss, bits)


# ---- what the loss is worth


def passed(references: Sequence[Reference], epochs: Sequence[EpochMetrics]) -> list[tuple[Reference, int, float]]:
    """References that the held-out loss has been below: each with the first such epoch and its seconds of training."""
    measured = [
        (loss, epoch["epoch"], seconds)
        for epoch, seconds in metrics.timed(epochs)
        if (loss := metrics.value(epoch, "val_loss")) is not None
    ]
    firsts = ((one, next((at for loss, *at in measured if loss < one.nats), None)) for one in references)
    return sorted(((one, *first) for one, first in firsts if first), key=lambda each: (each[1], -each[0].nats))


def worth(references: Sequence[Reference], epochs: Sequence[EpochMetrics]) -> str | None:
    """One sentence: which references the network has passed and when, and how far the next one is.

    Of several passed in one epoch only the hardest is named. None before a held-out loss was measured.
    """
    losses = [loss for epoch in epochs if (loss := metrics.value(epoch, "val_loss")) is not None]
    if not losses or not references:
        return None
    hardest = {epoch: (one, seconds) for one, epoch, seconds in passed(references, epochs)}
    told = ", ".join(f"{one.title} after {spoken(seconds)}" for one, seconds in hardest.values())
    ahead = [one for one in references if one.nats <= min(losses)]
    if not ahead:
        return f"Past {told}: below all of them."
    next_one = max(ahead, key=lambda one: one.nats)
    left = f"{(min(losses) - next_one.nats) * bits_per_nat(epochs):.3f} bits per character above {next_one.title}."
    return f"Past {told}; {left}" if told else left[0].upper() + left[1:]


def slowness_here(store: Store) -> float:
    """The same, from the last runs that were trained in this store from their beginning."""
    trained = [run.id for run in store.listed() if run.epochs_done and run.parent is None and not run.imported]
    return slowness((run, store.epochs(run.id)) for run in store.runs(ids=trained[:5]))


def slowness(measured: Iterable[tuple[Run, Sequence[EpochMetrics]]]) -> float:
    """How much longer this machine takes than `estimate` says, as the epochs of earlier runs show; 1.0 without any."""
    known = [
        (_as_trained(run), run.vocab_size, planned(run), statistics.median(epoch["seconds"] for epoch in epochs))
        for run, epochs in measured
        if run.vocab_size and run.steps and epochs and all(epoch.get("seconds") for epoch in epochs)
    ]
    return cost.measured_slowness(known)


def _as_trained(run: Run) -> RunConfig:
    """Its config, with the engine that has trained it."""
    plan = planning.stored(run)
    return with_settings(run.config, {"training.engine": plan.engine if plan else KERAS})


def planned(run: Run) -> BatchPlan:
    """What an epoch of the run is, as its trainer counted it; without its held-out part."""
    config = run.config.batches
    return BatchPlan(run.steps, run.steps * config.batch_size * config.length)


def symbols(run: Run) -> int:
    """Symbols of the run's text, counted back from its steps."""
    config = run.config.batches
    each = config.length if config.kind == "streams" else config.step
    steps = run.steps / config.passes
    return round((steps * config.batch_size * each + config.length) / (1 - config.validation_fraction))
