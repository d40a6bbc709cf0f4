# ruff: noqa: RUF001 - letters that look like others are what is read here
"""Bytes to text: every encoding that people's files are in, or a sentence."""

import bz2
import contextlib
import gzip
import os
import time
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnnkit.errors import CorpusError
from rnnkit.texts import corpora, decoding, own

FOLDER = os.environ.get("RNNKIT_CORPORA", "")
needs_folder = pytest.mark.skipif(
    not (Path(FOLDER) / "baudelaire.txt").is_file(), reason="RNNKIT_CORPORA names no folder with the known texts"
)
FRENCH = "Les frères péchés à la mère — « c\u2019est l\u2019été »"


@pytest.mark.parametrize(
    ("data", "encoding", "text"),
    [
        (FRENCH.encode(), "utf-8", FRENCH),
        (b"\xef\xbb\xbf" + FRENCH.encode(), "utf-8", FRENCH),
        (FRENCH.encode("cp1252"), "cp1252", FRENCH),
        ("Größe und Straße".encode("latin-1"), "cp1252", "Größe und Straße"),
        (FRENCH.encode("utf-16"), "utf-16-le", FRENCH),
        (b"\xfe\xff" + FRENCH.encode("utf-16-be"), "utf-16-be", FRENCH),
        (FRENCH.encode("utf-16-le"), "utf-16-le", FRENCH),
        (FRENCH.encode("utf-16-be"), "utf-16-be", FRENCH),
        ("Привет, как дела?".encode("utf-16-le"), "utf-16-le", "Привет, как дела?"),
        (FRENCH.encode("utf-32"), "utf-32-le", FRENCH),
        ("Привет, как дела? Это текст".encode("cp1251"), "cp1251", "Привет, как дела? Это текст"),
        (
            "これは日本語のテキストです。とても短い".encode("shift_jis"),
            "shift_jis",
            "これは日本語のテキストです。とても短い",
        ),
        (b"<script>alert(1)</script>", "utf-8", "<script>alert(1)</script>"),
        (b"one\r\ntwo\rthree", "utf-8", "one\ntwo\nthree"),
    ],
)
def test_the_encoding_is_found_and_told(data, encoding, text):
    assert decoding.decode(data)[:3] == (text, encoding, 0)


@needs_folder
def test_the_windows_file_of_the_french_verse_is_read_without_a_fault():
    decoded = decoding.decode((Path(FOLDER) / "baudelaire.txt").read_bytes())
    assert (decoded.encoding, decoded.replaced) == ("cp1252", 0)
    assert decoded.text == corpora.load("verse")


@pytest.mark.parametrize(
    ("data", "text", "encoding"),
    [
        ("a\ud800b".encode("utf-8", "surrogatepass"), "a\ufffdb", "utf-8"),
        (FRENCH.encode() + b"\xff", FRENCH + "\ufffd", "utf-8"),
        (b"\xff\xfea\0\x00\xd8b\0", "a\ufffdb", "utf-16-le"),
        ("We read a book.\nok 😀".encode()[:-1], "We read a book.\nok \ufffd", "utf-8"),
        (b"It was late, she said \x93no\x94 and left \x9d.", "It was late, she said “no” and left \ufffd.", "cp1252"),
    ],
)
def test_what_cannot_be_read_is_replaced_and_counted(data, text, encoding):
    decoded = decoding.decode(data)
    assert decoded[:3] == (text, encoding, 1)
    line = 1 + text[: text.index("\ufffd")].count("\n")
    assert any(note.endswith(f"shown as \ufffd: 1, the first in line {line}.") for note in decoded.notes)


def test_surrogates_that_were_written_in_pairs_are_joined():
    halves = "ok \ud83d\ude00".encode("utf-8", "surrogatepass")
    assert decoding.decode(halves)[:3] == ("ok 😀", "utf-8", 0)


def test_lines_that_are_not_utf8_are_read_by_themselves_and_counted():
    data = "j’ai préparé un café\n".encode() * 5 + "j’ai préparé un café\n".encode("cp1252")
    decoded = decoding.decode(data)
    assert decoded[:3] == ("j’ai préparé un café\n" * 6, "utf-8", 0)
    assert decoded.notes == ("Lines that are not UTF-8 and were read as cp1252: 1.",)


