"""Beam search: the best text there is where it can look at all of them, and never a wrong score."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from networks import logits_over

from rnnkit import architectures, engine
from rnnkit.config import parse
from rnnkit.engine import Request, Sampler
from rnnkit.engine.tracing import log_softmax
from rnnkit.errors import ConfigError, PromptError

VOCAB_SIZE, PROMPT = 3, [0, 2]


def network(architecture: str = "lstm", seed: int = 0, vocab_size: int = VOCAB_SIZE) -> engine.Network:
    config = parse({"model": {"architecture": architecture, "units": 6, "embedding_size": 4}})
    random, shapes = np.random.default_rng(seed), architectures.weight_shapes(config, vocab_size)
    return engine.network(
        config, vocab_size, {name: random.normal(0, 1.5, shape).astype(np.float32) for name, shape in shapes.items()}
    )


def score(net: engine.Network, ids) -> float:
    """The plain way: read prompt and text, add up what each symbol of the text was given."""
    logits = logits_over(net, np.array([*PROMPT, *ids]))[len(PROMPT) - 1 : -1]
    return float(sum(log_softmax(logits)[n, symbol] for n, symbol in enumerate(ids)))


def all_texts(net: engine.Network, length: int) -> list[tuple[float, tuple[int, ...]]]:
    """Every text there is with its score, the likeliest first."""
    texts = itertools.product(range(net.vocab_size), repeat=length)
    return sorted(((score(net, text), text) for text in texts), reverse=True)


@pytest.mark.parametrize("architecture", ["simple_rnn", "gru", "lstm"])
@pytest.mark.parametrize("seed", range(3))
def test_a_beam_wide_enough_for_all_beginnings_finds_the_best_texts_there_are(architecture: str, seed: int):
    net, length = network(architecture, seed), 4
    found = engine.beam_search(Request(net, PROMPT), length, width=VOCAB_SIZE ** (length - 1))
    best = all_texts(net, length)
    assert [tuple(beam.ids.tolist()) for beam in found] == [text for _, text in best[: len(found)]]
    assert [beam.log_probability for beam in found] == pytest.approx([score for score, _ in best[: len(found)]])


def test_there_are_no_more_beams_than_texts():
    found = engine.beam_search(Request(network(), PROMPT), 1, width=10)
    assert sorted(beam.ids.tolist() for beam in found) == [[0], [1], [2]]
    assert sum(np.exp(beam.log_probability) for beam in found) == pytest.approx(1)


@pytest.mark.parametrize("seed", range(5))
def test_width_1_is_greedy(seed: int):
    request = Request(network("gru", seed, vocab_size=9), PROMPT, Sampler(greedy=True))
    [beam] = engine.beam_search(request, 40, width=1)
    assert beam.ids.tolist() == engine.generate([request], 40)[0].tolist()


@pytest.mark.parametrize("width", [2, 7, 64])
def test_a_score_is_that_of_its_text_and_the_best_comes_first(width: int):
    net = network(vocab_size=9)
    found = engine.beam_search(Request(net, PROMPT), 30, width)
    assert [beam.log_probability for beam in found] == pytest.approx([score(net, beam.ids) for beam in found])
    assert found == sorted(found, key=lambda beam: -beam.log_probability)
    assert len({beam.ids.tobytes() for beam in found}) == width


def best(request: Request, width: int) -> float:
    return engine.beam_search(request, 12, width)[0].log_probability


def test_a_greedy_text_is_not_always_the_likeliest():
    better = 0
    for seed in range(10):
        request = Request(network(seed=seed, vocab_size=9), PROMPT)
        better += best(request, 16) > best(request, 1) + 1e-9
    assert better


@pytest.mark.parametrize("width", [0, -1, 65])
def test_a_width_out_of_range_is_a_sentence(width: int):
    with pytest.raises(ConfigError, match="width: expected 1 to 64 beams, got"):
        engine.beam_search(Request(network(), PROMPT), 5, width)


def test_an_empty_prompt_is_a_sentence():
    with pytest.raises(PromptError, match="prompt"):
        engine.beam_search(Request(network(), []), 5, 3)
