"""Sampling rules: symbols are drawn as often as the softmax says, and only those that a rule leaves."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from rnnkit import engine
from rnnkit.engine import Sampler, samplers
from rnnkit.errors import ConfigError, DamagedCheckpoint


def draws(sampler: Sampler, logits, count: int = 20_000) -> np.ndarray:
    """How often each symbol is chosen, over evenly spread random numbers."""
    rows = np.tile(np.array(logits, np.float32), (count, 1))
    ids = samplers.BatchedSampler([sampler] * count)(rows, (np.arange(count) + 0.5) / count)
    return np.bincount(ids, minlength=len(logits)) / count


def softmax(logits, temperature: float = 1.0) -> np.ndarray:
    weights = np.exp((np.array(logits) - np.max(logits)) / temperature)
    return weights / weights.sum()


LOGITS = [0.5, 2.0, -1.0, 1.9, 0.0]


@pytest.mark.parametrize("temperature", [0.3, 1.0, 2.5])
def test_symbols_are_drawn_as_often_as_the_softmax_says(temperature):
    assert draws(Sampler(temperature), LOGITS) == pytest.approx(softmax(LOGITS, temperature), abs=2e-4)


def test_temperature_zero_and_greedy_take_the_likeliest():
    for sampler in (Sampler(0), Sampler(1.5, greedy=True), Sampler(0, top_k=3, top_p=0.1)):
        assert draws(sampler, LOGITS).tolist() == [0, 1, 0, 0, 0]


def test_top_k_leaves_k_symbols_even_when_some_are_equally_likely():
    assert draws(Sampler(top_k=2), LOGITS) == pytest.approx([0, *softmax([2.0, -99, 1.9, -99])], abs=2e-4)
    assert np.count_nonzero(draws(Sampler(top_k=2), [1.0, 1.0, 1.0, 0.0])) == 2
    assert draws(Sampler(top_k=100), LOGITS) == pytest.approx(softmax(LOGITS), abs=2e-4)
    assert np.count_nonzero(draws(Sampler(top_k=1), LOGITS)) == 1


def test_top_p_leaves_the_fewest_symbols_that_have_the_probability():
    likely = np.log([0.5, 0.3, 0.15, 0.05])
    for p, kept in ((0.4, 1), (0.51, 2), (0.79, 2), (0.81, 3), (0.97, 4), (1.0, 4), (0.0, 1)):
        expected = np.exp(likely) * (np.arange(4) < kept)
        assert draws(Sampler(top_p=p), likely) == pytest.approx(expected / expected.sum(), abs=2e-4)


def test_top_p_looks_at_what_temperature_and_top_k_have_left():
    assert np.count_nonzero(draws(Sampler(2.0, top_p=0.6), np.log([0.7, 0.1, 0.1, 0.1]))) == 2
    assert np.count_nonzero(draws(Sampler(top_k=2, top_p=0.62), np.log([0.4, 0.3, 0.2, 0.1]))) == 2


@pytest.mark.parametrize("temperature", [0, 1e-300, 1e-9, 0.1, 1, 10])
@pytest.mark.parametrize("scale", [0, 1e-30, 1, 1e20, 3e38])
@pytest.mark.parametrize("rule", [{}, {"top_k": 2}, {"top_p": 0.5}, {"top_p": 0.0}])
def test_no_temperature_and_no_logits_lead_to_a_symbol_that_is_not_there(temperature, scale, rule):
    logits = (np.array([-1, 1, 0, 0.5, 1]) * scale).astype(np.float32)
    frequencies = draws(Sampler(temperature, **rule), logits, 200)
    assert frequencies.sum() == pytest.approx(1)
    if scale >= 1e20:
        assert frequencies[[0, 2, 3]].sum() == 0


def test_the_largest_and_the_smallest_random_number_choose_a_symbol_that_may_be_chosen():
    logits = np.array([[-3e38, 1.0, 2.0, -3e38]], np.float32)
    for uniform, expected in ((0.0, 1), (np.nextafter(1.0, 0.0), 2)):
        assert samplers.BatchedSampler([Sampler(1.0)])(logits, np.array([uniform])).tolist() == [expected]


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("sampler", [Sampler(0), Sampler(0.7), Sampler(0.7, top_k=2, top_p=0.5)])
def test_logits_that_are_not_finite_are_a_damaged_checkpoint(bad, sampler):
    with pytest.raises(DamagedCheckpoint, match="logits"):
        samplers.BatchedSampler([sampler])(np.array([[1.0, bad, 2.0]], np.float32), np.array([0.5]))


@pytest.mark.parametrize(
    "setting",
    [{"temperature": t} for t in (-0.1, 10.1, np.nan, np.inf)] + [{"top_k": -1}, {"top_p": 1.1}, {"top_p": -0.1}],
)
def test_a_sampler_out_of_range_is_refused_by_name(setting):
    with pytest.raises(ConfigError, match=rf"{next(iter(setting))}: expected a number from .* to .*, got"):
        Sampler(**setting)


@pytest.mark.parametrize("name", engine.RULES)
def test_every_sampling_rule_has_a_setting_that_changes_nothing_and_is_a_field_of_the_sampler(name):
    rule = engine.RULES[name]
    assert getattr(Sampler(), name) == rule.neutral
    assert rule.minimum <= rule.neutral <= rule.maximum
    assert draws(Sampler(**{name: rule.neutral}), LOGITS) == pytest.approx(softmax(LOGITS), abs=2e-4)


@pytest.mark.parametrize(
    ("name", "value"), [(n, v) for n, v in itertools.product(("temperature", "top_k", "top_p"), (0, 1))]
)
def test_rules_at_the_ends_of_their_range_give_symbols_that_exist(name, value):
    assert draws(Sampler(**{name: value}), LOGITS).sum() == 1


def test_rules_change_a_distribution_as_their_books_say():
    logits = np.log([[0.5, 0.3, 0.15, 0.05]]).astype(np.float32)
    cold = np.array([0.5, 0.3, 0.15, 0.05]) ** 2
    np.testing.assert_allclose(samplers.probabilities(Sampler(), logits)[0], [0.5, 0.3, 0.15, 0.05], rtol=1e-6)
    np.testing.assert_allclose(samplers.probabilities(Sampler(0.5), logits)[0], cold / cold.sum(), rtol=1e-6)
    np.testing.assert_allclose(samplers.probabilities(Sampler(top_k=2), logits)[0], [0.625, 0.375, 0, 0], rtol=1e-6)
    np.testing.assert_allclose(samplers.probabilities(Sampler(top_p=0.6), logits)[0], [0.625, 0.375, 0, 0], rtol=1e-6)
    np.testing.assert_allclose(samplers.probabilities(Sampler(0), logits)[0], [1, 0, 0, 0])