@pytest.mark.parametrize(
    ("given", "text", "note"),
    [
        ("one\n\ufefftwo\n\ufeffthree", "one\ntwo\nthree", "byte-order marks (U+FEFF) (2, the first in line 2)"),
        (
            "zero\u200bwidth so\u00adft",
            "zerowidth soft",
            "zero-width spaces (U+200B) (1, the first in line 1), soft hyphens (U+00AD) (1, ",
        ),
        ("the end\n\x1a\0\0", "the end\n", "NUL or end-of-file signs (3)"),
        ("to be or not " * 99 + "\0to be", "to be or not " * 99 + "to be", "NUL signs (1, the first in line 1)"),
        ("cafe\u0301 café", "café café", "(Unicode NFC): 1, e.g. eU+0301 to é."),
    ],
)
def test_what_nobody_sees_is_taken_out_and_said(given, text, note):
    decoded = decoding.decode(given.encode())
    assert decoded.text == text
    assert note in decoded.notes[0]
    assert own.read(given).text == text


def test_letters_stay_decomposed_where_that_is_asked():
    assert decoding.decode("cafe\u0301 café".encode(), nfc=False)[:4] == ("cafe\u0301 café", "utf-8", 0, ())


def test_the_encoding_can_be_named():
    data = "fõ és ű".encode("cp1250", "replace")
    assert decoding.decode(data, "iso8859_2").encoding == "iso8859_2"
    assert decoding.decode(b"<html><p>caf\xe9", "cp1252").text == "<html><p>café"
    with pytest.raises(CorpusError, match=r"encoding: expected one that is known.*got 'cp125x'; did you mean cp125"):
        decoding.decode(data, "cp125x")
    for no_text in ("rot13", "hex", "no such", "a\0b"):
        with pytest.raises(CorpusError, match="encoding: expected one that is known"):
            decoding.decode(data, no_text)


@pytest.mark.parametrize("end", ["\n", " "])
def test_a_damaged_text_is_read_in_five_times_its_size(end):
    half = f"Утром я сварил кашу.{end}".encode() * 50_000
    data = half + "я ".encode() + b"\xff" + half
    tracemalloc.start()
    assert decoding.decode(data).replaced == 1
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak <= 5 * len(data)


def test_the_encoding_of_a_large_file_is_found_from_its_telling_lines():
    data = b"plain ascii here\n" * 300_000 + FRENCH.encode("cp1252") + b"\n"
    started = time.perf_counter()
    assert decoding.decode(data).encoding == "cp1252"
    assert time.perf_counter() - started < 2


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "got an empty file"),
        (b" \r\n\t", "got an empty file"),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "got a PNG picture"),
        (gzip.compress(b"hello", mtime=0), "got a gzip archive"),
        (b"PK\x03\x04rest", "got a zip archive"),
        (b"{\\rtf1\\ansi hello}", "got a document in rich text format"),
        (b"\xef\xbb\xbf\n<!DOCTYPE html><p>hello", "got a web page"),
        (b"MThd\0\0\0\x06\0\1", "got music notes"),
        (b"ID3\x03\0hello", "got music .MP3"),
        (b"RIFF\1\2\3\4WAVEfmt ", "got a sound recording .WAV"),
        (b"7z\xbc\xaf\x27\x1c\0", "got a 7-Zip archive"),
        (bz2.compress(b"hello"), "got a bzip2 archive"),
        (b"abc\0defg", "got a NUL at byte 4"),
        (b"abc\0def", "got a NUL at byte 4"),
        (bytes(range(1, 32)) * 20, "got binary data"),
        (bytes((i * 7919 + i * i) % 256 or 1 for i in range(5000)), "expected plain text"),
        (b"a" * 50_000_001, "at most 50 MB .*got 50 MB"),
    ],
)
def test_what_is_no_text_is_refused_with_a_sentence(data, sentence):
    with pytest.raises(CorpusError, match=f"text: expected .*{sentence}|{sentence}"):
        decoding.decode(data)


def test_a_file_of_200_mb_is_refused_at_once(monkeypatch):
    data = bytes(200_000_000)
    started = time.perf_counter()
    with pytest.raises(CorpusError, match=r"at most 50 MB \(RNNKIT_MAX_TEXT_MB\), got 200 MB"):
        decoding.decode(data)
    assert time.perf_counter() - started < 0.1
    monkeypatch.setenv("RNNKIT_MAX_TEXT_MB", "1")
    with pytest.raises(CorpusError, match="at most 1 MB"):
        own.check("ab" * 600_000)


@given(st.binary(max_size=400))
@settings(max_examples=300, deadline=None)
def test_any_bytes_become_a_text_that_can_be_stored_or_a_sentence(data):
    with contextlib.suppress(CorpusError):
        text = decoding.decode(data).text
        text.encode()
        assert "\0" not in text
        assert "\r" not in text
