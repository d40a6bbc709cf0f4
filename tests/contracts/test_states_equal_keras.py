"""What every unit holds and lets through while a network reads: as Keras has it, and as the equations give it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from networks import STACKED, network, random_arrays, some_ids

from rnnkit import architectures, engine
from rnnkit.architectures import ARCHITECTURES
from rnnkit.architectures.parts.sequences import START
from rnnkit.config import parse
from rnnkit.engine import Network
from rnnkit.errors import ConfigError

T = 12


def sigmoid(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-x))


def in_keras(net: Network, ids: np.ndarray) -> list[tuple[np.ndarray, list[np.ndarray]]]:
    """Per layer and direction what it reads (T, D) and its states (T, U) each, from one window that Keras reads."""
    model = architectures.build(net.config, net.vocab_size)
    architectures.load_weights(model, net.arrays)
    x, found = np.asarray(ids[None]), []
    for layer in model.layers:
        if "bidirectional" in layer.name:
            ways = [(layer.forward_layer, x), (layer.backward_layer, x[:, ::-1])]
            states = [over_prefixes(way, read) for way, read in ways]
            both = [states[0], [array[::-1] for array in states[1]]]
            found += [(np.asarray(x[0]), way) for way in both]
            x = np.concatenate([way[shown(net)] for way in both], axis=-1)[None]
        elif layer.name.startswith(ARCHITECTURES[net.config.model.architecture].name):
            states = over_prefixes(layer, x)
            found.append((np.asarray(x[0]), states))
            x = states[shown(net)][None]
        elif "embedding" in layer.name or "one_hot" in layer.name:
            x = np.asarray(layer(x))
    return found


def shown(net: Network) -> int:
    cell = ARCHITECTURES[net.config.model.architecture].cell
    return cell.shown if cell else 0


def over_prefixes(layer, x: np.ndarray) -> list[np.ndarray]:
    given = {"return_sequences": False, "return_state": True, "stateful": False, "go_backwards": False}
    copy = type(layer).from_config(layer.get_config() | given)
    copy(x)
    copy.set_weights(layer.get_weights())
    after = [copy(x[:, : t + 1])[1:] for t in range(x.shape[1])]
    return [np.concatenate([np.asarray(states[i]) for states in after]) for i in range(len(after[0]))]


# What each gate is, from x W + b, h U (+ b'), the states before and the peepholes: the textbook's lines, in float64.
Sums = Callable[..., dict[str, np.ndarray]]
GATES: dict[str, Sums] = {
    "simple_rnn": lambda x, h, states, p: {},
    "gru": lambda x, h, states, p: {
        "update": sigmoid(x[0] + h[0]), "reset": sigmoid(x[1] + h[1]),
        "candidate": np.tanh(x[2] + sigmoid(x[1] + h[1]) * h[2]),
    },
    "lstm": lambda x, h, states, p: {
        "input": sigmoid(x[0] + h[0]), "forget": sigmoid(x[1] + h[1]), "candidate": np.tanh(x[2] + h[2]),
        "output": sigmoid(x[3] + h[3]),
    },
    "peephole_lstm": lambda x, h, states, p: {
        "input": (i := sigmoid(x[0] + h[0] + p[0] * states[1])),
        "forget": (f := sigmoid(x[1] + h[1] + p[1] * states[1])),
        "candidate": (c := np.tanh(x[2] + h[2])),
        "output": sigmoid(x[3] + h[3] + p[2] * (f * states[1] + i * c)),
    },
    "coupled_lstm": lambda x, h, states, p: {
        "forget": sigmoid(x[0] + h[0]), "candidate": np.tanh(x[1] + h[1]), "output": sigmoid(x[2] + h[2]),
    },
    "min_gru": lambda x, h, states, p: {"update": sigmoid(x[0]), "candidate": x[1]},
    "min_lstm": lambda x, h, states, p: {"forget": sigmoid(x[0]), "input": sigmoid(x[1]), "candidate": x[2]},
    "slstm": lambda x, h, states, p: {
        "input": (i := np.exp(x[0] + h[0])) / (sigmoid(x[1] + h[1]) * np.exp(states[2]) + i),
        "forget": sigmoid(x[1] + h[1]), "candidate": np.tanh(x[2] + h[2]), "output": sigmoid(x[3] + h[3]),
    },
}  # fmt: skip


def gates(net: Network, prefix: str, read: np.ndarray, states: list[np.ndarray]) -> dict[str, np.ndarray]:
    """Of one direction of one layer, from what it reads in its own order and the states that it had."""
    cell = ARCHITECTURES[net.config.model.architecture].cell
    assert cell
    bias = net.arrays[f"{prefix}bias"].astype(float)
    of_input, of_state = (bias[0], bias[1]) if bias.ndim == 2 else (bias, 0.0)
    before = [np.concatenate([np.zeros((1, a.shape[1])), a[:-1]]) for a in states]
    x = read.astype(float) @ net.arrays[f"{prefix}kernel"] + of_input
    h = before[0] @ net.arrays[f"{prefix}recurrent_kernel"] + of_state if cell.recurrent else np.zeros_like(x)
    peepholes = net.arrays.get(f"{prefix}peephole_kernel", np.zeros((3, 1)))
    split = [np.split(part, cell.gates, axis=-1) for part in (x, h)]
    return GATES[net.config.model.architecture](*split, before, peepholes)


def test_every_cell_has_its_gates_written_down_here():
    assert set(GATES) == set(STACKED)


@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("name", STACKED)
def test_states_are_those_of_keras_and_gates_those_of_the_equations(name: str, bidirectional: bool):
    net = network(name, kind="windows", length=T, layers=2, bidirectional=bidirectional, embedding_size=5)
    ids = some_ids(T)
    found, expected = engine.states(net, ids), in_keras(net, ids)
    assert len(found) == len(expected) == 2 * (1 + bidirectional)
    for layer, (read, states) in zip(found, expected, strict=True):
        for state, theirs in zip(layer.states, states, strict=True):
            np.testing.assert_allclose(layer.quantities[state], theirs, atol=1e-5)
        back = layer.direction == "backward"
        prefix = f"{layer.name}/{layer.direction}_" if bidirectional else f"{layer.name}/"
        turned = (read[::-1], [a[::-1] for a in states]) if back else (read, states)
        for gate, values in gates(net, prefix, *turned).items():
            np.testing.assert_allclose(layer.quantities[gate], values[::-1] if back else values, atol=1e-5)
        assert set(layer.quantities) - set(layer.states) == set(gates(net, prefix, *turned))


@pytest.mark.parametrize("name", ["lstm", "gru", "fully_recurrent"])
def test_on_streams_the_state_goes_through_the_whole_text_and_on_windows_it_is_no_older_than_one(name: str):
    ids = some_ids(30)
    streams, windows = (network(name, kind=kind, length=8) for kind in ("streams", "windows"))
    [of_streams], [of_windows] = engine.states(streams, ids), engine.states(windows, ids)
    for at in (3, 7, 8, 20, 29):
        [alone] = engine.states(streams, ids[max(0, at - 7) : at + 1])
        for quantity, values in of_windows.quantities.items():
            np.testing.assert_allclose(values[at], alone.quantities[quantity][-1], atol=1e-6)
    assert np.abs(of_streams.quantities["hidden"][20] - of_windows.quantities["hidden"][20]).max() > 1e-4


def test_a_bidirectional_network_reads_a_long_text_window_after_window():
    net = network("lstm", kind="windows", length=8, bidirectional=True)
    ids = some_ids(20)
    whole = engine.states(net, ids)
    for first in range(0, 20, 8):
        for layer, alone in zip(whole, engine.states(net, ids[first : first + 8]), strict=True):
            np.testing.assert_array_equal(layer.quantities["hidden"][first : first + 8], alone.quantities["hidden"])


def test_the_last_state_gives_the_logits():
    for name, kind in (
        ("gru", "streams"),
        ("lstm", "windows"),
        ("unrolled", "windows"),
        ("fully_recurrent", "streams"),
    ):
        net = network(name, kind=kind)
        ids = some_ids(20)
        layer = engine.states(net, ids)[-1]
        last = engine.Reader(net).read_all([ids]).logits[0]
        if name == "fully_recurrent":
            given = layer.quantities["net_input"][-1, -len(last) :]
        else:
            top = "dense_output" if name == "unrolled" else "dense"
            given = layer.quantities["hidden"][-1] @ net.arrays[f"{top}/kernel"] + net.arrays[f"{top}/bias"]
        np.testing.assert_allclose(given, last, atol=1e-5)


def test_the_lstms_behind_a_convolution_are_those_of_keras_at_the_end_of_each_window():
    net = network("conv_lstm", kind="windows", length=9, layers=2, units=6)
    ids = some_ids(14)
    found = engine.states(net, ids)
    model = architectures.build(net.config, net.vocab_size)
    architectures.load_weights(model, net.arrays)
    for at in range(8, 14):  # whole windows, for which Keras builds it
        x = np.asarray(ids[None, at - 8 : at + 1])
        layers = iter(found)
        for layer in model.layers:
            if layer.name.startswith("dense"):
                break
            if not layer.name.startswith("lstm"):
                x = np.asarray(layer(x))
                continue
            inside, states = next(layers), over_prefixes(layer, x)
            for name, theirs in zip(inside.states, states, strict=True):
                np.testing.assert_allclose(inside.quantities[name][at], theirs[-1], atol=1e-5)
            kernel, recurrent, bias = layer.get_weights()
            sums = x[0, -1] @ kernel + bias, states[0][-2] @ recurrent
            for name, gate in GATES["lstm"](*(np.split(part, 4) for part in sums), [], None).items():
                np.testing.assert_allclose(inside.quantities[name][at], gate, atol=1e-5)
            x = states[0][None]
    np.testing.assert_allclose(
        found[-1].quantities["hidden"] @ net.arrays["dense/kernel"] + net.arrays["dense/bias"],
        np.concatenate([engine.Reader(net).read_all([ids[: t + 1]]).logits for t in range(14)]), atol=1e-5,
    )  # fmt: skip


@pytest.mark.parametrize("name", ["encoder_decoder", "attention"])
def test_a_reader_and_a_writer_are_those_of_keras(name: str):
    import keras

    model_config = {"architecture": name, "units": 6, "embedding_size": 4}
    settings = parse({"task": "sequence-to-sequence", "corpus": "dates", "model": model_config})
    net = engine.network(settings, 15, random_arrays(settings, 15))
    source, written = 3 + some_ids(7, 11), np.concatenate([[START], 3 + some_ids(5, 11, seed=4)])
    encoder, decoder = engine.states(net, np.concatenate([source, written]))
    model = architectures.build(settings, 15)
    architectures.load_weights(model, net.arrays)
    padded = np.zeros((1, settings.pairs.longest_output + 1), np.int32)
    padded[0, : len(written)] = written
    both = keras.Model(model.inputs, [model.get_layer(part).output for part in ("encoder", "decoder")])
    first, second = both.predict_on_batch([source[None], padded])
    before = {"encoder": np.zeros(6), "decoder": first[0][-1]}
    for layer, theirs, read, side in ((encoder, first[0], source, "source"), (decoder, second[0], written, "target")):
        hidden = theirs[: len(read)]
        np.testing.assert_allclose(layer.quantities["hidden"], hidden, atol=1e-5)
        kernel, recurrent, (bias, known) = (
            net.arrays[f"{layer.name}/{part}"] for part in ("kernel", "recurrent_kernel", "bias")
        )
        x = net.arrays[f"{side}_embedding/embeddings"][read] @ kernel + bias
        h = np.concatenate([before[layer.name][None], hidden[:-1]]) @ recurrent + known
        for gate, values in GATES["gru"](np.split(x, 3, axis=1), np.split(h, 3, axis=1), [], None).items():
            np.testing.assert_allclose(layer.quantities[gate], values, atol=1e-5)


def test_a_network_without_a_state_says_so():
    net = network("transformer")
    with pytest.raises(ConfigError, match="units carry a state"):
        engine.states(net, some_ids(5))


def test_gates_are_open_between_nothing_and_all():
    for name in STACKED:
        for layer in engine.states(network(name), some_ids(40)):
            for gate in {"input", "forget", "output", "update", "reset"} & set(layer.quantities):
                values = layer.quantities[gate]
                assert 0 <= values.min() <= values.max() <= 1
