"""A checkpoint is looked into while it reads a text of one's own, or what its run has held out."""

from __future__ import annotations

import numpy as np
import pytest
import tiny

from rnnkit.errors import PromptError
from rnnkit.store import Store
from rnnkit.studies import inside
from rnnkit.studies.checkpoint import load
from rnnkit.texts import corpora
from rnnkit.texts.batches import split


def test_the_held_out_text_is_the_end_of_the_text(store: Store, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(corpora, "load", lambda name, store: tiny.TEXT)
    run = tiny.run(store)
    checkpoint = load(store, run)
    reading = inside.of_held_out(store, checkpoint, most=50)
    ids = checkpoint.codec.encode(tiny.TEXT).ids
    _, held_out = split(ids, checkpoint.run.config.batches.validation_fraction or inside.FRACTION)
    np.testing.assert_array_equal(reading.ids, held_out[:50])
    assert all(len(values) == len(reading.ids) for layer in reading.layers for values in layer.quantities.values())


def test_tokens_stand_as_they_do_in_the_text(store: Store):
    checkpoint = load(store, tiny.run(store, tokenizer={"kind": "words"}))
    reading = inside.of_text(checkpoint, "The fox jumps")
    assert "".join(reading.pieces) == checkpoint.codec.decode(reading.ids)


def test_what_cannot_be_read_is_refused(store: Store):
    checkpoint = load(store, tiny.run(store))
    for text in ("", "日本", "the " * 6_000):
        with pytest.raises(PromptError, match="text: expected 1 to 20,000 tokens"):
            inside.of_text(checkpoint, text)
