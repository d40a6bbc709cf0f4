"""The NumPy engine: the same numbers as Keras, the same text for the same seed, and no harm from hostile arrays."""

from __future__ import annotations

import itertools
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from rnnkit import architectures, engine
from rnnkit.architectures import ARCHITECTURES
from rnnkit.config import RunConfig, parse
from rnnkit.engine import Network, Request, Sampler, generation, samplers
from rnnkit.engine.network import runner
from rnnkit.errors import ConfigError, DamagedCheckpoint, PromptError, TooShort

VOCAB_SIZE = 11
STEPS = 200


def config(architecture: str = "lstm", kind: str = "streams", length: int = 8, **model) -> RunConfig:
    sizes = {"units": 16, "embedding_size": 5, **model}
    batches = {"kind": kind, "length": length, "batch_size": 1}
    return parse({"batches": batches, "model": {"architecture": architecture, **sizes}})


def random_arrays(config: RunConfig, vocab_size: int = VOCAB_SIZE, seed: int = 0) -> dict[str, np.ndarray]:
    random = np.random.default_rng(seed)
    shapes = architectures.weight_shapes(config, vocab_size)
    return {name: random.normal(0, shape[0] ** -0.5, shape).astype(np.float32) for name, shape in shapes.items()}


def network(architecture: str = "lstm", seed: int = 0, vocab_size: int = VOCAB_SIZE, **choice) -> Network:
    settings = config(architecture, **choice)
    return engine.network(settings, vocab_size, random_arrays(settings, vocab_size, seed))


def in_keras(net: Network, ids: np.ndarray) -> np.ndarray:
    """What Keras answers, with the network's weights, to rows of ids (B, T) it sees at once."""
    batches = net.config.batches.model_copy(update={"length": ids.shape[1]})
    model = architectures.build(net.config.model_copy(update={"batches": batches}), net.vocab_size)
    architectures.load_weights(model, net.arrays)
    return model.predict_on_batch(ids)


def some_ids(count: int = STEPS, vocab_size: int = VOCAB_SIZE, seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, vocab_size, count)


STACKED = [name for name, architecture in ARCHITECTURES.items() if "bidirectional" in architecture.fields]
FORMS = {
    "simple_rnn": {"architecture": "simple_rnn"},
    "gru-2": {"architecture": "gru", "layers": 2},
    "lstm": {"architecture": "lstm"},
    "lstm-one-hot": {"architecture": "lstm", "embedding_size": 0},
    "lstm-bidirectional": {"architecture": "lstm", "kind": "windows", "bidirectional": True},
    "lstm-numbers-hidden": {"architecture": "lstm", "inputs": "numbers", "hidden_units": 9},
    "gru-bidirectional-numbers": {"architecture": "gru", "kind": "windows", "bidirectional": True, "inputs": "numbers"},
    "peephole_lstm-2": {"architecture": "peephole_lstm", "layers": 2},
    "coupled_lstm-bidirectional": {"architecture": "coupled_lstm", "kind": "windows", "bidirectional": True},
    "fully_recurrent": {"architecture": "fully_recurrent"},
    "convolution": {"architecture": "convolution", "kind": "windows", "layers": 2},
    "unrolled": {"architecture": "unrolled", "kind": "windows", "length": 3},
}
each_form = pytest.mark.parametrize("form", FORMS.values(), ids=FORMS.keys())


# Against Keras


@pytest.mark.parametrize(("layers", "embedding_size"), [(1, 0), (2, 5), (3, 5)])
@pytest.mark.parametrize("name", STACKED)
def test_logits_are_those_of_keras_over_200_steps(name, layers, embedding_size):
    net = network(name, layers=layers, embedding_size=embedding_size)
    ids = some_ids()
    expected = in_keras(net, ids[None])[0]
    assert np.abs(engine.logits_over(net, ids) - expected).max() < 1e-5


@pytest.mark.parametrize(("layers", "embedding_size"), [(1, 0), (2, 5)])
@pytest.mark.parametrize("name", [*STACKED, "fully_recurrent"])
def test_a_network_trained_on_windows_reads_its_window_anew_for_every_symbol(name, layers, embedding_size):
    net = network(name, kind="windows", layers=layers, embedding_size=embedding_size)
    _equal_for_every_window(net)
    ids, length = some_ids(), net.config.batches.length
    ours = engine.logits_over(net, ids)
    for seen in range(1, length):
        assert np.abs(ours[seen - 1] - in_keras(net, ids[None, :seen])[0]).max() < 1e-5


