"""Units that follow a property are found, and in noise nothing is."""

from __future__ import annotations

import numpy as np
import pytest
from networks import config, random_arrays

from rnnkit import engine
from rnnkit.engine import LayerStates
from rnnkit.errors import ConfigError, TooShort
from rnnkit.studies import cells
from rnnkit.studies.properties import PROPERTIES, marked
from rnnkit.texts import tokenizers

RANDOM = np.random.default_rng(5)


def prose(sentences: int = 160) -> str:
    """Sentences of made-up words, some of them quoted, some in brackets."""
    words = ["".join(RANDOM.choice(list("abdeimnorstu"), RANDOM.integers(2, 8))) for _ in range(60)]
    found = []
    for _ in range(sentences):
        parts = [str(word) for word in RANDOM.choice(words, RANDOM.integers(4, 9))]
        first, stop = sorted(RANDOM.choice(len(parts) + 1, 2, replace=False))
        opening, closing = [("“", "”"), ("(", ")"), ("", "")][RANDOM.integers(3)]
        parts[first] = opening + parts[first] if first < len(parts) else opening
        parts[stop - 1] += closing
        found.append(" ".join(parts).capitalize() + (".\n" if RANDOM.random() < 0.3 else ". "))
    return "".join(found)


def with_a_quote_counter(text: str, unit: int) -> tuple[engine.Network, tokenizers.Tokenizer]:
    """A simple RNN of random weights, but for one unit that a mark switches on, and another off."""
    settings = config("simple_rnn", units=24, embedding_size=0)
    codec = tokenizers.build(text, settings.tokenizer)
    arrays = random_arrays(settings, codec.vocab_size)
    recurrent, kernel = arrays["simple_rnn/recurrent_kernel"], arrays["simple_rnn/kernel"]
    recurrent[:, unit], recurrent[unit, unit], kernel[:, unit] = 0, 3, 0
    kernel[codec.symbols.index("“"), unit], kernel[codec.symbols.index("”"), unit] = 20, -20
    arrays["simple_rnn/bias"][unit] = 0
    return engine.network(settings, codec.vocab_size, arrays), codec


def test_a_planted_quote_counter_is_found():
    text = prose()
    network, codec = with_a_quote_counter(text, unit=13)
    ids = codec.encode(text).ids
    values = cells.values_of(codec.pieces(ids), {"quotes": PROPERTIES["quotes"]})
    [found] = cells.follow(engine.states(network, ids), values)
    assert (found.property, found.unit, found.quantity, found.rises) == ("quotes", 13, "hidden", True)
    assert found.score > 0.95 > found.baseline


def test_the_score_is_that_of_the_half_that_chose_nothing():
    """AUC by its definition: of two tokens, one with and one without, how often the unit is larger at the first."""
    labels = (RANDOM.random(1200) < 0.3).astype(float)
    units = RANDOM.normal(size=(1200, 5)).astype(np.float32)
    units[:, 3] -= 1.5 * labels
    [found] = cells.follow([LayerStates("gru", None, ("hidden",), {"hidden": units})], {"mine": labels})
    second, having = units[600:, 3], labels[600:] > 0
    assert found.score == pytest.approx((second[having][:, None] < second[~having]).mean(), abs=1e-4)
    assert (found.unit, found.rises) == (3, False)


def test_a_graded_property_is_scored_by_its_correlation():
    place = np.tile(np.arange(40.0), 30) * RANDOM.uniform(0.5, 1.5, 1200)
    units = RANDOM.normal(size=(1200, 5)).astype(np.float32)
    units[:, 2] += (place / 20).astype(np.float32)
    [found] = cells.follow([LayerStates("gru", None, ("hidden",), {"hidden": units})], {"line": place}, graded=["line"])
    assert found.unit == 2
    assert found.score == pytest.approx(np.corrcoef(units[600:, 2], place[600:])[0, 1], abs=1e-4)


SOME_PLACES = [(at, at + 12) for at in RANDOM.integers(0, 30, 15) + np.arange(20, 900, 60)]


def planted(labels: np.ndarray, unit: int) -> list[LayerStates]:
    units = RANDOM.normal(size=(len(labels), 9)).astype(np.float32)
    units[:, unit] += 3 * labels
    return [LayerStates("gru", None, ("hidden",), {"hidden": units})]


def test_ones_own_marks_are_followed_by_the_unit_that_does_and_what_lies_behind_them_counts_for_nothing():
    places = SOME_PLACES
    labels = marked(2_000, places)
    labels[1_000:] = RANDOM.random(1_000) < 0.5  # nobody has marked anything there
    found = cells.of_marks(planted(labels, unit=6), "mine", places)
    assert (found.property, found.unit, found.rises) == ("mine", 6, True)
    assert found.score > 0.95 > found.baseline


def test_marks_that_no_unit_follows_have_a_score_that_chance_reaches_too():
    places = SOME_PLACES
    beaten = [
        one.score > one.baseline
        for seed in range(10)
        for one in [cells.of_marks(planted(np.zeros(1_000), 0), "mine", places, seed=seed)]
    ]
    assert sum(beaten) <= 1


def test_marks_that_are_too_few_say_how_many_it_needs():
    layers = planted(np.zeros(1_000), 0)
    with pytest.raises(TooShort, match="at least 400 tokens up to the last of them, got 30"):
        cells.of_marks(layers, "mine", [(10, 30)])
    with pytest.raises(TooShort, match="in each half of the 500 up to the last mark, got 0 and 20 marked"):
        cells.of_marks(layers, "mine", [(480, 500)])
    with pytest.raises(TooShort, match="got 0"):
        cells.of_marks(layers, "mine", [])
    with pytest.raises(ConfigError, match="places: expected pairs between 0 and 1000"):
        cells.of_marks(layers, "mine", [(900, 1001)])


@pytest.mark.parametrize(("searches", "most"), [(20, 2), pytest.param(100, 4, marks=pytest.mark.slow)])
def test_in_noise_hardly_anything_is_reported(searches: int, most: int):
    """Properties moved along the text mean nothing: at most 4 of 100 searches may report a unit."""
    text = prose(40)
    network, codec = with_a_quote_counter(text, unit=13)
    ids = codec.encode(text).ids
    layers = engine.states(network, ids)
    values = cells.values_of(codec.pieces(ids))
    graded = [name for name, one in PROPERTIES.items() if one.graded]
    reported = 0
    for seed in range(searches):
        places = np.random.default_rng(1000 + seed).integers(200, len(ids) - 200, len(values))
        moved = {name: np.roll(of, place) for (name, of), place in zip(values.items(), places, strict=True)}
        reported += bool(cells.follow(layers, moved, graded=graded, seed=seed))
    print(f"{reported} of {searches} searches in noise reported a unit")
    assert reported <= most


def test_what_is_too_short_or_too_rare_is_not_judged():
    layer = LayerStates("gru", None, ("hidden",), {"hidden": np.zeros((50, 3), np.float32)})
    with pytest.raises(TooShort, match="at least 400 tokens"):
        cells.follow([layer], {})
    units = RANDOM.normal(size=(1000, 3)).astype(np.float32)
    rare = np.zeros(1000)
    rare[[3, 990]] = 1
    assert not cells.follow([LayerStates("gru", None, ("hidden",), {"hidden": units})], {"rare": rare})
