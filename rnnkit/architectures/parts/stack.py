"""What all recurrent cells share: symbols in, one to four recurrent layers, logits out.

From a cell `architecture()` makes the whole network: its table and its Keras model are
here, its NumPy form in stack_numpy. Knows no particular cell.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from rnnkit.architectures.architecture import Architecture, Equation, Layer, Over, reads_windows
from rnnkit.architectures.parts import answers, inputs, inside, stack_numpy
from rnnkit.architectures.parts.answers import drops
from rnnkit.architectures.parts.cell import Cell, numbered
from rnnkit.architectures.parts.keras_recurrent import layer_class
from rnnkit.config import RunConfig

if TYPE_CHECKING:
    import keras

FIELDS = (
    *inputs.FIELDS, "units", "layers", "bidirectional", "input_dropout", "recurrent_dropout", *answers.FIELDS,
)  # fmt: skip


def architecture(name: str, title: str, summary: str, cell: Cell, equations: tuple[Equation, ...]) -> Architecture:
    """The network of stacked `cell`s, under this name."""
    fields = tuple(field for field in FIELDS if cell.recurrent or field != "recurrent_dropout")
    return Architecture(
        name, title, summary, equations, fields, partial(table, cell), partial(build, cell),
        partial(stack_numpy.prepare, cell), partial(stack_numpy.runner, cell), partial(fast_path, cell), cell=cell,
        inside=partial(inside.read, cell), changed=partial(inside.changed, cell),
    )  # fmt: skip


def fast_path(cell: Cell, config: RunConfig) -> str | None:
    if cell.off_fast_path:
        return cell.off_fast_path
    if config.model.recurrent_dropout > 0:
        return "Recurrent dropout is applied inside the recurrence, which cuDNN cannot do: training is slower on a GPU."
    return None


# The parameter table


def table(cell: Cell, config: RunConfig, vocab_size: int) -> list[Layer]:
    model = config.model
    batch = None if reads_windows(config) else config.batches.batch_size
    steps = (batch, config.batches.length)
    layers = inputs.table(config, vocab_size, steps)
    for index in range(model.layers):
        weights = cell.weights(layers[-1].width, model.units)
        width = model.units * (1 + model.bidirectional)
        last = index == model.layers - 1
        shape = ((batch,) if last and reads_windows(config) else steps) + (width,)
        layers.append(_recurrent(cell, index, model.bidirectional, shape, weights))
        if drops(config, index):
            layers.append(Layer(numbered("dropout", index), "Dropout", shape))
    return layers + answers.table(config, vocab_size, shape, numbered("dropout", model.layers - 1))


def _recurrent(cell: Cell, index: int, bidirectional: bool, shape: tuple, weights: dict) -> Layer:
    if not bidirectional:
        return Layer(numbered(cell.name, index), cell.kind, shape, weights, recurrent=True)
    both = {f"{way}_{name}": size for way in ("forward", "backward") for name, size in weights.items()}
    return Layer(numbered("bidirectional", index), "Bidirectional", shape, both, recurrent=True, over=Over.BOTH)


# Keras


def build(cell: Cell, config: RunConfig, vocab_size: int, batch_size: int | None, seed: int) -> keras.Model:
    """The Keras model; every random number in it follows from `seed`."""
    import keras

    model = config.model
    seeds = seeds_from(seed)
    many_to_one = reads_windows(config)
    batch = batch_size if many_to_one else batch_size or config.batches.batch_size
    looked_up = looks_up(cell, config)
    layers: list[Any] = [inputs.keras_input(config, batch)]
    layers += inputs.keras_layers(config, vocab_size, seeds, looked_up)
    for index in range(model.layers):
        by_keras = cell.in_keras and not (looked_up and index == 0)
        layer = getattr(keras.layers, cell.kind) if by_keras else layer_class(cell)
        layers.append(_recurrent_layer(layer, cell.name, config, index, seeds))
        if drops(config, index):
            layers.append(keras.layers.Dropout(model.dropout, seed=next(seeds), name=numbered("dropout", index)))
    layers += answers.keras_layers(config, vocab_size, seeds, numbered("dropout", model.layers - 1))
    return keras.Sequential(layers, name=model.architecture)


def looks_up(cell: Cell, config: RunConfig) -> bool:
    """Whether the first layer takes rows of its kernel in place of multiplying it with one-hot vectors.

    On a processor that saves most of a step (see benchmarks/one_hot.py); on a GPU it would cost cuDNN. Keras's own
    layers stay where dropout draws inside them.
    """
    model = config.model
    if model.inputs == "numbers" or model.embedding_size or model.input_dropout:
        return False
    if not cell.in_keras:
        return True
    return not model.recurrent_dropout and bool(cell.off_fast_path or not _on_a_gpu())


def _on_a_gpu() -> bool:
    import keras

    return any(device.startswith("gpu") for device in keras.distribution.list_devices())


def _recurrent_layer(layer: Callable[..., Any], name: str, config: RunConfig, index: int, seeds: Iterator[int]) -> Any:
    import keras

    model = config.model
    many_to_one = reads_windows(config)

    shared = {
        "return_sequences": not (many_to_one and index == model.layers - 1), "stateful": not many_to_one,
        "dropout": model.input_dropout, "recurrent_dropout": model.recurrent_dropout,
    }  # fmt: skip

    def one(called: str, **options: Any) -> Any:
        return layer(model.units, **shared, **initializers(seeds), seed=next(seeds), name=called, **options)

    if not model.bidirectional:
        return one(numbered(name, index))
    # Both halves are given: a copy that Keras makes of the first would start from the same weights.
    return keras.layers.Bidirectional(
        one(f"forward_{name}"),
        backward_layer=one(f"backward_{name}", go_backwards=True),
        name=numbered("bidirectional", index),
    )


def initializers(seeds: Iterator[int]) -> dict[str, Any]:
    """Those of a recurrent layer, from the next two seeds."""
    from keras.initializers import GlorotUniform, Orthogonal

    return {"kernel_initializer": GlorotUniform(next(seeds)), "recurrent_initializer": Orthogonal(seed=next(seeds))}


def seeds_from(seed: int) -> Iterator[int]:
    """One seed for each random thing in a model: drawn in order, they never meet by accident."""
    return iter(np.random.SeedSequence(seed).generate_state(64).astype(int).tolist())