@pytest.mark.parametrize(("layers", "embedding_size"), [(1, 0), (2, 5), (3, 5)])
@pytest.mark.parametrize("name", STACKED)
def test_bidirectional_logits_are_those_of_keras_for_every_window(name, layers, embedding_size):
    net = network(name, kind="windows", layers=layers, embedding_size=embedding_size, bidirectional=True)
    _equal_for_every_window(net)


@pytest.mark.parametrize("inputs", [{"embedding_size": 0}, {"embedding_size": 5}, {"inputs": "numbers"}])
def test_fully_recurrent_logits_are_those_of_keras_over_50_steps(inputs):
    net = network("fully_recurrent", **inputs)
    ids = some_ids(50)
    expected = in_keras(net, ids[None])[0]
    ours = engine.logits_over(net, ids)
    assert np.abs(ours - expected).max() < 1e-5
    _equal_for_every_window(network("fully_recurrent", kind="windows", **inputs))


@pytest.mark.parametrize(
    "choice",
    [
        {"embedding_size": 0, "kernel_width": 1},
        {"layers": 3, "kernel_width": 4, "hidden_units": 7},
        {"layers": 2, "kernel_width": 12, "length": 5},
        {"inputs": "numbers"},
    ],
)
def test_convolutions_answer_as_in_keras_for_every_window(choice):
    _equal_for_every_window(network("convolution", kind="windows", **choice))


@pytest.mark.parametrize("length", [1, 2, 3, 8])
@pytest.mark.parametrize("embedding_size", [0, 5])
def test_unrolled_logits_are_those_of_keras_for_every_window(length, embedding_size):
    _equal_for_every_window(network("unrolled", kind="windows", length=length, embedding_size=embedding_size))


def _equal_for_every_window(net: Network) -> None:
    ids, length = some_ids(), net.config.batches.length
    windows = np.lib.stride_tricks.sliding_window_view(ids, length)
    expected = in_keras(net, windows)
    assert np.abs(engine.logits_over(net, ids)[length - 1 :] - expected).max() < 1e-5


@pytest.mark.parametrize(
    "form", [FORMS["lstm-bidirectional"], FORMS["convolution"], {**FORMS["unrolled"], "length": 5}]
)
def test_until_a_window_is_full_the_logits_are_those_of_keras_on_the_shorter_window(form):
    net = network(**form)
    ids = some_ids(net.config.batches.length)
    ours = engine.logits_over(net, ids)
    for seen in range(2, len(ids)):
        expected = in_keras(net, ids[None, :seen])[0]
        assert np.abs(ours[seen - 1] - expected).max() < 1e-5


@pytest.mark.parametrize("name", ["gru", "lstm"])
def test_a_network_of_a_real_size_agrees_with_keras(name):
    net = network(name, vocab_size=90, units=256, embedding_size=64)
    ids = some_ids(vocab_size=90)
    expected = in_keras(net, ids[None])[0]
    assert np.abs(engine.logits_over(net, ids) - expected).max() < 1e-5


def test_a_vocabulary_too_large_for_a_table_of_products_gives_the_same_logits():
    net = network("lstm", vocab_size=20_000, units=16, embedding_size=5)
    assert net.prepared.first[0].table is None
    ids = some_ids(50, vocab_size=20_000)
    assert np.abs(engine.logits_over(net, ids) - in_keras(net, ids[None])[0]).max() < 1e-5


@pytest.mark.parametrize("inputs", ["symbols", "numbers"])
@pytest.mark.parametrize("form", ["lstm", "lstm-bidirectional", "unrolled"])
def test_numbers_and_a_dense_layer_answer_as_in_keras(form, inputs):
    net = network(**FORMS[form] | {"inputs": inputs, "hidden_units": 6, "length": 8})
    ids = some_ids(8)
    expected = in_keras(net, ids[None])[0]
    ours = engine.logits_over(net, ids)
    assert np.abs((ours if form == "lstm" else ours[-1]) - expected).max() < 1e-5


@pytest.mark.parametrize("form", ["lstm", "gru-bidirectional-numbers"])
def test_a_network_of_numbers_reads_any_value_and_not_only_ids(form):
    net = network(**FORMS[form] | {"inputs": "numbers", "length": 8})
    values = np.random.default_rng(2).normal(size=8).astype(np.float32)
    one = runner([net], [1])
    state = one.initial_state()
    for value in values:
        one.advance(np.array([value]), state)
    expected = in_keras(net, values[None])[0]
    assert np.abs(one.logits(state)[0] - (expected[-1] if form == "lstm" else expected)).max() < 1e-5


