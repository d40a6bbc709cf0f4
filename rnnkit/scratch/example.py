"""A word read by a tiny network, to step through: every number forward, then backward. Knows no page and no chart."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from rnnkit.scratch.cell import Back, ManualCell, Weights
from rnnkit.scratch.checking import Checked, check
from rnnkit.scratch.sentence import Spelled, spell
from rnnkit.scratch.softmax import softmax_backward, softmax_jacobian
from rnnkit.scratch.through_time import Reading, add, back_through_time, forward, fresh, output_backward, scores
from rnnkit.texts.symbols import visible

LONGEST_WORD = 12


class Place(NamedTuple):
    """Where one stands: step t (0 is the first), on the way there or back."""

    t: int
    backward: bool


class Example(NamedTuple):
    """A word, read and gone back through. `backs` and `outputs` are in the order of time."""

    cell: ManualCell
    spelled: Spelled
    w: Weights
    targets: list[np.ndarray]
    reading: Reading
    backs: list[Back]
    outputs: list[Weights]  # what each step adds to the gradients of V and c
    from_output: list[np.ndarray]  # what comes down from the output to each hidden state

    @property
    def word(self) -> list[str]:
        """Its symbols, as a reader can see them."""
        return [self.symbols[i] for i in self.spelled.ids]

    @property
    def symbols(self) -> list[str]:
        """The vocabulary, as a reader can see it."""
        return [visible(symbol) for symbol in self.spelled.symbols]

    @property
    def units(self) -> list[str]:
        """Names of the hidden units."""
        return [f"unit {n + 1}" for n in range(self.cell.units(self.w))]

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
    """Read `word` and go back through it. Raises what `spell` raises."""
    spelled = spell(word, LONGEST_WORD)
    inputs, targets = spelled.pairs()
    w = fresh(cell, len(spelled.symbols), units, seed)
    reading = forward(cell, w, inputs, targets)
    parts = zip(reading.steps, reading.y_hat, targets, strict=True)
    down = [output_backward(w, softmax_backward(y_hat, y), step[cell.states[0]]) for step, y_hat, y in parts]
    outputs, from_output = [gradients for gradients, _ in down], [error for _, error in down]
    backs = list(back_through_time(cell, w, reading.steps, from_output))[::-1]
    return Example(cell, spelled, w, targets, reading, backs, outputs, from_output)


def checked(word: str, cell: ManualCell, units: int = 3, seed: int = 0, dtype: str = "float64") -> list[Checked]:
    """The gradients of the same network against numerical ones. Raises what `spell` raises."""
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


def _side_by_side(rows: Sequence[str], columns: dict[str, np.ndarray]) -> pd.DataFrame:
    return tabled(np.hstack(list(columns.values())), rows, list(columns))


def hidden(shown: Example, t: int) -> pd.DataFrame:
    """What went on in each hidden unit at step t, forward, from left to right."""
    w, step = shown.w, shown.reading.steps[t]
    if "s" in step:
        read, carried = w["U"] @ step["x"], w["W"] @ step["s_before"]
        inner = read + carried + w["b"]
        columns = {"U x": read, "+ W s(t-1)": carried, "+ b": w["b"], "= a": inner, "s = tanh a": step["s"]}
    else:
        columns = {
            "c(t-1)": step["c_before"], "f forget": step["f"], "f ⊙ c(t-1)": step["f"] * step["c_before"],
            "i write": step["i"], "c̃ new": step["g"], "i ⊙ c̃": step["i"] * step["g"], "c": step["c"],
            "o show": step["o"], "h": step["h"],
        }  # fmt: skip
    return _side_by_side(shown.units, columns)


def output(shown: Example, t: int) -> pd.DataFrame:
    """The prediction for each symbol at step t, what came, and the difference that goes back."""
    step, y_hat, y = shown.reading.steps[t], shown.reading.y_hat[t], shown.targets[t]
    z = scores(shown.w, step[shown.cell.states[0]])
    columns = {"z score": z, "ŷ believed": y_hat, "y came": y, "ŷ - y": softmax_backward(y_hat, y)}
    return _side_by_side(shown.symbols, columns)


def jacobian(shown: Example, t: int) -> pd.DataFrame:
    """How each probability (row) answers to each score (column)."""
    return tabled(softmax_jacobian(shown.reading.y_hat[t][:, 0]), shown.symbols, shown.symbols)


def hidden_back(shown: Example, t: int) -> pd.DataFrame:
    """What went on in each hidden unit at step t on the way back, from left to right."""
    step, back, down = shown.reading.steps[t], shown.backs[t], shown.from_output[t]
    if "s" in step:
        (ds,), (before,) = back.d_states, back.d_before
        columns = {
            "Vᵀ(ŷ - y)": down, "+ from t+1": ds - down, "= ∂E/∂s": ds, "1 - s²": 1 - step["s"] ** 2,
            "∂E/∂a": back.gradients["b"], "to t-1": before,
        }  # fmt: skip
    else:
        (dh, dc), (dh_before, dc_before) = back.d_states, back.d_before
        columns = {
            "∂E/∂h": dh, "∂E/∂c (t+1)": dc, "∂E/∂aᶠ": back.gradients["b_f"], "∂E/∂aⁱ": back.gradients["b_i"],
            "∂E/∂aᶜ": back.gradients["b_g"], "∂E/∂aᵒ": back.gradients["b_o"], "∂E/∂h(t-1)": dh_before,
            "∂E/∂c(t-1)": dc_before,
        }  # fmt: skip
    return _side_by_side(shown.units, columns)


def gradient_tables(shown: Example, t: int) -> dict[str, pd.DataFrame]:
    """The gradients so far of every weight matrix, biases left out: name -> table."""
    units, symbols = shown.units, shown.symbols
    sides = {"U": (units, symbols), "W": (units, units), "V": (symbols, units)}
    found = {name: (array, sides.get(name.partition("_")[0])) for name, array in shown.gradients(t).items()}
    return {name: tabled(array, *side) for name, (array, side) in found.items() if side}
