"""Text classification: words as keras.datasets.imdb numbers them, who wrote a line, and the verdict after each word."""

from __future__ import annotations

import json

import classified
import numpy as np
import pytest
import tiny
from trained import ask_at_report, same_weights

from rnnkit import architectures, engine, metrics
from rnnkit.cli import main
from rnnkit.config import parse, with_settings
from rnnkit.errors import ConfigError, CorpusError, TooShort
from rnnkit.presets import PRESETS
from rnnkit.runs import comparison, progress
from rnnkit.store import Status
from rnnkit.studies import classifier
from rnnkit.tasks import classification, vocabulary
from rnnkit.tasks.vocabulary import Vocabulary
from rnnkit.texts import authors, cookbook, corpora
from rnnkit.training import loop, queueing

ME = "vm|1|1|test"
CLASSIFIERS = [name for name, preset in PRESETS.items() if preset.task == "classification"]


@pytest.fixture
def film_reviews(tmp_path, monkeypatch):
    """Twenty reviews to learn from and twenty for the test."""
    monkeypatch.setenv("RNNKIT_CORPORA", str(classified.write_reviews(tmp_path / "corpora")))


@pytest.fixture
def two_texts(monkeypatch):
    """Two cookbooks of different lengths, and a sentence that stands in both."""
    shared = "This very sentence is in both of the two books\n"
    texts = {"cookbook": shared + cookbook.write(30_000, seed=1), "python": cookbook.write(12_000, seed=2) + shared}
    monkeypatch.setattr(corpora, "load", lambda name, store=None, progress=None: texts[name])
    monkeypatch.setattr(corpora, "offline_names", lambda: list(texts))
    authors._lines_of.cache_clear()
    classification._counted.cache_clear()
    yield shared
    authors._lines_of.cache_clear()
    classification._counted.cache_clear()


# ---- who wrote this line


def test_the_last_lines_of_each_text_are_held_out(two_texts):
    found = classification.examples(["cookbook", "python"], 0.2)
    one, other = authors.of_texts(["cookbook", "python"])
    cut = len(one) - int(0.2 * len(one))
    assert found.training.texts == [*one[:cut], *other[:cut]]
    assert found.held_out.texts == [*one[cut:], *other[cut:]]
    assert found.held_out.labels.tolist() == [0] * (len(one) - cut) + [1] * (len(one) - cut)
    assert found.labels == ("cookbook", "python")
    assert found.message.endswith("the last 20% of each held out.")


@pytest.mark.parametrize(
    ("corpus", "sentence"),
    [
        ("cookbook", r"corpus: expected 2 to 10 texts joined by '\+', or imdb or reviews, got cookbook"),
        ("", r"corpus: expected 2 to 10 texts joined by '\+', or imdb or reviews, got none"),
        ("imdb+cookbook", r"corpus: expected imdb alone, or texts without it, got imdb\+cookbook"),
        ("cookbook+no such text", "corpus: expected one of sherlock"),
    ],
)
def test_texts_that_make_no_question_are_refused(corpus, sentence):
    with pytest.raises(CorpusError, match=sentence):
        queueing.measure(classified.config("who-wrote-this", corpus=corpus))


def test_a_text_with_too_few_lines_is_named(two_texts, monkeypatch):
    monkeypatch.setattr(corpora, "load", lambda name, store=None, progress=None: "a few words\n" * 9)
    with pytest.raises(TooShort, match="corpus cookbook: expected at least 50 lines of 8 words"):
        classification.examples(["cookbook", "python"], 0.1)


def test_more_texts_than_classes_are_refused(two_texts):
    config = classified.config("who-wrote-this", corpus="cookbook+python")
    assert queueing.check(config).codec.labels == ("cookbook", "python")
    assert queueing.check(with_settings(config, {"model.classes": 1})).vocab_size == 60
    of_three = Vocabulary((*vocabulary.MARKS, "x"), "words", ("a", "b", "c"), ("cookbook", "python"))
    three = classification.measure(config)._replace(codec=of_three)
    with pytest.raises(ConfigError, match=r"model\.classes: expected at least 3 for 3 texts, got 2"):
        classification.check(with_settings(config, {"model.classes": 2}), three)


def test_here_is_every_known_text_of_this_machine_that_is_long_enough(monkeypatch):
    monkeypatch.setenv("RNNKIT_CORPORA", "")
    assert classification.named(("here",)) == ("python", "cookbook", "play")
    assert classification.named(parse({"corpus": "b+a+b"}).corpora) == ("b", "a")


