"""Text to ids and back: characters, the recipe lecture's words, what is unknown, what is stored."""

import json
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnnkit.config import TokenizerConfig
from rnnkit.errors import CorpusError, DamagedCheckpoint
from rnnkit.texts import tokenizers

CHARACTERS = TokenizerConfig()
WORDS = TokenizerConfig(kind="words")


def words(text, **fields):
    return tokenizers.prepare(text, TokenizerConfig(kind="words", **fields))


def test_characters_are_sorted_and_come_back():
    tokenizer = tokenizers.build("hello\nworld", CHARACTERS)
    assert tokenizer.symbols == ("\n", "d", "e", "h", "l", "o", "r", "w")
    encoding = tokenizer.encode("hello\nworld")
    assert encoding.ids.dtype == np.int32
    assert encoding.ids[:5].tolist() == [3, 2, 4, 4, 5]
    assert encoding.unknown == {}
    assert encoding.sentence() is None
    assert tokenizer.decode(encoding.ids) == "hello\nworld"


def test_line_ends_can_be_read_as_spaces():
    tokenizer = tokenizers.build("a\nb", TokenizerConfig(newlines="space"))
    assert tokenizer.symbols == (" ", "a", "b")
    assert tokenizer.decode(tokenizer.encode("a\nb").ids) == "a b"


def test_unknown_symbols_are_reported_and_left_out_without_an_entry_for_them():
    encoding = tokenizers.build("abc", CHARACTERS).encode("aéébxc")
    assert encoding.ids.tolist() == [0, 1, 2]
    assert encoding.unknown == {"é": 2, "x": 1}
    assert encoding.unknown_count == 3
    assert encoding.sentence() == "3 tokens are not in this vocabulary: 'é' (2x), 'x' (1x)"


def test_unknown_symbols_become_the_unknown_id_where_there_is_one():
    tokenizer = tokenizers.build("abc", TokenizerConfig(unknown_symbol=True))
    assert tokenizer.symbols == ("a", "b", "c", "\ufffd")
    encoding = tokenizer.encode("aéb")
    assert encoding.ids.tolist() == [0, 3, 1]
    assert encoding.unknown == {"é": 1}
    assert tokenizer.decode(encoding.ids) == "a\ufffdb"


def test_a_text_that_holds_the_unknown_symbol_itself_has_it_once():
    tokenizer = tokenizers.build("ab\ufffd", TokenizerConfig(unknown_symbol=True))
    assert tokenizer.symbols == ("a", "b", "\ufffd")
    assert tokenizer.encode("\ufffd").ids.tolist() == [2]


def test_only_a_readable_number_of_unknown_symbols_is_named_but_all_are_counted():
    strange = "".join(chr(0x4E00 + i) for i in range(500))
    encoding = tokenizers.build("abc", CHARACTERS).encode(strange)
    assert len(encoding.unknown) == tokenizers.UNKNOWN_KEPT
    assert encoding.unknown_count == 500


def test_lone_surrogates_in_a_prompt_are_unknown_and_can_be_shown():
    encoding = tokenizers.build("abc", CHARACTERS).encode("a\ud800b")
    assert encoding.ids.tolist() == [0, 1]
    assert encoding.unknown == {"\ufffd": 1}
    json.dumps(encoding.unknown).encode("utf-8")


def test_the_largest_vocabulary_keeps_the_most_frequent_symbols():
    assert tokenizers.build("aaabbc", TokenizerConfig(vocab_size=2)).symbols == ("a", "b")
    assert tokenizers.build("cab", TokenizerConfig(vocab_size=2)).symbols == ("a", "b")
    with_unknown = tokenizers.build("aaabbc", TokenizerConfig(vocab_size=2, unknown_symbol=True))
    assert with_unknown.symbols == ("a", "b", "\ufffd")


def test_punctuation_stands_apart_and_words_are_lower_case():
    assert words("Word! (word);") == ["word", "!", "(", "word", ")", ";"]


def test_a_line_end_is_a_word_of_its_own():
    assert words("word\nword\n\nend") == ["word", "\n", "word", "\n", "\n", "end"]


def test_runs_of_dashes_are_one_word_and_a_single_dash_stands_apart():
    assert words("all-purpose -- minced\n--------") == ["all", "-", "purpose", "--", "minced", "\n", "--------"]


def test_tabs_and_other_spaces_are_taken_out():
    assert words("1\tcup\t\tsugar \u00a0 fine") == ["1", "cup", "sugar", "fine"]


def test_apostrophes_fractions_and_numbers_stay_whole_inside_a_word():
    assert words("confectioner's 1/2 350F, 1.5 1,000. 'quoted'") == (
        ["confectioner's", "1/2", "350f", ",", "1.5", "1,000", ".", "'", "quoted", "'"]
    )


def test_rare_words_are_taken_out_of_the_text_and_of_the_vocabulary():
    text = "egg egg milk egg milk salt"
    assert words(text, minimum_count=2) == ["egg", "egg", "milk", "egg", "milk"]
    tokenizer = tokenizers.build(text, TokenizerConfig(kind="words", minimum_count=2))
    assert tokenizer.symbols == ("egg", "milk")
    encoding = tokenizer.encode(text)
    assert encoding.ids.tolist() == [0, 0, 1, 0, 1]
    assert encoding.unknown == {"salt": 1}


def test_rare_words_become_the_unknown_symbol_where_there_is_one():
    tokenizer = tokenizers.build(
        "egg egg salt milk milk", TokenizerConfig(kind="words", minimum_count=2, unknown_symbol=True)
    )
    assert tokenizer.decode(tokenizer.encode("egg salt milk").ids) == "egg \ufffd milk"


