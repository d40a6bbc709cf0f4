"""The texts to learn from: the known ones, the built-in ones, downloads, and whatever people bring."""

import contextlib
import dataclasses
import gzip
import http.server
import os
import shutil
import socket
import threading
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnnkit.errors import CorpusError
from rnnkit.texts import cookbook, corpora, decoding

FOLDER = os.environ.get("RNNKIT_CORPORA", "")
FIGURES = {
    "sherlock": (274_907, 91),
    "nietzsche": (600_901, 85),
    "tinyshakespeare": (1_115_394, 65),
    "sonnets": (95_047, 61),
    "recipes": (1_534_923, 111),
    "meditations": (493, 32),
    "verse": (143_472, 92),
}
needs_folder = pytest.mark.skipif(
    not (Path(FOLDER) / "sherlock.txt").is_file(), reason="RNNKIT_CORPORA names no folder with the known texts"
)


@pytest.fixture
def no_folder(monkeypatch):
    monkeypatch.delenv("RNNKIT_CORPORA", raising=False)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """An empty corpora folder."""
    path = tmp_path / "corpora"
    path.mkdir()
    monkeypatch.setenv("RNNKIT_CORPORA", str(path))
    return path


def known(monkeypatch, text, **fields):
    """Make `sonnets` a corpus of this text."""
    entry = dataclasses.replace(corpora.CORPORA["sonnets"], sha256=corpora._sha256(text), **fields)
    monkeypatch.setitem(corpora.CORPORA, "sonnets", entry)


# ---- the known texts


def test_every_entry_says_where_it_is_from_and_what_may_be_done_with_it():
    for name, corpus in corpora.CORPORA.items():
        assert name == corpus.name
        assert corpus.title
        assert corpus.source
        assert corpus.licence
        assert corpus.built_in == (corpus.sha256 is None) == (corpus.filename is None)


@needs_folder
@pytest.mark.parametrize("name", FIGURES)
def test_a_known_text_has_the_figures_of_its_document(name):
    text = corpora.load(name)
    assert (len(text), len(set(text))) == FIGURES[name]
    info = corpora.info(name)
    assert list(info) == ["name", "title", "chars", "vocab", "sha256", "source", "licence"]
    assert (info["chars"], info["vocab"]) == FIGURES[name]
    assert info["sha256"] == corpora.CORPORA[name].sha256


@needs_folder
def test_the_french_verse_keeps_its_accents():
    assert "Nos péchés sont têtus, nos repentirs sont lâches" in corpora.load("verse")


def test_a_text_in_the_folder_is_normalised_before_it_is_checked(folder, monkeypatch):
    known(monkeypatch, "one\ntwo\nthree")
    (folder / "sonnets.txt").write_bytes(b"\xef\xbb\xbfone\r\ntwo\rthree")
    assert corpora.load("sonnets") == "one\ntwo\nthree"
    assert "sonnets" in corpora.offline_names()


def test_a_changed_text_in_the_folder_is_refused_with_what_was_expected(folder, monkeypatch):
    known(monkeypatch, "right")
    (folder / "sonnets.txt").write_text("wrong")
    expected, got = corpora._sha256("right")[:16], corpora._sha256("wrong")[:16]
    with pytest.raises(CorpusError, match=f"corpus sonnets: expected .*{expected}.*, got {got}.*sonnets.txt"):
        corpora.load("sonnets")
    info = next(info for info in corpora.names() if info.name == "sonnets")
    assert not info.available
    assert info.chars is None
    assert got in info.problem


def test_a_text_without_an_address_says_where_to_put_it(folder):
    with pytest.raises(CorpusError, match=r"put recipes\.txt into the folder .*RNNKIT_CORPORA.* python, cookbook"):
        corpora.load("recipes")


@pytest.mark.parametrize(
    "name", ["", "shrlock", "../../etc/passwd", "text", "cookbook-0", "cookbook-999999999", "x" * 9999]
)
def test_an_unknown_name_is_refused_with_the_known_ones(name):
    with pytest.raises(CorpusError, match="corpus: expected") as error:
        corpora.load(name)
    assert len(str(error.value)) < 300


# ---- built in


def test_the_standard_library_is_real_code_of_a_small_alphabet():
    text = corpora.load("python")
    assert len(text) > 900_000
    assert len(set(text)) <= 100
    assert "def " in text
    assert text == corpora.load("python")
    assert text.isascii()


