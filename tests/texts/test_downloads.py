"""Texts from the network: fetched once, checked, kept, and said in a sentence where that fails."""

import dataclasses
import http.server
import socket
import threading
import time

import pytest

from rnnkit.errors import CorpusError
from rnnkit.texts import corpora, downloads
from rnnkit.texts.decoding import checksum, normalise


@pytest.fixture
def no_folder(monkeypatch):
    monkeypatch.delenv("RNNKIT_CORPORA", raising=False)


def known(monkeypatch, text, **fields):
    """Make `sonnets` a corpus of this text."""
    entry = dataclasses.replace(corpora.CORPORA["sonnets"], sha256=checksum(text), **fields)
    monkeypatch.setitem(corpora.CORPORA, "sonnets", entry)


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
        text = normalise(answer.text.decode())
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
    monkeypatch.setattr(downloads, "TIMEOUT_SECONDS", 0.2)
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
