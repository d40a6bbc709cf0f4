"""A short text read by a network, to step through: every number forward, then backward. Knows no page and no chart.

A fresh little network on a word, or one layer of a trained one, of which some units and tokens are shown: everything
is computed with all of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from rnnkit.scratch import net
from rnnkit.scratch.cell import Back, ManualCell, Step, Weights
from rnnkit.scratch.checking import Checked, check
from rnnkit.scratch.net import Net
from rnnkit.scratch.sentence import spell
from rnnkit.scratch.softmax import cross_entropy, softmax, softmax_backward, softmax_jacobian
from rnnkit.scratch.through_time import Reading, add, back_through_time, fresh, one_hot, output_backward, scores
from rnnkit.texts.symbols import visible

LONGEST_WORD = 12
LONGEST_TEXT = 25  # tokens that a trained network is stepped through
MOST_SHOWN = 5  # units, where nobody has chosen any, and numbers of what they read
LIKELIEST = 4  # tokens shown besides those of the text


class Place(NamedTuple):
    """Where one stands: step t (0 is the first), on the way there or back."""

    t: int
    backward: bool


class Example(NamedTuple):
    """A text, read and gone back through, as one layer sees it. Lists are in the order of time.

    `w` are the weights of the layer, with V and c; `tops` is what V reads, which is the layer's own hidden state where
    none lies above. `answers`: whether a step has an error; in a network of windows only the last one has.
    `seen`: the units that are shown.
    """

    cell: ManualCell
    w: Weights
    symbols: list[str]  # the vocabulary, as a reader can see it
    ids: np.ndarray  # (T + 1,)
    inputs: list[str] | None  # names of what the layer reads; None where it is the tokens
    targets: list[np.ndarray]
    reading: Reading
    tops: list[np.ndarray]
    answers: list[bool]
    backs: list[Back]
    outputs: list[Weights]  # what each step adds to the gradients of V and c
    from_above: list[np.ndarray]  # what comes down to each hidden state
    seen: np.ndarray

    @property
    def word(self) -> list[str]:
        """Its tokens, as a reader can see them."""
        return [self.symbols[i] for i in self.ids]

    @property
    def units(self) -> list[str]:
        """Names of the units that are shown."""
        return [f"unit {n}" for n in self.seen]

    def tokens(self, t: int) -> np.ndarray:
        """Those that are shown at a step: all of a small vocabulary, else the text's and the likeliest."""
        if len(self.symbols) <= LONGEST_WORD:
            return np.arange(len(self.symbols))
        likeliest = np.argsort(-self.reading.y_hat[t][:, 0])[:LIKELIEST]
        near = self.ids[max(0, t - LIKELIEST) : t + 2]
        return np.unique(np.concatenate([likeliest, near]))

    def places(self) -> list[Place]:
        """Forward from the first step to the last, then backward to the first."""
        there = range(len(self.reading.steps))
        return [Place(t, False) for t in there] + [Place(t, True) for t in reversed(there)]

    def gradients(self, t: int) -> Weights:
        """The gradients of all weights as they are when the way back has reached step t."""
        total = {name: np.zeros_like(array) for name, array in self.w.items()}
        for back, output in zip(self.backs[t:], self.outputs[t:], strict=True):
            add(total, back.gradients | output)
        return total


def read_word(word: str, cell: ManualCell, units: int = 3, seed: int = 0) -> Example:
    """A fresh network reads `word` and goes back through it. Raises what `spell` raises."""
    spelled = spell(word, LONGEST_WORD)
    w = fresh(cell, len(spelled.symbols), units, seed)
    top = {name: w.pop(name) for name in ("V", "c")}
    return read(Net(None, [("", cell, w)], top), spelled.ids, spelled.symbols, np.arange(units))


