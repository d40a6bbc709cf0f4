"""One trained network: a step, arrays that do not fit, and no framework."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from networks import VOCAB_SIZE, config, each_form, logits_over, network, random_arrays, some_ids

from rnnkit import engine
from rnnkit.engine import Request
from rnnkit.errors import DamagedCheckpoint


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
    later, anew = (net.step(ids[::-1], state)[0] for state in (after, before))
    assert not np.allclose(later, anew)


@pytest.mark.parametrize("ids", [[-1], [VOCAB_SIZE], [[1]], [0.5], ["a"]])
def test_ids_outside_the_vocabulary_are_never_looked_up(ids):
    net = network()
    with pytest.raises(ValueError, match=r"ids: expected .*, got"):
        net.step(np.array(ids), net.initial_state(1))


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
    assert np.abs(logits_over(net, some_ids(20)) - logits_over(exact, some_ids(20))).max() < tolerance


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
