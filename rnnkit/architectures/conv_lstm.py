"""A convolution that finds short patterns, and an LSTM that reads them in their order.

The combination with which document 004 ends, as Keras's example for film reviews has it. It sees a window and nothing
before it. Knows no text.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from rnnkit.architectures import convolution
from rnnkit.architectures.architecture import Architecture, Arrays, Equation, Layer, Over
from rnnkit.architectures.lstm import ANSWER, CELL
from rnnkit.architectures.parts import answers, inputs
from rnnkit.architectures.parts.answers import Answer, answer, drops
from rnnkit.architectures.parts.arithmetic import dense, product
from rnnkit.architectures.parts.cell import numbered, short
from rnnkit.architectures.parts.inputs import FirstProduct
from rnnkit.architectures.parts.inside import LayerStates
from rnnkit.architectures.parts.stack import initializers, seeds_from
from rnnkit.architectures.parts.stack_numpy import RecurrentWeights, recurrence
from rnnkit.architectures.parts.windowed import WindowRunner, one_by_one
from rnnkit.config import RunConfig

if TYPE_CHECKING:
    import keras

AT_ONCE = 256  # windows that are looked into together
POOL = 2  # neighbours of which only the largest answer of each kernel is kept: the LSTM reads half as many steps


def table(config: RunConfig, vocab_size: int) -> list[Layer]:
    model, pooled = config.model, -(-config.batches.length // POOL)
    layers = inputs.table(config, vocab_size, (None, config.batches.length))
    layers.append(convolution.line(config, layers[-1].width, 0))
    layers.append(Layer("max_pooling1d", "MaxPooling1D", (None, pooled, model.units), over=Over.PAIRS))
    for index in range(model.layers):
        last = index == model.layers - 1
        shape = (None, model.units) if last else (None, pooled, model.units)
        layers.append(
            Layer(numbered("lstm", index), "LSTM", shape, CELL.weights(model.units, model.units), recurrent=True)
        )
        if drops(config, index):
            layers.append(Layer(numbered("dropout", index), "Dropout", shape))
    return layers + answers.table(config, vocab_size, shape, numbered("dropout", model.layers - 1))


def build(config: RunConfig, vocab_size: int, batch_size: int | None, seed: int) -> keras.Model:
    import keras

    model, seeds = config.model, seeds_from(seed)
    layers: list[Any] = [inputs.keras_input(config, batch_size), *inputs.keras_layers(config, vocab_size, seeds)]
    layers.append(convolution.keras_layer(config, seeds, 0))
    layers.append(keras.layers.MaxPooling1D(POOL, padding="same", name="max_pooling1d"))
    for index in range(model.layers):
        more, name = index < model.layers - 1, numbered("lstm", index)
        layers.append(
            keras.layers.LSTM(
                model.units, return_sequences=more, **initializers(seeds), seed=next(seeds), name=name,
                dropout=model.input_dropout, recurrent_dropout=model.recurrent_dropout,
            )
        )  # fmt: skip
        if drops(config, index):
            layers.append(keras.layers.Dropout(model.dropout, seed=next(seeds), name=numbered("dropout", index)))
    layers += answers.keras_layers(config, vocab_size, seeds, numbered("dropout", model.layers - 1))
    return keras.Sequential(layers, name="conv_lstm")


class PreparedConvLSTM(NamedTuple):
    """One trained network, ready to run."""

    width: int  # K
    first: FirstProduct  # what each place of a kernel makes of a step: (K F,)
    lstms: tuple[RecurrentWeights, ...]
    answer: Answer


def prepare(config: RunConfig, arrays: Arrays) -> PreparedConvLSTM:
    first = convolution.first(config, arrays)
    lstms = tuple(recurrence(CELL, arrays, f"{numbered('lstm', index)}/") for index in range(config.model.layers))
    return PreparedConvLSTM(config.model.kernel_width, first, lstms, answer(arrays))


def forward(network: PreparedConvLSTM, ids: np.ndarray) -> np.ndarray:
    """Windows of ids (B, T), T at most `batches.length`, to logits (B, outputs)."""
    x = _pooled(convolution.found(network.first, network.width, ids)).swapaxes(0, 1)  # (T / POOL, B, F)
    for layer in network.lstms:
        x, _ = _read(layer, np.ascontiguousarray(x))
    return network.answer(x[-1], out=np.empty((len(ids), network.answer.size), np.float32))


def _pooled(x: np.ndarray) -> np.ndarray:
    """(B, T, F) to (B, T / POOL, F), the last group perhaps smaller."""
    return np.maximum.reduceat(x, np.arange(0, x.shape[1], POOL), axis=1)


def _read(layer: RecurrentWeights, x: np.ndarray) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """One LSTM over (T, B, D): its hidden states (T, B, U), and what it held and let through at the last step."""
    steps, rows, wide = x.shape
    read = dense(x.reshape(-1, wide), layer.kernel, layer.input_bias).reshape(steps, rows, -1)
    units = read.shape[-1] // CELL.gates
    states = [np.zeros((rows, units), np.float32) for _ in CELL.states]
    hidden, recurrent = np.empty((steps, rows, units), np.float32), np.empty((rows, read.shape[-1]), np.float32)
    assert layer.recurrent_kernel is not None
    for t in range(steps):
        product(states[0], layer.recurrent_kernel, out=recurrent)
        if t == steps - 1:
            gates = CELL.activations(read[t], recurrent, states)
        CELL.step(read[t], recurrent, states)
        hidden[t] = states[0]
    return hidden, dict(zip(map(short, CELL.states), states, strict=True)) | gates


def inside(config: RunConfig, network: PreparedConvLSTM, ids: np.ndarray) -> list[LayerStates]:
    """What every unit of the LSTMs did at each of `ids` (N,): at the last step of the window that ends there."""
    length = config.batches.length
    windows = [ids[None, : t + 1] for t in range(min(len(ids), length) - 1)]  # the first ones are shorter
    if len(ids) >= length:
        whole = np.lib.stride_tricks.sliding_window_view(ids, length)
        windows += [whole[first : first + AT_ONCE] for first in range(0, len(whole), AT_ONCE)]
    else:
        windows.append(ids[None])
    found: list[list[dict[str, np.ndarray]]] = [[] for _ in network.lstms]
    for window in windows:
        x = _pooled(convolution.found(network.first, network.width, window)).swapaxes(0, 1)
        for kept, layer in zip(found, network.lstms, strict=True):
            x, last = _read(layer, np.ascontiguousarray(x))
            kept.append(last)
    states = tuple(map(short, CELL.states))
    return [
        LayerStates(numbered("lstm", index), None, states, {name: np.concatenate([one[name] for one in kept])
                                                            for name in kept[0]})
        for index, kept in enumerate(found)
    ]  # fmt: skip


CONV_LSTM = Architecture(
    name="conv_lstm",
    title="Convolution, then LSTM",
    summary=(
        "Kernels find short patterns, of each two neighbours the larger answer is kept, and an LSTM reads what was "
        "found in its order: half as many steps as the text has."
    ),
    equations=(
        convolution.FOUND,
        Equation(r"m_{s,k} = \max(a_{2s,k}, a_{2s+1,k})", "Of two neighbours each kernel's larger answer is kept."),
        Equation(r"h_s, c_s = \mathrm{LSTM}(m_s, h_{s-1}, c_{s-1})", "The LSTM reads them in their order."),
        ANSWER,
    ),
    fields=(
        *inputs.FIELDS, "units", "layers", "kernel_width", "input_dropout", "recurrent_dropout", *answers.FIELDS,
    ),
    needs_windows=True,
    table=table,
    build=build,
    prepare=prepare,
    runner=partial(WindowRunner, one_by_one(forward)),
    inside=inside,
)  # fmt: skip
