"""Texts that the program makes: the same from the same seed everywhere, varied, and true to what they promise."""

from __future__ import annotations

import hashlib
import random
import re
from collections import Counter
from itertools import islice

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnnkit.errors import CorpusError
from rnnkit.tasks import classification, forecasting
from rnnkit.texts import corpora, made, tables
from rnnkit.texts.made import play, reviews, weather
from rnnkit.texts.made.grammar import Grammar
from rnnkit.texts.tables import Series

PLAY = play.write(200_000)
REVIEWS, VERDICTS = reviews.write(5_000)


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def distinct(text: str, words: int) -> float:
    """Which share of the runs of so many words is written for the first time."""
    found = text.split()
    return len({*zip(*(found[i:] for i in range(words)), strict=False)}) / len(found)


# ---- names and sizes


def test_the_same_seed_makes_the_same_text_on_every_python():
    assert sha256(play.write(20_000)) == "0a948c7d8106907a"
    assert sha256("\n".join(reviews.write(100)[0])) == "fb6dd1ffffd55ff0"
    assert sha256(weather.write(1_000)) == "471195c6a96eae24"


@settings(max_examples=20, deadline=None)
@given(kind=st.sampled_from(["play", "cookbook"]), size=st.integers(1, 30_000), seed=st.integers(0, 999_999_999))
def test_a_name_holds_size_and_seed_and_a_longer_text_begins_with_the_shorter(kind: str, size: int, seed: int):
    text = corpora.load(f"{kind}-{size}-{seed}")
    assert size <= len(text) < size + 8_000
    assert corpora.load(f"{kind}-{size + 500}-{seed}").startswith(text)
    assert (seed == 0) == (text == corpora.load(f"{kind}-{size}"))
    assert text.isascii()
    assert text.replace("\n", "").replace("\t", "").isprintable()


@pytest.mark.parametrize("name", ["play-0", "play-20000001", "weather-0", "reviews-200001"])
def test_a_size_out_of_range_is_refused_with_the_range(name: str):
    kind = name.partition("-")[0]
    load = {"play": corpora.load, "weather": tables.load, "reviews": lambda one: classification.examples([one], 0.1)}
    with pytest.raises(CorpusError, match=rf"corpus: expected 1 to [\d,]+ \w+ in {kind}-SIZE, got '{name}'"):
        load[kind](name)


def test_a_name_without_a_size_asks_for_none():
    assert made.asked("play") is None
    assert made.entry("text-012345678", corpora.MADE) is made.entry("python-9", corpora.MADE) is None
    assert made.asked("play-9-7") == ("play", 9, 7)


def test_a_grammar_begins_with_a_capital_where_it_is_told_and_knows_an_before_a_vowel():
    grammar = Grammar({"start": ["{Thing} is a {thing}."], "thing": ["owl", "owl"]})
    assert grammar.write("start", random.Random(0)) == "Owl is an owl."
    assert grammar.write("start", random.Random(0), {"thing": "bee"}) == "Bee is a bee."
    with pytest.raises(KeyError):
        Grammar({"start": ["{nothing}"]}).write("start", random.Random(0))


# ---- the play


SCENES = [scene for scene in re.split(r"(?=ACT \d, SCENE \d\.)", play.write(60_000, seed=3)) if scene[:3] == "ACT"]


def test_quotes_and_brackets_close_and_some_stand_in_others():
    for scene in SCENES:
        open_ones = []
        for letter in scene:
            if letter in "([":
                open_ones.append(letter)
            elif letter in ")]":
                assert open_ones.pop() == {")": "(", "]": "["}[letter]
        assert not open_ones
        assert scene.count('"') % 2 == 0
    assert re.search(r"\([^)]*\[[^)]*\]\.?\)", PLAY)
    assert re.search(r'"[^"]*\'[A-Z][^\'"]*[.!?]\'[^"]*"', PLAY)
    assert max(len(quoted) for quoted in re.findall(r'"[^"]*"', PLAY)) > 300


def test_only_who_is_on_stage_speaks():
    for scene in SCENES:
        stage: set[str] = set()
        for line in scene.splitlines():
            if entered := re.match(r"\[Enter (.*?)(?:, with .*)?\.\]", line):
                stage |= {name.upper() for name in re.split(", | and ", entered[1])}
            elif gone := re.match(r"\[Exit (\w+)\.\]", line):
                stage.remove(gone[1].upper())
            elif speaker := re.fullmatch(r"([A-Z]+):", line):
                assert speaker[1] in stage


