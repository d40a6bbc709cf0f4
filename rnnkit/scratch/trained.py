"""A trained network stepped through by hand, beside the engine's own numbers and numerical slopes. Knows no store."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from rnnkit import engine
from rnnkit.engine import Network
from rnnkit.errors import ConfigError
from rnnkit.scratch import example, net
from rnnkit.scratch.checking import NUDGE, relative_error
from rnnkit.scratch.example import LONGEST_TEXT, Example
from rnnkit.scratch.net import Net
from rnnkit.scratch.softmax import cross_entropy, softmax
from rnnkit.scratch.through_time import one_hot, scores

SLOPES = 4  # numbers of each weight matrix whose slope is measured
_NAMES = {"s": "hidden", "h": "hidden", "c": "cell", "z": "update", "r": "reset", "f": "forget", "i": "input",
          "g": "candidate", "o": "output"}  # fmt: skip


class Differences(NamedTuple):
    """The largest ones: of states and gates and of probabilities from the engine's, of gradients from slopes.

    The last is relative to the lengths of both, the others are absolute.
    """

    states: float
    probabilities: float
    gradients: float


def most_tokens(network: Network) -> int:
    """How many tokens of a text can be stepped through: a network of windows has read no more than one of them."""
    batches = network.config.batches
    return min(LONGEST_TEXT, batches.length + 1) if batches.kind == "windows" else LONGEST_TEXT


def step_through(
    network: Network, ids: np.ndarray, symbols: Sequence[str], *, layer: int = 0, seen: Sequence[int] | None = None
) -> Example:
    """One layer of a trained network over `ids`, from an empty state.

    Raises:
        ConfigError: it is none of the three cells (see net.problem); there is no such layer or unit; too few tokens,
            or too many.
    """
    of = net.net(network.config, network.vocab_size, network.arrays)
    if not 0 <= layer < len(of.layers):
        raise ConfigError(f"layer: expected one from 0 to {len(of.layers) - 1}, got {layer}")
    units = network.config.model.units
    for unit in seen or ():
        if not 0 <= unit < units:
            raise ConfigError(f"unit: expected one from 0 to {units - 1}, got {unit}")
    if not 2 <= len(ids) <= most_tokens(network):
        raise ConfigError(f"text: expected 2 to {most_tokens(network)} tokens to step through, got {len(ids)}")
    once = network.config.batches.kind == "windows"
    return example.read(of, ids, symbols, seen or None, layer, answers_once=once)


def differences(network: Network, shown: Example, layer: int = 0) -> Differences:
    """How far the numbers shown are from those of the engine, which is Keras's equal, and from measured slopes."""
    of_engine = engine.states(network, shown.ids[:-1])[layer].quantities
    states = 0.0
    for t, step in enumerate(shown.reading.steps):
        for letter, name in _NAMES.items():
            if letter in step and name in of_engine:
                states = max(states, float(np.abs(step[letter][:, 0] - of_engine[name][t]).max()))
    reader, chances = engine.Reader(network), 0.0
    for t in range(len(shown.reading.steps)):
        theirs = softmax(reader.read(shown.ids[t : t + 1]).logits.T)
        chances = max(chances, float(np.abs(theirs - shown.reading.y_hat[t]).max()))
    return Differences(states, chances, _slopes(network, shown, layer))


def _slopes(network: Network, shown: Example, layer: int) -> float:
    """Some numbers of each weight matrix, pushed both ways in double precision."""
    of = net.net(network.config, network.vocab_size, network.arrays)
    name, cell, w = of.layers[layer]
    gradients, random = shown.gradients(0), np.random.default_rng(0)
    nudge, worst = NUDGE[np.dtype(np.float64)], 0.0

    def error(weights: dict[str, np.ndarray]) -> float:
        own = {letter: weights[letter] for letter in w}
        layers = [*of.layers[:layer], (name, cell, own), *of.layers[layer + 1 :]]
        top = {letter: weights[letter] for letter in of.top}
        return _error(Net(of.embeddings, layers, top), shown)

    for letter, gradient in gradients.items():
        largest = np.argsort(-np.abs(gradient), axis=None)[: 10 * SLOPES]  # where nothing flows nothing is compared
        ours, measured = [], []
        for place in random.choice(largest, min(SLOPES, len(largest)), replace=False):
            push = np.zeros(gradient.size)
            push[place] = nudge
            pushed = push.reshape(gradient.shape)
            higher, lower = (error(shown.w | {letter: shown.w[letter] + sign * pushed}) for sign in (1, -1))
            ours.append(gradient.flat[place])
            measured.append((higher - lower) / (2 * nudge))
        worst = max(worst, relative_error(np.array(ours), np.array(measured)))
    return worst


def _error(of: Net, shown: Example) -> float:
    _, tops = net.forward(of, shown.ids[:-1, None])
    codes = one_hot(shown.ids[1:, None], len(shown.symbols))
    each = zip(tops, codes, shown.answers, strict=True)
    return sum(float(cross_entropy(softmax(scores(of.top, s)), y).sum()) for s, y, counts in each if counts)
