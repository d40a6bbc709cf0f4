"""The fully recurrent network (Williams and Zipser, 1989): one pool of nodes, each connected to all, itself included.

The last nodes of the pool are the answer; there is no layer above it. Knows no text.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from rnnkit.architectures.architecture import Architecture, Arrays, Equation, Layer, outputs, reads_windows
from rnnkit.architectures.parts import inputs, inside
from rnnkit.architectures.parts.cell import Cell, gated
from rnnkit.architectures.parts.inputs import first_product
from rnnkit.architectures.parts.keras_recurrent import layer_class
from rnnkit.architectures.parts.stack import initializers, seeds_from
from rnnkit.architectures.parts.stack_numpy import PreparedStack, one_way, recurrence
from rnnkit.config import RunConfig

if TYPE_CHECKING:
    import keras


def keras_step(inputs, recurrent, states):
    from keras import ops

    net_input = inputs + recurrent
    return [ops.tanh(net_input), net_input]


def step(inputs: np.ndarray, recurrent: np.ndarray, states: list[np.ndarray]) -> None:
    """net = W x + U h + b; h = tanh(net)."""
    hidden, net_input = states
    np.add(inputs, recurrent, out=net_input)
    np.tanh(net_input, out=hidden)


# What the nodes fire, and the sums it comes from: those of the last nodes are logits.
CELL = Cell(
    "FullyRecurrent", gated(1), ("hidden_state", "net_input"), step, keras_step, shown=1,
    off_fast_path="cuDNN has no fully recurrent network: on a GPU it runs step by step, slower than a GRU or an LSTM.",
)  # fmt: skip


def nodes(config: RunConfig, vocab_size: int) -> int:
    """The whole pool: the hidden nodes, and one for each answer."""
    return config.model.units + outputs(config, vocab_size)


def table(config: RunConfig, vocab_size: int) -> list[Layer]:
    batch = None if reads_windows(config) else config.batches.batch_size
    layers = inputs.table(config, vocab_size, (batch, config.batches.length))
    below, size = layers[-1], nodes(config, vocab_size)
    shape = (batch, size) if reads_windows(config) else (*below.output_shape[:-1], size)
    return [*layers, Layer(CELL.name, CELL.kind, shape, CELL.weights(below.width, size), recurrent=True)]


def build(config: RunConfig, vocab_size: int, batch_size: int | None, seed: int) -> keras.Model:
    import keras

    seeds, many_to_one = seeds_from(seed), reads_windows(config)
    read = x = inputs.keras_input(config, batch_size if many_to_one else batch_size or config.batches.batch_size)
    for layer in inputs.keras_layers(config, vocab_size, seeds, looked_up=True):
        x = layer(x)  # (B, T, D)
    options = {"return_sequences": not many_to_one, "stateful": not many_to_one, "name": CELL.name}
    pool = layer_class(CELL)(nodes(config, vocab_size), **options, **initializers(seeds))
    logits = pool(x)[..., config.model.units :]  # the last nodes of (B, T, nodes), or (B, nodes)
    return keras.Model(read, logits, name="fully_recurrent")


class LastNodes(NamedTuple):
    """The answer of the pool: what its last nodes sum up."""

    size: int

    def __call__(self, net_input: np.ndarray, out: np.ndarray) -> np.ndarray:
        """(n, nodes) to logits (n, outputs)."""
        out[:] = net_input[:, -self.size :]
        return out


def prepare(config: RunConfig, arrays: Arrays) -> PreparedStack:
    pool = recurrence(CELL, arrays, f"{CELL.name}/")
    size = len(pool.input_bias)
    first = first_product(config, arrays, pool.kernel, pool.input_bias)
    return PreparedStack(CELL, size, ((pool,),), (first,), LastNodes(size - config.model.units))


FULLY_RECURRENT = Architecture(
    name="fully_recurrent",
    title="Fully recurrent",
    summary=(
        "One pool of nodes, each connected to every node and to itself. Unlike in the simple RNN no layer stands "
        "above it: some of its nodes are the answer, and what they answer is fed back too."
    ),
    equations=(
        Equation(
            r"s_t = U x_t + W y_{t-1} + b",
            "Every node sums up the token just read and what all nodes fired one step before, itself included.",
        ),
        Equation(r"y_t = \tanh(s_t)", "What each node fires: for the hidden nodes and for those of the answer alike."),
        Equation(
            r"\hat y_t = \mathrm{softmax}\big(s_t^{(k)}\big)_{k > H}",
            "The nodes after the H hidden ones, one per token, are the answer: there is no matrix V.",
        ),
    ),
    fields=(*inputs.FIELDS, "units"),
    table=table,
    build=build,
    prepare=prepare,
    runner=partial(one_way, CELL),
    fast_path=lambda config: CELL.off_fast_path,
    inside=partial(inside.read, CELL),
    changed=partial(inside.changed, CELL),
)
