"""What a network looked back at: how much each of the tokens before moved the chance of the one that came.

One backward pass through the cells of rnnkit.scratch, exact, in double precision. Knows no page.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from rnnkit import scratch
from rnnkit.config import Answers, RunConfig
from rnnkit.engine import Network, one_blas_thread
from rnnkit.errors import ConfigError, PromptError
from rnnkit.scratch import ManualCell, Weights, through_time
from rnnkit.scratch.net import PARTS
from rnnkit.scratch.softmax import softmax

DISTANCE = 200  # tokens looked back at

Columns = list[np.ndarray]  # one (D, 1) for each token
Direction = tuple[ManualCell, Weights]


class LookBack(NamedTuple):
    """How a token's chance hangs on those before it, the nearest last.

    `places` (n,) are the places in the text; `sizes` (n,) the length of the gradient of the token's log-probability
    with respect to what the network read there; `moved` (n,) that gradient along what was read: above 0 where the token
    that stands there made this one likelier, to first order, in nats. `probability` is the token's.
    """

    places: np.ndarray
    sizes: np.ndarray
    moved: np.ndarray
    probability: float


class _Read(NamedTuple):
    """A reading kept for the way back: per layer its directions with their steps, and what stands above."""

    layers: list[list[tuple[ManualCell, Weights, list]]]
    last: np.ndarray  # (U, 1), or (2 U, 1)
    hidden: np.ndarray | None  # after the ReLU of a Dense layer in between


def problem(config: RunConfig) -> str | None:
    """Why nothing can be said of what a network looks back at, in a sentence; None when it can."""
    if config.answers is not Answers.STEPS:
        return f"task: expected one that predicts the next token to look back in, got {config.task}"
    if config.model.architecture not in scratch.CELLS:
        return f"model.architecture: expected one of {', '.join(scratch.CELLS)}, got {config.model.architecture}"
    if config.model.inputs == "numbers":
        return "model.inputs: expected tokens to look back at, got numbers"
    return None


def same_place(pieces: Sequence[str], at: int, others: Sequence[str]) -> int:
    """Where the text stands in other tokens, for the token `at` of `pieces`: the one that begins there, or holds it.

    Raises:
        PromptError: the other tokens are of another text, as a vocabulary may change or not know letters.
    """
    if "".join(pieces) != "".join(others):
        raise PromptError("text: expected one that both vocabularies know whole, got letters that one of them changes")
    ends = np.cumsum([len(piece) for piece in others])
    return int(np.searchsorted(ends, len("".join(pieces[:at])), side="right"))


def half(found: LookBack) -> int:
    """Within how many of the last tokens half of the gradient's length lies."""
    summed = np.cumsum(found.sizes[::-1])
    return int(np.searchsorted(summed, summed[-1] / 2)) + 1


def look_back(network: Network, ids: np.ndarray, at: int, distance: int = DISTANCE) -> LookBack:
    """What moved the chance of `ids[at]` among the tokens before it.

    On streams those at most `distance` before it, read with the state that all earlier ones have left; on windows
    those of its window.

    Raises:
        ConfigError: see `problem`. PromptError: nothing stands before this place.
    """
    if (why := problem(network.config)) is not None:
        raise ConfigError(why)
    if not 1 <= at < len(ids):
        raise PromptError(f"place: expected 1 to {len(ids) - 1}, where something stands before, got {at}")
    one_blas_thread()
    batches = network.config.batches
    windows = batches.kind == "windows" or network.config.model.bidirectional
    first = max(0, at - (batches.length if windows else distance))
    layers, table = _layers(network), _table(network)
    before = [table[token][:, None] for token in ids[:first]]
    read = [table[token][:, None] for token in ids[first:at]]
    states = None if windows or not before else _after(layers, before)
    reading = _forward(network, layers, read, states)
    chances = softmax(_logits(network, reading))
    gradients = _backward(network, reading, chances, int(ids[at]))
    sizes = np.array([np.linalg.norm(gradient) for gradient in gradients])
    moved = np.array([float((gradient * x).sum()) for gradient, x in zip(gradients, read, strict=True)])
    return LookBack(np.arange(first, at), sizes, moved, float(chances[ids[at], 0]))