def read(
    of: Net, ids: np.ndarray, symbols: Sequence[str], seen: Sequence[int] | np.ndarray | None = None, layer: int = 0,
    answers_once: bool = False,
) -> Example:  # fmt: skip
    """A network reads `ids` (T + 1,), the next token its target at each step, and goes back through them.

    Args:
        seen: the units of `layer` that are shown; those that move most without any.
        answers_once: only the last step has an error.
    """
    readings, tops = net.forward(of, ids[:-1, None])
    targets = one_hot(ids[1:, None], len(symbols))
    y_hat = [softmax(scores(of.top, s)) for s in tops]
    last = len(tops) - 1
    answers = [not answers_once or t == last for t in range(last + 1)]
    errors = np.array([float(cross_entropy(*pair).sum()) for pair in zip(y_hat, targets, strict=True)])
    differences = [softmax_backward(p, y) * counts for p, y, counts in zip(y_hat, targets, answers, strict=True)]
    down = [output_backward(of.top, difference, s) for difference, s in zip(differences, tops, strict=True)]
    outputs, from_above = [gradients for gradients, _ in down], [error for _, error in down]
    for place in range(len(of.layers) - 1, layer - 1, -1):
        _, cell, w = of.layers[place]
        backs = list(back_through_time(cell, w, readings[place], from_above))[::-1]
        if place > layer:
            from_above = [back.d_x for back in backs]
    steps = readings[layer]
    inputs = None
    if layer or of.embeddings is not None:
        inputs = [f"{'h below' if layer else 'x'} {n}" for n in range(len(steps[0]["x"]))]
    shown = _most_moved(cell, steps) if seen is None else np.asarray(seen)
    return Example(
        cell, w | of.top, [visible(symbol) for symbol in symbols], ids, inputs, targets,
        Reading(steps, y_hat, errors), tops, answers, backs, outputs, from_above, shown,
    )  # fmt: skip


def _most_moved(cell: ManualCell, steps: list[Step]) -> np.ndarray:
    """The units whose hidden state goes over the widest range."""
    states = np.hstack([step[cell.states[0]] for step in steps])  # (U, T)
    return np.sort(np.argsort(-np.ptp(states, axis=1), kind="stable")[:MOST_SHOWN])


def checked(word: str, cell: ManualCell, units: int = 3, seed: int = 0, dtype: str = "float64") -> list[Checked]:
    """The gradients of the same fresh network against numerical ones. Raises what `spell` raises."""
    kind = np.dtype(dtype).type
    spelled = spell(word, LONGEST_WORD)
    return check(cell, fresh(cell, len(spelled.symbols), units, seed, kind), *spelled.pairs(kind))


# ---- tables: one row per number, with the row and the column it stands in


def tabled(array: np.ndarray, rows: Sequence[str], columns: Sequence[str]) -> pd.DataFrame:
    """A matrix as (row, column, value), in its order."""
    down, across = len(rows), len(columns)
    return pd.DataFrame(
        {"row": np.repeat(list(rows), across), "column": list(columns) * down, "value": np.asarray(array).ravel()}
    )


def _of_units(shown: Example, columns: dict[str, np.ndarray]) -> pd.DataFrame:
    return tabled(np.hstack([column[shown.seen] for column in columns.values()]), shown.units, list(columns))


def hidden(shown: Example, t: int) -> pd.DataFrame:
    """What went on in each hidden unit at step t, forward, from left to right."""
    w, step = shown.w, shown.reading.steps[t]
    if shown.cell.name == "simple_rnn":
        read_in, carried = w["U"] @ step["x"], w["W"] @ step["s_before"]
        inner = read_in + carried + w["b"]
        columns = {"U x": read_in, "+ W s(t-1)": carried, "+ b": w["b"], "= a": inner, "s = tanh a": step["s"]}
    elif shown.cell.name == "gru":
        columns = {
            "h(t-1)": step["h_before"], "z update": step["z"], "r reset": step["r"], "W h + d": step["known"],
            "h̃ new": step["g"], "z ⊙ h(t-1)": step["z"] * step["h_before"], "(1-z) ⊙ h̃": (1 - step["z"]) * step["g"],
            "h": step["h"],
        }  # fmt: skip
    else:
        columns = {
            "c(t-1)": step["c_before"], "f forget": step["f"], "f ⊙ c(t-1)": step["f"] * step["c_before"],
            "i write": step["i"], "c̃ new": step["g"], "i ⊙ c̃": step["i"] * step["g"], "c": step["c"],
            "o show": step["o"], "h": step["h"],
        }  # fmt: skip
    return _of_units(shown, columns)


