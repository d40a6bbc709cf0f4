"""Lines of several texts, each the work of one of them."""

import pytest

from rnnkit.texts import authors, cookbook, corpora


@pytest.fixture
def two_texts(monkeypatch):
    """Two cookbooks of different lengths, and a sentence that stands in both."""
    shared = "This very sentence is in both of the two books\n"
    texts = {"cookbook": shared + cookbook.write(30_000, seed=1), "python": cookbook.write(12_000, seed=2) + shared}
    monkeypatch.setattr(corpora, "load", lambda name, store=None, progress=None: texts[name])
    monkeypatch.setattr(corpora, "offline_names", lambda: list(texts))
    authors._lines_of.cache_clear()
    yield shared
    authors._lines_of.cache_clear()


def test_short_lines_are_joined_and_long_ones_cut():
    text = "one two\nthree four five six\nseven eight nine\n" + " ".join(["word"] * 50) + "\nlast words"
    found = list(authors.lines(text))
    assert found[0] == "one two three four five six seven eight nine"
    assert [len(line.split()) for line in found[1:]] == [40, 10]  # the last two words are too few


def test_every_text_gives_as_many_lines_none_of_them_in_another(two_texts):
    one, other = authors.of_texts(["cookbook", "python"])
    assert len(one) == len(other) > 50
    assert not set(one) & set(other)
    assert not any(two_texts.strip() in line for line in (*one, *other))
    assert len(set(one)) == len(one)


def test_texts_of_too_few_lines_are_not_offered(two_texts, monkeypatch):
    assert authors.long_enough(["cookbook", "python"]) == ["cookbook", "python"]
    authors._lines_of.cache_clear()
    monkeypatch.setattr(corpora, "load", lambda name, store=None: "a few words\n" * 9)
    assert authors.long_enough(["cookbook", "python"]) == []
