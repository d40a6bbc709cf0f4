"""Which checkpoints of a run are kept: a rule over its losses, of which nothing wanted is ever gone.

Knows no database.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

FIRST = 3
SPACED = 12


def kept_epochs(losses: Mapping[int, float | None]) -> set[int]:
    """The epochs whose checkpoints are kept: the first three, the best, the last, and at most twelve spaced ones.

    An epoch that is no longer wanted is never wanted again, whatever comes after it: the best
    only ever passes to a newer epoch, and each spacing divides the next.

    Args:
        losses: epoch -> the loss by which the best is chosen (None counts as worst).
    """
    if not losses:
        return set()
    last = max(losses)
    spacing = next(s for s in _spacings() if last / s <= SPACED)
    best = min(losses, key=lambda epoch: (losses[epoch] is None, losses[epoch] or 0.0, epoch))
    return {epoch for epoch in losses if epoch <= FIRST or epoch in (best, last) or epoch % spacing == 0}


def loss_to_judge(metrics: Mapping[str, Any]) -> float | None:
    """The loss on held-out text, or the training loss where nothing is held out."""
    val_loss = metrics.get("val_loss")
    return metrics.get("loss") if val_loss is None else val_loss


def _spacings() -> Iterator[int]:
    """1, 5, 10, 50, 100, ...: each divides the next."""
    power = 1
    while True:
        yield power
        yield 5 * power
        power *= 10
