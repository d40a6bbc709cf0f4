"""A text with the distribution of each symbol: the text that is generated, true logits, symbols chosen by hand."""

from __future__ import annotations

import numpy as np
import pytest
import tiny
from networks import logits_over

from rnnkit import engine
from rnnkit.engine import Request, Sampler
from rnnkit.errors import ConfigError

SIZE, PROMPT = 9, [4, 1, 7]


def network() -> engine.Network:
    config = tiny.config()
    return engine.network(config, SIZE, tiny.arrays(config, SIZE))


@pytest.mark.parametrize("sampler", [Sampler(), Sampler(0.4, top_k=3), Sampler(1.5, top_p=0.8), Sampler(greedy=True)])
def test_a_trace_is_the_text_that_is_generated_and_the_logits_are_those_over_it(sampler: Sampler):
    request = Request(network(), PROMPT, sampler, seed=3)
    traced = engine.trace(request, 40)
    assert np.array_equal(traced.ids, engine.generate([request], 40)[0])
    read = logits_over(request.network, np.array([*PROMPT, *traced.ids]))
    assert np.array_equal(traced.logits, read[len(PROMPT) - 1 : -1])
    assert traced.log_probability == pytest.approx(np.log(traced.before[np.arange(40), traced.ids]).sum())
    assert np.array_equal(traced.after, engine.probabilities(sampler, traced.logits))


def test_an_override_is_written_whatever_was_drawn_and_what_came_before_it_stays():
    request = Request(network(), PROMPT, seed=3)
    text = engine.trace(request, 20)
    other = (int(text.ids[10]) + 1) % SIZE
    branch = engine.trace(request, 20, {10: other})
    assert branch.ids[:11].tolist() == [*text.ids[:10].tolist(), other]
    assert np.array_equal(engine.trace(request, 20, {10: int(text.ids[10])}).ids, text.ids)


@pytest.mark.parametrize("overrides", [{20: 0}, {-1: 0}, {3: SIZE}])
def test_an_override_outside_the_text_or_the_vocabulary_is_refused(overrides: dict[int, int]):
    with pytest.raises(ConfigError, match="branch: expected a place from 1 to 20 and a token from 0 to 8"):
        engine.trace(Request(network(), PROMPT), 20, overrides)


@pytest.mark.parametrize(
    ("row", "bits"), [([1, 0, 0, 0], 0), ([0.5, 0.5, 0, 0], 1), ([0.25] * 4, 2), ([0.5, 0.25, 0.125, 0.125], 1.75)]
)
def test_entropy_is_in_bits(row: list[float], bits: float):
    [found] = engine.entropy(np.array([row], np.float64))
    assert found == bits
    assert not np.signbit(found)