def test_who_is_asked_for_the_thing_answers_truly():
    answers = 0
    for scene in SCENES:
        [owner, thing] = re.search(r"(\w+), with an? (.*)\.\]", scene).groups()  # type: ignore[union-attr]
        for block in scene.split("\n\n"):
            if handed := re.match(rf"\[{owner} gives the {thing} to (\w+)\.\]", block.strip()):
                owner = handed[1]
            elif said := re.match(rf"(\w+):\n(I have|I, |{owner} has it|{owner}, not I|{owner} has had)", block):
                answers += 1
                assert (said[1] == owner.upper()) == said[2].startswith("I")
    assert answers > 10


def test_who_is_of_rank_speaks_in_short_lines_that_begin_with_a_capital():
    lines = [line for line in PLAY.splitlines() if line]
    assert sum(len(line) <= play.VERSE for line in lines) > len(lines) / 2
    assert sum(len(line) > 2 * play.VERSE for line in lines) > len(lines) / 20


def test_the_play_is_too_varied_to_be_memorised():
    assert distinct(PLAY, 5) > 0.75
    assert len(set(PLAY)) in range(60, 80)
    assert len(Counter(re.findall("[a-z]+", PLAY.lower()))) > 500


# ---- the reviews


def naive_bayes(words: int) -> float:
    """Accuracy on the last 1,000 reviews of a classifier that counts in which reviews 1 to `words` words stand."""

    def found(text: str) -> set[tuple[str, ...]]:
        said = re.findall(r"[a-z']+", text.lower())
        return {tuple(said[i : i + n]) for n in range(1, words + 1) for i in range(len(said) - n + 1)}

    counts = [Counter(one for text, verdict in zip(REVIEWS[:4000], VERDICTS, strict=False) if verdict == side
                      for one in found(text)) for side in (0, 1)]  # fmt: skip
    odds = {one: np.log((counts[1][one] + 1) / (counts[0][one] + 1)) for one in counts[0] | counts[1]}
    right = [(sum(odds.get(one, 0.0) for one in found(text)) > 0) == verdict
             for text, verdict in zip(REVIEWS[4000:], VERDICTS[4000:], strict=True)]  # fmt: skip
    return float(np.mean(right))


def test_single_words_tell_some_verdicts_and_their_order_more():
    alone, together = naive_bayes(1), naive_bayes(2)
    assert 0.6 < alone < 0.8
    assert alone + 0.08 < together < 0.95


def test_reviews_are_all_different_half_of_them_good_and_those_of_the_test_are_others():
    assert len(set(REVIEWS)) == len(REVIEWS)
    assert 0.45 < np.mean(VERDICTS) < 0.55
    found = classification.examples(["reviews-400"], 0.25)
    assert found.test is not None
    assert [len(part.texts) for part in (found.training, found.held_out, found.test)] == [300, 100, 101]
    assert not {*found.training.texts, *found.held_out.texts} & {*found.test.texts}
    assert found.labels == ("negative", "positive")
    assert all("{" not in review and "  " not in review for review in REVIEWS)


# ---- the weather


def test_the_weather_has_seasons_that_no_linear_formula_foretells():
    data = tables.parse(tables.load("weather"))
    assert (data.column, len(data.values), str(data.times[0])[:10]) == ("temperature", 7305, "2001-01-01")
    months = data.times.astype("datetime64[M]").astype(int) % 12
    assert data.values[months == 0].mean() > data.values[months == 6].mean() + 6
    assert 0 <= data.values.min() < data.values.max() < 30
    first = 6_500
    errors = {name: forecasting.mean_absolute(data.values[first:], made)
              for name, made in forecasting.without_a_network(data, first).items()}  # fmt: skip
    linear = next(error for name, error in errors.items() if name.startswith("linear"))
    assert knows_the_grammar(data, first) < 0.9 * linear < linear < errors["tomorrow = today"]


def knows_the_grammar(data: Series, first: int) -> float:
    """The error of one who has seen how warm spells end: what followed the fifty runs of five days most alike."""
    rows = np.lib.stride_tricks.sliding_window_view(data.values, 6)
    past, asked = rows[: first - 5], rows[first - 5 :]
    near = np.argsort(np.abs(past[None, :, :5] - asked[:, None, :5]).sum(-1), axis=1)[:, :50]
    return float(np.abs(np.median(past[near, 5], axis=1) - asked[:, 5]).mean())


def test_longer_weather_begins_with_the_shorter():
    assert weather.write(400, 5).startswith(weather.write(300, 5))
    assert [*islice(weather.values(30), 10)] == weather.values(10)
