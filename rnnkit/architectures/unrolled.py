"""The unrolled network of the Nietzsche notebook: a feed-forward network that is an RNN drawn out.

One Dense reads every symbol, one Dense carries from symbol to symbol, both with ReLU, both
shared over the window. It remembers nothing between windows. Knows no text.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from rnnkit.architectures.architecture import Architecture, Arrays, Equation, Layer, Over, outputs
from rnnkit.architectures.parts import inputs
from rnnkit.architectures.parts.answers import dense_layer, dense_line, logits_layer
from rnnkit.architectures.parts.arithmetic import dense, relu
from rnnkit.architectures.parts.inputs import FirstProduct, first_product
from rnnkit.architectures.parts.inside import LayerStates
from rnnkit.architectures.parts.stack import seeds_from
from rnnkit.architectures.parts.windowed import WindowRunner, one_by_one
from rnnkit.config import RunConfig

if TYPE_CHECKING:
    import keras


def table(config: RunConfig, vocab_size: int) -> list[Layer]:
    length, units = config.batches.length, config.model.units
    layers = inputs.table(config, vocab_size, (None, length))
    layers.append(dense_line("dense_input", layers[-1].output_shape, units))
    if length > 1:  # one symbol carries nothing over
        layers.append(replace(dense_line("dense_hidden", (None, units), units), over=Over.CARRIED))
    return [*layers, dense_line("dense_output", (None, units), outputs(config, vocab_size))]


def build(config: RunConfig, vocab_size: int, batch_size: int | None, seed: int) -> keras.Model:
    import keras

    length, units, seeds = config.batches.length, config.model.units, seeds_from(seed)
    vectors = ids = inputs.keras_input(config, batch_size)
    for layer in inputs.keras_layers(config, vocab_size, seeds):
        vectors = layer(vectors)  # (B, T, E)
    read = dense_layer(units, seeds, name="dense_input", activation="relu")(vectors)  # (B, T, U)
    hidden = read[:, 0]
    if length > 1:
        carry = dense_layer(units, seeds, name="dense_hidden", activation="relu")
        for t in range(1, length):
            hidden = carry(hidden) + read[:, t]
    logits = logits_layer(outputs(config, vocab_size), seeds, name="dense_output")(hidden)
    return keras.Model(ids, logits, name="unrolled")


class PreparedUnrolled(NamedTuple):
    """One trained network, ready to run."""

    first: FirstProduct
    carry: tuple[np.ndarray, np.ndarray] | None  # nothing to carry in windows of one symbol
    answer: tuple[np.ndarray, np.ndarray]


def prepare(config: RunConfig, arrays: Arrays) -> PreparedUnrolled:
    first = first_product(config, arrays, arrays["dense_input/kernel"], arrays["dense_input/bias"])
    carry = (arrays["dense_hidden/kernel"], arrays["dense_hidden/bias"]) if "dense_hidden/kernel" in arrays else None
    return PreparedUnrolled(first, carry, (arrays["dense_output/kernel"], arrays["dense_output/bias"]))


def forward(network: PreparedUnrolled, ids: np.ndarray) -> np.ndarray:
    """Windows of ids (B, T), T at most `batches.length`, to logits (B, outputs)."""
    return dense(_hidden(network, ids), *network.answer)


def inside(config: RunConfig, network: PreparedUnrolled, ids: np.ndarray) -> list[LayerStates]:
    """The hidden state after the window that ends at each of `ids` (N,)."""
    length = min(config.batches.length, len(ids))
    begun = [_hidden(network, ids[None, :end]) for end in range(1, length)]
    hidden = np.concatenate([*begun, _hidden(network, sliding_window_view(ids, length))])
    return [LayerStates("dense_hidden", None, ("hidden",), {"hidden": hidden})]


def _hidden(network: PreparedUnrolled, ids: np.ndarray) -> np.ndarray:
    """Windows of ids (B, T) to what their last step holds: (B, U)."""
    flat = ids.T.reshape(-1)
    read = relu(network.first(flat, out=np.empty((len(flat), len(network.first.bias)), np.float32)))
    hidden, *later = read.reshape(ids.shape[1], len(ids), -1)  # each (B, U)
    if network.carry:
        for one in later:
            hidden = relu(dense(hidden, *network.carry)) + one
    return hidden


def fast_path(config: RunConfig) -> str | None:
    return "The unrolled network is made of Dense layers: nothing in it is for cuDNN's recurrent kernels to speed up."


UNROLLED = Architecture(
    name="unrolled",
    title="Unrolled RNN",
    summary="A recurrent network drawn out as a feed-forward one: a few tokens in, the next one out, no memory.",
    equations=(
        Equation(r"a_t = \mathrm{ReLU}(W_I x_t + b_I)", "One Dense layer, the same for each token, reads the window."),
        Equation(r"h_1 = a_1", "The first token is all there is at first."),
        Equation(
            r"h_t = \mathrm{ReLU}(W_H h_{t-1} + b_H) + a_t", "A second Dense carries it on; the next token is added."
        ),
        Equation(
            r"\hat y = \mathrm{softmax}(W_O h_T + b_O)", "After the last token each next one gets its probability."
        ),
    ),
    fields=(*inputs.FIELDS, "units"),
    needs_windows=True,
    table=table,
    build=build,
    prepare=prepare,
    runner=partial(WindowRunner, one_by_one(forward)),
    fast_path=fast_path,
    inside=inside,
    longest_window=200,  # each symbol is a layer of the graph, which Keras walks recursively: 700 are too many
)
