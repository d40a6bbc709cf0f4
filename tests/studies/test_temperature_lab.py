"""One text in the lab: the same text as everywhere, true distributions and entropies, branches that a link holds."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import tiny
from networks import logits_over

from rnnkit import engine
from rnnkit.engine import Sampler
from rnnkit.engine.generation import uniforms
from rnnkit.errors import ConfigError, PromptError, UnknownEpoch
from rnnkit.studies import sampling, temperature_lab
from rnnkit.studies.sampling import SampleSettings
from rnnkit.studies.temperature_lab import PromptedNetwork

SAMPLERS = [Sampler(), Sampler(0.4), Sampler(1.7, top_k=5), Sampler(0.8, top_p=0.7), Sampler(0), Sampler(greedy=True)]
every_sampler = pytest.mark.parametrize("sampler", SAMPLERS, ids=str)


def settings(sampler: Sampler, *, length: int, seed: int) -> SampleSettings:
    return SampleSettings(None, [sampler.temperature], length, seed, sampler.top_k, sampler.top_p, sampler.greedy)


def trace(of: PromptedNetwork, sampler: Sampler, *, length: int, seed: int, overrides=None) -> engine.Trace:
    return temperature_lab.trace(of, settings(sampler, length=length, seed=seed), overrides)


@pytest.fixture
def fox(store) -> PromptedNetwork:
    return temperature_lab.prompted(store, tiny.run(store), 2, "The fox")


@every_sampler
def test_a_traced_text_is_the_one_that_is_written_elsewhere(store, sampler: Sampler):
    run = tiny.run(store)
    wanted = settings(sampler, length=80, seed=7)
    elsewhere = sampling.write(store, run, replace(wanted, prompt="fox"), ats=[2]).texts[0]
    fox = temperature_lab.prompted(store, run, 2, "fox")
    assert fox.prompt.continuation(trace(fox, sampler, length=80, seed=7).ids) == elsewhere.text


def test_a_text_of_words_is_the_one_that_is_written_elsewhere(store):
    run = tiny.run(store, tokenizer={"kind": "words"})
    elsewhere = sampling.write(store, run, SampleSettings("the fox", [1.0], length=30, seed=3)).texts[0]
    fox = temperature_lab.prompted(store, run, "last", "the fox")
    written = trace(fox, Sampler(), length=30, seed=3)
    assert fox.prompt.continuation(written.ids) == elsewhere.text
    rows = temperature_lab.symbols(fox, written)
    assert rows.gap.any()
    assert not rows.gap[rows.line_end].any()


@every_sampler
def test_logits_are_what_the_network_believed_and_every_symbol_was_possible(fox, sampler: Sampler):
    written = trace(fox, sampler, length=60, seed=1)
    read = logits_over(fox.network, np.concatenate([fox.prompt.ids, written.ids]))
    np.testing.assert_allclose(written.logits, read[len(fox.prompt.ids) - 1 : -1], rtol=1e-4, atol=1e-5)
    assert (written.after[np.arange(60), written.ids] > 0).all()
    np.testing.assert_allclose(written.after.sum(axis=1), 1)
    np.testing.assert_allclose(written.before.sum(axis=1), 1)


def test_symbols_are_drawn_as_often_as_the_distribution_says(fox):
    sampler = Sampler(0.8, top_k=6, top_p=0.9)
    first = [trace(fox, sampler, length=1, seed=seed) for seed in range(1500)]
    often = np.bincount([int(text.ids[0]) for text in first], minlength=len(fox.prompt.tokenizer.symbols)) / len(first)
    np.testing.assert_allclose(often, first[0].after[0], atol=0.05)


def test_a_distribution_lists_the_likeliest_the_written_one_and_all_others(fox):
    written = trace(fox, Sampler(3.0), length=120, seed=0)
    for place in range(120):
        rows = temperature_lab.distribution(fox, written, place)
        assert len(rows) == temperature_lab.SHOWN + 1
        assert rows.symbol.iloc[-1] == temperature_lab.OTHERS
        assert rows.id[rows.chosen].tolist() == [written.ids[place]]
        assert rows.id.is_unique
        assert [rows.before.sum(), rows.after.sum()] == pytest.approx([1, 1])
        likeliest = np.argsort(-written.before[place], kind="stable")[: temperature_lab.SHOWN - 1]
        assert rows.id.tolist()[: temperature_lab.SHOWN - 1] == likeliest.tolist()


def test_a_small_vocabulary_has_no_others(store):
    fox = temperature_lab.prompted(store, tiny.run(store, "abab\n" * 9), "last", "a")
    rows = temperature_lab.distribution(fox, trace(fox, Sampler(), length=3, seed=0), 1)
    assert sorted(rows.symbol) == ["a", "b", "⏎"]


def test_a_branch_keeps_what_came_before_it_and_goes_on_with_the_numbers_of_its_own_places(fox):
    text = trace(fox, Sampler(), length=50, seed=4)
    other = (int(text.ids[20]) + 1) % len(fox.prompt.tokenizer.symbols)
    branch = trace(fox, Sampler(), length=50, seed=4, overrides={20: other})
    assert branch.ids[:20].tolist() == text.ids[:20].tolist()
    assert branch.ids[20] == other
    assert (branch.logits[21] != text.logits[21]).any()
    numbers = uniforms(4, 50)[:, None]
    drawn = (np.cumsum(branch.after, axis=1) <= numbers).sum(axis=1)
    assert drawn[21:].tolist() == branch.ids[21:].tolist()
    same = trace(fox, Sampler(), length=50, seed=4, overrides={20: int(text.ids[20])})
    assert same.ids.tolist() == text.ids.tolist()


def test_branches_survive_an_address():
    overrides = {59: 3, 16: 42}
    assert temperature_lab.write_overrides(overrides) == "17:42,60:3"
    assert temperature_lab.read_overrides("17:42,60:3") == overrides
    assert temperature_lab.read_overrides("") == {}
    assert temperature_lab.overridden(overrides, 30, 8) == {16: 42, 30: 8}


@pytest.mark.parametrize("address", ["17", "17:a", "17:42,", "-1:3", "1:2;3:4", "9" * 5000, "<script>", "\u0661:2"])
def test_an_address_that_is_no_branch_is_a_sentence(address: str):
    with pytest.raises(ConfigError, match="branch: expected places and tokens"):
        temperature_lab.read_overrides(address)


@pytest.mark.parametrize("overrides", [{50: 0}, {-1: 0}, {3: 999}])
def test_a_branch_outside_the_text_or_the_vocabulary_is_a_sentence(fox, overrides: dict[int, int]):
    with pytest.raises(ConfigError, match="branch: expected a place from 1 to 50"):
        trace(fox, Sampler(), length=50, seed=0, overrides=overrides)


def test_every_column_goes_on_from_one_seed_and_says_how_likely_its_text_is(fox):
    wanted = SampleSettings(temperatures=(0, 0.5, 1.0), length=40, seed=2)
    columns = temperature_lab.temperatures(fox, wanted)
    texts = [
        fox.prompt.continuation(ids) for ids in engine.generate([fox.request(one, 2) for one in wanted.samplers], 40)
    ]
    assert [column.text for column in columns] == texts
    greedy, beam, drawn = temperature_lab.ways(fox, settings(Sampler(), length=40, seed=2), width=8)
    assert greedy.text == columns[0].text
    assert drawn == columns[2]._replace(title="Drawn at temperature 1")
    assert beam.log_probability >= drawn.log_probability
    ids = np.concatenate([fox.prompt.ids, engine.generate([fox.request(Sampler(), 2)], 40)[0]])
    read = logits_over(fox.network, ids)[len(fox.prompt.ids) - 1 : -1].astype(np.float64)
    logs = read - np.log(np.exp(read).sum(axis=1, keepdims=True))
    assert drawn.log_probability == pytest.approx(logs[np.arange(40), ids[len(fox.prompt.ids) :]].sum(), rel=1e-5)


def test_what_cannot_be_written_is_a_sentence(store, fox):
    with pytest.raises(ConfigError, match="length: expected 1 to 300"):
        trace(fox, Sampler(), length=301, seed=0)
    with pytest.raises(ConfigError, match="seed"):
        trace(fox, Sampler(), length=10, seed=-1)
    run = tiny.run(store)
    with pytest.raises(PromptError):
        temperature_lab.prompted(store, run, "last", "éé")
    with pytest.raises(UnknownEpoch):
        temperature_lab.prompted(store, run, 9, "fox")
