"""What the figures of an epoch mean, and by which of them epochs are judged.

An epoch's metrics are a mapping from their names to numbers, among them `epoch`, its number from 1. What was measured
on text that was never trained on has a prefix: `val_loss`, `test_accuracy`. Knows no run, no store, no task, no chart.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple, TypeVar

import numpy as np

EpochMetrics = Mapping[str, Any]
Epoch = TypeVar("Epoch", bound=EpochMetrics)

# The parts of a curve, and what a figure was measured on.
ON_TRAINING, ON_HELD_OUT = "training", "held out"
VALIDATION, TEST = "val_", "test_"  # before the name of a metric
CHOSEN_THERE = "the epoch chosen on it"  # said where the loss of the best epoch is quoted on the text that chose it


class Metric(NamedTuple):
    """One figure of an epoch. `form` is how it is written; `better` is lower, higher, or empty where neither is."""

    title: str
    unit: str
    formula: str
    better: str = "lower"
    form: str = "{:.4f}"


METRICS: dict[str, Metric] = {
    "loss": Metric("loss", "nats", "mean of -ln p(target); of squares where numbers are predicted"),
    "loss_full": Metric("loss on the whole text", "nats", "loss over all of the held-out text, not a part of it"),
    "tokens": Metric("tokens", "tokens", "answers that the loss is a mean over", "", "{:,.0f}"),
    "bits_per_char": Metric("bits per character", "bits", "loss / ln 2 / characters per token", form="{:.3f}"),
    "perplexity": Metric("perplexity", "equally likely tokens", "exp(loss)", form="{:.2f}"),
    "accuracy": Metric("accuracy", "share", "answers that are right / answers", "higher", "{:.2%}"),
    "exact": Metric("whole answers right", "share", "answers right to the last token / answers", "higher", "{:.1%}"),
    "mae": Metric("mean absolute error", "the data's", "mean of |truth - forecast|", form="{:.3f}"),
    "rmse": Metric("root mean squared error", "the data's", "root of the mean of (truth - forecast)²", form="{:.3f}"),
    "persistence_mae": Metric("tomorrow = today", "the data's", "mean of |truth - value before|", form="{:.3f}"),
    "persistence_rmse": Metric(
        "tomorrow = today, squared", "the data's", "root of the mean of (truth - value before)²", form="{:.3f}"
    ),
    "grad_norm": Metric("gradient norm", "", "mean over the steps, before clipping", ""),
    "learning_rate": Metric("learning rate", "", "of the last step", "", "{:g}"),
    "seconds": Metric("seconds of training", "s", "of this epoch", form="{:,.1f}"),
    "elapsed_seconds": Metric("training seconds so far", "s", "of the run up to the end of this epoch", "", "{:,.1f}"),
    "chars_per_second": Metric("characters a second", "1/s", "characters trained on / seconds", "higher", "{:,.0f}"),
}
_SETS = {VALIDATION: "held-out", TEST: "test"}


def metric(name: str) -> Metric:
    """What is known of a metric, with the set in its title: `val_loss` is the held-out loss.

    One that nobody described is called by its name, and no value of it is better than another.
    """
    for prefix, words in _SETS.items():
        known = METRICS.get(name.removeprefix(prefix))
        if name.startswith(prefix) and known:
            return known._replace(title=f"{words} {known.title}")
    return METRICS.get(name) or Metric(name.replace("_", " "), "", "", "")


def written(epoch: EpochMetrics, name: str) -> str:
    """A metric as text; empty where it was not measured or is not finite."""
    found = value(epoch, name)
    return "" if found is None else metric(name).form.format(found)


def bits_per_char(nats: float, chars_per_token: float) -> float:
    """A loss in nats per token as bits per character."""
    return nats / math.log(2) / chars_per_token


def perplexity(nats: float) -> float:
    """Among how many equally likely tokens a uniform choice would have this loss."""
    return math.exp(min(nats, 700.0))  # the largest that a float can hold


# ---- units in which a curve can be read


class Unit(NamedTuple):
    """A way to say how good a network is: the metric that holds it, its title, its words in a sentence.

    `of_loss(loss, bits)` makes it of losses in nats, where `bits` is bits per character for one nat per token. None
    for a metric that is no loss: it is known for whole epochs only. `form` is how a figure in it is said.
    """

    metric: str
    title: str
    words: str
    of_loss: Callable[[np.ndarray, float], np.ndarray] | None = None
    form: str = "{:.3f} {}"

    @property
    def heading(self) -> str:
        """Its words as they stand beside an axis."""
        return self.words[0].upper() + self.words[1:]


def _as_it_is(loss: np.ndarray, bits: float) -> np.ndarray:
    return loss


UNITS: dict[str, Unit] = {
    "bits": Unit("bits_per_char", "Bits per character", "bits per character", lambda loss, bits: loss * bits),
    "perplexity": Unit(
        "perplexity", "1 in N guesses", "1 in N guesses (perplexity)",
        lambda loss, bits: np.exp(np.minimum(loss, 50.0)), "1 in {:.2f} guesses",
    ),
    "nats": Unit("loss", "Nats", "nats per token", _as_it_is),
    "of texts": Unit("loss", "Nats", "nats per text", _as_it_is),
    "accuracy": Unit("accuracy", "Accuracy", "accuracy"),
    "squared": Unit("loss", "Squared error", "squared error, in standard deviations", _as_it_is),
    "error": Unit("mae", "Mean error", "mean error, in the data's unit"),
}  # fmt: skip


def stored(units: Iterable[str]) -> str:
    """Of these units the one in which the loss itself is kept."""
    return next(name for name in units if UNITS[name].metric == "loss")


def figure(
    epoch: EpochMetrics, unit: str, of: Callable[[EpochMetrics, str], float | None] | None = None
) -> float | None:
    """What an epoch reached in a key of UNITS: on unseen text, or on its own where there was none; or `of` it."""
    of, of_loss = of or shown, UNITS[unit].of_loss
    found = of(epoch, UNITS[unit].metric)
    if found is None and of_loss and unit != "bits" and (loss := of(epoch, "loss")) is not None:
        return float(of_loss(np.array(loss), 1 / math.log(2)))
    return found


def said(value: float, unit: str) -> str:
    """A figure in a key of UNITS: 2.310 bits per character, 1 in 4.60 guesses."""
    return UNITS[unit].form.format(value, UNITS[unit].words)


# ---- the figures of an epoch


def value(epoch: EpochMetrics, name: str) -> float | None:
    """A metric of an epoch; None where it was not measured or is not finite."""
    found = epoch.get(name)
    return found if found is not None and math.isfinite(found) else None


def unseen(epoch: EpochMetrics, name: str) -> float | None:
    """The metric on text that was never trained on: what was held out, else the test set. For showing, not choosing."""
    measured = next((prefix for prefix in _SETS if prefix + name in epoch), VALIDATION)
    return value(epoch, measured + name)


def shown(epoch: EpochMetrics, name: str) -> float | None:
    """The metric on unseen text, or on the training text where there was none."""
    measured = any(prefix + name in epoch for prefix in _SETS)
    return unseen(epoch, name) if measured else value(epoch, name)


def is_unseen(epoch: EpochMetrics) -> bool:
    """Whether its loss was measured on text that was never trained on."""
    return unseen(epoch, "loss") is not None


def timed(epochs: Iterable[Epoch]) -> list[tuple[Epoch, float]]:
    """Each epoch with the seconds of training up to its end; added up where the trainer did not say."""
    total, pairs = 0.0, []
    for epoch in epochs:
        total = epoch.get("elapsed_seconds") or total + (epoch.get("seconds") or 0.0)
        pairs.append((epoch, total))
    return pairs


# ---- how a moment is called


def epoch_number(epoch: float) -> str:
    """A number of epochs as people read it: `3`, `1.25`, `0.022`."""
    if epoch == int(epoch):
        return f"{int(epoch)}"
    return f"{epoch:.2f}" if epoch >= 0.1 else f"{epoch:.2g}"


def moment(epoch: float, step: int) -> str:
    """A checkpoint by its place: `epoch 3`, `epoch 1.25`; inside the first epoch its step, `step 50`."""
    return f"step {step:,}" if epoch < 1 else f"epoch {epoch_number(epoch)}"


# ---- which epoch is best


def judged(epoch: EpochMetrics) -> float | None:
    """The loss that an epoch is judged by: on held-out text, or on the training text where nothing is held out.

    None where it is not finite: such an epoch is never best. Never that of the test set, which must choose nothing.
    """
    return value(epoch, "val_loss" if "val_loss" in epoch else "loss")


def losses(epochs: Iterable[EpochMetrics]) -> list[tuple[float, float]]:
    """(epoch, the loss that it is judged by) of all that have one."""
    alike = measured_alike(epochs)
    return [(epoch["epoch"], loss) for epoch in alike if (loss := judged(epoch)) is not None]


def is_warm(epoch: EpochMetrics) -> bool:
    """Whether its held-out loss is that of a stored part of the text, in rows that are warmed up.

    Older versions measured the whole, in as many rows as a batch has, each from an empty state: up to 0.01 nats more.
    """
    return f"{VALIDATION}tokens" in epoch


def measured_alike(epochs: Iterable[Epoch]) -> list[Epoch]:
    """Those whose held-out loss was measured in one way: the newer one where there are any."""
    found = list(epochs)
    return [epoch for epoch in found if is_warm(epoch)] or found


def best(epochs: Iterable[Epoch]) -> Epoch | None:
    """The epoch with the lowest judged loss, the first of several; None where no loss is finite. Always a kept one.

    Epochs that were not measured alike are not set against each other.
    """
    epochs = measured_alike(epochs)
    scored = [(loss, epoch) for epoch in epochs if (loss := judged(epoch)) is not None]
    return min(scored, key=lambda pair: pair[0])[1] if scored else None


def best_kept(epochs: Iterable[Epoch], kept: Collection[float]) -> Epoch | None:
    """The best of the epochs whose checkpoints are there: of an imported run they may be fewer."""
    return best(epoch for epoch in epochs if epoch["epoch"] in kept)


def epochs_since_best(epochs: Sequence[EpochMetrics]) -> int:
    """How many epochs came after the best one; after the first where no loss is finite."""
    found = best(epochs)
    return len(epochs) - 1 - (0 if found is None else next(i for i, epoch in enumerate(epochs) if epoch is found))


def spoken(seconds: float | None) -> str:
    """Seconds as people say them: `40 s`, `3 min`, `2 h 5 min`; empty for None."""
    if seconds is None or not math.isfinite(seconds):
        return ""
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"
