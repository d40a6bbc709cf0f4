"""Symbols as a reader can see them."""

from rnnkit.texts.symbols import harmless, visible


def test_every_character_can_be_seen_on_a_page():
    symbols = " \n\ta\u00a0\u0301\x07\u200b"
    assert [visible(symbol) for symbol in symbols] == (["␣", "⏎", "⇥", "a", "U+00A0", "U+0301", "U+0007", "U+200B"])


def test_a_text_is_seen_letter_by_letter():
    assert visible("a fox\n") == "a␣fox⏎"
    assert [visible(symbol) for symbol in ("fox", "\u202e")] == ["fox", "U+202E"]


def test_what_a_terminal_would_obey_is_taken_out():
    assert harmless("a\x1b[31m\x9b\x07\r") == "a\ufffd[31m\ufffd\ufffd\ufffd"
    assert harmless("gpj.\u202egnp.exe\u2066") == "gpj.\ufffdgnp.exe\ufffd"
    assert harmless("ä\t\n") == "ä\t\n"
