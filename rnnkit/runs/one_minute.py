"""A network that fits a text and the time there is: what the preset one-minute chooses, and what to expect of it.

The sizes were tried on the plays and on the Holmes stories, whole and in pieces: enough dropout and few enough passes
that a small text is not overfitted, as many units as the time is enough for. Knows no page.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

from rnnkit.config import RunConfig, with_settings
from rnnkit.runs import progress
from rnnkit.store import Store
from rnnkit.tasks import Measure
from rnnkit.texts import batches
from rnnkit.training import cost, planning, queueing

SECONDS = 60  # where none are asked for
EPOCHS = 12  # about as many ends of an epoch, each with its samples, in the whole run


class Size(NamedTuple):
    """Of a network for texts that have at least so many training tokens.

    `passes`: over the text, after which it learns no more that holds elsewhere.
    """

    tokens: int
    units: int
    embedding_size: int
    dropout: float
    embedding_dropout: float
    learning_rate: float
    passes: int


SIZES = (
    Size(0, 64, 32, 0.5, 0.2, 0.010, 30),
    Size(6_000, 128, 32, 0.5, 0.2, 0.008, 24),
    Size(60_000, 192, 64, 0.4, 0.1, 0.006, 18),
    Size(200_000, 256, 64, 0.3, 0.1, 0.006, 25),
    Size(600_000, 384, 64, 0.35, 0.05, 0.004, 40),
)
# Dropout that so many passes over a long text need, and dropout of the embedding.
DROPOUT = ((1.5, 0.0, 0.0), (7.0, 0.1, 0.0), (14.0, 0.2, 0.05), (math.inf, 0.25, 0.05))
MORE_DROPOUT = 0.15  # of the largest, where there is any
# Units and their learning rate where the time is enough for so many updates with them.
UNITS_OF = ((7_000, 384, 0.004), (2_000, 256, 0.006), (1_000, 192, 0.008), (0, 128, 0.008))
# What is written after a run, by training tokens.
WRITES = (
    (0, "syllables and single words"),
    (6_000, "words, no sentences"),
    (60_000, "phrases, hardly a sentence"),
    (200_000, "sentences in the text's form that mean nothing"),
)


class Fitted(NamedTuple):
    """A config of its own for a text, about how many updates it will make, and what to expect in a sentence or two."""

    config: RunConfig
    updates: int
    expectation: str


def fitted_here(config: RunConfig, store: Store) -> RunConfig:
    """`config` made to fit its text and this machine. Raises what `queueing.measure` does."""
    return fitted(config, measured(config, store), progress.slowness_here(store)).config


def measured(config: RunConfig, store: Store) -> Measure:
    """The text, in the smallest batches, as nothing is known yet of those that fit it."""
    smallest = {"batches.kind": "streams", "batches.batch_size": 1, "batches.length": 1, "batches.passes": 1}
    return queueing.measure(with_settings(config, smallest), store)


def fitted(config: RunConfig, measured: Measure, slower: float) -> Fitted:
    """The network for a text of this size and the seconds of `config`, by default a minute.

    Args:
        slower: how much longer this machine takes than the estimate says.
    """
    seconds = config.training.seconds or SECONDS
    tokens = measured.symbols - int(measured.symbols * config.batches.validation_fraction)
    size = [one for one in SIZES if one.tokens <= tokens][-1]
    for least, units, rate in UNITS_OF:
        small = size if units >= size.units else size._replace(units=units, learning_rate=rate)
        made, updates, in_time = _made(config, measured, tokens, small, seconds, slower)
        if in_time >= least:
            break
    return Fitted(made, updates, _expectation(made, measured, tokens, updates, seconds, slower))


def _made(
    config: RunConfig, measured: Measure, tokens: int, size: Size, seconds: int, slower: float
) -> tuple[RunConfig, int, float]:
    """The config with a network of this size, the updates that it makes, and those that fit into the time."""
    length = max(1, min(32, tokens // 8))
    most = 8 * 2 ** sum(least <= tokens for least in (6_000, 60_000))
    rows = max(1, min(most, tokens // (4 * length)))
    settings: dict[str, Any] = {
        "batches.kind": "streams", "batches.length": length, "batches.batch_size": rows,
        "batches.random_offset": True, "batches.passes": 1,
        "model.architecture": "gru", "model.layers": 1, "model.units": size.units,
        "model.embedding_size": size.embedding_size, "model.embedding_dropout": size.embedding_dropout,
        "model.dropout": size.dropout,
        "training.seconds": seconds, "training.schedule": "one-cycle", "training.learning_rate": size.learning_rate,
    }  # fmt: skip
    made = with_settings(config, settings)
    in_time = seconds / _seconds_per_update(made, measured, slower)
    each_pass = batches.plan(measured.symbols, made.batches).steps
    passes = min(float(size.passes), in_time / each_pass)
    together = max(1, round(passes / EPOCHS))
    settings |= {"batches.passes": together, "training.epochs": max(1, round(size.passes / together))}
    if size.tokens == SIZES[-1].tokens:
        dropout, of_embedding = next(two for most, *two in DROPOUT if passes <= most)
        more = MORE_DROPOUT if size.units == SIZES[-1].units and dropout else 0.0
        settings |= {"model.dropout": round(dropout + more, 2), "model.embedding_dropout": of_embedding}
    return with_settings(config, settings), max(1, round(passes * each_pass)), in_time


def _seconds_per_update(config: RunConfig, measured: Measure, slower: float) -> float:
    planned = batches.plan(measured.symbols, config.batches)
    found = cost.estimate(config, measured.vocab_size, measured.symbols, planned, slower)
    return found.seconds_per_epoch / found.steps_per_epoch


def _expectation(config: RunConfig, measured: Measure, tokens: int, updates: int, seconds: int, slower: float) -> str:
    """What it will write, what it should beat, and whether the time is short or longer than needed."""
    known = sum(least <= tokens for least, _ in WRITES), 1 + sum(least <= updates for least in (150, 500, 1_500))
    said = [f"{measured.chars:,} characters: {WRITES[min(known) - 1][1]}. It should pass {_passes(tokens, updates)}."]
    needed = updates * _seconds_per_update(config, measured, slower)
    if needed < 0.7 * seconds:
        enough = f"About {progress.spoken(needed)} ({updates:,} updates) are enough"
        said.append(f"{enough}: with more, so short a text is overfitted.")
    elif updates < planning.FEW:
        said.append(f"Only about {updates:,} updates fit into {seconds} s on this machine: more time helps.")
    return " ".join(said)


def _passes(tokens: int, updates: int) -> str:
    """The n-gram that a network of this size passes, as measured on such texts."""
    by_text = 1 + sum(least <= tokens for least in (1_500, 60_000, 200_000, 600_000)) - (tokens > 5_000_000)
    by_updates = 1 + sum(least <= updates for least in (150, 500, 1_500, 3_500))
    return f"the {min(by_text, by_updates)}-gram"
