"""What every network begins with: symbols or numbers to vectors, as a table, in Keras and in NumPy.

In NumPy the first product is taken along, as it is the same for a symbol wherever it
stands. Knows no particular network.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from rnnkit.architectures.architecture import Arrays, Layer
from rnnkit.architectures.parts.arithmetic import product
from rnnkit.config import RunConfig

if TYPE_CHECKING:
    import keras

# The ModelConfig fields of this part of a network.
FIELDS = ("inputs", "embedding_size", "embedding_dropout")
# A look-up table of more numbers than this (4 MB) costs more memory than the product costs time.
LARGEST_TABLE = 1 << 20


def table(config: RunConfig, vocab_size: int, steps: tuple[int | None, ...]) -> list[Layer]:
    """The first lines of the parameter table; `steps` is (batch, T)."""
    model = config.model
    if model.inputs == "numbers":
        return [Layer("numbers", "Reshape", (*steps, 1))]
    if not model.embedding_size:
        return [Layer("one_hot", "OneHot", (*steps, vocab_size))]
    shape = (*steps, model.embedding_size)
    layers = [Layer("embedding", "Embedding", shape, {"embeddings": (vocab_size, model.embedding_size)})]
    return [*layers, Layer("embedding_dropout", "Dropout", shape)] if model.embedding_dropout else layers


def keras_input(config: RunConfig, batch_size: int | None) -> keras.KerasTensor:
    """Ids (B, T) int32, or numbers (B, T) float32."""
    import keras

    kind, name = ("float32", "values") if config.model.inputs == "numbers" else ("int32", "ids")
    return keras.Input((config.batches.length,), batch_size=batch_size, dtype=kind, name=name)


def keras_layers(
    config: RunConfig, vocab_size: int, seeds: Iterator[int], looked_up: bool = False
) -> list[keras.Layer]:
    """From ids or numbers (B, T) to vectors (B, T, D): an embedding, one-hot for size 0, or the number alone.

    `looked_up`: the next layer takes ids in place of one-hot vectors.
    """
    import keras

    model = config.model
    if model.inputs == "numbers":
        return [keras.layers.Reshape((-1, 1), name="numbers")]
    if not model.embedding_size:
        return [one_hot(vocab_size, looked_up=looked_up)]
    first = keras.initializers.RandomUniform(-0.05, 0.05, seed=next(seeds))
    layers: list[Any] = [
        keras.layers.Embedding(vocab_size, model.embedding_size, embeddings_initializer=first, name="embedding")
    ]
    if model.embedding_dropout:
        layers.append(keras.layers.Dropout(model.embedding_dropout, seed=next(seeds), name="embedding_dropout"))
    return layers


def one_hot(vocab_size: int, name: str = "one_hot", looked_up: bool = False) -> keras.Layer:
    """The layer from ids to vectors of zeros with a single one.

    `looked_up`: it hands the ids on as they are, for a layer that knows what they stand for. Multiplying a kernel
    with a vector of zeros and a single one is taking a row of it.
    """
    import keras

    class OneHot(keras.layers.Layer):
        """(B, T) ids -> (B, T, V), one batch at a time: for a whole text it would take gigabytes."""

        def call(self, ids):
            return ids if looked_up else keras.ops.one_hot(ids, vocab_size, dtype=self.compute_dtype)

        def compute_output_shape(self, shape):
            return (*shape, vocab_size)

    return OneHot(name=name)


def kind_of_step(config: RunConfig) -> type[np.generic]:
    """What stands for one step in NumPy: an id, or a number."""
    return np.float32 if config.model.inputs == "numbers" else np.int32


@dataclass(frozen=True)
class FirstProduct:
    """x W + b for what each step reads, x being one-hot, an embedding or the number itself."""

    kernel: np.ndarray  # (D, G)
    bias: np.ndarray  # (G,)
    numbers: bool
    embeddings: np.ndarray | None  # (V, E)
    table: np.ndarray | None  # (V, G): the answer for every symbol

    def __call__(self, steps: np.ndarray, out: np.ndarray) -> np.ndarray:
        """Ids or numbers (n,) to (n, G)."""
        if self.table is not None:
            return np.take(self.table, steps, axis=0, out=out, mode="clip")
        if self.numbers:
            np.multiply(steps.astype(np.float32)[:, None], self.kernel[0], out=out)
        elif self.embeddings is None:
            np.take(self.kernel, steps, axis=0, out=out, mode="clip")
        else:
            product(self.embeddings[steps], self.kernel, out=out)
        out += self.bias
        return out


def first_product(config: RunConfig, arrays: Arrays, kernel: np.ndarray, bias: np.ndarray) -> FirstProduct:
    """The first product of the trained network `arrays`, with the `kernel` (D, G) and `bias` (G,) that follow."""
    embeddings = arrays.get("embedding/embeddings")
    small = embeddings is not None and len(embeddings) * kernel.shape[1] <= LARGEST_TABLE
    table = embeddings @ kernel + bias if small else None
    return FirstProduct(kernel, bias, config.model.inputs == "numbers", embeddings, table)
