"""Convolutions over time, the network without a memory: kernels of a few steps, then the largest answer of each.

The contrast with which document 001 opens (a convolution for text: Kim, 2014). It sees a
window and nothing before it. Knows no text.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from rnnkit.architectures.architecture import Architecture, Arrays, Equation, Layer, Over
from rnnkit.architectures.parts import answers, inputs
from rnnkit.architectures.parts.answers import Answer, answer, drops
from rnnkit.architectures.parts.arithmetic import product, relu
from rnnkit.architectures.parts.cell import numbered
from rnnkit.architectures.parts.inputs import FirstProduct, first_product
from rnnkit.architectures.parts.stack import seeds_from
from rnnkit.architectures.parts.windowed import WindowRunner, one_by_one
from rnnkit.config import RunConfig

if TYPE_CHECKING:
    import keras


def table(config: RunConfig, vocab_size: int) -> list[Layer]:
    model = config.model
    layers = inputs.table(config, vocab_size, (None, config.batches.length))
    for index in range(model.layers):
        layers.append(line(config, layers[-1].width, index))
        shape = layers[-1].output_shape
        if index == model.layers - 1:
            shape = (None, model.units)
            layers.append(Layer("global_max_pooling1d", "GlobalMaxPooling1D", shape, over=Over.ALL))
        if drops(config, index):
            layers.append(Layer(numbered("dropout", index), "Dropout", shape))
    return layers + answers.table(config, vocab_size, shape, numbered("dropout", model.layers - 1))


def line(config: RunConfig, below: int, index: int) -> Layer:
    """The table's line of one convolution over a layer of width `below`."""
    model = config.model
    shapes = {"kernel": (model.kernel_width, below, model.units), "bias": (model.units,)}
    shape = (None, config.batches.length, model.units)
    return Layer(numbered("conv1d", index), "Conv1D", shape, shapes, over=Over.NEAR)


def keras_layer(config: RunConfig, seeds: Iterator[int], index: int) -> keras.Layer:
    """The Keras layer of one convolution. Causal: zeros before the window, so that a short one has an answer too."""
    import keras

    first, name = keras.initializers.GlorotUniform(next(seeds)), numbered("conv1d", index)
    options = {"padding": "causal", "activation": "relu", "kernel_initializer": first, "name": name}
    return keras.layers.Conv1D(config.model.units, config.model.kernel_width, **options)


def build(config: RunConfig, vocab_size: int, batch_size: int | None, seed: int) -> keras.Model:
    import keras

    model, seeds = config.model, seeds_from(seed)
    layers: list[Any] = [inputs.keras_input(config, batch_size), *inputs.keras_layers(config, vocab_size, seeds)]
    for index in range(model.layers):
        layers.append(keras_layer(config, seeds, index))
        if index == model.layers - 1:
            layers.append(keras.layers.GlobalMaxPooling1D(name="global_max_pooling1d"))
        if drops(config, index):
            layers.append(keras.layers.Dropout(model.dropout, seed=next(seeds), name=numbered("dropout", index)))
    layers += answers.keras_layers(config, vocab_size, seeds, numbered("dropout", model.layers - 1))
    return keras.Sequential(layers, name="convolution")


class PreparedConvolution(NamedTuple):
    """One trained network, ready to run. A kernel (K, D, F) is laid out as (D, K F): one product for all its places."""

    width: int  # K
    first: FirstProduct
    later: tuple[tuple[np.ndarray, np.ndarray], ...]  # the layers above: (F, K F), (F,)
    answer: Answer


def prepare(config: RunConfig, arrays: Arrays) -> PreparedConvolution:
    later = tuple(_laid_out(config, arrays, index) for index in range(1, config.model.layers))
    return PreparedConvolution(config.model.kernel_width, first(config, arrays), later, answer(arrays))


def first(config: RunConfig, arrays: Arrays) -> FirstProduct:
    """What each place of the first layer's kernels makes of a step: (K F,), the bias with the newest."""
    kernel, bias = _laid_out(config, arrays, 0)
    newest = np.concatenate((np.zeros(kernel.shape[1] - len(bias), np.float32), bias))  # a place that is always there
    return first_product(config, arrays, kernel, newest)


def _laid_out(config: RunConfig, arrays: Arrays, index: int) -> tuple[np.ndarray, np.ndarray]:
    """The kernel of a layer (D, K F), and its bias (F,)."""
    kernel, bias = (arrays[f"{numbered('conv1d', index)}/{name}"] for name in ("kernel", "bias"))
    return kernel.transpose(1, 0, 2).reshape(-1, config.model.kernel_width * config.model.units), bias


def found(first: FirstProduct, width: int, ids: np.ndarray) -> np.ndarray:
    """What the first layer answers at each step of windows of ids (B, T): (B, T, F)."""
    products = first(ids.reshape(-1), out=np.empty((ids.size, len(first.bias)), np.float32))
    return relu(_summed(products.reshape(*ids.shape, width, -1)))


def forward(network: PreparedConvolution, ids: np.ndarray) -> np.ndarray:
    """Windows of ids (B, T), T at most `batches.length`, to logits (B, outputs)."""
    x = found(network.first, network.width, ids)
    for kernel, bias in network.later:
        rows = x.reshape(ids.size, -1)
        products = product(rows, kernel, out=np.empty((ids.size, kernel.shape[1]), np.float32))
        x = relu(_summed(products.reshape(*ids.shape, network.width, -1)) + bias)
    return network.answer(x.max(axis=1), out=np.empty((len(ids), network.answer.size), np.float32))


def _summed(products: np.ndarray) -> np.ndarray:
    """What each place of a kernel made of each step, (B, T, K, F), to its sums over K neighbours, (B, T, F)."""
    width = products.shape[2]
    sums = products[:, :, -1].copy()
    for back in range(1, min(width, products.shape[1])):
        sums[:, back:] += products[:, :-back, width - 1 - back]
    return sums


FOUND = Equation(
    r"a_{t,k} = \mathrm{ReLU}\Big(\sum_{j=0}^{K-1} W_{k,j} \cdot x_{t-j} + b_k\Big)",
    "Kernel k looks at K neighbouring tokens, with the same weights wherever they stand.",
)
CONVOLUTION = Architecture(
    name="convolution",
    title="Convolution",
    summary=(
        "No memory at all: kernels look for short patterns anywhere in the window, and only how well each was found "
        "is kept, not where. Quick to train, and blind to what stood before the window."
    ),
    equations=(
        FOUND,
        Equation(r"m_k = \max_t a_{t,k}", "Of each kernel only its largest answer in the window is kept."),
        Equation(r"\hat y = \mathrm{softmax}(V m + b_y)", "What was found gives each answer its probability."),
    ),
    fields=(*inputs.FIELDS, "units", "layers", "kernel_width", *answers.FIELDS),
    needs_windows=True,
    table=table,
    build=build,
    prepare=prepare,
    runner=partial(WindowRunner, one_by_one(forward)),
)
