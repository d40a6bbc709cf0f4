"""Encoded texts are kept between runs: the same ids, whatever becomes of the file, and no more room than there is."""

from __future__ import annotations

import os
import time
from pathlib import Path

import numpy as np
import pytest
from at_once import in_threads
from hypothesis import HealthCheck, given
from hypothesis import settings as tried
from hypothesis import strategies as st

from rnnkit import tasks
from rnnkit.config import RunConfig, TokenizerConfig, with_settings
from rnnkit.store import Store
from rnnkit.texts import encoded, own, tokenizers

FOX = "The quick brown fox jumps over the lazy dog; caf\u00e9, 12.5 \u4e2d\u6587!\n" * 30


@pytest.fixture(autouse=True)
def _all_are_worth_it(monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    monkeypatch.setattr(encoded, "WORTH_KEEPING", 0)


def files() -> list[Path]:
    return sorted(encoded.folder().glob("*.ids"))


def same(one: encoded.EncodedText, other: encoded.EncodedText) -> bool:
    a, b = one.encoding, other.encoding
    counted = [(text.unknown, text.unknown_count, text.tokens) for text in (a, b)]
    others = [(text.tokenizer, *text[2:]) for text in (one, other)]
    return np.array_equal(a.ids, b.ids) and counted[0] == counted[1] and others[0] == others[1]


@tried(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    st.text(st.sampled_from("abc dé中\n.,'\U0001f600"), min_size=2, max_size=80).filter(
        lambda text: len(set(text)) > 1
    ),
    st.sampled_from([{}, {"unknown_symbol": True, "vocab_size": 2}, {"newlines": "space"}, {"vocab_size": 3}]),
)
def test_a_kept_text_is_the_encoded_one(store: Store, text: str, config: dict):
    rules = TokenizerConfig.model_validate(config)
    name = store.add_text(encoded.checksum(text), "a text", text)
    fresh, kept = (encoded.read(name, rules, store) for _ in range(2))
    built = tokenizers.build(text, rules)
    assert same(fresh, kept)
    assert kept.tokenizer == built
    assert kept.encoding.ids.tolist() == built.encode(text).ids.tolist()


def test_a_text_of_ones_own_is_read_once(store: Store, monkeypatch: pytest.MonkeyPatch):
    name = own.add(store, FOX, "fox")
    first = encoded.read(name, TokenizerConfig(), store)
    monkeypatch.setattr(Store, "text", lambda *_: pytest.fail("the text was read"))
    assert same(encoded.read(name, TokenizerConfig(), store), first)
    state = first.tokenizer.to_json()
    with pytest.raises(BaseException, match="the text was read"):  # another vocabulary, another file
        encoded.read(name, TokenizerConfig(), store, {**state, "symbols": state["symbols"][1:]})


def test_another_vocabulary_or_text_has_a_file_of_its_own(store: Store):
    one, other = own.add(store, FOX, "fox"), own.add(store, FOX + "x", "other")
    words = TokenizerConfig(kind="words")
    read = [encoded.read(*asked, store) for asked in ((one, TokenizerConfig()), (one, words), (other, words))]
    encoded.read(other, words, store, read[1].tokenizer.to_json())
    assert len(files()) == 4
    assert len({text.sha256 for text in read}) == 2


@pytest.mark.parametrize("damage", ["torn", "longer", "flipped", "empty", "no head", "a head of another"])
def test_a_damaged_file_is_made_anew(store: Store, damage: str):
    name = own.add(store, FOX, "fox")
    first = encoded.read(name, TokenizerConfig(), store)
    [file] = files()
    whole = file.read_bytes()
    flipped = whole[:-1] + bytes([whole[-1] ^ 1])
    made = {
        "torn": whole[:-100], "longer": whole + b"\0", "flipped": flipped, "empty": b"", "no head": b"\xff" * 500,
        "a head of another": b'{"kind": "uint8"}\n' + b"\0" * 500,
    }  # fmt: skip
    file.write_bytes(made[damage])
    assert same(encoded.read(name, TokenizerConfig(), store), first)
    assert file.read_bytes() == whole


def test_many_that_write_at_once_leave_one_whole_file(store: Store):
    name = own.add(store, FOX, "fox")
    found = in_threads(8, lambda _: encoded.read(name, TokenizerConfig(), store))
    assert all(same(found[0], one) for one in found)
    assert [path.suffix for path in encoded.folder().iterdir()] == [".ids"]


def test_what_was_read_longest_ago_goes_when_there_is_no_room(store: Store, monkeypatch: pytest.MonkeyPatch):
    names = [own.add(store, FOX + str(i), f"fox {i}") for i in range(4)]
    for age, name in zip((40, 10, 30), names, strict=False):
        before = set(files())
        encoded.read(name, TokenizerConfig(), store)
        [new] = set(files()) - before
        os.utime(new, (time.time() - age, time.time() - age))
    oldest = min(files(), key=lambda path: path.stat().st_mtime)
    left = encoded.folder() / "left.0.part"
    left.write_bytes(b"x")
    os.utime(left, (1.0, 1.0))
    monkeypatch.setattr(encoded, "MOST_BYTES", 3 * oldest.stat().st_size + 100)
    encoded.read(names[3], TokenizerConfig(), store)
    assert len(files()) == 3
    assert not oldest.exists()
    assert not left.exists()


def test_without_room_or_right_to_write_a_text_is_encoded_all_the_same(store: Store, home: Path):
    home.mkdir(exist_ok=True)
    (home / "encoded").write_text("a file where the folder should be")
    assert encoded.read(own.add(store, FOX, "fox"), TokenizerConfig(), store).chars == len(FOX)


def test_a_trainer_reads_the_same_batches_from_a_kept_text(store: Store):
    config = with_settings(RunConfig(), {"corpus": own.add(store, FOX, "fox"), "batches.batch_size": 4})
    fresh, kept = (tasks.of(config).read(config, store, None) for _ in range(2))
    for one, other in (
        (fresh.training(1, 0), kept.training(1, 0)), (fresh.held_out["val_"](), kept.held_out["val_"]()),
    ):  # fmt: skip
        for a, b in zip(one, other, strict=True):
            assert (b.inputs[0].dtype, b.targets.dtype) == (np.int32, np.int32)
            np.testing.assert_array_equal(a.inputs[0], b.inputs[0])
            np.testing.assert_array_equal(a.targets, b.targets)


def test_a_short_text_is_not_kept(store: Store, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(encoded, "WORTH_KEEPING", 10_000)
    encoded.read(own.add(store, FOX, "fox"), TokenizerConfig(), store)
    assert not encoded.folder().exists()
