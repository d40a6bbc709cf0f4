"""The unrolled network of the Nietzsche notebook: a feed-forward network that is an RNN drawn out.

One Dense reads every symbol, one Dense carries from symbol to symbol, both with ReLU, both
shared over the window. It remembers nothing between windows. Knows no text.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from rnnkit.architectures.architecture import Architecture, Arrays, Equation, Layer, outputs
from rnnkit.architectures.arithmetic import dense, relu
from rnnkit.architectures.stack import dense_layer, seeds_from, symbols, symbols_layer
from rnnkit.architectures.windowed import WindowRunner
from rnnkit.config import RunConfig

if TYPE_CHECKING:
    import keras


def table(config: RunConfig, vocab_size: int) -> list[Layer]:
    length, units = config.batches.length, config.model.units
    first = symbols(config.model.embedding_size, vocab_size, (None, length))
    layers = [first, _dense("dense_input", first.output_shape[-1], (None, length, units))]
    if length > 1:  # one symbol carries nothing over
        layers.append(_dense("dense_hidden", units, (None, units)))
    return [*layers, _dense("dense_output", units, (None, outputs(config, vocab_size)))]


def _dense(name: str, inputs: int, shape: tuple[int | None, ...]) -> Layer:
    return Layer(name, "Dense", shape, {"kernel": (inputs, shape[-1]), "bias": (shape[-1],)})


def build(config: RunConfig, vocab_size: int, batch_size: int | None, seed: int) -> keras.Model:
    import keras

    length, units, seeds = config.batches.length, config.model.units, seeds_from(seed)
    ids = keras.Input((length,), batch_size=batch_size, dtype="int32", name="ids")
    vectors = symbols_layer(config.model.embedding_size, vocab_size, seeds)(ids)  # (B, T, E)
    read = dense_layer(units, seeds, name="dense_input", activation="relu")(vectors)  # (B, T, U)
    hidden = read[:, 0]
    if length > 1:
        carry = dense_layer(units, seeds, name="dense_hidden", activation="relu")
        for t in range(1, length):
            hidden = carry(hidden) + read[:, t]
    logits = dense_layer(outputs(config, vocab_size), seeds, name="dense_output")(hidden)
    return keras.Model(ids, logits, name="unrolled")


class Prepared(NamedTuple):
    """What the network does at every step, with the first product taken out of it."""

    read: np.ndarray  # (V, U): what dense_input makes of each symbol
    carry: tuple[np.ndarray | None, np.ndarray | None]  # nothing to carry in windows of one symbol
    answer: tuple[np.ndarray, np.ndarray]


def prepare(config: RunConfig, arrays: Arrays) -> Prepared:
    kernel, bias = arrays["dense_input/kernel"], arrays["dense_input/bias"]
    vectors = arrays["embedding/embeddings"] @ kernel if config.model.embedding_size else kernel
    carry, answer = (
        (arrays.get(f"{name}/kernel"), arrays.get(f"{name}/bias")) for name in ("dense_hidden", "dense_output")
    )
    return Prepared(relu(vectors + bias), carry, answer)


def forward(networks: Sequence[tuple[Prepared, slice]], ids: np.ndarray) -> np.ndarray:
    """Windows of ids (B, T), T at most `batches.length`, to logits (B, outputs)."""
    return np.concatenate([_forward(network, ids[part]) for network, part in networks])


def _forward(network: Prepared, ids: np.ndarray) -> np.ndarray:
    hidden = network.read[ids[:, 0]]  # (B, U)
    for t in range(1, ids.shape[1]):
        hidden = relu(dense(hidden, *network.carry)) + network.read[ids[:, t]]
    return dense(hidden, *network.answer)


def fast_path(config: RunConfig) -> str | None:
    return "The unrolled network is made of Dense layers: nothing in it is for cuDNN's recurrent kernels to speed up."


UNROLLED = Architecture(
    name="unrolled",
    title="Unrolled RNN",
    summary="A recurrent network drawn out as a feed-forward one: a few symbols in, the next one out, no memory.",
    equations=(
        Equation(r"a_t = \mathrm{ReLU}(W_I x_t + b_I)", "One Dense layer, the same for each symbol, reads the window."),
        Equation(r"h_1 = a_1", "The first symbol is all there is at first."),
        Equation(
            r"h_t = \mathrm{ReLU}(W_H h_{t-1} + b_H) + a_t", "A second Dense carries it on; the next symbol is added."
        ),
        Equation(
            r"\hat y = \mathrm{softmax}(W_O h_T + b_O)", "After the last symbol each next one gets its probability."
        ),
    ),
    fields=("units", "embedding_size"),
    needs_windows=True,
    table=table,
    build=build,
    prepare=prepare,
    runner=lambda config, networks, rows: WindowRunner(forward, config.batches.length, networks, rows),
    fast_path=fast_path,
    longest_window=200,  # each symbol is a layer of the graph, which Keras walks recursively: 700 are too many
)
