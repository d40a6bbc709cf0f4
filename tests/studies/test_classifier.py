"""A classifier asked about a text: its prediction after each word, and how often it is right."""

from __future__ import annotations

import classified
import numpy as np
import pytest
import tiny

from rnnkit.errors import ConfigError, CorpusError, PromptError
from rnnkit.studies import classifier


@pytest.fixture
def film_reviews(tmp_path, monkeypatch):
    """Twenty reviews to learn from and twenty for the test."""
    monkeypatch.setenv("RNNKIT_CORPORA", str(classified.write_reviews(tmp_path / "corpora")))


@pytest.fixture(params=["imdb-lstm", "imdb-better"])
def trained(request, store, film_reviews):
    return classified.classifier(store, classified.run(store, classified.config(request.param)))


def test_the_verdict_after_each_word_is_that_on_the_text_up_to_there(trained):
    found = classifier.attribution(trained, "A wonderful film, with plot!")
    for end, text in enumerate(["", "a", "a wonderful", "a wonderful film"]):
        alone = classifier.probabilities(trained, trained.codec.rows([text], classifier.length(trained)))[0]
        assert found.probabilities[end] == pytest.approx(alone, abs=1e-6)
    assert found.probabilities.sum(axis=1) == pytest.approx(np.ones(6))
    assert found.words["points"].sum() == pytest.approx(found.probabilities[-1, 1] - found.probabilities[0, 1])
    odds = found.probabilities[:, 1] / found.probabilities[:, 0]
    assert found.words["moved"].sum() == pytest.approx(np.log(odds[-1] / odds[0]))
    assert "".join(found.words["gap"] + found.words["word"]) + found.tail == "A wonderful film, with plot!"


def test_words_never_seen_emojis_and_html_are_read_as_unknown(trained):
    found = classifier.attribution(trained, "😀 <script>alert(1)</script> wonderful Übergröße")
    assert found.words["known"].tolist() == [False, False, False, False, False, True, False]
    assert "6 of 7 words are not in its vocabulary" in classifier.remarks(trained, found)[0]


@pytest.mark.parametrize("text", ["", "   ", "!? ... --"])
def test_a_text_without_words_is_refused_in_a_sentence(trained, text):
    with pytest.raises(PromptError, match="text: expected words to judge, got none"):
        classifier.attribution(trained, text)


def test_of_a_hundred_thousand_words_the_last_are_read(trained):
    found = classifier.attribution(trained, "dull " * 99_990 + "wonderful great " * 5)
    assert len(found.words) == 12
    assert found.left_out == 99_988
    assert "Of 100,000 words only the last 12 are read" in classifier.remarks(trained, found)[0]


def test_what_a_chart_names_is_all_of_a_short_text_and_what_moved_most_of_a_long_one(store, film_reviews):
    trained = classified.classifier(store, classified.run(store, classified.config(**{"batches.length": 200})))
    assert list(classifier.landmarks(classifier.attribution(trained, classified.GOOD))) == list(range(1, 13))
    long = classifier.attribution(trained, " ".join([classified.GOOD, classified.BAD] * 9))
    named = classifier.landmarks(long)
    assert len(named) <= 36
    assert min(np.diff(list(named))) >= len(long.words) // 36
    assert int(long.words["points"].abs().idxmax()) + 1 in named


def test_many_classes_are_drawn_as_five_and_all_others(store):
    labels = tuple("abcdefgh")
    trained = classified.classifier(store, classified.run(store, classified.config("lstm-classifier"), labels=labels))
    found = classifier.attribution(trained, classified.GOOD)
    table = classifier.course(trained, found)
    assert table.groupby("place")["probability"].sum().to_numpy() == pytest.approx(np.ones(13))
    assert set(table["label"]) < {*labels, classifier.OTHERS}
    assert table["label"].nunique() == 6
    assert found.toward == found.predicted


def test_how_often_it_is_right_is_counted_on_texts_for_the_test(trained, store):
    found = classifier.confusion(store, trained)
    assert found.counts.sum() == 20
    assert found.counts.sum(axis=1).tolist() == [10, 10]
    assert found.accuracy == np.trace(found.counts) / 20
    assert found.table()["Texts"].tolist() == [10, 10]


def test_a_run_of_another_task_gives_no_verdicts(store):
    with pytest.raises(ConfigError, match="expected one that classifies, got one that learned language-model"):
        classified.classifier(store, tiny.run(store))


def test_texts_that_are_not_here_are_not_fetched_to_draw_one(store, trained, monkeypatch):
    monkeypatch.setenv("RNNKIT_CORPORA", "")
    with pytest.raises(CorpusError, match="corpus: expected imdb on this machine"):
        classifier.unseen(store, trained.run)
