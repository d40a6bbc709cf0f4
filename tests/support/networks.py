"""Small networks of random weights, what they read, and what Keras answers with the same weights."""

from __future__ import annotations

import numpy as np
import pytest

from rnnkit import architectures, engine
from rnnkit.architectures import ARCHITECTURES
from rnnkit.config import RunConfig, parse
from rnnkit.engine import Network

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


def logits_over(net: Network, ids: np.ndarray) -> np.ndarray:
    """Ids (N,) to logits (N, outputs): row t is the prediction after reading ids[: t + 1]."""
    reader = engine.Reader(net)
    return np.array([reader.read(ids[t : t + 1]).logits[0] for t in range(len(ids))])


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
    "slstm-2": {"architecture": "slstm", "layers": 2},
    "min_gru-3": {"architecture": "min_gru", "layers": 3},
    "min_lstm-bidirectional": {"architecture": "min_lstm", "kind": "windows", "bidirectional": True},
    "fully_recurrent": {"architecture": "fully_recurrent"},
    "convolution": {"architecture": "convolution", "kind": "windows", "layers": 2},
    "conv_lstm-2": {"architecture": "conv_lstm", "kind": "windows", "layers": 2},
    "transformer-2": {"architecture": "transformer", "layers": 2, "heads": 2},
    "transformer-windows": {"architecture": "transformer", "kind": "windows", "heads": 3, "length": 5},
    "unrolled": {"architecture": "unrolled", "kind": "windows", "length": 3},
}


# More of them: on windows, read both ways, and forms at the edges of what there is.
ON_WINDOWS = {"kind": "windows", "length": 7}
EVERY_FORM: dict[str, dict] = (
    FORMS
    | {f"{name} on windows": {"architecture": name, **ON_WINDOWS} for name in STACKED}
    | {
        f"{name} both ways": {"architecture": name, "layers": 2, "bidirectional": True, **ON_WINDOWS}
        for name in STACKED
    }
    | {
        "pool on windows": {"architecture": "fully_recurrent", **ON_WINDOWS},
        "unrolled over one": {"architecture": "unrolled", "kind": "windows", "length": 1, "embedding_size": 0},
        "wide convolution": {"architecture": "convolution", "embedding_size": 0, "kernel_width": 9, **ON_WINDOWS},
        "conv_lstm of numbers": {"architecture": "conv_lstm", "inputs": "numbers", **ON_WINDOWS},
        "transformer, dense": {"architecture": "transformer", "heads": 3, "hidden_units": 7, "length": 3},
    }
)


each_form = pytest.mark.parametrize("form", FORMS.values(), ids=FORMS.keys())


def equal_for_every_window(net: Network) -> None:
    """Whether the engine answers each full window as Keras does, to five digits."""
    ids, length = some_ids(), net.config.batches.length
    windows = np.lib.stride_tricks.sliding_window_view(ids, length)
    expected = in_keras(net, windows)
    assert np.abs(logits_over(net, ids)[length - 1 :] - expected).max() < 1e-5