def test_a_classifier_answers_as_in_keras():
    settings = config("lstm", kind="windows", classes=4).model_copy(update={"task": "classification"})
    net = engine.network(settings, VOCAB_SIZE, random_arrays(settings))
    ids = some_ids(8)
    logits = engine.logits_over(net, ids)
    assert logits.shape == (8, 4)
    assert np.abs(logits[-1] - in_keras(net, ids[None])[0]).max() < 1e-5


def test_the_engine_needs_no_keras():
    script = (
        "import sys, numpy as np; from rnnkit import engine, architectures; from rnnkit.config import RunConfig\n"
        "shapes = architectures.weight_shapes(RunConfig(), 9)\n"
        "net = engine.network(RunConfig(), 9, {k: np.ones(s, 'f') for k, s in shapes.items()})\n"
        "engine.generate([engine.Request(net, [1])], 5)\n"
        "print({'keras', 'tensorflow', 'jax', 'torch', 'pandas', 'streamlit'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


# One step


@each_form
def test_a_step_gives_new_logits_and_a_new_state_and_leaves_the_old_one(form):
    net = network(**form)
    ids = np.array([3, 4])
    before = net.initial_state(2)
    logits, after = net.step(ids, before)
    assert logits.shape == (2, VOCAB_SIZE)
    assert logits.dtype == np.float32
    assert all(not array.any() for array in before)
    again, _ = net.step(ids, before)
    assert np.array_equal(logits, again)
    later, _ = net.step(ids, after)
    assert not np.allclose(logits, later)


@pytest.mark.parametrize("ids", [[-1], [VOCAB_SIZE], [[1]], [0.5], ["a"]])
def test_ids_outside_the_vocabulary_are_never_looked_up(ids):
    net = network()
    with pytest.raises(ValueError, match=r"ids: expected .*, got"):
        net.step(np.array(ids), net.initial_state(1))


# The same seed, the same text


@each_form
@pytest.mark.parametrize("units", [1, 7, 40, 130])  # below, across and above the widths that the processor works in
def test_a_rows_logits_do_not_depend_on_the_other_rows_to_the_last_bit(form, units):
    nets = [network(seed=seed, **form, units=units) for seed in range(3)]
    ids = some_ids(30)
    alone = [engine.logits_over(net, ids) for net in nets]
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


# Writing


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
    read = engine.opening(net, prompt)
    assert read.logits == pytest.approx(engine.logits_over(net, np.array(prompt))[-1])
    alone = [Request(net, prompt, Sampler(temperature), 3) for temperature in (0.5, 1.0)]
    known = [Request(net, prompt, Sampler(temperature), 3, read) for temperature in (0.5, 1.0)]
    expected = engine.generate(alone, 30)
    assert np.array_equal(engine.generate(known, 30), expected)
    assert np.array_equal(engine.generate(known, 30), expected)  # an opening is read and left as it was
    mixed = engine.generate([*known, Request(net, [1, 2], Sampler(1.0), 3), *alone], 30)
    assert np.array_equal(mixed[:2], expected)
    assert np.array_equal(mixed[3:], expected)


def test_nothing_asked_for_is_nothing_written():
    assert engine.generate([], 10) == []
    (nothing,) = engine.generate([Request(network(), [1])], 0)
    assert nothing.shape == (0,)
    assert list(engine.stream([], 10)) == []


def test_an_empty_prompt_is_refused_before_anything_is_written():
    with pytest.raises(PromptError, match="at least one symbol"):
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


def test_a_score_is_the_mean_surprise_of_what_comes_next():
    net = network()
    ids = some_ids(60)
    logits = engine.logits_over(net, ids)[:-1].astype(np.float64)
    probabilities = np.exp(logits) / np.exp(logits).sum(-1, keepdims=True)
    expected = -np.log(probabilities[np.arange(59), ids[1:]]).mean()
    assert engine.score(net, ids) == pytest.approx(expected, rel=1e-9)


def test_a_network_that_knows_nothing_is_surprised_by_the_logarithm_of_the_vocabulary():
    net = network()
    nothing = engine.network(net.config, VOCAB_SIZE, {name: np.zeros_like(array) for name, array in net.arrays.items()})
    assert engine.score(nothing, some_ids(30)) == pytest.approx(np.log(VOCAB_SIZE))


def test_one_symbol_cannot_be_scored():
    with pytest.raises(TooShort, match="at least 2 symbols"):
        engine.score(network(), [3])


# Hostile arrays


def damaged(change) -> dict:
    arrays = random_arrays(config())
    change(arrays)
    return arrays


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda a: a.pop("lstm/bias"), r"missing: 'lstm/bias'; unknown: none"),
        (lambda a: a.update({"../../etc/passwd": np.zeros(3)}), r"unknown: '../../etc/passwd'"),
        (lambda a: a.clear(), r"missing: .*unknown: none"),
        (lambda a: a.update({5: np.zeros(3)}), "unknown: 5"),
        (lambda a: a.update({"x" * 10_000: np.zeros(3)}), "unknown: 'xxx"),
        (lambda a: a.update({"lstm/bias": np.zeros(65, "f")}), r"'lstm/bias': expected shape \(64,\), got \(65,\)"),
        (lambda a: a.update({"lstm/bias": np.zeros((64, 1), "f")}), r"expected shape \(64,\), got \(64, 1\)"),
        (lambda a: a.update({"lstm/bias": np.float32(0)}), "'lstm/bias': expected numbers .* got float32"),
        (lambda a: a.update({"lstm/bias": np.array(0, "f")}), r"expected shape \(64,\), got \(\)"),
        (lambda a: a.update({"lstm/bias": np.zeros(64, "i8")}), "float16, float32 or float64, got int64"),
        (lambda a: a.update({"lstm/bias": np.zeros(64, "c8")}), "got complex64"),
        (lambda a: a.update({"lstm/bias": np.array([None] * 64)}), "got object"),
        (lambda a: a.update({"lstm/bias": ["0"] * 64}), "got list"),
        (lambda a: a.update({"lstm/bias": None}), "got NoneType"),
        (
            lambda a: a["dense/kernel"].__setitem__((3, 4), np.nan),
            "'dense/kernel': expected finite numbers, got 1 that",
        ),
        (lambda a: a["embedding/embeddings"].__setitem__(2, -np.inf), "got 5 that are not"),
        (lambda a: a.update({"lstm/bias": np.full(64, 1e300)}), "got 64 that are not"),
    ],
)
def test_arrays_that_do_not_fit_the_config_are_refused_by_name(change, sentence):
    with pytest.raises(DamagedCheckpoint, match=sentence) as refused:
        engine.network(config(), VOCAB_SIZE, damaged(change))
    assert len(str(refused.value)) < 1000