def test_words_are_written_with_the_spaces_a_reader_expects():
    text = "stir (gently), then serve: hot!\n2 cups milk"
    tokenizer = tokenizers.build(text, WORDS)
    assert tokenizer.decode(tokenizer.encode(text).ids) == text


def test_a_streamed_text_goes_on_as_if_it_came_in_one_piece():
    tokenizer = tokenizers.build("one, two (three)\nfour", WORDS)
    ids = tokenizer.encode("one, two (three)\nfour").ids.tolist()
    for cut in range(1, len(ids)):
        parts = tokenizer.pieces(ids[:cut]) + tokenizer.pieces(ids[cut:], after=ids[cut - 1])
        assert "".join(parts) == "one, two (three)\nfour"


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), min_size=1, max_size=60))
@settings(max_examples=150, deadline=None)
def test_any_characters_come_back(text):
    tokenizer = tokenizers.build(text + "ab", CHARACTERS)
    ids = tokenizer.encode(text).ids
    assert tokenizer.decode(ids) == text == "".join(tokenizer.pieces(ids))


@given(st.text(alphabet="aB1 .,;!?()[]'/-\u2014\u201c\u201d\n\té$%", min_size=1, max_size=60))
@settings(max_examples=300, deadline=None)
def test_any_words_come_back_as_the_same_words(text):
    tokenizer = tokenizers.build(text + " ab cd", WORDS)
    ids = tokenizer.encode(text).ids
    written = tokenizer.decode(ids)
    assert written == "".join(tokenizer.pieces(ids))
    assert words(written) == words(text)


@pytest.mark.parametrize(
    "config", [CHARACTERS, WORDS, TokenizerConfig(kind="words", minimum_count=2, unknown_symbol=True)], ids=str
)
def test_a_vocabulary_survives_json(config):
    text = 'a\n\u2028\ufffd\0 \\ " a\n </script> a'
    tokenizer = tokenizers.build(text, config)
    again = tokenizers.from_json(json.loads(json.dumps(tokenizer.to_json())))
    assert again == tokenizer
    assert again.encode(text).ids.tolist() == tokenizer.encode(text).ids.tolist()


def test_lone_surrogates_never_enter_a_vocabulary():
    assert tokenizers.build("ab\ud800", CHARACTERS).symbols == ("a", "b")
    assert tokenizers.build("ab\ud800 c", WORDS).symbols == ("ab", "c")


@pytest.mark.parametrize(
    "data",
    [
        None,
        {},
        {"config": {}, "symbols": []},
        {"config": {}, "symbols": ["a"]},
        {"config": {}, "symbols": ["a", "a"]},
        {"config": {}, "symbols": ["a", 3]},
        {"config": {}, "symbols": ["a", "bc"]},
        {"config": {}, "symbols": ["a", "\ud800"]},
        {"config": {"kind": "syllables"}, "symbols": ["a", "b"]},
        {"config": {"unknown_symbol": True}, "symbols": ["a", "b"]},
    ],
)
def test_a_damaged_vocabulary_is_refused_with_a_sentence(data):
    with pytest.raises(DamagedCheckpoint, match="vocabulary: expected"):
        tokenizers.from_json(data)


def test_a_text_with_nothing_to_tell_apart_is_refused():
    with pytest.raises(CorpusError, match="at least 2 different characters, got 1"):
        tokenizers.build("aaaa", CHARACTERS)
    with pytest.raises(CorpusError, match="words seen at least 5 times, got 0"):
        tokenizers.build("each word once", TokenizerConfig(kind="words", minimum_count=5))


def test_a_hundred_thousand_distinct_symbols_are_neither_slow_nor_huge():
    text = "".join(chr(0x10000 + i) for i in range(100_000)) * 3
    started = time.perf_counter()
    tokenizer = tokenizers.build(text, TokenizerConfig(vocab_size=5_000, unknown_symbol=True))
    encoding = tokenizer.encode(text)
    assert time.perf_counter() - started < 2.0
    assert tokenizer.vocab_size == 5_001
    assert encoding.unknown_count == 285_000
    assert len(encoding.unknown) == tokenizers.UNKNOWN_KEPT


def test_more_words_than_a_vocabulary_can_hold_are_refused_with_what_to_set():
    text = " ".join(f"w{i}" for i in range(tokenizers.MAX_VOCAB + 1))
    with pytest.raises(CorpusError, match=r"at most 100,000 different words, got 100,001; set tokenizer\.vocab_size"):
        tokenizers.build(text, WORDS)
    assert tokenizers.build(text, TokenizerConfig(kind="words", vocab_size=10)).vocab_size == 10


def test_words_by_spaces_stay_as_they_stand():
    text = "In a sense, people are us—like sun."
    tokenizer = tokenizers.build(text, TokenizerConfig(kind="words", word_rules="spaces"))
    assert "us—like" in tokenizer.symbols
    assert tokenizer.decode(tokenizer.encode(text).ids) == text


def test_words_of_a_script_without_spaces_are_announced():
    words, characters = TokenizerConfig(kind="words"), TokenizerConfig(kind="characters")
    chinese = "我喜欢吃苹果。\n今天下雨。\n"
    assert "Characters suit it better" in tokenizers.build(chinese, words).without_spaces
    assert tokenizers.build(chinese, characters).without_spaces is None
    assert tokenizers.build("to be or not to be", words).without_spaces is None


def test_a_prompt_is_read_in_the_form_that_the_vocabulary_knows():
    composed = tokenizers.build("un café", TokenizerConfig())
    decomposed = tokenizers.build("un cafe\u0301", TokenizerConfig())
    assert composed.in_its_form("cafe\u0301") == "café"
    assert decomposed.in_its_form("café") == "cafe\u0301"
    assert composed.in_its_form("ñ") == "ñ"
