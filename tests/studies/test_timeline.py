"""The epochs of several runs on one timeline, and what the runs show at them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
import tiny
from networks import logits_over

from rnnkit import engine
from rnnkit.errors import ConfigError
from rnnkit.store import Store
from rnnkit.studies import sampling, timeline
from rnnkit.texts import tokenizers


def views(store: Store, asked: Sequence[tuple[str, int]], prompt: str, length: int) -> list[timeline.EpochView]:
    return timeline.views(store, asked, replace(timeline.SETTINGS, prompt=prompt, length=length))


def test_the_timeline_has_every_epoch_that_some_run_has_kept():
    assert timeline.epochs([[1, 3], [2, 3, 10], []]) == [1, 2, 3, 10]
    assert timeline.epochs([]) == []


def test_a_run_stands_at_its_last_kept_epoch_up_to_the_one_asked_for():
    kept = [2, 5, 10]
    assert [timeline.nearest(kept, epoch) for epoch in (1, 2, 4, 5, 99)] == [None, 2, 2, 5, 10]
    assert timeline.nearest([], 3) is None


def test_the_address_says_which_epoch_is_shown_and_nothing_means_the_last():
    epochs = [2, 5, 10]
    assert [timeline.position(epochs, asked) for asked in (None, "", "5", "7", "1", "99", "9" * 50)] == [
        10,
        10,
        5,
        5,
        2,
        10,
        10,
    ]
    assert timeline.position(epochs, "2.5") == 2  # inside an epoch: the last one before it
    assert [timeline.position(epochs, odd) for odd in ("-1", "2,5", "x", "²", "<b>")] == [10] * 5


def test_nothing_follows_the_last_epoch():
    assert [timeline.following([2, 5, 10], epoch) for epoch in (1, 2, 3, 5, 10, 11)] == [2, 5, 5, 10, None, None]


def test_a_view_holds_the_texts_that_the_run_writes_alone(store: Store):
    first, second = tiny.run(store), tiny.run(store, tiny.TEXT + "é", model={"architecture": "lstm"})
    settings = replace(timeline.SETTINGS, prompt="The ", seed=7, length=50)
    shown = timeline.views(store, [(first, 2), (second, 3)], settings)
    for view in shown:
        alone = sampling.write(store, view.run, settings, ats=[view.epoch])
        assert view.texts == [text.text for text in alone.texts]
    assert [(view.run, view.epoch) for view in shown] == [(first, 2), (second, 3)]
    assert len({text for view in shown for text in view.texts}) == 6


def test_a_network_of_words_writes_words(store: Store):
    run = tiny.run(store, tiny.TEXT * 3, tokenizer={"kind": "words"})
    (view,) = views(store, [(run, 1)], "The quick", 8)
    assert view.texts[0].startswith((" ", "\n", "."))
    assert view.unknown is None


def test_what_comes_next_are_the_ten_likeliest_symbols_of_the_softmax(store: Store):
    run = store.run(tiny.run(store))
    (view,) = views(store, [(run.id, 3)], "The ", 1)
    tokenizer = tokenizers.from_json(run.tokenizer)
    network = engine.network(run.config, run.vocab_size, store.checkpoint(run.id, 3))
    logits = logits_over(network, tokenizer.encode("The ").ids)[-1].astype(float)
    expected = sorted(np.exp(logits) / np.exp(logits).sum(), reverse=True)[:10]
    assert [one.probability for one in view.likeliest] == pytest.approx(expected)
    by_symbol = dict(zip(tokenizer.symbols, logits, strict=True))
    readable = {"␣": " ", "⏎": "\n"}
    drawn = [by_symbol[readable.get(one.symbol, one.symbol)] for one in view.likeliest]
    assert drawn == sorted(logits, reverse=True)[:10]


def test_spaces_and_line_ends_can_be_seen(store: Store):
    run = tiny.run(store, "a b\na\tb\u0301" * 20)
    (view,) = views(store, [(run, 1)], "a", 1)
    assert {one.symbol for one in view.likeliest} == {"a", "b", "␣", "⏎", "⇥", "U+0301"}
    assert sum(one.probability for one in view.likeliest) == pytest.approx(1)
    assert timeline.tail("To be\nor ", 6) == "…be⏎or␣"
    assert timeline.tail("or ") == "or␣"


def test_a_run_that_cannot_show_anything_says_why_and_the_others_go_on(store: Store):
    knows, other = tiny.run(store, tiny.TEXT + "é"), tiny.run(store)
    shown = views(store, [(other, 1), (knows, 1), (knows, 9), ("gone2345", 1)], "é", 20)
    assert [bool(view.problem) for view in shown] == [True, False, True, True]
    assert "é" in shown[0].problem
    assert len(shown[1].texts[0]) == 20
    (half,) = views(store, [(other, 1)], "fé", 5)
    assert "é" in half.unknown


def test_a_setting_out_of_range_is_refused(store: Store):
    with pytest.raises(ConfigError):
        timeline.views(store, [(tiny.run(store), 1)], replace(timeline.SETTINGS, temperatures=[-1.0]))
