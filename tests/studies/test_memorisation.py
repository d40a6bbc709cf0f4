"""Is it just copying? Planted copies, chance, and what is said about them."""

from __future__ import annotations

import json
import random
import time
from dataclasses import replace

import numpy as np
import pytest
import tiny
from hypothesis import given, settings
from hypothesis import strategies as st

from rnnkit.cli import main as cli
from rnnkit.config import TokenizerConfig
from rnnkit.errors import CorpusError, UnknownEpoch
from rnnkit.studies import memorisation
from rnnkit.studies.memorisation import Index
from rnnkit.texts import own, tokenizers

# Words of several scripts; the last one's letters lie outside the 16 bits that many programs stop at.
WORDS = {
    "Latin": "the fox and dog ran over hills where no bird sang of summer rain",
    "Cyrillic": "однажды ночью волк вышел из леса и увидел луну над тёмной рекой",
    "Chinese": "天 地 玄 黄 宇 宙 洪 荒 日 月 盈 昃 辰 宿 列 张 寒 来 暑 往 秋 收 冬 藏",
    "Arabic": "في يوم من الأيام كان هناك ملك عظيم يحكم البلاد الواسعة",
    "emoji": "🦊🐺 👩\u200d👩\u200d👧 🌧\ufe0f 🎉🎉 🏳\ufe0f\u200d🌈 🇫🇷 ✨ 👍🏽 🐌🐌 🌍🌙",
}
SCRIPTS = {script: words.split() for script, words in WORDS.items()}
every_script = pytest.mark.parametrize("script", SCRIPTS)
KINDS = ("characters", "words")


def text_of(script: str, words: int = 4000, seed: int = 0) -> str:
    """Lines of seven words in random order."""
    chosen = random.Random(seed).choices(SCRIPTS[script], k=words)
    return "\n".join(" ".join(chosen[at : at + 7]) for at in range(0, words, 7)) + "\n"


def index(text: str, held_out: float = 0.0, **config) -> Index:
    return Index(text, tokenizers.build(text, TokenizerConfig(**config)), held_out)


def shuffled(text: str, size: int, seed: int) -> str:
    return "".join(random.Random(seed).choices(text, k=size))


# ---- planted copies and chance


@every_script
def test_every_planted_copy_is_found_where_it_was_planted_and_where_it_was_taken_from(script: str):
    text = text_of(script)
    searched, luck = index(text), random.Random(1)
    for seed in range(20):
        taken, size = luck.randrange(len(text) - 100), luck.randint(60, 100)
        copy = text[taken : taken + size]
        before, after = shuffled(text, luck.randint(0, 80), seed), shuffled(text, luck.randint(0, 80), -seed)
        sample = before + copy + after
        longest = searched.examine(sample).longest
        assert longest.start <= len(before)
        assert longest.end >= len(before) + size
        assert longest.text == sample[longest.start : longest.end]
        found = text[longest.position : longest.position + longest.length]
        assert found == longest.text
        assert text.index(found) == longest.position
        assert longest.line == text.count("\n", 0, longest.position) + 1
        assert longest in searched.examine(sample).passages


@every_script
def test_planted_words_are_found_too(script: str):
    text = text_of(script)
    words = tokenizers.prepare(text, TokenizerConfig(kind="words"))
    searched, luck = index(text, kind="words"), random.Random(2)
    for seed in range(10):
        taken = luck.randrange(len(words) - 20)
        noise = [random.Random(f"{seed}{side}").choices(words, k=30) for side in "lr"]
        sample = " ".join([*noise[0], *words[taken : taken + 20], *noise[1]])
        longest = searched.examine(sample).longest
        assert longest.length >= 20
        said = tokenizers.prepare(longest.text, TokenizerConfig(kind="words"))
        assert said == words[longest.position : longest.position + longest.length]


@every_script
def test_several_copies_in_one_sample_are_all_found(script: str):
    text = text_of(script)
    parts = [text[100:150], text[3000:3060], text[700:745]]
    sample = "\0".join(parts)  # a symbol that the vocabulary does not know parts them
    found = index(text).examine(sample, at_least=40).passages
    assert [passage.text for passage in found] == parts
    assert [passage.start for passage in found] == [0, 51, 112]


@every_script
def test_nothing_is_found_in_shuffled_text(script: str):
    text = text_of(script)
    searched = index(text)
    copies = [searched.examine(shuffled(text, 400, seed)) for seed in range(1, 31)]
    assert [found.passages for found in copies if found.passages] == []
    assert searched.chance - 5 <= max(found.longest.length for found in copies)  # it does not ask for too much either


def test_the_length_of_chance_grows_with_the_text_and_falls_with_the_alphabet():
    letters = {size: shuffled("abcdefghijklmnopqrstuvwxyz\n", size, 5) for size in (1_000, 100_000)}
    assert index(letters[1_000]).chance < index(letters[100_000]).chance
    assert index(shuffled("ab", 1_000, 5)).chance > index(letters[1_000]).chance


