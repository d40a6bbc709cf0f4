"""The preset that fits a text: it can be trained, whatever the text's size, and says what to expect."""

from __future__ import annotations

import hypothesis
import pytest
from hypothesis import strategies as st

from rnnkit.config import RunConfig, with_settings
from rnnkit.presets import ONE_MINUTE, PRESETS
from rnnkit.runs import one_minute
from rnnkit.store import Store
from rnnkit.tasks import Measure
from rnnkit.texts import batches
from rnnkit.training import cost, planning

BASE = PRESETS[ONE_MINUTE].config


def fitted(symbols: int, seconds: int = 60, slower: float = 1.0, vocab_size: int = 65) -> one_minute.Fitted:
    config = with_settings(BASE, {"training.seconds": seconds})
    return one_minute.fitted(config, Measure(symbols, symbols, None, vocab_size, batches.BatchPlan(1, 1)), slower)


def seconds(config: RunConfig, symbols: int, updates: int, slower: float) -> float:
    planned = batches.plan(symbols, config.batches)
    found = cost.estimate(config, 65, symbols, planned, slower)
    return updates * found.seconds_per_epoch / found.steps_per_epoch


@hypothesis.settings(deadline=None, max_examples=60)
@hypothesis.given(st.integers(60, 50_000_000), st.integers(5, 3600), st.floats(0.1, 50))
def test_a_text_of_any_size_is_trained_within_the_time(symbols: int, asked: int, slower: float):
    fit = fitted(symbols, asked, slower)
    planned = batches.plan(symbols, fit.config.batches)
    assert fit.config.training.seconds == asked
    assert fit.updates >= 1
    assert seconds(fit.config, symbols, fit.updates, slower) <= 1.05 * asked or fit.updates == 1
    assert planned.steps * fit.config.training.epochs >= 0.9 * fit.updates  # the epochs do not end it before
    assert (
        fit.updates >= planning.FEW
        or f"about {fit.updates:,} updates" in fit.expectation
        or ("enough" in fit.expectation)
    )


@pytest.mark.parametrize(
    ("symbols", "said"),
    [(2_000, "2,000 characters: syllables"), (10_000, "10,000 characters: words, no sentences"),
     (10_000, "pass the 2-gram"), (10_000, "updates) are enough: with more"), (100_000, "pass the 3-gram"),
     (1_115_394, "pass the 5-gram"), (2_000, "pass the 2-gram"), (50_000_000, "sentences in the text's form")],
)  # fmt: skip
def test_it_says_what_to_expect(symbols: int, said: str):
    assert said in fitted(symbols).expectation


def test_a_slow_machine_gets_a_smaller_network_and_few_updates_are_said():
    assert [fitted(1_000_000, slower=slower).config.model.units for slower in (0.4, 1, 8, 500)] == [384, 256, 192, 128]
    slow = fitted(1_000_000, slower=500.0)
    assert slow.updates < 300
    assert f"Only about {slow.updates} updates fit into 60 s" in slow.expectation


def test_the_more_passes_over_a_long_text_the_more_dropout():
    assert fitted(50_000_000).config.model.dropout == 0.0
    dropouts = [fitted(1_000_000, seconds).config.model.dropout for seconds in (15, 30, 60, 200)]
    assert dropouts == sorted(dropouts)
    assert dropouts[0] < dropouts[-1]


def test_a_short_text_is_read_until_it_would_be_overfitted_and_no_longer():
    short = fitted(10_000).config
    assert short.training.epochs * short.batches.passes == pytest.approx(24, abs=4)


def test_the_text_of_a_store_is_measured_in_no_batches_of_the_preset(store: Store):
    made = one_minute.fitted_here(with_settings(BASE, {"corpus": "cookbook"}), store)
    assert made.preset == ONE_MINUTE
    assert made.training.schedule == "one-cycle"