def _layers(network: Network) -> list[list[Direction]]:
    """Per layer one direction, or two."""
    cell = scratch.CELLS[network.config.model.architecture]
    arrays = {name: np.asarray(array, np.float64) for name, array in network.arrays.items()}
    ending = "recurrent_kernel"
    prefixes = [name.removesuffix(ending) for name in arrays if name.endswith(ending)]
    names = list(dict.fromkeys(prefix.partition("/")[0] for prefix in prefixes))
    return [
        [
            (cell, scratch.from_keras(cell, *(arrays[prefix + part] for part in PARTS)))
            for prefix in prefixes if prefix.startswith(f"{name}/")
        ]
        for name in names
    ]  # fmt: skip


def _table(network: Network) -> np.ndarray:
    """What a token is to the first layer: (V, D)."""
    embeddings = network.arrays.get("embedding/embeddings")
    return np.eye(network.vocab_size) if embeddings is None else np.asarray(embeddings, np.float64)


def _after(layers: list[list[Direction]], xs: Columns) -> list[tuple[np.ndarray, ...]]:
    """What each layer carries after `xs`."""
    carried = []
    for [(cell, w)] in layers:
        steps = through_time.read(cell, w, xs)
        carried.append(cell.after(steps[-1]))
        xs = [step[cell.states[0]] for step in steps]
    return carried


def _forward(network: Network, layers: list[list[Direction]], xs: Columns, states: Sequence | None = None) -> _Read:
    kept = []
    for index, directions in enumerate(layers):
        readings = [
            (cell, w, through_time.read(cell, w, xs[:: -1 if way else 1], states[index] if states else None))
            for way, (cell, w) in enumerate(directions)
        ]
        shown = [[step[cell.states[0]] for step in steps] for cell, _, steps in readings]
        last = np.concatenate([each[-1] for each in shown])  # each direction after its whole reading
        xs = [
            np.concatenate(both)
            for both in zip(*(each[:: -1 if way else 1] for way, each in enumerate(shown)), strict=True)
        ]
        kept.append(readings)
    hidden = None
    if "hidden/kernel" in network.arrays:
        hidden = np.maximum(network.arrays["hidden/kernel"].T @ last + network.arrays["hidden/bias"][:, None], 0)
    return _Read(kept, last, hidden)


def _logits(network: Network, reading: _Read) -> np.ndarray:
    above = reading.last if reading.hidden is None else reading.hidden
    return network.arrays["dense/kernel"].T @ above + network.arrays["dense/bias"][:, None]


def _backward(network: Network, reading: _Read, chances: np.ndarray, token: int) -> Columns:
    """The gradient of the token's log-probability with respect to what the first layer read at each step."""
    error = -chances
    error[token] += 1
    error = network.arrays["dense/kernel"] @ error
    if reading.hidden is not None:
        error = network.arrays["hidden/kernel"] @ (error * (reading.hidden > 0))
    steps = len(reading.layers[-1][0][2])
    ways = len(reading.layers[-1])
    nothing = np.zeros_like(np.split(error, ways)[0])
    # What comes down to each direction of a layer, in the order in which it has read.
    down = [[nothing] * (steps - 1) + [part] for part in np.split(error, ways)]
    total: Columns = []
    for below, readings in reversed([*enumerate(reading.layers)]):
        per_way = []
        for way, ((cell, w, read), errors) in enumerate(zip(readings, down, strict=True)):
            d_x = [back.d_x for back in through_time.back_through_time(cell, w, read, errors)]  # the last step first
            per_way.append(d_x if way else d_x[::-1])
        total = [np.sum(both, axis=0) for both in zip(*per_way, strict=True)]
        if below:
            parts = [np.split(column, ways) for column in total]
            down = [[part[way] for part in parts][:: -1 if way else 1] for way in range(ways)]
    return total
