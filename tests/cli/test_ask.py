"""Commands that ask a trained network."""

from __future__ import annotations

from pathlib import Path

import pytest
import tiny

from rnnkit.store import Store
from rnnkit.studies import ingredients


def test_sample_writes_for_every_epoch_and_temperature_the_same_for_the_same_seed(answer, say, store: Store):
    run = tiny.run(store)
    order = ("sample", run, "--epochs", "1,last", "--temperatures", "0,1", "--length", "30", "--seed", "7")
    document = answer(*order, "--prompt", "The quick ")
    assert [(s["epoch"], s["temperature"]) for s in document["samples"]] == [(1, 0.0), (1, 1.0), (3, 0.0), (3, 1.0)]
    assert [s["step"] for s in document["samples"]] == [10, 10, 30, 30]
    assert all(len(sample["text"]) == 30 for sample in document["samples"])
    assert document["chars_per_second"] > 0
    assert document["samples"] == answer(*order, "--prompt", "The quick ")["samples"]
    alone = answer("sample", run, "--temperatures", "1", "--length", "30", "--seed", "7", "--prompt", "The quick ")
    assert alone["samples"] == document["samples"][-1:]
    assert "epoch 3, temperature 1" in say(*order)


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["--epochs", "9"], "expected one that is kept (1, 2, 3, last, best), got '9'"),
        (["--temperatures", "hot"], "--temperatures: expected numbers with commas between them, got 'hot'"),
        (["--temperatures", "-1"], "temperature: expected a number from 0 to 10"),
        (["--length", "0"], "length: expected 1 to"),
        (["--length", "many"], "invalid int value"),
        (["--seed", "-1"], "seed: expected"),
        (["--prompt", "日本"], "prompt: expected something that run"),
        (["--random-prompt", "0"], "length: expected 1 to"),
        (["--random-prompt", "5", "--prompt", "The"], "not allowed with argument"),
    ],
)
def test_an_order_that_cannot_be_written_is_said_in_one_sentence(sentence, store: Store, argv: list[str], said: str):
    assert said in sentence("sample", tiny.run(store), *argv)


def test_sample_can_begin_with_random_symbols(answer, store: Store):
    order = ("sample", tiny.run(store), "--random-prompt", "50", "--length", "10")
    first, again, other = answer(*order), answer(*order), answer(*order, "--seed", "2")
    assert len(first["prompt"]) == 50
    assert first["prompt"] == again["prompt"] != other["prompt"]
    assert not first["unknown"]


def test_a_prompt_of_broken_bytes_can_be_written_from(say, answer, store: Store):
    broken = ("sample", tiny.run(store), "--prompt", "The \udcff", "--length", "5")
    assert "The ?" in say(*broken)
    assert len(answer(*broken)["samples"]) == 3


def test_symbols_that_the_vocabulary_does_not_know_are_named(answer, store: Store):
    document = answer("sample", tiny.run(store), "--prompt", "The fox é", "--length", "5")
    assert "'é'" in document["unknown"]


def test_as_many_recipes_are_written_as_the_page_takes(explained):
    assert f"written by each epoch [default: {ingredients.COUNT}]" in explained("ingredients")


@pytest.mark.parametrize("text", ["- a good film", "-5", "-good film"])
@pytest.mark.parametrize("command", ["classify", "translate"])
def test_a_text_may_begin_with_a_hyphen(sentence, command: str, text: str):
    assert sentence(command, "abcdefgh", text).startswith("run: expected the id of a run in this store")


def test_a_checkpoint_is_scored_on_a_text_of_ones_own_and_named_as_everywhere(answer, store: Store, tmp_path: Path):
    run = tiny.run(store)
    file = tmp_path / "fox.txt"
    file.write_text("The quick brown fox.\n", "utf-8")
    found = answer("score", run, "--at", "best", "--text", str(file))
    assert (found["epoch"], found["symbols"]) == (3, 20)
    assert found["val_loss"] == pytest.approx(store.epochs(run)[-1]["val_loss"])
    assert 0 < found["nats"] < 20
    step = store.kept(run)[0].step
    samples = answer("sample", run, "--at", f"step:{step},last", "--length", "5", "--temperatures", "0.5")["samples"]
    assert [(one["epoch"], one["step"]) for one in samples] == [(one.epoch, one.step) for one in store.kept(run)[::2]]
