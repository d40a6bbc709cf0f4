"""The film of learning: its epochs, and what the runs show at them."""

from __future__ import annotations

import numpy as np
import pytest
import tiny

from rnnkit import engine
from rnnkit.errors import ConfigError
from rnnkit.store import Store
from rnnkit.studies import sampling, timeline
from rnnkit.texts import tokenizers


def test_the_film_has_every_epoch_that_some_run_has_kept():
    assert timeline.reel([[1, 3], [2, 3, 10], []]) == [1, 2, 3, 10]
    assert timeline.reel([]) == []


def test_a_run_stands_at_its_last_kept_epoch_up_to_the_one_asked_for():
    kept = [2, 5, 10]
    assert [timeline.nearest(kept, epoch) for epoch in (1, 2, 4, 5, 99)] == [None, 2, 2, 5, 10]
    assert timeline.nearest([], 3) is None


def test_the_address_says_where_the_film_stands_and_nothing_means_its_end():
    reel = [2, 5, 10]
    assert [timeline.cue(reel, asked) for asked in (None, "", "5", "7", "1", "99", "9" * 50)] == [
        10,
        10,
        5,
        5,
        2,
        10,
        10,
    ]
    assert [timeline.cue(reel, odd) for odd in ("-1", "2.5", "x", "²", "<b>")] == [10] * 5


def test_the_film_ends_after_its_last_epoch():
    assert [timeline.following([2, 5, 10], epoch) for epoch in (1, 2, 3, 5, 10, 11)] == [2, 5, 5, 10, None, None]


def test_a_frame_holds_the_texts_that_the_run_writes_alone(store: Store):
    first, second = tiny.run(store), tiny.run(store, tiny.TEXT + "é", model={"architecture": "lstm"})
    shown = timeline.frames(store, [(first, 2), (second, 3)], prompt="The ", seed=7, length=50)
    for frame in shown:
        alone = sampling.write(
            store, frame.run, epochs=[frame.epoch], temperatures=timeline.TEMPERATURES, prompt="The ", length=50, seed=7
        )
        assert frame.texts == [text.text for text in alone.texts]
    assert [(frame.run, frame.epoch) for frame in shown] == [(first, 2), (second, 3)]
    assert len({text for frame in shown for text in frame.texts}) == 6


def test_a_network_of_words_writes_words(store: Store):
    run = tiny.run(store, tiny.TEXT * 3, tokenizer={"kind": "words"})
    (frame,) = timeline.frames(store, [(run, 1)], prompt="The quick", length=8)
    assert frame.texts[0].startswith((" ", "\n", "."))
    assert frame.unknown is None


def test_what_comes_next_are_the_ten_likeliest_symbols_of_the_softmax(store: Store):
    run = store.run(tiny.run(store))
    (frame,) = timeline.frames(store, [(run.id, 3)], prompt="The ", length=1)
    tokenizer = tokenizers.from_json(run.tokenizer)
    network = engine.network(run.config, run.vocab_size, store.checkpoint(run.id, 3))
    logits = engine.logits_over(network, tokenizer.encode("The ").ids)[-1].astype(float)
    expected = sorted(np.exp(logits) / np.exp(logits).sum(), reverse=True)[:10]
    assert [one.probability for one in frame.likeliest] == pytest.approx(expected)
    by_symbol = dict(zip(tokenizer.symbols, logits, strict=True))
    readable = {"␣": " ", "⏎": "\n"}
    drawn = [by_symbol[readable.get(one.symbol, one.symbol)] for one in frame.likeliest]
    assert drawn == sorted(logits, reverse=True)[:10]


def test_spaces_and_line_ends_can_be_seen(store: Store):
    run = tiny.run(store, "a b\na\tb\u0301" * 20)
    (frame,) = timeline.frames(store, [(run, 1)], prompt="a", length=1)
    assert {one.symbol for one in frame.likeliest} == {"a", "b", "␣", "⏎", "⇥", "U+0301"}
    assert sum(one.probability for one in frame.likeliest) == pytest.approx(1)
    assert timeline.tail("To be\nor ", 6) == "…be⏎or␣"
    assert timeline.tail("or ") == "or␣"


def test_a_run_that_cannot_show_anything_says_why_and_the_others_go_on(store: Store):
    knows, other = tiny.run(store, tiny.TEXT + "é"), tiny.run(store)
    shown = timeline.frames(store, [(other, 1), (knows, 1), (knows, 9), ("gone2345", 1)], prompt="é", length=20)
    assert [bool(frame.problem) for frame in shown] == [True, False, True, True]
    assert "é" in shown[0].problem
    assert len(shown[1].texts[0]) == 20
    (half,) = timeline.frames(store, [(other, 1)], prompt="fé", length=5)
    assert "é" in half.unknown


def test_a_setting_out_of_range_is_refused(store: Store):
    with pytest.raises(ConfigError):
        timeline.frames(store, [(tiny.run(store), 1)], prompt="T", temperatures=[-1.0])
