"""Film reviews, from the tables of a corpora folder or from their authors' archive."""

import http.server
import io
import tarfile
import threading
from hashlib import md5

import classified
import pytest

from rnnkit.errors import CorpusError
from rnnkit.texts import reviews


@pytest.fixture
def film_reviews(tmp_path, monkeypatch):
    """Twenty reviews to learn from and twenty for the test."""
    monkeypatch.setenv("RNNKIT_CORPORA", str(classified.write_reviews(tmp_path / "corpora")))


def test_reviews_come_with_their_verdicts_in_an_order_of_their_own(film_reviews):
    found = reviews.load("train")
    assert len(found.texts) == 20
    assert all((label == 1) == (classified.GOOD in text) for text, label in zip(found.texts, found.labels, strict=True))
    assert found.labels.tolist() != [0, 1] * 10  # not that of the file
    assert reviews.load("test").texts != found.texts


def archive(folder) -> bytes:
    """The same reviews as the authors' archive has them."""
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w:gz") as tar:
        for part in ("train", "test"):
            for i in range(20):
                data = f"{(classified.BAD, classified.GOOD)[i % 2]}, says {part} {i}<br />".encode()
                member = tarfile.TarInfo(f"aclImdb/{part}/{('neg', 'pos')[i % 2]}/{i}_7.txt")
                member.size = len(data)
                tar.addfile(member, io.BytesIO(data))
            tar.addfile(tarfile.TarInfo(f"aclImdb/{part}/unsup/0_0.txt"))
    return made.getvalue()


@pytest.fixture
def served(tmp_path, monkeypatch):
    """A server that has the archive, and its address in place of the real one."""
    data = archive(tmp_path)
    monkeypatch.setattr(reviews, "MD5", md5(data).hexdigest())
    monkeypatch.setenv("RNNKIT_CORPORA", "")

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.server.asked += 1
            self.send_response(200)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_words):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.asked = 0
    monkeypatch.setattr(reviews, "URL", f"http://127.0.0.1:{server.server_port}/{reviews.ARCHIVE}")
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def test_reviews_are_downloaded_once_and_read_from_the_archive_as_from_the_tables(served, tmp_path, monkeypatch):
    assert not reviews.sources()[0].available
    from_archive = [reviews.load(part) for part in reviews.PARTS]
    assert served.asked == 1
    assert reviews.sources()[0].available
    monkeypatch.setenv("RNNKIT_CORPORA", str(classified.write_reviews(tmp_path / "tables")))
    for part, found in zip(reviews.PARTS, from_archive, strict=True):
        assert reviews.load(part).texts == found.texts
        assert reviews.load(part).labels.tolist() == found.labels.tolist()


def test_the_archive_is_given_on_as_the_tables_of_a_corpora_folder(served, tmp_path, monkeypatch):
    from_archive = [reviews.load(part) for part in reviews.PARTS]
    for name, table in reviews.files().items():
        (tmp_path / name).write_bytes(table)
    monkeypatch.setenv("RNNKIT_CORPORA", str(tmp_path))
    for part, found in zip(reviews.PARTS, from_archive, strict=True):
        assert reviews.load(part).texts == found.texts
        assert reviews.load(part).labels.tolist() == found.labels.tolist()


def test_an_archive_that_is_not_the_authors_is_not_kept(served, monkeypatch):
    monkeypatch.setattr(reviews, "MD5", "0" * 32)
    with pytest.raises(CorpusError, match=r"corpus imdb: expected a file with MD5 0000.*Nothing was kept"):
        reviews.load("train")
    assert not reviews.sources()[0].available


def test_without_a_network_the_sentence_says_what_can_be_done(monkeypatch):
    monkeypatch.setenv("RNNKIT_CORPORA", "")
    monkeypatch.setattr(reviews, "URL", "http://127.0.0.1:9/aclImdb_v1.tar.gz")
    with pytest.raises(CorpusError, match=r"corpus imdb: is not on this machine .*is there a network\?.*cookbook"):
        reviews.load("train")


def test_a_broken_table_is_said_in_a_sentence(film_reviews, tmp_path):
    (tmp_path / "corpora" / reviews.FILES["train"]).write_bytes(b"label,review\n1,no gzip\n")
    with pytest.raises(CorpusError, match="corpus imdb: expected a table"):
        reviews.load("train")
