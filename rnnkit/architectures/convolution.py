"""Convolutions over time, the network without a memory: kernels of a few steps, then the largest answer of each.

The contrast with which document 001 opens (a convolution for text: Kim, 2014). It sees a
window and nothing before it. Knows no text.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from rnnkit.architectures.architecture import Architecture, Arrays, Equation, Layer
from rnnkit.architectures.parts import answers, inputs
from rnnkit.architectures.parts.answers import Answer, answer, drops
from rnnkit.architectures.parts.arithmetic import product, relu
from rnnkit.architectures.parts.inputs import FirstProduct, first_product
from rnnkit.architectures.parts.stack import numbered, seeds_from
from rnnkit.architectures.parts.windowed import WindowRunner, one_by_one
from rnnkit.config import RunConfig

if TYPE_CHECKING:
    import keras


def table(config: RunConfig, vocab_size: int) -> list[Layer]:
    model, length = config.model, config.batches.length
    layers = inputs.table(config, vocab_size, (None, length))
    for index in range(model.layers):
        shapes = {"kernel": (model.kernel_width, layers[-1].width, model.units), "bias": (model.units,)}
        shape: tuple[int | None, ...] = (None, length, model.units)
        layers.append(Layer(numbered("conv1d", index), "Conv1D", shape, shapes))
        if index == model.layers - 1:
            shape = (None, model.units)
            layers.append(Layer("global_max_pooling1d", "GlobalMaxPooling1D", shape))
        if drops(config, index):
            layers.append(Layer(numbered("dropout", index), "Dropout", shape))
    return layers + answers.table(config, vocab_size, shape, numbered("dropout", model.layers - 1))


def build(config: RunConfig, vocab_size: int, batch_size: int | None, seed: int) -> keras.Model:
    import keras

    model, seeds = config.model, seeds_from(seed)
    layers: list[Any] = [inputs.keras_input(config, batch_size), *inputs.keras_layers(config, vocab_size, seeds)]
    for index in range(model.layers):
        first, name = keras.initializers.GlorotUniform(next(seeds)), numbered("conv1d", index)
        # Causal: zeros before the window, so that a short one has an answer too.
        options = {"padding": "causal", "activation": "relu", "kernel_initializer": first, "name": name}
        layers.append(keras.layers.Conv1D(model.units, model.kernel_width, **options))
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
    width, units = config.model.kernel_width, config.model.units
    names = [numbered("conv1d", index) for index in range(config.model.layers)]
    kernels = [arrays[f"{name}/kernel"].transpose(1, 0, 2).reshape(-1, width * units) for name in names]
    biases = [arrays[f"{name}/bias"] for name in names]
    newest = np.concatenate((np.zeros((width - 1) * units, np.float32), biases[0]))  # a place that is always there
    first = first_product(config, arrays, kernels[0], newest)
    return PreparedConvolution(width, first, tuple(zip(kernels[1:], biases[1:], strict=True)), answer(arrays))


def forward(network: PreparedConvolution, ids: np.ndarray) -> np.ndarray:
    """Windows of ids (B, T), T at most `batches.length`, to logits (B, outputs)."""
    flat = ids.reshape(-1)
    products = network.first(flat, out=np.empty((len(flat), len(network.first.bias)), np.float32))
    x = relu(_summed(products.reshape(*ids.shape, network.width, -1)))  # (B, T, F)
    for kernel, bias in network.later:
        rows = x.reshape(len(flat), -1)
        products = product(rows, kernel, out=np.empty((len(flat), kernel.shape[1]), np.float32))
        x = relu(_summed(products.reshape(*ids.shape, network.width, -1)) + bias)
    return network.answer(x.max(axis=1), out=np.empty((len(ids), network.answer.size), np.float32))


def _summed(products: np.ndarray) -> np.ndarray:
    """What each place of a kernel made of each step, (B, T, K, F), to its sums over K neighbours, (B, T, F)."""
    width = products.shape[2]
    sums = products[:, :, -1].copy()
    for back in range(1, min(width, products.shape[1])):
        sums[:, back:] += products[:, :-back, width - 1 - back]
    return sums


CONVOLUTION = Architecture(
    name="convolution",
    title="Convolution",
    summary=(
        "No memory at all: kernels look for short patterns anywhere in the window, and only how well each was found "
        "is kept, not where. Quick to train, and blind to what stood before the window."
    ),
    equations=(
        Equation(
            r"a_{t,k} = \mathrm{ReLU}\Big(\sum_{j=0}^{K-1} W_{k,j} \cdot x_{t-j} + b_k\Big)",
            "Kernel k looks at K neighbouring symbols, with the same weights wherever they stand.",
        ),
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
