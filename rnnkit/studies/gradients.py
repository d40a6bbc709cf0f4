"""How a gradient shrinks or grows on its way back through time, and what clipping makes of it.

The networks of the store, or fresh ones, with the cells of rnnkit.scratch: NumPy, exact, no framework.
Knows no page and no chart.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import NamedTuple

import numpy as np
import pandas as pd

from rnnkit import scratch, tasks
from rnnkit.config import BatchConfig, RunConfig, parse, with_settings
from rnnkit.errors import ConfigError, TooShort
from rnnkit.presets import PRESETS
from rnnkit.scratch import updates
from rnnkit.scratch.net import Net, backward, forward, fresh, net, problem, with_radius
from rnnkit.store import Run, Store
from rnnkit.studies.checkpoint import codec_of
from rnnkit.tasks import Does
from rnnkit.texts import corpora, tokenizers
from rnnkit.texts.batches import Streams, Windows

DISTANCE = 100  # steps looked back
PLACES = 16  # of a text, each with an error of its own
WARM = 20  # symbols read before the first state that is looked at
BATCHES = 12
LOWEST = -10  # the power of ten below which a gradient is as good as gone
BEFORE_CLIPPING, AFTER_CLIPPING = "before clipping", "after clipping"
MOST_ROWS, MOST_STEPS = 16, 100  # of a batch looked at here
MOST_READ = 100_000  # characters from the end of a text: where a run holds a part out, it never learned these
STEPS = 30  # of gradient descent
SEEDS = 5  # networks that descend
LAST = 5  # steps at the end, whose mean loss counts
ALIKE = 0.05  # nats that say nothing
SATURATED = 0.2  # slope of tanh below which hardly anything goes back
FEWEST_DOTS = 60  # over which a letter has to be remembered, where gradients are looked at
CLIPS = {"No clipping": updates.unclipped, "By value": updates.clip_by_value, "By norm": updates.clip_by_norm}


# ---- against the distance in time


def sizes(of: Net, ids: np.ndarray, at: np.ndarray | None = None, distance: int = DISTANCE) -> np.ndarray:
    """The gradient of one symbol's loss with respect to the state k steps before, against its size there: (k, places).

    Row 0 is 1: the last state read.

    Args:
        at: places in the text `ids` (N,) whose loss it is; without any PLACES that lie evenly over it.

    Raises:
        TooShort: the text is shorter than one such stretch.
    """
    length = WARM + distance + 1
    _long_enough(ids, distance)
    if at is None:
        starts = np.linspace(0, len(ids) - length - 1, min(PLACES, len(ids) - length)).astype(int)
    else:
        starts = at - length
    window = ids[starts + np.arange(length + 1)[:, None]]  # (T + 1, B)
    with np.errstate(over="ignore", invalid="ignore", under="ignore"):
        found = backward(of, window[:-1], window[-1]).sizes[::-1][: distance + 1]
        return found / found[0]


def _long_enough(ids: np.ndarray, distance: int = DISTANCE) -> None:
    if len(ids) <= WARM + distance + 1:
        raise TooShort(
            f"text: expected more than {WARM + distance + 1:,} tokens to look {distance} steps back, got {len(ids):,}"
        )


def against_distance(found: np.ndarray, **names: str) -> pd.DataFrame:
    """Of `sizes`: the middle one and the middle half of the places. Columns: at, value, low, high and `names`."""
    low, middle, high = np.quantile(found, (0.25, 0.5, 0.75), axis=1)
    return pd.DataFrame({"at": np.arange(len(found)), "value": middle, "low": low, "high": high, **names})


def reach(found: np.ndarray, left: float = 0.01) -> int | None:
    """Steps back after which the middle gradient is for the first time below `left`; None when it never is."""
    below = np.flatnonzero(np.median(found, axis=1) < left)
    return int(below[0]) if len(below) else None


def reach_words(found: np.ndarray) -> str:
    """Where the gradient of `sizes` falls below a hundredth, in words."""
    steps = reach(found)
    if steps is not None:
        return f"{steps} step{'s' if steps > 1 else ''} back"
    return f"never: {np.median(found[-1]):.2g} times the gradient is left {len(found) - 1} steps back"


def story(found: Mapping[str, np.ndarray]) -> str | None:
    """Who keeps most of its gradient over the whole distance, and how much more than who keeps least, in a sentence."""
    left = sorted((float(np.median(sizes[-1])), label) for label, sizes in found.items())
    if not left or not left[0][0] or left[-1][0] < 2 * left[0][0]:
        return None
    (smallest, least), (largest, most) = left[0], left[-1]
    times = largest / smallest
    factor = f"{times:,.0f}" if times < 1e6 else "more than a million"
    return f"Over {DISTANCE} steps the {most} keeps {factor} times as much of its gradient as the {least}."


def highest_power(tables: Sequence[pd.DataFrame]) -> int:
    """The power of ten above all that is to be drawn, 1 at least."""
    most = max((table["high"].max() for table in tables), default=1.0)
    return max(1, math.ceil(math.log10(most))) if math.isfinite(most) and most > 0 else 1


def straight(radius: float, distance: int = DISTANCE, label: str = "") -> pd.DataFrame:
    """What repeated multiplication by one number would leave: a straight line on a scale of powers."""
    values = radius ** np.arange(distance + 1.0)
    return pd.DataFrame({"at": np.arange(distance + 1), "value": values, "low": values, "high": values, "label": label})


# ---- clipping


def lengths(of: Net, ids: np.ndarray, config: BatchConfig, batches: int = BATCHES) -> list[float]:
    """The length of the gradient of all weights, for the first batches of the text as a run would take them.

    Raises:
        TooShort: the text does not fill one batch.
    """
    size = {"batch_size": min(config.batch_size, MOST_ROWS), "length": min(config.length, MOST_STEPS)}
    small = config.model_copy(update=size)
    found, states = [], None
    for inputs, targets in _batches(ids, small, batches):
        one = backward(of, inputs.T, targets.T, states)
        states = one.states if config.kind == "streams" else None
        found.append(updates.norm(one.gradients))
    return found


def clipped(lengths: Sequence[float], limit: float, label: str) -> pd.DataFrame:
    """Lengths of gradients before and after clipping at `limit` (0: never), as rows at, value, label, part."""
    parts = {BEFORE_CLIPPING: lengths, AFTER_CLIPPING: [min(length, limit or length) for length in lengths]}
    rows = [(at, value, label, part) for part, values in parts.items() for at, value in enumerate(values, start=1)]
    return pd.DataFrame(rows, columns=["at", "value", "label", "part"])


def clipping_words(lengths: Sequence[float], limit: float) -> str:
    """How many of the batches were clipped, in words; a limit of 0 clips none."""
    most = f"the longest gradient of {len(lengths)} batches has {max(lengths):.2f}"
    if not limit:
        return f"{most}; nothing is clipped."
    cut = sum(length > limit for length in lengths)
    return f"{most}; {cut} of {len(lengths)} were cut down to {limit:g}."


def _batches(ids: np.ndarray, config: BatchConfig, count: int) -> list[tuple[np.ndarray, np.ndarray]]:
    if config.kind == "windows":
        epoch = Windows(ids, config, seed=0).epoch()
        return [epoch.batch(i)[:2] for i in range(min(count, len(epoch)))]
    streams = Streams(ids, config)
    return [streams.batch(i)[:2] for i in range(min(count, streams.steps))]


# ---- what is looked at


class ComparisonSetup(NamedTuple):
    """What networks are compared on: a config but for its cell, and a text as ids; `words` say which.

    `at`: the places whose loss is followed back, where the task has some; None for any.
    """

    config: RunConfig
    vocab_size: int
    ids: np.ndarray
    words: str
    at: np.ndarray | None = None

    def with_cell(self, name: str) -> RunConfig:
        """The same network with another cell."""
        return with_settings(self.config, {"model.architecture": name})


def setup_of(store: Store, run: Run, readable: bool = True) -> ComparisonSetup:
    """The end of a run's own text; what its last epoch wrote where that is not `readable` here.

    Raises:
        ConfigError: gradients of this run cannot be followed. UnknownEpoch: it has not read its text yet.
        CorpusError: its text cannot be had, or is too short.
    """
    tokenizer = codec_of(run, Does.WRITES)
    if (why := problem(run.config)) is not None:
        raise ConfigError(f"run {run.id}: {why}")
    if readable:
        text, words = corpora.load(run.corpus, store)[-MOST_READ:], f"the end of {run.corpus}"
    else:
        text, words = (
            "".join(one.text for one in store.samples(run.id) if one.epoch >= 1),
            "what the network wrote itself",
        )
    ids = tokenizer.encode(text).ids
    _long_enough(ids)
    at = recalled_at(tokenizer.symbols, ids) if _needs_memory(run.config) and readable else None
    return ComparisonSetup(run.config, tokenizer.vocab_size, ids, words, at)


def memory_setup() -> ComparisonSetup:
    """For a store without runs: the task that needs memory, a letter to be named after many dots."""
    config, text = PRESETS["memory"].config, corpora.load("memory")[-MOST_READ:]
    tokenizer = tokenizers.build(text, config.tokenizer)
    ids = tokenizer.encode(text).ids
    return ComparisonSetup(config, tokenizer.vocab_size, ids, "the memory test", recalled_at(tokenizer.symbols, ids))


def recalled_at(symbols: Sequence[str], ids: np.ndarray) -> np.ndarray | None:
    """Places of letters that have to be remembered over FEWEST_DOTS dots or more; None where there are too few."""
    if not {".", "?"} <= set(symbols):
        return None
    dot, mark = symbols.index("."), symbols.index("?")
    dots = np.convolve(ids == dot, np.ones(FEWEST_DOTS), "valid") == FEWEST_DOTS  # from each place on
    marks = np.flatnonzero(ids[:-1] == mark)
    marks = marks[marks > WARM + DISTANCE]
    found = marks[dots[marks - FEWEST_DOTS]] + 1
    return found[:PLACES] if len(found) >= PLACES else None


def _needs_memory(config: RunConfig) -> bool:
    return config.corpus.partition("-")[0] == "memory" and config.tokenizer.kind == "characters"


def built_in_setup() -> ComparisonSetup:
    """The made-up cookbook, which is always there, and a network of usual size."""
    config, text = parse({"corpus": "cookbook", "model": {"architecture": "simple_rnn"}}), corpora.load("cookbook")
    tokenizer = tokenizers.build(text, config.tokenizer)
    ids = tokenizer.encode(text[-MOST_READ:]).ids
    return ComparisonSetup(config, tokenizer.vocab_size, ids, "the end of the cookbook")


def suggested(runs: Sequence[Run]) -> list[str]:
    """One run of each cell, all on the same text: the memory test, else the one that most cells have learned."""
    by_text: dict[tuple, dict[str, str]] = {}
    for run in runs:
        if run.epochs_done and tasks.of(run.config).does is Does.WRITES and problem(run.config) is None:
            found = by_text.setdefault((run.corpus, run.vocab_size), {})
            found.setdefault(run.config.model.architecture, run.id)
    if not by_text:
        return []
    best = by_text[max(by_text, key=lambda text: (text[0].partition("-")[0] == "memory", len(by_text[text])))]
    return [best[name] for name in scratch.CELLS if name in best]


# ---- the explosion


class Explosion(NamedTuple):
    """A plain cell with a scaled recurrent kernel: its gradients back in time, as `sizes`, and how it learns.

    `descents`: by the name of the clipping, the loss per step of gradient descent (seeds, STEPS). `first_norm`: of the
    first gradient; `slope`: the mean slope of tanh after training without clipping; both means over the seeds.
    """

    sizes: np.ndarray
    descents: dict[str, np.ndarray]
    first_norm: float
    slope: float


def explosion(on: ComparisonSetup, radius: float, *, limit: float, rate: float, seed: int = 0) -> Explosion:
    """Fresh SimpleRNNs whose recurrent kernels have this spectral radius, each trained a little in three ways.

    Args:
        limit: what a gradient is clipped at: its length, or by value each of its numbers.
        rate: of plain gradient descent. seed: the first of SEEDS.
    """
    config = on.with_cell("simple_rnn")
    small = config.batches.model_copy(update={"kind": "streams", "batch_size": 8, "length": 64})
    batches = [(inputs.T, targets.T) for inputs, targets in _batches(on.ids, small, STEPS)]
    descents: dict[str, list[list[float]]] = {name: [] for name in CLIPS}
    norms, slopes = [], []
    with np.errstate(over="ignore", invalid="ignore"):
        for one in range(seed, seed + SEEDS):
            arrays = with_radius(fresh(config, on.vocab_size, one), radius)
            for name, clip in CLIPS.items():
                losses, first, last = _descent(config, on.vocab_size, arrays, batches, partial(clip, limit=limit), rate)
                descents[name].append(losses)
                if clip is updates.unclipped:
                    norms.append(first)
                    [steps], _ = forward(last, batches[-1][0])
                    slopes.append(np.mean([1 - step["s"] ** 2 for step in steps]))
    arrays = with_radius(fresh(config, on.vocab_size, seed), radius)
    found = sizes(net(config, on.vocab_size, arrays), on.ids)
    tables = {name: np.array(losses) for name, losses in descents.items()}
    return Explosion(found, tables, float(np.mean(norms)), float(np.mean(slopes)))


def _descent(
    config: RunConfig, vocab_size: int, arrays: Mapping[str, np.ndarray], batches: Sequence, clip: Callable, rate: float
) -> tuple[list[float], float, Net]:
    """The loss of each batch, with a step downhill after it; the norm of the first gradient; the network at the end."""
    losses, first, weights = [], 0.0, {name: array.astype(np.float32) for name, array in arrays.items()}
    for inputs, targets in batches:
        one = backward(net(config, vocab_size, weights, np.float32), inputs, targets)
        first = first or updates.norm(one.gradients)
        losses.append(one.loss)
        weights = updates.descend(weights, clip(one.gradients), rate)
    return losses, first, net(config, vocab_size, weights, np.float32)


def descent_words(found: Explosion) -> str:
    """Whether clipping by norm won over not clipping at the end, in how many of the seeds, and why."""
    none, by_norm = (found.descents[name][:, -LAST:].mean(axis=1) for name in ("No clipping", "By norm"))
    figures = f"{by_norm.mean():.2f} nats with clipping by norm, {none.mean():.2f} without"
    wins, seeds = int((by_norm < none).sum()), len(none)
    if abs(by_norm.mean() - none.mean()) < ALIKE:
        return (
            f"Clipping makes hardly any difference: {figures}. The first gradient has a norm of "
            f"{found.first_norm:.2g}: there is nothing to hold back."
        )
    if by_norm.mean() < none.mean():
        return (
            f"Clipping by norm ends lower in {wins} of {seeds} seeds: {figures}. The first gradient has a norm of "
            f"{found.first_norm:,.0f}; one such step undoes what others have learned."
        )
    said = f"Not clipping ends lower in {seeds - wins} of {seeds} seeds: {figures}."
    if found.slope > SATURATED:
        return said
    return (
        f"{said} Its first step, along a gradient of norm {found.first_norm:,.0f}, drives every tanh to -1 or 1 (mean "
        f"slope {found.slope:.2f}): nothing goes back through time any more, and V alone learns. That is fast, but "
        "no memory is left to train."
    )


def explosion_words(found: np.ndarray, radius: float) -> str:
    """What a spectral radius does to the gradient of `sizes`, in a sentence."""
    last = float(np.median(found[-1]))
    if last > 2:
        return f"At {radius:g} the gradient explodes: {len(found) - 1} steps back it is {last:,.0f} times as large."
    if (steps := reach(found)) is not None:
        return f"At {radius:g} the gradient vanishes: {steps} steps back less than a hundredth of it is left."
    return f"At {radius:g} the gradient stays: {len(found) - 1} steps back {last:.2g} times of it is left."
