"""Bytes to text: every encoding that people's files are in, or a sentence."""

import contextlib
import gzip
import os
import time
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
    assert decoding.decode(data) == (text, encoding, 0)


@needs_folder
def test_the_windows_file_of_the_french_verse_is_read_without_a_fault():
    decoded = decoding.decode((Path(FOLDER) / "baudelaire.txt").read_bytes())
    assert (decoded.encoding, decoded.replaced) == ("cp1252", 0)
    assert decoded.text == corpora.load("verse")


def test_what_cannot_be_read_is_replaced_and_counted():
    assert decoding.decode("a\ud800b".encode("utf-8", "surrogatepass")) == ("a\ufffdb", "utf-8", 1)
    assert decoding.decode(FRENCH.encode() + b"\xff") == (FRENCH + "\ufffd", "utf-8", 1)
    assert decoding.decode(b"\xff\xfea\0\x00\xd8b\0") == ("a\ufffdb", "utf-16-le", 1)


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
