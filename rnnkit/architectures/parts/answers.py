"""What every network ends with: at will one more layer with ReLU, then one logit per class or symbol.

As a table, in Keras and in NumPy. Knows no particular network.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from rnnkit.architectures.architecture import Arrays, Layer, outputs, width
from rnnkit.architectures.parts.arithmetic import dense, panels, product, relu
from rnnkit.config import RunConfig

if TYPE_CHECKING:
    import keras

# The ModelConfig fields of this part of a network.
FIELDS = ("hidden_units", "dropout")


def table(config: RunConfig, vocab_size: int, shape: tuple[int | None, ...], dropout_name: str) -> list[Layer]:
    """The last lines of the parameter table; `shape` is that of the layer below.

    With a Dense layer of its own the network's last dropout stands after that and not before it.
    """
    model, layers = config.model, []
    if model.hidden_units:
        layers.append(dense_line("hidden", shape, model.hidden_units))
        shape = layers[-1].output_shape
    if model.hidden_units and model.dropout:
        layers.append(Layer(dropout_name, "Dropout", shape))
    return [*layers, dense_line("dense", shape, outputs(config, vocab_size))]


def drops(config: RunConfig, index: int) -> bool:
    """Whether a dropout stands right above layer `index`: not where the answer's Dense layer comes between."""
    model = config.model
    return model.dropout > 0 and not (model.hidden_units and index == model.layers - 1)


def dense_line(name: str, below: tuple[int | None, ...], units: int) -> Layer:
    """The line of a Dense layer over a layer of shape `below`."""
    return Layer(name, "Dense", (*below[:-1], units), {"kernel": (width(below), units), "bias": (units,)})


def keras_layers(config: RunConfig, vocab_size: int, seeds: Iterator[int], dropout_name: str) -> list[keras.Layer]:
    """Hidden states (..., U) to logits (..., outputs)."""
    import keras

    model, layers = config.model, []
    if model.hidden_units:
        layers.append(dense_layer(model.hidden_units, seeds, name="hidden", activation="relu"))
    if model.hidden_units and model.dropout:
        layers.append(keras.layers.Dropout(model.dropout, seed=next(seeds), name=dropout_name))
    return [*layers, logits_layer(outputs(config, vocab_size), seeds, name="dense")]


def dense_layer(units: int, seeds: Iterator[int], name: str, activation: str | None = None, **options: Any) -> Any:
    """A Keras Dense whose first weights follow from the next seed; `options` are Keras's."""
    import keras

    initializer = keras.initializers.GlorotUniform(next(seeds))
    return keras.layers.Dense(units, activation=activation, kernel_initializer=initializer, name=name, **options)


def logits_layer(units: int, seeds: Iterator[int], name: str) -> Any:
    """The last Dense: in float32, whatever the layers below compute in."""
    return dense_layer(units, seeds, name, dtype="float32")


class Answer(NamedTuple):
    """The last layers of one trained network in NumPy; `hidden` is empty where there is no layer of that name."""

    hidden: tuple[np.ndarray, ...]  # (U, H), (H,)
    dense: tuple[np.ndarray, np.ndarray]  # (U or H, outputs) in panels, (outputs,)

    @property
    def size(self) -> int:
        return len(self.dense[1])

    def __call__(self, states: np.ndarray, out: np.ndarray) -> np.ndarray:
        """Hidden states (n, U) to logits (n, outputs)."""
        kernel, bias = self.dense
        product(relu(dense(states, *self.hidden)) if self.hidden else states, kernel, out=out)
        out += bias
        return out


def answer(arrays: Arrays) -> Answer:
    """The last layers of the trained network `arrays`."""
    hidden = (arrays["hidden/kernel"], arrays["hidden/bias"]) if "hidden/kernel" in arrays else ()
    return Answer(hidden, (panels(arrays["dense/kernel"]), arrays["dense/bias"]))
