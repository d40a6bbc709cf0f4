"""Recurrent networks by hand, with nothing but NumPy: forward, backward through time, checked, trained on a sentence.

Written to be read beside document 002, whose letters it keeps: U reads the symbol, W the state, V writes the
answer. Numbers are columns, one text a column, so that the code says what the formulas say. Knows no store and no page.
"""

from rnnkit.scratch.cell import Back, ManualCell, Step, Weights, from_keras, to_keras
from rnnkit.scratch.gru import GRU
from rnnkit.scratch.lstm import LSTM
from rnnkit.scratch.rnn import RNN

CELLS: dict[str, ManualCell] = {cell.name: cell for cell in (RNN, GRU, LSTM)}

__all__ = ["CELLS", "GRU", "LSTM", "RNN", "Back", "ManualCell", "Step", "Weights", "from_keras", "to_keras"]
