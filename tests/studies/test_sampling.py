"""From a run in the store to texts."""

import itertools

import pytest
import tiny

from rnnkit.config import TokenizerConfig
from rnnkit.errors import ConfigError, PromptError, UnknownEpoch, UnknownRun
from rnnkit.store import Store
from rnnkit.studies import sampling
from rnnkit.studies.sampling import SampleSettings, Writing
from rnnkit.texts import tokenizers


def write(store: Store, run: str, ats="last", **settings) -> Writing:
    return sampling.write(store, run, SampleSettings(**settings), ats=ats)


def test_every_epoch_writes_at_every_temperature(store):
    run = tiny.run(store)
    writing = write(store, run, ats=[1, "last"], temperatures=[0.5, 1.0], prompt="The ", length=20)
    assert [(text.epoch, text.temperature) for text in writing.texts] == [(1, 0.5), (1, 1.0), (3, 0.5), (3, 1.0)]
    assert all(len(text.text) == 20 and set(text.text) <= set(tiny.TEXT) for text in writing.texts)
    assert writing.unknown is None
    assert writing.chars_per_second > 0


def test_the_same_seed_gives_the_same_text_whatever_else_is_written(store):
    run = tiny.run(store)
    alone = write(store, run, ats=[2], temperatures=[0.7], seed=5, length=40)
    among = write(store, run, ats=[1, 2, 3], temperatures=[0.3, 0.7], seed=5, length=40)
    assert alone.texts[0] in among.texts
    other = write(store, run, ats=[2], temperatures=[0.7], seed=6, length=40)
    assert other.texts[0].text != alone.texts[0].text


@pytest.mark.parametrize("tokenizer", [{}, {"kind": "words"}], ids=["characters", "words"])
def test_a_text_that_arrives_bit_by_bit_ends_as_the_whole_text(store, tokenizer):
    run = tiny.run(store, tokenizer=tokenizer)
    steps = list(sampling.stream(store, run, SampleSettings(temperatures=[1.0], length=25), every=10))
    texts = [step.texts[0].text for step in steps]
    assert len(texts) == 3
    assert all(later.startswith(earlier) for earlier, later in itertools.pairwise(texts))
    assert texts[-1] == write(store, run, temperatures=[1.0], length=25).texts[0].text


def test_words_go_on_from_the_prompt_with_a_space(store):
    run = tiny.run(store, "a b\n" * 9, tokenizer={"kind": "words"})
    texts = [text.text for text in write(store, run, prompt="a", length=5, ats=[1, 2, 3]).texts]
    assert any(text.startswith((" a", " b")) for text in texts)


def test_symbols_that_the_vocabulary_does_not_know_are_named(store):
    writing = write(store, tiny.run(store), prompt="The é", length=5)
    assert "'é'" in writing.unknown


def test_a_prompt_of_which_nothing_is_known_is_refused(store):
    with pytest.raises(PromptError, match="éé"):
        write(store, tiny.run(store), prompt="éé")
    with pytest.raises(PromptError):
        write(store, tiny.run(store), prompt="")


def test_without_a_prompt_the_run_goes_on_from_its_own(store):
    assert write(store, tiny.run(store), length=5).prompt == "The "
    nothing_sampled = tiny.run(store, sampling={"prompt": "", "length": 0})
    assert write(store, nothing_sampled, length=5).prompt == "\n"


def test_an_epoch_that_is_not_kept_is_refused_and_the_kept_ones_are_named(store):
    with pytest.raises(UnknownEpoch, match="1, 2, 3, last"):
        write(store, tiny.run(store), ats=[7])


def test_a_run_that_has_finished_no_epoch_says_so(store):
    with pytest.raises(UnknownEpoch, match="wait"):
        write(store, tiny.run(store, epochs=0, status=None))
    with pytest.raises(UnknownEpoch, match="queued"):
        write(store, store.create_run(tiny.config()))
    with pytest.raises(UnknownRun):
        write(store, "../../etc/passwd")


@pytest.mark.parametrize("setting", [{"length": 0}, {"length": 10**9}, {"seed": -1}, {"temperatures": [-1.0]}])
def test_settings_out_of_range_are_refused(store, setting):
    with pytest.raises(ConfigError):
        write(store, tiny.run(store), **setting)


def test_temperature_zero_always_takes_the_likeliest(store):
    run = tiny.run(store)
    cold = write(store, run, temperatures=[0.0], seed=1, length=30).texts[0].text
    assert cold == write(store, run, temperatures=[0.0], seed=2, length=30).texts[0].text
    assert cold == write(store, run, temperatures=[1.0], greedy=True, length=30).texts[0].text


def test_a_few_epochs_are_picked_early_ones_closer_together():
    epochs = list(range(1, 21))
    assert sampling.spread(epochs, 5) == [1, 2, 4, 9, 20]
    assert sampling.spread([1, 2, 3], 5) == [1, 2, 3]
    assert sampling.spread([1, 2, 3, 4, 5, 6], 5)[-1] == 6


def test_a_random_prompt_is_the_same_for_a_seed_and_its_symbols_are_known():
    text = 'stir (gently), then 1/2 cup -- "hot"!\n' * 3
    for kind in ("words", "characters"):
        tokenizer = tokenizers.build(text, TokenizerConfig(kind=kind, unknown_symbol=True))
        prompt = sampling.random_prompt(tokenizer, 50, seed=3)
        assert prompt == sampling.random_prompt(tokenizer, 50, seed=3) != sampling.random_prompt(tokenizer, 50, seed=4)
        encoding = tokenizer.encode(prompt)
        assert (len(encoding.ids), encoding.unknown_count) == (50, 0)
        assert len(set(encoding.ids.tolist())) > 5
    with pytest.raises(ConfigError, match="length"):
        sampling.random_prompt(tokenizer, 0, seed=3)
