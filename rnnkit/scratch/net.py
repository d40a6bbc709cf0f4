"""A whole network from the cells of this room: the weights of a checkpoint, read forward and gone back through.

NumPy, exact, no framework. Knows no store and no page.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from rnnkit import scratch
from rnnkit.architectures import initial_weights
from rnnkit.config import Answers, RunConfig
from rnnkit.engine import one_blas_thread
from rnnkit.errors import ConfigError
from rnnkit.scratch import ManualCell, Weights, through_time
from rnnkit.scratch.softmax import cross_entropy, softmax, softmax_backward

PARTS = ("kernel", "recurrent_kernel", "bias")  # of a recurrent layer, as Keras calls them
Arrays = Mapping[str, np.ndarray]


class Net(NamedTuple):
    """A network as columns: (name, cell, weights) of the layers from below, V and c above them.

    `embeddings` (V, E) is None where symbols come in one-hot.
    """

    embeddings: np.ndarray | None
    layers: list[tuple[str, ManualCell, Weights]]
    top: Weights


class Backward(NamedTuple):
    """What a forward and a backward pass over some texts give.

    `loss` in nats per answer; `sizes` (T, B) the length of its gradient with respect to all that the cells
    carried after each step; `gradients` by the names of Keras's arrays; `states` are what each layer carries on.
    """

    loss: float
    sizes: np.ndarray
    gradients: dict[str, np.ndarray]
    states: list[tuple[np.ndarray, ...]]


# ---- networks


def problem(config: RunConfig) -> str | None:
    """Why the gradients of a network cannot be followed, in a sentence; None when they can."""
    if config.answers is not Answers.STEPS:
        return f"task: expected one that answers each step to follow gradients in, got {config.task}"
    if config.model.architecture not in scratch.CELLS:
        return f"model.architecture: expected one of {', '.join(scratch.CELLS)}, got {config.model.architecture}"
    if config.model.bidirectional:
        return "model.bidirectional: expected a network that reads one way, got one that reads both ways"
    if config.model.inputs == "numbers":
        return "model.inputs: expected tokens to follow gradients in, got numbers"
    if config.model.hidden_units:
        return f"model.hidden_units: expected 0 to follow gradients in, got {config.model.hidden_units}"
    return None


def net(config: RunConfig, vocab_size: int, arrays: Arrays, dtype: type[np.floating] = np.float64) -> Net:
    """The network of a checkpoint, or of `fresh` weights.

    Raises:
        ConfigError: it is none of the three cells, reads both ways or answers once for a whole text.
    """
    if (why := problem(config)) is not None:
        raise ConfigError(why)
    one_blas_thread()
    cell = scratch.CELLS[config.model.architecture]
    found: dict[str, np.ndarray] = {name: np.asarray(array, dtype) for name, array in arrays.items()}
    names = [name.removesuffix("/recurrent_kernel") for name in found if name.endswith("/recurrent_kernel")]
    layers = [(name, cell, scratch.from_keras(cell, *(found[f"{name}/{part}"] for part in PARTS))) for name in names]
    top = {"V": found["dense/kernel"].T, "c": found["dense/bias"][:, None]}
    return Net(found.get("embedding/embeddings"), layers, top)


def fresh(config: RunConfig, vocab_size: int, seed: int = 0) -> dict[str, np.ndarray]:
    """The weights that training with this seed begins with, in double precision."""
    return initial_weights(config, vocab_size, seed, np.float64)


def textbook(config: RunConfig, vocab_size: int, seed: int = 0) -> dict[str, np.ndarray]:
    """Weights as textbooks begin: evenly between -1/√n and 1/√n for n numbers read. Biases as in `fresh`."""
    random = np.random.default_rng(seed)

    def drawn(array: np.ndarray) -> np.ndarray:
        limit = len(array) ** -0.5
        return random.uniform(-limit, limit, array.shape)

    arrays = fresh(config, vocab_size, seed)
    return {name: drawn(array) if name.endswith("kernel") else array for name, array in arrays.items()}


def with_radius(arrays: Arrays, radius: float) -> dict[str, np.ndarray]:
    """The same weights, every square recurrent kernel scaled so that its largest eigenvalue has this size."""

    def scaled(matrix: np.ndarray) -> np.ndarray:
        return matrix * (radius / np.abs(np.linalg.eigvals(matrix)).max())

    return {name: scaled(array) if name.endswith("/recurrent_kernel") else array for name, array in arrays.items()}


# ---- forward and back


def forward(
    of: Net, inputs: np.ndarray, states: Sequence | None = None
) -> tuple[list[list[scratch.Step]], list[np.ndarray]]:
    """The steps of each layer over `inputs` (T, B), and what the last one shows: T arrays (U, B)."""
    table = np.eye(len(of.top["V"]), dtype=of.top["V"].dtype) if of.embeddings is None else of.embeddings
    xs = [table[row].T for row in inputs]  # what the first layer reads: T arrays (E, B)
    readings = []
    for place, (_, cell, w) in enumerate(of.layers):
        readings.append(through_time.read(cell, w, xs, states[place] if states else None))
        xs = [step[cell.states[0]] for step in readings[-1]]
    return readings, xs


def backward(of: Net, inputs: np.ndarray, targets: np.ndarray, states: Sequence | None = None) -> Backward:
    """Read `inputs` (T, B) and go back through time; `targets` (T, B), or (B,) for one answer after the last symbol.

    `states`: what the layers carry from before, as the last Backward left it; None for nothing.
    """
    readings, shown = forward(of, inputs, states)
    loss, gradients, errors = _answers(of, shown, np.atleast_2d(targets))
    squares = np.zeros(inputs.shape)
    for (name, cell, w), steps in zip(reversed(of.layers), reversed(readings), strict=True):
        backs = list(through_time.back_through_time(cell, w, steps, errors))[::-1]
        squares += [sum((d**2).sum(axis=0) for d in back.d_states) for back in backs]
        total = {part: np.sum([back.gradients[part] for back in backs], axis=0) for part in w}
        gradients |= {f"{name}/{part}": array for part, array in scratch.to_keras(cell, total).items()}
        errors = [back.d_x for back in backs]
    if of.embeddings is not None:
        gradients["embedding/embeddings"] = np.zeros_like(of.embeddings)
        np.add.at(gradients["embedding/embeddings"], inputs, np.stack(errors).transpose(0, 2, 1))
    carried = [cell.after(steps[-1]) for (_, cell, _), steps in zip(of.layers, readings, strict=True)]
    return Backward(loss, np.sqrt(squares), gradients, carried)


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
