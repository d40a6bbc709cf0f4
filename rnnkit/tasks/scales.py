"""The values of a series as what a network reads, and what it answers as values again: bins, or one scale.

Knows no table, no network and no store.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from rnnkit.config import SeriesConfig
from rnnkit.errors import CorpusError, DamagedCheckpoint


@dataclass(frozen=True)
class Bins:
    """Classes (document 002's one-hot vectors): bin i holds the values from edges[i] up to edges[i + 1].

    What lies outside all bins belongs to the first or the last one. `centres` are the means of what was trained
    on in each bin.
    """

    column: str
    edges: np.ndarray  # (bins + 1,)
    centres: np.ndarray  # (bins,)

    @cached_property
    def symbols(self) -> list[str]:
        return [f"{low!r} to {high!r}" for low, high in zip(self.edges.tolist(), self.edges[1:].tolist(), strict=False)]

    def steps(self, values: np.ndarray) -> np.ndarray:
        """Values (N,) to int32 bins (N,)."""
        return np.searchsorted(self.edges[1:-1], values, side="right").astype(np.int32)

    def values(self, steps: np.ndarray) -> np.ndarray:
        """The way back, float64: the centre of each bin."""
        return self.centres[steps]

    def forecast(self, logits: np.ndarray) -> np.ndarray:
        """The value that is expected, (N,): logits (N, bins)."""
        return probabilities(logits) @ self.centres

    def quantiles(self, logits: np.ndarray, share: float) -> np.ndarray:
        """The value that `share` of the probability lies below, inside its bin on a straight line: (N,)."""
        below = np.cumsum(probabilities(logits), axis=1)  # (N, bins)
        at = np.minimum((below < share).sum(axis=1), len(self.centres) - 1)
        rows = np.arange(len(at))
        before = np.where(at > 0, below[rows, at - 1], 0.0)
        inside = (share - before) / np.maximum(below[rows, at] - before, 1e-12)
        return self.edges[at] + np.clip(inside, 0, 1) * np.diff(self.edges)[at]

    def to_json(self) -> dict[str, Any]:
        return {
            "kind": "bins", "column": self.column, "symbols": self.symbols, "edges": self.edges.tolist(),
            "centres": self.centres.tolist(),
        }  # fmt: skip


@dataclass(frozen=True)
class Standard:
    """Numbers: how many standard deviations a value lies from the mean."""

    column: str
    mean: float
    deviation: float

    @property
    def symbols(self) -> list[str]:
        return [self.column]

    def steps(self, values: np.ndarray) -> np.ndarray:
        """Values (N,) to float32 numbers around 0, (N,)."""
        return ((values - self.mean) / self.deviation).astype(np.float32)

    def values(self, steps: np.ndarray) -> np.ndarray:
        return np.asarray(steps, np.float64) * self.deviation + self.mean

    def forecast(self, logits: np.ndarray) -> np.ndarray:
        """The value that is expected, (N,): logits (N, 1)."""
        return self.values(logits[:, 0])

    def to_json(self) -> dict[str, Any]:
        return {
            "kind": "standard", "column": self.column, "symbols": self.symbols, "mean": self.mean,
            "deviation": self.deviation,
        }  # fmt: skip


Scale = Bins | Standard  # fitted on the part that is trained on, kept with the run; a step stands for one value each


def probabilities(logits: np.ndarray) -> np.ndarray:
    """Softmax over the last axis, float64."""
    powers = np.exp(logits.astype(np.float64) - logits.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


def fit(values: np.ndarray, column: str, config: SeriesConfig) -> Scale:
    """The bins or the scale of `values`, those that are trained on alone. Raises CorpusError: they never change."""
    if np.ptp(values) == 0:
        raise CorpusError(
            f"series {column}: expected values that change in the part that is trained on, got only {values[0]:g}; "
            "set batches.validation_fraction smaller"
        )
    if config.head == "regression":
        return Standard(column, float(values.mean()), float(values.std()))
    cuts = np.linspace(0, 1, config.classes + 1)
    low, high = values.min(), values.max()
    edges = np.unique(np.quantile(values, cuts) if config.binning == "quantiles" else low + cuts * (high - low))
    if len(edges) < 3:  # quantiles of a series that is nearly always the same
        edges = np.array([low, (low + high) / 2, high])
    bins = np.searchsorted(edges[1:-1], values, side="right")
    counts = np.bincount(bins, minlength=len(edges) - 1)
    means = np.bincount(bins, values, minlength=len(edges) - 1) / np.maximum(counts, 1)
    return Bins(column, edges, np.where(counts > 0, means, (edges[:-1] + edges[1:]) / 2))


def from_json(data: Any) -> Scale:
    """What `to_json` wrote. Raises DamagedCheckpoint: `data` is something else."""
    try:
        scale, sound = _bins(data) if data["kind"] == "bins" else _standard(data)
        sound = sound and data["symbols"] == scale.symbols
    except (TypeError, KeyError, ValueError) as error:
        raise DamagedCheckpoint(f"scale of a series: expected bins or a scale, got {type(error).__name__}") from None
    if not sound:
        raise DamagedCheckpoint("scale of a series: expected rising edges or a positive deviation, got something else")
    return scale


def _bins(data: Any) -> tuple[Scale, bool]:
    """What is written there, and whether it can be used."""
    bins = Bins(str(data["column"]), np.array(data["edges"], float), np.array(data["centres"], float))
    rising = len(bins.edges) == len(bins.centres) + 1 > 2 and bool((np.diff(bins.edges) > 0).all())
    return bins, rising and bool(np.isfinite(np.concatenate([bins.edges, bins.centres])).all())


def _standard(data: Any) -> tuple[Scale, bool]:
    standard = Standard(str(data["column"]), float(data["mean"]), float(data["deviation"]))
    return standard, math.isfinite(standard.mean) and 0 < standard.deviation < math.inf