def test_a_run_names_the_texts_that_were_here_when_it_was_ordered(two_texts, store):
    assert store.run(queueing.queue(store, classified.config("who-wrote-this"))).corpus == "cookbook+python"


def test_a_run_cannot_be_gone_on_from_with_other_classes(film_reviews, store):
    run = classified.run(store)
    with pytest.raises(ConfigError, match="corpus: expected imdb as in the run it is forked from"):
        queueing.fork(store, run, 1, {"corpus": "cookbook+python", "training.epochs": 3})
    assert queueing.fork(store, run, 1, {"training.epochs": 3})


# ---- batches and training


def test_the_order_of_an_epoch_follows_from_seed_and_epoch_alone(film_reviews):
    material = classification.LabelledData(classified.config())

    def targets(epoch, first=0):
        return [batch.targets.tolist() for batch in material.training(epoch, first)]

    assert [len(batch) for batch in targets(1)] == [8, 8, 4]
    assert targets(1) == targets(1) != targets(2)
    assert targets(1, 1) == targets(1)[1:]
    assert set(material.held_out) == {"test_"}
    assert material.message == "Reviews: 20 to learn from, 20 for the test."


@pytest.mark.parametrize("name", CLASSIFIERS)
def test_every_preset_that_classifies_can_be_trained(name, store, film_reviews, two_texts):
    smaller = {"corpus": "reviews-40"} if name == "reviews-gru" else {}
    run = store.create_run(classified.config(name, **smaller))
    assert loop.train(store, run, ME) == Status.FINISHED, store.run(run).message
    last = store.epochs(run)[-1]
    assert 0 <= last["accuracy"] <= 1
    assert ("test_accuracy" in last) == name.startswith(("imdb", "reviews"))
    assert not store.samples(run)
    checkpoint = classified.classifier(store, run)
    assert classifier.attribution(checkpoint, classified.GOOD).probabilities.shape == (13, 2)
    assert classifier.confusion(store, checkpoint).counts.sum() > 0


def test_a_paused_classifier_goes_on_to_the_same_weights(store, monkeypatch, film_reviews):
    config = classified.config()
    whole, run = store.create_run(config), store.create_run(config)
    loop.train(store, whole, ME)
    with monkeypatch.context() as patch:
        ask_at_report(patch, store, run, "pause", report=1)
        assert loop.train(store, run, ME) == Status.PAUSED
    store.resume_run(run)
    assert loop.train(store, run, ME) == Status.FINISHED
    assert same_weights(store, whole, run, 2)


@pytest.mark.parametrize("name", CLASSIFIERS)
def test_the_engine_gives_the_verdicts_of_keras(name):
    import keras

    config = classified.config(name)
    arrays = tiny.arrays(config, 60, seed=3)
    model = architectures.build(config, 60)
    architectures.load_weights(model, arrays)
    rows = np.random.default_rng(1).integers(0, 60, (70, 12)).astype(np.int32)
    expected = keras.ops.convert_to_numpy(model(rows))
    assert engine.answers(engine.network(config, 60, arrays), rows) == pytest.approx(expected, abs=1e-4)


def test_the_curve_of_a_run_without_a_held_out_part_shows_its_test(store):
    run = classified.run(store)
    epochs = [{name: epoch[name] for name in epoch if not name.startswith("val_")} for epoch in store.epochs(run)]
    curve = progress.curve(store.run(run), [], epochs, unit="accuracy")
    assert curve[curve["part"] == metrics.ON_HELD_OUT]["value"].tolist() == [0.55, 0.55]
    assert curve[curve["part"] == metrics.ON_TRAINING]["value"].tolist() == [0.6, 0.7]
    assert comparison.units([store.run(run).config])["of texts"].words == "nats per text"


def test_classifiers_of_other_words_can_be_compared_since_both_count_texts(store):
    runs = [classified.run(store, classified.config(**{"tokenizer.vocab_size": size})) for size in (50, 60)]
    compared = comparison.load(store, runs)
    assert comparison.caveats(compared) == []
    assert "nats per text" in comparison.verdict(compared)


# ---- the command line


def test_the_command_line_classifies(store, capsys):
    run = classified.run(store)
    assert main.main(["classify", run, "A wonderful mess", "--epoch", "1", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["epoch"] == 1
    assert said["verdict"] in ("negative", "positive")
    assert sum(said["chances"].values()) == pytest.approx(1)
    assert [word["known"] for word in said["words"]] == [True, True, False]
    assert main.main(["classify", run, "A wonderful mess"]) == 0
    assert "mess" in capsys.readouterr().out
    assert main.main(["classify", run, "!!"]) == 2
    assert main.main(["classify", tiny.run(store), "x"]) == 2
