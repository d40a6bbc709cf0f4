"""What units of a trained network are for: it reads and writes with some of them switched off, held or swapped.

Knows no page.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from rnnkit import engine
from rnnkit.engine import Changed, Sampler
from rnnkit.errors import ConfigError, TooShort
from rnnkit.studies.checkpoint import Checkpoint
from rnnkit.texts.tokenizers import Tokenizer

TOKENS = 1_000  # that each unit is tried on in a ranking
AT_ONCE = 128  # units that are tried together

Asked = Checkpoint[Tokenizer]
Progress = Callable[[int, int], object]


class UnitCost(NamedTuple):
    """How many nats per token the loss rises when a unit is switched off."""

    layer: str
    unit: int
    nats: float


class Chance(NamedTuple):
    """The mean probability of a token as the next one over `places` of a text, as it is and with units changed."""

    places: int
    untouched: float
    changed: float


def changes(checkpoint: Asked, layer: str, units: Sequence[int], value: float | None = None) -> list[Changed]:
    """Units of a layer switched off, or held at `value`. Raises ConfigError: there is no such layer or unit."""
    names = layer_names(checkpoint)
    if layer not in names:
        raise ConfigError(f"layer: expected one of {', '.join(names)}, got {layer[:40]!r}")
    asked = [Changed(names.index(layer), unit, value) for unit in units]
    engine.ChangedReader(checkpoint.network, [asked])  # which refuses what there is not
    return asked


def layer_names(checkpoint: Asked) -> list[str]:
    """The layers whose units can be changed, the lowest first. Raises ConfigError: there are none."""
    return [layer.name for layer in engine.states(checkpoint.network, np.zeros(1, np.int32)) if not layer.direction]


def losses(
    checkpoint: Asked, ids: np.ndarray, asked: Sequence[Changed], progress: Progress = lambda done, total: None
) -> tuple[float, float]:
    """Nats per token over `ids` (N,) of the network as it is, and with all the changes at once. Raises TooShort."""
    untouched, changed = engine.changed_scores(checkpoint.network, _enough(ids), [[], asked], progress)
    return float(untouched), float(changed)


def ranking(
    checkpoint: Asked, ids: np.ndarray, layer: str, progress: Progress = lambda done, total: None
) -> list[UnitCost]:
    """Every unit of a layer by what the loss over `ids` (N,) rises without it; the dearest first.

    Raises:
        ConfigError: there is no such layer. TooShort: the text is hardly one.
    """
    [one] = changes(checkpoint, layer, [0])
    units = _units(checkpoint, layer)
    ids, found = _enough(ids), np.empty(units)
    for first in range(0, units, AT_ONCE):
        rows = [[], *([Changed(one.layer, unit)] for unit in range(first, min(first + AT_ONCE, units)))]

        def told(done: int, total: int, before: int = first, count: int = len(rows) - 1) -> None:
            progress(before * total + done * count, units * total)

        nats = engine.changed_scores(checkpoint.network, ids, rows, told)
        found[first : first + len(rows) - 1] = nats[1:] - nats[0]
    return [UnitCost(layer, int(unit), float(found[unit])) for unit in np.argsort(-found, kind="stable")]


def chance(checkpoint: Asked, ids: np.ndarray, asked: Sequence[Changed], token: int, where: np.ndarray) -> Chance:
    """How probable a token is as the next one after the tokens `where` (N,) holds, with the changes and without.

    Raises:
        TooShort: it holds nowhere.
    """
    places = np.flatnonzero(np.asarray(where[: len(ids)]) > 0)
    if not len(places):
        raise TooShort("text: expected a token with this property, got none")
    sums, wanted = np.zeros(2), set(places.tolist())
    for at, logits in enumerate(engine.changed_logits(checkpoint.network, ids[: places[-1] + 1], [[], asked])):
        if at in wanted:
            sums += engine.probabilities(Sampler(), logits)[:, token]
    untouched, changed = sums / len(places)
    return Chance(len(places), float(untouched), float(changed))


def texts(
    checkpoint: Asked, prompt: str, asked: Sequence[Changed], sampler: Sampler, seed: int = 0, length: int = 300
) -> tuple[str, str]:
    """What the network writes after a prompt as it is, and with the changes, from the same numbers of the seed."""
    ids = checkpoint.codec.encode(checkpoint.codec.in_its_form(prompt)).ids
    written = engine.changed_texts(checkpoint.network, ids, [[], asked], sampler, seed, length)
    after = int(ids[-1]) if len(ids) else None
    untouched, changed = ("".join(checkpoint.codec.pieces(row, after)) for row in written)
    return untouched, changed


def _units(checkpoint: Asked, layer: str) -> int:
    found = engine.states(checkpoint.network, np.zeros(1, np.int32))
    return next(one.quantities[one.states[0]].shape[1] for one in found if one.name == layer)


def _enough(ids: np.ndarray) -> np.ndarray:
    if len(ids) < 2:
        raise TooShort(f"text: expected at least 2 tokens, got {len(ids)}")
    return ids