@pytest.mark.parametrize("kind", ["<f2", "<f4", ">f4", "<f8"])
def test_arrays_of_any_float_kind_and_layout_are_read(kind):
    arrays = {name: np.asfortranarray(array.astype(kind)) for name, array in random_arrays(config()).items()}
    net = engine.network(config(), VOCAB_SIZE, arrays)
    exact = engine.network(config(), VOCAB_SIZE, random_arrays(config()))
    tolerance = 0.05 if kind == "<f2" else 1e-6
    assert np.abs(engine.logits_over(net, some_ids(20)) - engine.logits_over(exact, some_ids(20))).max() < tolerance


def test_arrays_of_another_config_are_refused():
    with pytest.raises(DamagedCheckpoint):
        engine.network(config(units=17), VOCAB_SIZE, random_arrays(config()))
    with pytest.raises(DamagedCheckpoint):
        engine.network(config(), VOCAB_SIZE + 1, random_arrays(config()))
    with pytest.raises(DamagedCheckpoint):
        engine.network(config("gru"), VOCAB_SIZE, random_arrays(config()))


def test_read_only_arrays_serve_as_they_are():
    arrays = random_arrays(config())
    for array in arrays.values():
        array.flags.writeable = False
    engine.generate([Request(engine.network(config(), VOCAB_SIZE, arrays), [1])], 5)


# Samplers


def draws(sampler: Sampler, logits, count: int = 20_000) -> np.ndarray:
    """How often each symbol is chosen, over evenly spread random numbers."""
    rows = np.tile(np.array(logits, np.float32), (count, 1))
    ids = samplers.Choice([sampler] * count)(rows, (np.arange(count) + 0.5) / count)
    return np.bincount(ids, minlength=len(logits)) / count


def softmax(logits, temperature: float = 1.0) -> np.ndarray:
    weights = np.exp((np.array(logits) - np.max(logits)) / temperature)
    return weights / weights.sum()


LOGITS = [0.5, 2.0, -1.0, 1.9, 0.0]


@pytest.mark.parametrize("temperature", [0.3, 1.0, 2.5])
def test_symbols_are_drawn_as_often_as_the_softmax_says(temperature):
    assert draws(Sampler(temperature), LOGITS) == pytest.approx(softmax(LOGITS, temperature), abs=2e-4)


