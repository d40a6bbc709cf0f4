"""How far back a network remembers, measured on networks that are known to remember, or not."""

from __future__ import annotations

import numpy as np
import pytest
from networks import config, random_arrays

from rnnkit import engine
from rnnkit.errors import ConfigError
from rnnkit.studies import recall
from rnnkit.texts import tokenizers
from rnnkit.texts.made import memory

TEXT = memory.write(2_000)


def net(keeps: float) -> tuple[engine.Network, tokenizers.Tokenizer]:
    """A GRU with a unit for each letter, which keeps `keeps` of itself at every other token."""
    settings = config("gru", units=len(memory.LETTERS), embedding_size=0)
    codec = tokenizers.build(TEXT, settings.tokenizer)
    arrays = {name: np.zeros_like(array) for name, array in random_arrays(settings, codec.vocab_size).items()}
    units = len(memory.LETTERS)
    kernel = arrays["gru/kernel"]
    arrays["gru/bias"][0, :units] = np.log(keeps / (1 - keeps))  # the update gate, open wide: keep
    for place, letter in enumerate(memory.LETTERS):
        row = codec.symbols.index(letter)
        kernel[row, :units] = -30  # a letter replaces what was kept
        kernel[row, 2 * units + place] = 30
        arrays["dense/kernel"][place, row] = 1
    return engine.network(settings, codec.vocab_size, arrays), codec


def test_a_network_that_keeps_all_recalls_at_every_distance_and_one_that_keeps_half_soon_forgets():
    found = recall.accuracy(*net(0.99999))
    assert (found == 1).all()
    assert recall.reach(found) == recall.DISTANCES[-1]
    network, codec = net(0.5)
    network.arrays["dense/bias"][codec.symbols.index(".")] = 2.0**-15  # says nothing of a letter below that
    found = recall.accuracy(network, codec)
    assert found[0] == found[1] == 1
    assert (found[2:] == 0).all()
    assert recall.reach(found) == 10


def test_the_verdict_names_the_farthest_first():
    said = recall.verdict({"simple RNN": 0, "GRU": 100, "LSTM": 70})
    assert said.startswith("The GRU remembers over 100 tokens, the LSTM remembers over 70 tokens, the simple RNN ")
    assert "over none of these (9 of 10" in said


def test_a_network_of_another_text_is_refused():
    settings = config("gru")
    codec = tokenizers.build("xyz", settings.tokenizer)
    other = engine.network(settings, codec.vocab_size, random_arrays(settings, codec.vocab_size))
    with pytest.raises(ConfigError, match="expected one that has learned the text memory"):
        recall.accuracy(other, codec)


def test_every_line_of_the_text_asks_for_its_own_letter():
    lines = TEXT.splitlines()
    assert all(line[0] == line[-1] and set(line[1:-2]) == {"."} and line[-2] == "?" for line in lines)
    dots = [len(line) - 3 for line in lines]
    assert min(dots) <= 4
    assert max(dots) >= 80
    assert memory.write(2_000) == TEXT != memory.write(2_000, 1)
