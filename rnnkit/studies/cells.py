"""Which units of a trained network follow a property of the text, and whether more closely than chance among so many.

The unit is chosen on the first half of a text and scored on the second, which chose nothing. Chance is measured: the
same is done with the property moved along the text, where it means nothing. Knows no store and no page.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import pandas as pd

from rnnkit.engine import LayerStates
from rnnkit.errors import TooShort
from rnnkit.studies.properties import PROPERTIES, Property, marked, of_tokens

SHIFTS = 999  # times that chance is tried: what beats them all has a probability of 1 in 1,000
FEWEST = 400  # tokens that anything can be said of
FEWEST_OF_EACH = 8  # tokens with the property, and without it, in each half
SEED = 0


class Follows(NamedTuple):
    """A unit that follows a property.

    `score`: of a property that holds or not, the area under the ROC curve (AUC): how often the unit alone would order
    two tokens rightly, one with and one without it; of a graded one the correlation. `baseline`: the best that chance
    reached in the same search. `rises`: whether the quantity is larger where the property holds.
    """

    property: str
    layer: str
    unit: int
    quantity: str
    score: float
    baseline: float
    direction: str | None = None
    rises: bool = True


def values_of(pieces: Sequence[str], chosen: Mapping[str, Property] = PROPERTIES) -> dict[str, np.ndarray]:
    """Each property of a text at each of its tokens: name -> (N,)."""
    text = "".join(pieces)
    return {name: of_tokens(one.of(text), pieces) for name, one in chosen.items()}


def follow(
    layers: Sequence[LayerStates], values: Mapping[str, np.ndarray], *, graded: Sequence[str] = (),
    quantities: Sequence[str] | None = None, shifts: int = SHIFTS, seed: int = SEED,
) -> list[Follows]:  # fmt: skip
    """For each property the unit that follows it best, if one does more closely than chance; the surest first.

    Args:
        values: name of a property -> (N,) as `values_of` gives them. graded: those that are numbers.
        quantities: what is searched: "hidden", "cell", "forget" ...; without any, the states.

    Raises:
        TooShort: fewer tokens than anything can be said of.
    """
    search = _Search(layers, quantities, shifts, seed)
    best = [one for name, of in values.items() if (one := search.best(name, of, graded=name in graded))]
    return sorted((one for one in best if one.score > one.baseline), key=lambda one: one.baseline - one.score)


def of_marks(
    layers: Sequence[LayerStates], name: str, places: Sequence[tuple[int, int]], *, shifts: int = SHIFTS,
    seed: int = SEED,
) -> Follows:  # fmt: skip
    """The unit that follows best what somebody has marked, whether or not more closely than chance: see `Follows`.

    Nobody has looked at what lies behind the last mark, so only the tokens up to it count.

    Args:
        places: pairs of first token and the one after the last.

    Raises:
        ConfigError: a pair lies outside the text. TooShort: too few tokens, or too few are marked.
    """
    count = len(layers[0].quantities[layers[0].states[0]])
    labels = marked(count, places)[: max((stop for _, stop in places), default=0)]
    if len(labels) < FEWEST:
        raise TooShort(f"marks: expected at least {FEWEST} tokens up to the last of them, got {len(labels)}")
    read = [replace(one, quantities={key: of[: len(labels)] for key, of in one.quantities.items()}) for one in layers]
    found = _Search(read, None, shifts, seed).best(name, labels, graded=False)
    if found is None:
        halves = " and ".join(str(int(half.sum())) for half in np.array_split(labels, 2))
        raise TooShort(
            f"marks: expected at least {FEWEST_OF_EACH} tokens marked and {FEWEST_OF_EACH} not in each half of the "
            f"{len(labels):,} up to the last mark, got {halves} marked"
        )
    return found


class _Search:
    """All units of a reading, ranked once for all properties."""

    def __init__(self, layers: Sequence[LayerStates], quantities: Sequence[str] | None, shifts: int, seed: int):
        self.names = [
            (layer, quantity)
            for layer in layers
            for quantity in quantities or layer.states
            if quantity in layer.quantities
        ]
        units = np.concatenate([layer.quantities[name] for layer, name in self.names], axis=1)  # (N, M)
        if len(units) < FEWEST:
            raise TooShort(f"text: expected at least {FEWEST} tokens to find what units follow, got {len(units)}")
        self.ends = np.cumsum([layer.quantities[name].shape[1] for layer, name in self.names])
        half = len(units) // 2
        self.halves = (slice(0, half), slice(half, len(units)))
        self.as_they_are = [_standardised(units[part]) for part in self.halves]
        self.ranked = [_standardised(pd.DataFrame(units[part]).rank().to_numpy()) for part in self.halves]
        least = len(units) // 20
        self.shifts = np.random.default_rng(seed).integers(least, len(units) - least, shifts)

    def best(self, name: str, values: np.ndarray, *, graded: bool) -> Follows | None:
        """The unit that follows these values best; None where they are too few, or all the same."""
        values = values.astype(np.float32)
        moved = values[(np.arange(len(values)) - np.concatenate([[0], self.shifts])[:, None]) % len(values)]  # (K, N)
        halves = [moved[:, part] for part in self.halves]
        if not (graded or all(_both(half[0]) for half in halves)) or not all(half[0].std() > 0 for half in halves):
            return None
        units = self.as_they_are if graded else self.ranked
        first, second = (_closeness(of, half, graded) for of, half in zip(units, halves, strict=True))  # (K, M)
        chosen = np.abs(first).argmax(axis=1)
        rows = np.arange(len(chosen))
        scores = np.sign(first[rows, chosen]) * second[rows, chosen]
        score, baseline = float(scores[0]), float(scores[1:].max(initial=0.0))
        layer, quantity, unit = self._unit(int(chosen[0]))
        half = 0.0 if graded else 0.5
        rises = bool(first[0, chosen[0]] > 0)
        return Follows(name, layer.name, unit, quantity, half + score, half + baseline, layer.direction, rises)

    def _unit(self, column: int) -> tuple[LayerStates, str, int]:
        place = int(np.searchsorted(self.ends, column, side="right"))
        layer, quantity = self.names[place]
        return layer, quantity, column - int(self.ends[place]) + layer.quantities[quantity].shape[1]


def _both(values: np.ndarray) -> bool:
    """Whether enough tokens have the property and enough have not."""
    having = int((values > 0).sum())
    return min(having, len(values) - having) >= FEWEST_OF_EACH


def _standardised(columns: np.ndarray) -> np.ndarray:
    """Each column with mean 0 and standard deviation 1, float32; one that never changes stays at 0."""
    centred = columns - columns.mean(axis=0, dtype=np.float64)
    spread = centred.std(axis=0)
    return (centred / np.where(spread > 0, spread, 1)).astype(np.float32)


def _closeness(units: np.ndarray, moved: np.ndarray, graded: bool) -> np.ndarray:
    """Units (n, M) against shifted values (K, n): the correlation, or AUC - 0.5, of each pair (K, M).

    The AUC follows from the mean rank of the tokens that have the property (Mann and Whitney, 1947).
    """
    values = _standardised(moved.T).T
    correlation = values @ units / units.shape[0]
    if graded:
        return correlation
    share = moved.mean(axis=1, keepdims=True)
    spread = np.sqrt(share * (1 - share))
    # mean rank with the property less the mean of all, in units of n: r * sd(rank) * sqrt((1 - p) / p)
    return correlation * np.sqrt(1 / 12) * np.where(spread > 0, 1 / np.maximum(spread, 1e-9), 0)