def test_the_cookbook_comes_in_any_size():
    assert len(corpora.load("cookbook")) >= 500_000
    small = corpora.load("cookbook-3000")
    assert 3_000 <= len(small) < 6_000
    assert corpora.load("cookbook").startswith(small)
    assert corpora.info("cookbook-3000")["name"] == "cookbook-3000"
    assert corpora.load("cookbook-3000") == cookbook.write(3000, seed=0)


def test_without_folder_and_network_the_built_in_texts_work(no_folder):
    assert corpora.offline_names() == ["python", "cookbook"]
    figures = {info.name: info.chars for info in corpora.names()}
    assert figures["sherlock"] is None
    assert figures["cookbook"] >= 500_000


# ---- downloads


class Answer(http.server.BaseHTTPRequestHandler):
    text, status, asked = b"", 200, 0

    def do_GET(self):
        type(self).asked += 1
        self.send_response(self.status)
        self.send_header("Content-Length", str(len(self.text)))
        self.end_headers()
        self.wfile.write(self.text)

    def log_message(self, *_):
        pass


@pytest.fixture
def server(no_folder, monkeypatch):
    """A web server on this machine, and `sonnets` as a text that it has."""
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    answer = type("AnswerHere", (Answer,), {"text": b"\xef\xbb\xbfShall I\r\ncompare thee" * 5000})
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), answer) as web:
        threading.Thread(target=web.serve_forever, daemon=True).start()
        text = corpora.normalise(answer.text.decode())
        known(monkeypatch, text, url=f"http://127.0.0.1:{web.server_port}/sonnets.txt")
        yield answer
        web.shutdown()


def test_a_text_is_downloaded_once_with_progress(server, home):
    seen = []
    text = corpora.load("sonnets", progress=lambda done, total: seen.append((done, total)))
    assert text.startswith("Shall I\ncompare thee")
    assert seen[-1] == (len(server.text), len(server.text))
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)
    assert "sonnets" in corpora.offline_names()
    assert corpora.load("sonnets") == text
    assert server.asked == 1
    assert (home / "corpora" / "sonnets.txt").is_file()


def test_a_download_with_another_text_is_refused_and_not_kept(server, home):
    server.text = b"<html>Please log in to this network</html>"
    with pytest.raises(
        CorpusError, match=r"sonnets: expected .* got .*127\.0\.0\.1.*Nothing was kept.*python, cookbook"
    ):
        corpora.load("sonnets")
    assert list((home / "corpora").iterdir()) == []


def test_a_download_that_was_damaged_on_disk_is_fetched_again(server, home):
    text = corpora.load("sonnets")
    (home / "corpora" / "sonnets.txt").write_bytes(b"half of")
    assert "sonnets" not in corpora.offline_names()
    assert corpora.load("sonnets") == text
    assert server.asked == 2


def test_a_server_that_has_no_such_text_is_named(server):
    server.status = 404
    with pytest.raises(CorpusError, match=r"expected a text at http://127.0.0.1.*got status 404.*python, cookbook"):
        corpora.load("sonnets")


def test_without_a_network_the_sentence_names_what_works(no_folder, monkeypatch):
    known(monkeypatch, "x", url="http://127.0.0.1:9/sonnets.txt")
    started = time.perf_counter()
    with pytest.raises(CorpusError, match=r"cannot be reached.*is there a network\?.*these work: python, cookbook"):
        corpora.load("sonnets")
    assert time.perf_counter() - started < 5


def test_a_server_that_never_answers_is_not_waited_for(no_folder, monkeypatch):
    monkeypatch.setattr(corpora, "TIMEOUT_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        known(monkeypatch, "x", url=f"http://127.0.0.1:{silent.getsockname()[1]}/sonnets.txt")
        started = time.perf_counter()
        with pytest.raises(CorpusError, match="cannot be reached"):
            corpora.load("sonnets")
        assert time.perf_counter() - started < 5


def test_a_cache_folder_that_cannot_be_written_is_named(server, home):
    home.mkdir()
    (home / "corpora").write_text("a file in the way")
    with pytest.raises(CorpusError, match=r"expected to keep the text in .*corpora"):
        corpora.load("sonnets")


# ---- encodings


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
        corpora.check_text("ab" * 600_000)


@given(st.binary(max_size=400))
@settings(max_examples=300, deadline=None)
def test_any_bytes_become_a_text_that_can_be_stored_or_a_sentence(data):
    with contextlib.suppress(CorpusError):
        text = decoding.decode(data).text
        text.encode()
        assert "\0" not in text
        assert "\r" not in text


# ---- texts of one's own


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "got an empty text"),
        ("   \n ", "got an empty text"),
        ("aaaa", "at least 2 different characters, got only 'a'"),
        ("ab\0c", "NUL character at place 3"),
        ("ab\udfffc", "lone surrogates"),
        ("".join(chr(0x10000 + i) for i in range(100_000)), "at most 20,000 different characters, got 100,000"),
    ],
)
def test_a_text_that_cannot_be_learned_from_is_refused(text, sentence):
    with pytest.raises(CorpusError, match=sentence):
        corpora.check_text(text)