def plain_lengths(text: str, sample: str) -> list[int]:
    """The slow way: the longest match at each place of the sample."""
    return [
        next(size for size in range(len(sample) - at, -1, -1) if sample[at : at + size] in text)
        for at in range(len(sample))
    ]


@settings(max_examples=150, deadline=None)
@given(st.text("ab\n", min_size=4, max_size=60), st.text("ab\nx", max_size=30), st.integers(1, 5))
def test_what_is_found_is_what_plain_search_finds(text: str, sample: str, at_least: int):
    text = f"ab{text}"
    found = index(text).examine(sample, at_least)
    lengths = plain_lengths(text, sample)
    ends = [at + size for at, size in enumerate(lengths)]
    expected = [
        (at, ends[at]) for at in range(len(sample)) if lengths[at] >= at_least and ends[at] > max(ends[:at], default=0)
    ]
    assert [(passage.start, passage.end) for passage in found.passages] == expected
    assert (found.longest.length if found.longest else 0) == max(lengths, default=0)
    for passage in found.passages:
        assert passage.position == text.index(passage.text)
        assert passage.times == sum(text.startswith(passage.text, at) for at in range(len(text)))


@settings(max_examples=150, deadline=None)
@given(st.text("ab", min_size=2, max_size=40), st.data())
def test_a_place_that_does_not_count_leaves_the_best_of_all_others(text: str, data: st.DataObject):
    at = data.draw(st.integers(0, len(text) - 1))
    piece = text[at : at + data.draw(st.integers(1, 12))]
    others = [place for place in range(len(text)) if place != at]
    expected = max(
        size for size in range(len(piece) + 1) if not size or any(text.startswith(piece[:size], o) for o in others)
    )
    part = memorisation.SearchableText(np.array([ord(letter) for letter in text], np.int32))
    assert part.match(piece, itself=at) == expected


@settings(max_examples=150, deadline=None)
@given(st.lists(st.integers(0, 3), max_size=80), st.integers(0, 40))
def test_the_suffix_array_is_the_sorted_suffixes(symbols: list[int], repeats: int):
    symbols = symbols + [1, 0] * repeats
    expected = sorted(range(len(symbols)), key=lambda place: symbols[place:])
    assert memorisation.suffix_array(np.array(symbols, np.int32)).tolist() == expected


def test_a_large_vocabulary_and_long_repeats_are_sorted_too():
    luck = np.random.default_rng(0)
    block = luck.integers(0, 90_000, 300)
    symbols = np.concatenate([block, block, luck.integers(0, 90_000, 100), block]).astype(np.int32)
    expected = sorted(range(len(symbols)), key=lambda place: symbols[place:].tolist())
    assert memorisation.suffix_array(symbols).tolist() == expected


# ---- novelty


def test_a_sample_that_is_the_text_has_no_novelty_and_is_one_passage():
    text = text_of("Latin", 300)
    found = index(text).examine(text)
    assert found.novelty == 0
    assert [passage.text for passage in found.passages] == [text]
    assert found.longest.times == 1


def test_novelty_is_the_share_of_pieces_that_the_text_does_not_have():
    text = text_of("Latin", 300)
    sample = text[50:80] + "zzz"  # 33 letters, 22 pieces of 12, of which the last three have a z
    assert index(text).examine(sample).novelty == pytest.approx(3 / 22)
    words = "one two three four five six\n"
    assert index(words, kind="words").examine("one two three four six").novelty == pytest.approx(1 / 2)


@pytest.mark.parametrize("kind", KINDS)
def test_an_empty_or_short_sample_has_no_novelty(kind: str):
    searched = index(text_of("Latin", 300), kind=kind)
    assert searched.examine("").longest is None
    assert searched.examine("").novelty is None
    assert searched.examine("the fox").novelty is None
    assert searched.examine("the fox").longest.text == "the fox"


def test_a_sample_of_nothing_that_the_text_has_is_all_new():
    found = index(text_of("Latin", 300)).examine("Ω" * 50)
    assert found.novelty == 1
    assert found.longest is None
    assert found.passages == []


def test_the_text_itself_says_what_is_usual():
    repeats = index("".join(f"line {number % 10} is one of ten\n" for number in range(400))).usual
    assert repeats.novelty == 0
    assert repeats.longest == memorisation.PIECE
    fresh = index(shuffled("abcdefghijklmnopqrstuvwxyz\n", 20_000, 1))
    assert fresh.usual.novelty == 1
    assert fresh.usual.longest < fresh.chance


# ---- the text as the network saw it


def test_line_ends_read_as_spaces_are_the_same_in_text_and_sample():
    text = text_of("Latin", 300)
    searched = index(text, newlines="space")
    found = searched.examine(text[200:300].replace("\n", " "))
    assert found.longest.length == 100
    assert found.longest.line == text.count("\n", 0, 200) + 1


