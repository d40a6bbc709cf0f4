"""How a gradient shrinks or grows on its way back through time, and what clipping makes of it.

The networks of the store, or fresh ones, with the cells of rnnkit.scratch: NumPy, exact, no framework.
Knows no page and no chart.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from rnnkit import scratch, tasks
from rnnkit.architectures import weight_shapes
from rnnkit.config import BatchConfig, RunConfig, parse, with_settings
from rnnkit.engine.network import one_blas_thread
from rnnkit.errors import ConfigError, TooShort
from rnnkit.scratch import ManualCell, Weights, through_time, updates
from rnnkit.scratch.softmax import cross_entropy, softmax, softmax_backward
from rnnkit.store import Run, Store
from rnnkit.studies import sampling
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
STEPS = 40  # of gradient descent
CLIPS = {
    "No clipping": lambda gradients, _: gradients,
    "By value": updates.clip_by_value,
    "By norm": updates.clip_by_norm,
}
PARTS = ("kernel", "recurrent_kernel", "bias")  # of a recurrent layer, as Keras calls them
Arrays = Mapping[str, np.ndarray]


class Net(NamedTuple):
    """A network as columns: (name, cell, weights) of the layers from below, V and c above them.

    `embeddings` (V, E) is None where symbols come in one-hot.
    """

    embeddings: np.ndarray | None
    layers: list[tuple[str, ManualCell, Weights]]
    top: Weights


class Passed(NamedTuple):
    """One way there and back over some texts.

    `loss` in nats per answer; `sizes` (T, B) the length of its gradient with respect to all that the cells
    carried after each step; `gradients` by the names of Keras's arrays; `states` are what each layer carries on.
    """

    loss: float
    sizes: np.ndarray
    gradients: dict[str, np.ndarray]
    states: list[tuple[np.ndarray, ...]]


# ---- networks


def problem(config: RunConfig) -> str | None:
    """Why there is no such picture of a network, in a sentence; None when there is."""
    if not tasks.of(config).writes:
        return f"task: expected a language-model to follow gradients in, got {config.task}"
    if config.model.architecture not in scratch.CELLS:
        return f"model.architecture: expected one of {', '.join(scratch.CELLS)}, got {config.model.architecture}"
    if config.model.bidirectional:
        return "model.bidirectional: expected a network that reads one way, got one that reads both ways"
    return None


def net(config: RunConfig, vocab_size: int, arrays: Arrays, dtype: type = np.float64) -> Net:
    """The network of a checkpoint, or of `fresh` weights.

    Raises:
        ConfigError: it is none of the three cells, reads both ways or writes no text.
    """
    if (why := problem(config)) is not None:
        raise ConfigError(why)
    one_blas_thread()
    cell = scratch.CELLS[config.model.architecture]
    found = {name: np.asarray(array, dtype) for name, array in arrays.items()}
    layers = [
        (name, cell, scratch.from_keras(cell, *(found[f"{name}/{part}"] for part in PARTS)))
        for name in _layers(config, vocab_size)
    ]
    top = {"V": found["dense/kernel"].T, "c": found["dense/bias"][:, None]}
    return Net(found.get("embedding/embeddings"), layers, top)


def _layers(config: RunConfig, vocab_size: int) -> list[str]:
    """Names of the recurrent layers from below."""
    names = (name.partition("/") for name in weight_shapes(config, vocab_size))
    return [layer for layer, _, part in names if part == "recurrent_kernel"]


def fresh(config: RunConfig, vocab_size: int, seed: int = 0) -> dict[str, np.ndarray]:
    """Weights to start from, by Keras's rules: kernels Glorot, recurrent kernels orthogonal, embeddings within 0.05.

    Biases are 0, but 1 for the forget gate of an LSTM. The numbers are not those that Keras draws for this seed.
    """
    random = np.random.default_rng(seed)
    rules = {
        "embeddings": lambda shape: random.uniform(-0.05, 0.05, shape),
        "kernel": lambda shape: random.uniform(-1, 1, shape) * math.sqrt(6 / sum(shape)),
        "recurrent_kernel": lambda shape: _orthogonal(shape, random),
        "bias": np.zeros,
    }
    arrays = {name: rules[name.partition("/")[2]](shape) for name, shape in weight_shapes(config, vocab_size).items()}
    if config.model.architecture == "lstm":
        for layer in _layers(config, vocab_size):
            arrays[f"{layer}/bias"][config.model.units : 2 * config.model.units] = 1  # Jozefowicz et al., 2015
    return arrays


def _orthogonal(shape: tuple[int, int], random: np.random.Generator) -> np.ndarray:
    """(n, m) with rows of length 1, at right angles to one another (Saxe et al., 2014)."""
    q, r = np.linalg.qr(random.normal(size=shape[::-1]))
    return (q * np.sign(np.diag(r))).T


def with_radius(arrays: Arrays, radius: float) -> dict[str, np.ndarray]:
    """The same weights, every square recurrent kernel scaled so that its largest eigenvalue has this size."""
    return {
        name: _scaled(array, radius) if name.endswith("/recurrent_kernel") else array for name, array in arrays.items()
    }


def _scaled(matrix: np.ndarray, radius: float) -> np.ndarray:
    return matrix * (radius / np.abs(np.linalg.eigvals(matrix)).max())


# ---- there and back


def passed(of: Net, inputs: np.ndarray, targets: np.ndarray, states: Sequence | None = None) -> Passed:
    """Read `inputs` (T, B) and go back; `targets` (T, B), or (B,) for one answer after the last symbol.

    `states`: what the layers carry from before, as the last Passed left it; None for nothing.
    """
    xs = _symbols(of, inputs)
    readings = []
    for place, (_, cell, w) in enumerate(of.layers):
        readings.append(through_time.read(cell, w, xs, states[place] if states else None))
        xs = [step[cell.states[0]] for step in readings[-1]]
    loss, gradients, errors = _answers(of, xs, np.atleast_2d(targets))
    squares = np.zeros(inputs.shape)
    for (name, cell, w), steps in zip(reversed(of.layers), reversed(readings), strict=True):
        backs = list(through_time.back_through_time(cell, w, steps, errors))[::-1]
        squares += [sum((d**2).sum(axis=0) for d in back.d_states) for back in backs]
        total = {part: sum(back.gradients[part] for back in backs) for part in w}
        gradients |= {f"{name}/{part}": array for part, array in scratch.to_keras(cell, total).items()}
        errors = [back.d_x for back in backs]
    if of.embeddings is not None:
        gradients["embedding/embeddings"] = np.zeros_like(of.embeddings)
        np.add.at(gradients["embedding/embeddings"], inputs, np.stack(errors).transpose(0, 2, 1))
    carried = [cell.after(steps[-1]) for (_, cell, _), steps in zip(of.layers, readings, strict=True)]
    return Passed(loss, np.sqrt(squares), gradients, carried)


def _symbols(of: Net, ids: np.ndarray) -> list[np.ndarray]:
    """What the first layer reads: T arrays (E, B)."""
    table = np.eye(len(of.top["V"]), dtype=of.top["V"].dtype) if of.embeddings is None else of.embeddings
    return [table[row].T for row in ids]


def _answers(
    of: Net, xs: list[np.ndarray], targets: np.ndarray
) -> tuple[float, dict[str, np.ndarray], list[np.ndarray]]:
    """The mean loss of the last steps, as many as have targets; gradients of V and c; what comes down to each step."""
    total = {name: np.zeros_like(array) for name, array in of.top.items()}
    errors, nats = [np.zeros_like(x) for x in xs], 0.0
    codes = through_time.one_hot(targets, len(of.top["V"]), xs[0].dtype)
    for t, y in zip(range(len(xs) - len(codes), len(xs)), codes, strict=True):
        y_hat = softmax(through_time.scores(of.top, xs[t]))
        nats += float(cross_entropy(y_hat, y).sum())
        part, errors[t] = through_time.output_backward(of.top, softmax_backward(y_hat, y) / targets.size, xs[t])
        through_time.add(total, part)
    return nats / targets.size, {"dense/kernel": total["V"].T, "dense/bias": total["c"][:, 0]}, errors


# ---- against the distance in time


def sizes(of: Net, ids: np.ndarray, distance: int = DISTANCE, places: int = PLACES) -> np.ndarray:
    """The gradient of one symbol's loss with respect to the state k steps before, against its size there: (k, places).

    Row 0 is 1: the last state read. The places lie evenly over the text `ids` (N,).

    Raises:
        TooShort: the text is shorter than one such stretch.
    """
    length = WARM + distance + 1
    _long_enough(ids, distance)
    starts = np.linspace(0, len(ids) - length - 1, min(places, len(ids) - length)).astype(int)
    window = ids[starts + np.arange(length + 1)[:, None]]  # (T + 1, B)
    with np.errstate(over="ignore", invalid="ignore", under="ignore"):
        found = passed(of, window[:-1], window[-1]).sizes[::-1][: distance + 1]
        return found / found[0]


def _long_enough(ids: np.ndarray, distance: int = DISTANCE) -> None:
    if len(ids) <= WARM + distance + 1:
        raise TooShort(
            f"text: expected more than {WARM + distance + 1:,} symbols to look {distance} steps back, got {len(ids):,}"
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
    left = {label: float(np.median(sizes[-1])) for label, sizes in found.items()}
    most, least = max(left, key=left.get, default=None), min(left, key=left.get, default=None)
    if most is None or not left[least] or left[most] < 2 * left[least]:
        return None
    times = left[most] / left[least]
    said = f"{times:,.0f}" if times < 1e6 else "more than a million"
    return f"Over {DISTANCE} steps the {most} keeps {said} times as much of its gradient as the {least}."


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
        one = passed(of, inputs.T, targets.T, states)
        states = one.states if config.kind == "streams" else None
        found.append(updates.norm(one.gradients))
    return found


def clipped(lengths: Sequence[float], limit: float, label: str) -> pd.DataFrame:
    """Lengths of gradients before and after clipping at `limit` (0: never), as rows at, value, label, part."""
    parts = {BEFORE_CLIPPING: lengths, AFTER_CLIPPING: [min(length, limit or length) for length in lengths]}
    return pd.concat(
        pd.DataFrame({"at": range(1, len(values) + 1), "value": values, "label": label, "part": part})
        for part, values in parts.items()
    )


def clipping_words(lengths: Sequence[float], limit: float) -> str:
    """How many of the batches were clipped, in words; a limit of 0 clips none."""
    most = f"the longest gradient of {len(lengths)} batches has {max(lengths):.2f}"
    if not limit:
        return f"{most}; nothing is clipped."
    cut = sum(length > limit for length in lengths)
    return f"{most}; {cut} of {len(lengths)} were cut down to {limit:g}."


def _batches(ids: np.ndarray, config: BatchConfig, count: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    if config.kind == "windows":
        epoch = Windows(ids, config, seed=0).epoch()
        yield from (epoch.batch(i) for i in range(min(count, len(epoch))))
    else:
        streams = Streams(ids, config)
        yield from (streams.batch(i)[:2] for i in range(min(count, streams.steps)))


# ---- what is looked at


class Ground(NamedTuple):
    """What networks are compared on: a config but for its cell, and a text as ids; `words` say which."""

    config: RunConfig
    vocab_size: int
    ids: np.ndarray
    words: str

    def with_cell(self, name: str) -> RunConfig:
        """The same network with another cell."""
        return with_settings(self.config, {"model.architecture": name})


def ground_of(store: Store, run: Run, readable: bool = True) -> Ground:
    """The end of a run's own text; what its last epoch wrote where that is not `readable` here.

    Raises:
        ConfigError: gradients of this run cannot be followed. UnknownEpoch: it has not read its text yet.
        CorpusError: its text cannot be had, or is too short.
    """
    if (why := problem(run.config)) is not None:
        raise ConfigError(f"run {run.id}: {why}")
    tokenizer = sampling.tokenizer_of(run)
    if readable:
        text, words = corpora.load(run.corpus, store)[-MOST_READ:], f"the end of {run.corpus}"
    else:
        text, words = "".join(sample.text for sample in store.samples(run.id)), "what the network wrote itself"
    ids = tokenizer.encode(text).ids
    _long_enough(ids)
    return Ground(run.config, tokenizer.vocab_size, ids, words)


def built_in_ground() -> Ground:
    """For a store without runs: the made-up cookbook, which is always there, and a network of usual size."""
    config = parse({"corpus": "cookbook", "model": {"architecture": "simple_rnn"}})
    tokenizer = tokenizers.build(corpora.load("cookbook"), config.tokenizer)
    ids = tokenizer.encode(corpora.load("cookbook")[-MOST_READ:]).ids
    return Ground(config, tokenizer.vocab_size, ids, "the end of the cookbook")


def suggested(runs: Sequence[Run]) -> list[str]:
    """One run of each cell, all on the same text: on the one that most cells have learned."""
    by_text: dict[tuple, dict[str, str]] = {}
    for run in runs:
        if run.epochs_done and problem(run.config) is None:
            found = by_text.setdefault((run.corpus, run.vocab_size), {})
            found.setdefault(run.config.model.architecture, run.id)
    best = max(by_text.values(), key=len, default={})
    return [best[name] for name in scratch.CELLS if name in best]


# ---- the explosion


class Explosion(NamedTuple):
    """A plain cell with a scaled recurrent kernel: its gradients back in time, as `sizes`, and how it learns.

    `descents`: loss per step of gradient descent (STEPS,), by the name of the clipping.
    """

    sizes: np.ndarray
    descents: dict[str, list[float]]


def explosion(on: Ground, radius: float, *, limit: float, rate: float, seed: int = 0) -> Explosion:
    """A fresh SimpleRNN whose recurrent kernel has this spectral radius, trained a little in three ways.

    Args:
        limit: what a gradient is clipped at: its length, or by value each of its numbers.
        rate: of plain gradient descent.
    """
    config = on.with_cell("simple_rnn")
    arrays = with_radius(fresh(config, on.vocab_size, seed), radius)
    small = config.batches.model_copy(update={"kind": "streams", "batch_size": 8, "length": 64})
    batches = [(inputs.T, targets.T) for inputs, targets in _batches(on.ids, small, STEPS)]
    with np.errstate(over="ignore", invalid="ignore"):
        descents = {name: _descent(on, arrays, batches, clip, limit, rate) for name, clip in CLIPS.items()}
    return Explosion(sizes(net(config, on.vocab_size, arrays), on.ids), descents)


def _descent(on: Ground, arrays: Arrays, batches: Sequence, clip: Callable, limit: float, rate: float) -> list[float]:
    """The loss of each batch, with a step downhill after it."""
    losses, arrays = [], {name: array.astype(np.float32) for name, array in arrays.items()}
    for inputs, targets in batches:
        one = passed(net(on.with_cell("simple_rnn"), on.vocab_size, arrays, np.float32), inputs, targets)
        losses.append(one.loss)
        arrays = updates.descend(arrays, clip(one.gradients, limit), rate)
    return losses


def explosion_words(found: np.ndarray, radius: float) -> str:
    """What a spectral radius does to the gradient of `sizes`, in a sentence."""
    last = float(np.median(found[-1]))
    if last > 2:
        return f"At {radius:g} the gradient explodes: {len(found) - 1} steps back it is {last:,.0f} times as large."
    if (steps := reach(found)) is not None:
        return f"At {radius:g} the gradient vanishes: {steps} steps back less than a hundredth of it is left."
    return f"At {radius:g} the gradient stays: {len(found) - 1} steps back {last:.2g} times of it is left."