def test_temperature_zero_and_greedy_take_the_likeliest():
    for sampler in (Sampler(0), Sampler(1.5, greedy=True), Sampler(0, top_k=3, top_p=0.1)):
        assert draws(sampler, LOGITS).tolist() == [0, 1, 0, 0, 0]


def test_top_k_leaves_k_symbols_even_when_some_are_equally_likely():
    assert draws(Sampler(top_k=2), LOGITS) == pytest.approx([0, *softmax([2.0, -99, 1.9, -99])], abs=2e-4)
    assert np.count_nonzero(draws(Sampler(top_k=2), [1.0, 1.0, 1.0, 0.0])) == 2
    assert draws(Sampler(top_k=100), LOGITS) == pytest.approx(softmax(LOGITS), abs=2e-4)
    assert np.count_nonzero(draws(Sampler(top_k=1), LOGITS)) == 1


def test_top_p_leaves_the_fewest_symbols_that_have_the_probability():
    likely = np.log([0.5, 0.3, 0.15, 0.05])
    for p, kept in ((0.4, 1), (0.51, 2), (0.79, 2), (0.81, 3), (0.97, 4), (1.0, 4), (0.0, 1)):
        expected = np.exp(likely) * (np.arange(4) < kept)
        assert draws(Sampler(top_p=p), likely) == pytest.approx(expected / expected.sum(), abs=2e-4)


def test_top_p_looks_at_what_temperature_and_top_k_have_left():
    assert np.count_nonzero(draws(Sampler(2.0, top_p=0.6), np.log([0.7, 0.1, 0.1, 0.1]))) == 2
    assert np.count_nonzero(draws(Sampler(top_k=2, top_p=0.62), np.log([0.4, 0.3, 0.2, 0.1]))) == 2


@pytest.mark.parametrize("temperature", [0, 1e-300, 1e-9, 0.1, 1, 10])
@pytest.mark.parametrize("scale", [0, 1e-30, 1, 1e20, 3e38])
@pytest.mark.parametrize("rule", [{}, {"top_k": 2}, {"top_p": 0.5}, {"top_p": 0.0}])
def test_no_temperature_and_no_logits_lead_to_a_symbol_that_is_not_there(temperature, scale, rule):
    logits = (np.array([-1, 1, 0, 0.5, 1]) * scale).astype(np.float32)
    frequencies = draws(Sampler(temperature, **rule), logits, 200)
    assert frequencies.sum() == pytest.approx(1)
    if scale >= 1e20:
        assert frequencies[[0, 2, 3]].sum() == 0


def test_the_largest_and_the_smallest_random_number_choose_a_symbol_that_may_be_chosen():
    logits = np.array([[-3e38, 1.0, 2.0, -3e38]], np.float32)
    for uniform, expected in ((0.0, 1), (np.nextafter(1.0, 0.0), 2)):
        assert samplers.Choice([Sampler(1.0)])(logits, np.array([uniform])).tolist() == [expected]


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("sampler", [Sampler(0), Sampler(0.7), Sampler(0.7, top_k=2, top_p=0.5)])
def test_logits_that_are_not_finite_are_a_damaged_checkpoint(bad, sampler):
    with pytest.raises(DamagedCheckpoint, match="logits"):
        samplers.Choice([sampler])(np.array([[1.0, bad, 2.0]], np.float32), np.array([0.5]))


@pytest.mark.parametrize(
    "setting",
    [{"temperature": t} for t in (-0.1, 10.1, np.nan, np.inf)] + [{"top_k": -1}, {"top_p": 1.1}, {"top_p": -0.1}],
)
def test_a_sampler_out_of_range_is_refused_by_name(setting):
    with pytest.raises(ConfigError, match=rf"{next(iter(setting))}: expected a number from .* to .*, got"):
        Sampler(**setting)


@pytest.mark.parametrize("name", engine.RULES)
def test_every_sampling_rule_has_a_setting_that_changes_nothing_and_is_a_field_of_the_sampler(name):
    rule = engine.RULES[name]
    assert getattr(Sampler(), name) == rule.neutral
    assert rule.minimum <= rule.neutral <= rule.maximum
    assert draws(Sampler(**{name: rule.neutral}), LOGITS) == pytest.approx(softmax(LOGITS), abs=2e-4)


@pytest.mark.parametrize(
    ("name", "value"), [(n, v) for n, v in itertools.product(("temperature", "top_k", "top_p"), (0, 1))]
)
def test_rules_at_the_ends_of_their_range_give_symbols_that_exist(name, value):
    assert draws(Sampler(**{name: value}), LOGITS).sum() == 1
