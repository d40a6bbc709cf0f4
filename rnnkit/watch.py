"""What can be seen of a run while it trains: how far it is, how long it will take, its curve as tables.

Reads runs, points and epochs as the store gives them. Knows no chart, no page and no network.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from rnnkit import estimate
from rnnkit.comparison import HELD_OUT, TRAINING
from rnnkit.scheduler import next_run
from rnnkit.schema import QUEUED
from rnnkit.schema import TRAINING as IN_TRAINING
from rnnkit.store import Point, Run

MOST_POINTS = 800  # of a curve: more cannot be told apart on a wall, and each viewer gets all of them
AXES = {"epoch": "Epochs", "step": "Steps", "seconds": "Seconds"}


class Progress(NamedTuple):
    """How far a run is. Shares are between 0 and 1; `seconds_left` is None until something was measured."""

    share: float
    epoch: int
    epoch_share: float
    seconds_left: float | None
    epoch_seconds_left: float | None


def progress(run: Run, epochs: Sequence[Mapping[str, Any]]) -> Progress:
    """Where `run` stands, and from the seconds of its finished epochs how long it will take."""
    wanted = run.config.training.epochs
    inside = min(1.0, run.step / run.steps) if run.steps and run.epochs_done < wanted else 0.0
    share = min(1.0, (run.epochs_done + inside) / wanted)
    seconds = _seconds_per_epoch(run, epochs, inside)
    left = None if seconds is None else seconds * max(0.0, wanted - run.epochs_done - inside)
    left_here = None if seconds is None else seconds * (1 - inside)
    return Progress(share, min(run.epochs_done + 1, wanted), inside, left, left_here)


def _seconds_per_epoch(run: Run, epochs: Sequence[Mapping[str, Any]], inside: float) -> float | None:
    """Of the last three epochs with all that belongs to one, else as the first goes on."""
    parts = ("seconds", "val_seconds", "sample_seconds")
    known = [sum(epoch.get(part) or 0.0 for part in parts) for epoch in epochs[-3:] if epoch.get("seconds")]
    if known:
        return sum(known) / len(known)
    return run.train_seconds / inside if inside > 0.02 and run.train_seconds and not run.epochs_done else None


def curve(
    run: Run, points: Iterable[Point], epochs: Sequence[Mapping[str, Any]], axis: str = "epoch", unit: str = "nats"
) -> pd.DataFrame:
    """The curve of one run: columns `at` (on `axis`), `value` (in `unit`), `part` (training, held out).

    Training is what was measured inside the epochs, thinned to at most MOST_POINTS means; where
    there are no such points (a run from a file, or before the epoch that a run goes on from) it is
    the mean of each epoch.

    Args:
        axis: a key of AXES. unit: nats or perplexity per symbol, or bits per character.
    """
    steps = max(1, run.steps)
    rows = pd.DataFrame(points, columns=["step", "seconds", "loss"], dtype=float).dropna()
    means = _of_epochs(epochs, "loss", steps)
    rows = pd.concat([means[means["step"] < rows["step"].min()], rows]) if len(rows) else means
    held_out = _of_epochs(epochs, "val_loss", steps)
    both = pd.concat([_thinned(rows).assign(part=TRAINING), held_out.assign(part=HELD_OUT)], ignore_index=True)
    both["at"] = both["step"] / steps if axis == "epoch" else both[axis]
    both["value"] = _convert(both["loss"].to_numpy(float), unit, bits_per_nat(run, epochs))
    return both[["at", "value", "part"]].astype({"at": float, "value": float})


def bits_per_nat(run: Run, epochs: Sequence[Mapping[str, Any]]) -> float:
    """Bits per character for one nat per symbol: 1.44 for characters, less for words, as the epochs measured it."""
    known = [(e["bits_per_char"], e["loss"]) for e in epochs if e.get("bits_per_char") and e.get("loss")]
    return known[-1][0] / known[-1][1] if known else 1 / math.log(2)


def _of_epochs(epochs: Sequence[Mapping[str, Any]], metric: str, steps: int) -> pd.DataFrame:
    seconds = np.cumsum([epoch.get("seconds") or 0.0 for epoch in epochs])
    rows = [
        (epoch["epoch"] * steps, epoch.get("elapsed_seconds") or elapsed, epoch.get(metric))
        for epoch, elapsed in zip(epochs, seconds, strict=True)
    ]
    return pd.DataFrame(rows, columns=["step", "seconds", "loss"], dtype=float).dropna()


def _thinned(rows: pd.DataFrame) -> pd.DataFrame:
    """Means of as many neighbours as it takes; the groups stay where they are while the curve grows."""
    group = 2 ** max(0, math.ceil(math.log2(max(1, len(rows)) / MOST_POINTS)))
    return rows if group == 1 else rows.groupby(np.arange(len(rows)) // group).mean()


def _convert(loss: np.ndarray, unit: str, bits: float) -> np.ndarray:
    ways = {"nats": lambda x: x, "bits": lambda x: x * bits, "perplexity": lambda x: np.exp(np.minimum(x, 50.0))}
    return ways[unit](loss)


def slowness(measured: Iterable[tuple[Run, Sequence[Mapping[str, Any]]]]) -> float:
    """How much longer this machine takes than `estimate` says, as the epochs of earlier runs show; 1.0 without any."""
    known = [
        (run.config, run.vocab_size, _symbols(run), statistics.median(epoch["seconds"] for epoch in epochs))
        for run, epochs in measured
        if run.vocab_size and run.steps and epochs and all(epoch.get("seconds") for epoch in epochs)
    ]
    return estimate.measured_slowness(known)


def _symbols(run: Run) -> int:
    """Symbols of the run's text, counted back from its steps."""
    config = run.config.batches
    each = config.length if config.kind == "streams" else config.step
    return round((run.steps * config.batch_size * each + config.length) / (1 - config.validation_fraction))


def place_in_queue(run: Run, runs: Iterable[Run], now: float) -> int | None:
    """1 for the run that is started next, by the scheduler's own rule; None for one that is not queued."""
    everything = {other.id: other for other in runs}
    queued = [other for other in everything.values() if other.status == QUEUED]
    if run.id not in {other.id for other in queued}:
        return None
    place = 1
    while (chosen := next_run(queued, everything.values(), now)) is not None and chosen.id != run.id:
        queued.remove(chosen)
        everything[chosen.id] = replace(chosen, status=IN_TRAINING)
        place += 1
    return place


def spoken(seconds: float | None) -> str:
    """Seconds as people say them: `40 s`, `3 min`, `2 h 5 min`; empty for None."""
    if seconds is None or not math.isfinite(seconds):
        return ""
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"