def output(shown: Example, t: int) -> pd.DataFrame:
    """The prediction for each shown symbol at step t, what came, and the difference that goes back."""
    y_hat, y = shown.reading.y_hat[t], shown.targets[t]
    columns = {
        "z score": scores(shown.w, shown.tops[t]), "ŷ believed": y_hat, "y came": y,
        "ŷ - y": softmax_backward(y_hat, y) * shown.answers[t],
    }  # fmt: skip
    tokens = shown.tokens(t)
    return tabled(np.hstack(list(columns.values()))[tokens], _names(shown, tokens), list(columns))


def jacobian(shown: Example, t: int) -> pd.DataFrame:
    """How each shown probability (row) answers to each shown score (column)."""
    tokens = shown.tokens(t)
    whole = softmax_jacobian(shown.reading.y_hat[t][:, 0])
    return tabled(whole[np.ix_(tokens, tokens)], _names(shown, tokens), _names(shown, tokens))


def _names(shown: Example, tokens: np.ndarray) -> list[str]:
    return [shown.symbols[token] for token in tokens]


def hidden_back(shown: Example, t: int) -> pd.DataFrame:
    """What went on in each hidden unit at step t on the way back, from left to right."""
    step, back, down = shown.reading.steps[t], shown.backs[t], shown.from_above[t]
    (dh, *others), (before, *others_before) = back.d_states, back.d_before
    below = "Vᵀ(ŷ - y)" if shown.tops[t] is step[shown.cell.states[0]] else "from above"
    columns = {below: down, "+ from t+1": dh - down}
    if shown.cell.name == "simple_rnn":
        columns |= {
            "= ∂E/∂s": dh, "1 - s²": 1 - step["s"] ** 2, "∂E/∂a": back.gradients["b"], "to t-1": before,
        }  # fmt: skip
    elif shown.cell.name == "gru":
        columns |= {"= ∂E/∂h": dh, "∂E/∂aᶻ": back.gradients["b_z"], "∂E/∂aʳ": back.gradients["b_r"],
                    "∂E/∂aᵍ": back.gradients["b_g"], "∂E/∂h(t-1)": before}  # fmt: skip
    else:
        columns = {
            "∂E/∂h": dh, "∂E/∂c (t+1)": others[0], "∂E/∂aᶠ": back.gradients["b_f"], "∂E/∂aⁱ": back.gradients["b_i"],
            "∂E/∂aᶜ": back.gradients["b_g"], "∂E/∂aᵒ": back.gradients["b_o"], "∂E/∂h(t-1)": before,
            "∂E/∂c(t-1)": others_before[0],
        }  # fmt: skip
    return _of_units(shown, columns)


def gradient_tables(shown: Example, t: int) -> dict[str, pd.DataFrame]:
    """The gradients so far of what is shown of every weight matrix, biases left out: name -> table."""
    tokens = np.unique(shown.ids) if len(shown.symbols) > LONGEST_WORD else np.arange(len(shown.symbols))
    of_tokens = (tokens, _names(shown, tokens))
    read_in = of_tokens if shown.inputs is None else (np.arange(MOST_SHOWN), shown.inputs[:MOST_SHOWN])
    of_units = (shown.seen, shown.units)
    sides = {"U": (of_units, read_in), "W": (of_units, of_units)}
    if shown.tops[t] is shown.reading.steps[t][shown.cell.states[0]]:
        sides["V"] = (of_tokens, of_units)
    found = {name: (array, sides.get(name.partition("_")[0])) for name, array in shown.gradients(t).items()}
    return {
        name: tabled(array[np.ix_(side[0][0], side[1][0][: array.shape[1]])], side[0][1], side[1][1])
        for name, (array, side) in found.items()
        if side
    }
