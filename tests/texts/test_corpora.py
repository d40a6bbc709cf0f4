"""The texts to learn from: the known ones, the built-in ones, and what is measured of them."""

import dataclasses
import os
import shutil
from pathlib import Path

import pytest

from rnnkit.errors import CorpusError
from rnnkit.texts import cookbook, corpora
from rnnkit.texts.decoding import checksum

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
    entry = dataclasses.replace(corpora.CORPORA["sonnets"], sha256=checksum(text), **fields)
    monkeypatch.setitem(corpora.CORPORA, "sonnets", entry)


# ---- the known texts


def test_every_entry_says_where_it_is_from_and_what_may_be_done_with_it():
    for name, corpus in corpora.CORPORA.items():
        assert name == corpus.name
        assert corpus.title
        assert corpus.source
        assert corpus.licence
        built_in = corpora.info_here(corpus).built_in
        assert built_in == hasattr(corpus, "write") != bool(getattr(corpus, "sha256", "") and corpus.filename)


@needs_folder
@pytest.mark.parametrize("name", FIGURES)
def test_a_known_text_has_the_figures_of_its_document(name):
    text = corpora.load(name)
    assert (len(text), len(set(text))) == FIGURES[name]
    info = corpora.info(name)
    assert list(info.to_json()) == ["name", "title", "chars", "vocab", "sha256", "source", "licence"]
    assert (info.chars, info.vocab) == FIGURES[name]
    assert info.sha256 == corpora.CORPORA[name].sha256


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
    expected, got = checksum("right")[:16], checksum("wrong")[:16]
    with pytest.raises(CorpusError, match=f"corpus sonnets: expected .*{expected}.*, got {got}.*sonnets.txt"):
        corpora.load("sonnets")
    info = next(info for info in corpora.catalogue() if info.name == "sonnets")
    assert not info.available
    assert info.chars is None
    assert got in info.problem


def test_a_text_without_an_address_says_where_to_put_it(folder):
    with pytest.raises(CorpusError, match=r"put recipes\.txt into the folder .*RNNKIT_CORPORA"):
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
    assert corpora.info("cookbook-3000").name == "cookbook-3000"
    assert corpora.load("cookbook-3000") == cookbook.write(3000, seed=0)


def test_without_folder_and_network_the_built_in_texts_work(no_folder):
    assert corpora.offline_names() == ["python", "cookbook", "play", "memory"]
    assert corpora.written_names() == ["python", "cookbook", "play"]
    figures = {info.name: info.chars for info in corpora.catalogue()}
    assert figures["sherlock"] is None
    assert figures["cookbook"] >= 500_000


# ---- figures


def test_figures_are_measured_once_per_file(folder, monkeypatch):
    shutil.copy(__file__, folder / "sonnets.txt")
    corpora.catalogue()
    monkeypatch.setattr(corpora, "_decode_known", lambda data: pytest.fail("read again"))
    corpora.catalogue()