def test_words_are_compared_in_lower_case_without_the_rare_ones():
    text = "Fox runs home, quickly.\nFox runs home, slowly.\n" * 3 + "Once.\n"
    searched = index(text, kind="words", minimum_count=6)
    assert "quickly" not in searched.tokenizer.symbols
    found = searched.examine(" fox runs home,.\nfox runs", at_least=5).longest
    assert (found.start, found.end) == (1, 25)
    assert found.line == 1


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("newlines", ["keep", "space"])
@pytest.mark.parametrize("unknown_symbol", [True, False])
@pytest.mark.parametrize("vocab_size", [None, 5])
def test_a_text_is_read_as_its_tokenizer_reads_it(kind, newlines, unknown_symbol, vocab_size):
    config = TokenizerConfig(kind=kind, newlines=newlines, unknown_symbol=unknown_symbol, vocab_size=vocab_size)
    text = 'One, two -- 3.5 "four".\n\n\ufffd Çédille\'s end\n' * 3
    tokenizer = tokenizers.build(text, config)
    ids, lines = memorisation._read(text, tokenizer)
    assert ids.tolist() == tokenizer.encode(text).ids.tolist()
    expected = [len(tokenizer.encode("".join(text.splitlines(True)[:line])).ids) for line in range(len(lines))]
    assert lines == expected


def test_an_unknown_symbol_is_like_no_other():
    text = "abc abd abe abc abd x abe " * 20 + "q"
    searched = index(text, unknown_symbol=True, vocab_size=6)
    assert searched.examine("\ufffd\ufffd").longest is None
    assert searched.examine("abc\ufffdabc").longest.length == 3


def test_only_the_training_part_counts_and_the_held_out_part_is_said_separately():
    text = text_of("Latin", 700, seed=3) + text_of("Cyrillic", 300, seed=4)
    searched = index(text, held_out=0.2)
    cut = len(searched.training.letters)
    found = searched.examine(text[cut + 50 : cut + 120])
    assert found.longest.length < 70
    assert [passage.text for passage in found.held_out] == [text[cut + 50 : cut + 120]]
    assert found.held_out[0].position == cut + 50
    assert found.held_out[0].line == text.count("\n", 0, cut + 50) + 1
    assert searched.examine(text[200:260]).held_out == []


def test_what_stands_in_both_parts_is_a_copy_of_the_training_part_only():
    line = "that line is in both parts of it\n"
    text = shuffled("abcdefgh\n", 800, 1) + line + shuffled("abcdefgh\n", 150, 2) + line
    found = index(text, held_out=0.1).examine(line, at_least=20)
    assert [passage.text for passage in found.passages] == [line]
    assert found.held_out == []


def test_a_text_that_is_too_long_is_refused_in_a_sentence(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(memorisation, "MAX_SYMBOLS", 100)
    with pytest.raises(CorpusError, match="at most 100 characters"):
        index(text_of("Latin", 300))


# ---- runs


def test_the_text_of_a_run_is_found_and_another_one_is_refused(store):
    name = own.add(store, tiny.TEXT, "Foxes")
    run = store.run(tiny.run(store, corpus=name))
    assert memorisation.index_of(store, run).examine("the lazy dog", at_least=5).longest.text == "the lazy dog"
    other = replace(run, provenance={"corpus": {"sha256": "0" * 64}})
    with pytest.raises(CorpusError, match="the text that run"):
        memorisation.index_of(store, other)
    with pytest.raises(UnknownEpoch, match="expected one with a finished epoch"):
        memorisation.index_of(store, store.run(store.create_run(tiny.config())))


def test_the_command_line_says_what_a_sample_has_copied(store, capsys):
    name = own.add(store, tiny.TEXT, "Foxes")
    order = ["sample", tiny.run(store, corpus=name), "--temperatures", "0,1", "--length", "60", "--copies"]
    assert cli.main([*order, "--json"]) == 0
    for sample in json.loads(capsys.readouterr().out)["samples"]:
        longest = sample["longest_copy"]
        assert longest["text"] in sample["text"]
        assert tiny.TEXT[longest["position"] :].startswith(longest["text"])
        assert len(longest["text"]) == longest["length"]
        assert 0 <= sample["novelty"] <= 1
    assert cli.main(order) == 0
    said = capsys.readouterr().out
    assert said.count("(longest copy: ") == 2
    assert f"{longest['length']} character" in said
    assert cli.main(order[:-1]) == 0
    assert "copy" not in capsys.readouterr().out


def test_the_command_line_says_when_the_text_is_gone(store, capsys):
    assert cli.main(["sample", tiny.run(store), "--copies", "--length", "20"]) == 2
    assert capsys.readouterr().err.startswith("corpus: expected one of")


def test_a_sample_takes_milliseconds_on_a_text_of_a_novel():
    text = text_of("Latin", 100_000)
    began = time.perf_counter()
    searched = index(text)
    built = time.perf_counter()
    searched.examine(text[1000:1200] + shuffled(text, 200, 0), at_least=10)
    done = time.perf_counter()
    assert built - began < 20  # 0.2 s on an idle machine
    assert done - built < 1  # 0.01 s
