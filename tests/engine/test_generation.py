"""Texts: the same for the same seed in any company, whatever the prompt was read with."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from networks import FORMS, VOCAB_SIZE, config, each_form, logits_over, network, random_arrays, some_ids

from rnnkit import engine
from rnnkit.engine import Request, Sampler, generation
from rnnkit.engine.network import runner
from rnnkit.errors import ConfigError, DamagedCheckpoint, PromptError


@each_form
@pytest.mark.parametrize("units", [1, 7, 40, 130])  # below, across and above the widths that the processor works in
def test_a_rows_logits_do_not_depend_on_the_other_rows_to_the_last_bit(form, units):
    nets = [network(seed=seed, **form, units=units) for seed in range(3)]
    ids = some_ids(30)
    alone = [logits_over(net, ids) for net in nets]
    for rows in ([1, 1, 1], [5, 1, 2], [3, 8, 1], [1, 2, 17]):
        among = runner(nets, rows)
        state = among.initial_state()
        others = some_ids(30 * sum(rows), seed=sum(rows)).reshape(30, -1).astype(np.int32)
        firsts = np.cumsum(rows) - rows
        others[:, firsts] = ids[:, None]
        for t in range(30):
            among.advance(others[t], state)
            logits = among.logits(state)
            for one, row in zip(alone, firsts, strict=True):
                assert np.array_equal(one[t], logits[row])


@each_form
def test_the_same_seed_writes_the_same_text_alone_and_in_any_company(form):
    nets = [network(seed=seed, **form) for seed in range(3)]
    random = np.random.default_rng(4)
    requests = [
        Request(nets[random.integers(3)], some_ids(random.integers(1, 12), seed=seed), sampler, seed)
        for seed in range(8)
        for sampler in (Sampler(0), Sampler(0.3), Sampler(1.2, top_k=4), Sampler(0.9, top_p=0.8))
    ]
    alone = [engine.generate([request], 40)[0] for request in requests]
    for _ in range(3):
        order = random.permutation(len(requests))[: random.integers(2, len(requests))]
        for index, ids in zip(order, engine.generate([requests[i] for i in order], 40), strict=True):
            assert np.array_equal(alone[index], ids)


def test_a_group_of_different_architectures_and_vocabularies_writes_what_each_writes_alone():
    nets = [network(**form, vocab_size=11 + n) for n, form in enumerate(FORMS.values())]
    requests = [Request(net, [1, 2, 3], Sampler(t), 7) for t in (0.5, 1.0) for net in nets]
    together = engine.generate(requests, 30)
    assert all(np.array_equal(engine.generate([r], 30)[0], ids) for r, ids in zip(requests, together, strict=True))


def test_networks_too_large_for_the_cache_are_written_on_all_cores_and_write_the_same(monkeypatch):
    nets = [network(seed=seed, units=24) for seed in range(4)]
    requests = [Request(net, [1, 2], Sampler(t), 3) for t in (0.4, 1.0) for net in nets]
    expected = engine.generate(requests, 50)
    for room in (0, 2 * nets[0].bytes):
        monkeypatch.setattr(generation, "CACHED_BYTES", room)
        assert np.array_equal(expected, engine.generate(requests, 50))


def test_threads_may_share_a_network():
    net = network("gru", layers=2)
    requests = [Request(net, [1], Sampler(1.0), seed) for seed in range(16)]
    expected = [engine.generate([request], 100)[0] for request in requests]
    with ThreadPoolExecutor(8) as threads:
        assert np.array_equal(expected, list(threads.map(lambda request: engine.generate([request], 100)[0], requests)))


def test_other_seeds_write_other_texts():
    net = network()
    texts = engine.generate([Request(net, [1], Sampler(1.0), seed) for seed in range(20)], 40)
    assert len({text.tobytes() for text in texts}) == 20


@pytest.mark.parametrize("every", [1, 3, 40, 100])
def test_a_stream_is_the_same_text_cut_in_pieces(every):
    requests = [Request(network(seed=seed), [1, 2], Sampler(0.8), 5) for seed in (0, 1)]
    pieces = list(engine.stream(requests, 40, every))
    assert [piece.shape[1] for piece in pieces] == [every] * (40 // every) + [40 % every] * (40 % every > 0)
    assert np.array_equal(np.concatenate(pieces, axis=1), engine.generate(requests, 40))


def test_a_longer_text_begins_with_the_shorter_one():
    request = Request(network(), [1], Sampler(1.0), 3)
    assert np.array_equal(engine.generate([request], 100)[0][:30], engine.generate([request], 30)[0])


@each_form
def test_the_prompt_is_read_symbol_by_symbol_before_the_first_is_written(form):
    net = network(**form)
    prompt = [4, 1, 7, 7, 2, 9, 0, 3, 5, 10]
    state = net.initial_state(1)
    for symbol in prompt:
        logits, state = net.step(np.array([symbol]), state)
    expected = []
    for _ in range(20):
        expected.append(int(logits.argmax()))
        logits, state = net.step(np.array(expected[-1:]), state)
    assert engine.generate([Request(net, prompt, Sampler(0))], 20)[0].tolist() == expected


@each_form
def test_a_prompt_that_was_read_before_is_gone_on_from_to_the_last_bit(form):
    net, prompt = network(**form), [4, 1, 7, 7, 2, 9]
    read = engine.read_prompt(net, prompt)
    assert read.logits == pytest.approx(logits_over(net, np.array(prompt))[-1])
    alone = [Request(net, prompt, Sampler(temperature), 3) for temperature in (0.5, 1.0)]
    known = [Request(net, prompt, Sampler(temperature), 3, read) for temperature in (0.5, 1.0)]
    expected = engine.generate(alone, 30)
    assert np.array_equal(engine.generate(known, 30), expected)
    assert np.array_equal(engine.generate(known, 30), expected)  # a prompt state is read and left as it was
    mixed = engine.generate([*known, Request(net, [1, 2], Sampler(1.0), 3), *alone], 30)
    assert np.array_equal(mixed[:2], expected)
    assert np.array_equal(mixed[3:], expected)


def test_nothing_asked_for_is_nothing_written():
    assert engine.generate([], 10) == []
    (nothing,) = engine.generate([Request(network(), [1])], 0)
    assert nothing.shape == (0,)
    assert list(engine.stream([], 10)) == []


def test_an_empty_prompt_is_refused_before_anything_is_written():
    with pytest.raises(PromptError, match="at least one token"):
        engine.stream([Request(network(), [1]), Request(network(), [])], 10)


def test_a_classifier_writes_nothing():
    settings = config("lstm", kind="windows", classes=4).model_copy(update={"task": "classification"})
    net = engine.network(settings, VOCAB_SIZE, random_arrays(settings))
    with pytest.raises(ConfigError, match="classifier"):
        engine.stream([Request(net, [1])], 10)
    with pytest.raises(ConfigError, match="classifier"):
        engine.score(net, [1, 2])


def test_weights_that_lead_to_infinite_logits_are_a_damaged_checkpoint():
    net = network("simple_rnn")
    huge = {name: np.full_like(array, 3e38) for name, array in net.arrays.items()}
    for request in (
        Request(engine.network(net.config, VOCAB_SIZE, huge), [1], sampler) for sampler in (Sampler(0), Sampler(1))
    ):
        with pytest.raises(DamagedCheckpoint, match="finite"):
            engine.generate([request], 5)