def test_a_text_of_20_000_different_characters_is_taken():
    corpora.check_text("".join(chr(0x10000 + i) for i in range(20_000)))


def test_a_text_of_ones_own_is_stored_once_and_found_again(store):
    name = corpora.add(store, "to be\r\nor not", "My <b>play</b>\n\n ")
    assert corpora.add(store, b"\xef\xbb\xbfto be\nor not", "Again") == name
    assert corpora.load(name, store) == "to be\nor not"
    assert name == "text-" + corpora._sha256("to be\nor not")[:10]
    own = corpora.names(store)[-1]
    assert (own.name, own.title, own.chars, own.vocab, own.available) == (name, "My <b>play</b>", 12, 8, True)
    assert corpora.info(name, store)["sha256"] == corpora._sha256("to be\nor not")
    assert len(corpora.names(store)) == len(corpora.CORPORA) + 1


@pytest.mark.parametrize("text", ["", "aaa", b"", b"abc\0defg", "ab\0c"])
def test_what_cannot_be_learned_from_is_not_stored(store, text):
    with pytest.raises(CorpusError, match="text: expected"):
        corpora.add(store, text, "bad")
    assert store.texts() == []


def test_titles_are_one_short_line_that_can_be_stored(store):
    corpora.add(store, "abc", "")
    corpora.add(store, "abcd", "a\ud800\0b\tc" + "x" * 200)
    first, second = (info.title for info in corpora.names(store)[-2:])
    assert first == "Untitled text"
    assert second.startswith("a\ufffd b c")
    assert len(second) == 80


def test_a_text_that_is_not_in_the_store_is_refused(store):
    for call in (corpora.load, corpora.info):
        with pytest.raises(CorpusError, match="corpus: expected the name of a stored text, got 'text-0123456789'"):
            call("text-0123456789", store)
    with pytest.raises(CorpusError, match="expected the store that holds"):
        corpora.load("text-0123456789")


# ---- statistics


def test_statistics_count_characters_lines_and_words():
    found = corpora.statistics("to be\nor not to be\n")
    assert (found.chars, found.vocab, found.lines, found.words, found.distinct_words) == (19, 8, 2, 6, 4)
    assert found.frequencies[:3] == [(" ", 4), ("o", 4), ("t", 3)]
    assert found.common_words == [("be", 2), ("to", 2), ("not", 1), ("or", 1)]
    assert found.line_lengths == [(5, 1), (12, 1)]
    assert found.words_per_line == [(2, 1), (4, 1)]
    assert found.word_lengths == [(2, 5), (3, 1)]


def test_statistics_of_an_empty_text_are_empty():
    found = corpora.statistics("")
    assert (found.chars, found.lines, found.words) == (0, 0, 0)
    assert found.frequencies == found.line_lengths == []


def test_a_text_counted_in_parts_is_counted_whole(monkeypatch):
    text = "to be\n\nor not\nto be" * 9
    whole = corpora.statistics(text)
    monkeypatch.setattr(corpora, "PART_CHARS", 10)
    assert corpora.statistics(text) == whole


def test_every_character_can_be_seen_on_a_page():
    symbols = " \n\ta\u00a0\u0301\x07\u200b"
    assert [corpora.visible(symbol) for symbol in symbols] == (
        ["␣", "⏎", "⇥", "a", "U+00A0", "U+0301", "U+0007", "U+200B"]
    )


def test_lengths_are_put_into_few_bins_of_one_width():
    assert corpora.binned([(0, 3), (2, 1), (5, 2)]) == ([(0, 3), (1, 0), (2, 1), (3, 0), (4, 0), (5, 2)], 1)
    bins, width = corpora.binned([(3, 1), (999, 2)], most=10)
    assert (bins[0], bins[-1]) == ((0, 1), (900, 2))
    assert (len(bins), width) == (10, 100)
    assert corpora.binned([]) == ([(0, 0)], 1)


def test_figures_are_measured_once_per_file(folder, monkeypatch):
    shutil.copy(__file__, folder / "sonnets.txt")
    corpora.names()
    monkeypatch.setattr(corpora, "_decode_known", lambda data: pytest.fail("read again"))
    corpora.names()
