"""A Keras recurrent layer for cells that Keras does not have: one class per cell, on any backend.

What the inputs contribute is computed for all steps at once, before the loop over time.
Knows no particular cell.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any

from rnnkit.architectures.cell import COMMON

if TYPE_CHECKING:
    import keras

Shapes = dict[str, tuple[int, ...]]


@cache
def layer_class(
    kind: str,
    weights: Callable[[int, int], Shapes],
    states: int,
    step: Callable[..., list[Any]],
    opened: int | None = None,
    shown: int = 0,
) -> type[keras.layers.RNN]:
    """The class of the layer `kind`, made once per process, as Keras may be imported only here.

    Args:
        weights: (inputs, units) -> shapes by name: kernel, recurrent_kernel, bias, and further ones.
        step: (inputs, recurrent, states, *further) -> new states, in Keras operations; `inputs` is x W + b and
            `recurrent` h R, (B, gates x units) both, h the first state.
        opened: the gate whose bias begins at 1, as a forget gate's should (Jozefowicz et al., 2015).
        shown: the state that is the layer's output.
    """
    import keras
    from keras import initializers, ops

    class Step(keras.layers.Layer):
        """The loop's body. Its inputs are products already."""

        def __init__(self, units: int, kernel_initializer, recurrent_initializer, seed: int | None, **options):
            super().__init__(**options)
            self.units, self.state_size, self.output_size = units, [units] * states, units
            self.first = {"kernel": kernel_initializer, "recurrent_kernel": recurrent_initializer}
            self.seed = seed
            self.dropped = None  # what recurrent dropout multiplies the state with, (B, U)

        def build(self, input_shape):
            shapes = weights(input_shape[-1], self.units)
            self.arrays = {name: self._weight(name, shape) for name, shape in shapes.items()}

        def _weight(self, name: str, shape: tuple[int, ...]):
            first = self.first.get(name) or initializers.RandomUniform(-0.05, 0.05, seed=self.seed)
            return self.add_weight(shape=shape, name=name, initializer=self._bias if name == "bias" else first)

        def _bias(self, shape, dtype=None):
            gates = shape[0] // self.units
            ones = [gate == opened for gate in range(gates)]
            return ops.repeat(ops.cast(ops.array(ones), dtype), self.units)

        def call(self, inputs, states):
            hidden = states[0] if self.dropped is None else states[0] * self.dropped
            further = [array for name, array in self.arrays.items() if name not in COMMON]
            new = step(inputs, ops.matmul(hidden, self.arrays["recurrent_kernel"]), states, *further)
            return new[shown], new

    class Recurrent(keras.layers.RNN):
        def __init__(
            self, units: int, kernel_initializer="glorot_uniform", recurrent_initializer="orthogonal",
            dropout: float = 0.0, recurrent_dropout: float = 0.0, seed: int | None = None, **options,
        ):  # fmt: skip
            first = initializers.get(kernel_initializer), initializers.get(recurrent_initializer)
            super().__init__(Step(units, *first, seed), **options)
            self.dropout, self.recurrent_dropout = dropout, recurrent_dropout
            self.seed_generator = keras.random.SeedGenerator(seed)

        def build(self, sequences_shape, initial_state_shape=None):
            self.cell.build((sequences_shape[0], sequences_shape[-1]))
            self.cell.built = True
            super().build(sequences_shape, initial_state_shape)

        def call(self, sequences, initial_state=None, mask=None, training=False):
            if training and self.dropout:
                sequences = sequences * self._dropped(ops.ones_like(sequences[:, :1]), self.dropout)
            if training and self.recurrent_dropout:
                ones = ops.ones((ops.shape(sequences)[0], self.cell.units), self.compute_dtype)
                self.cell.dropped = self._dropped(ones, self.recurrent_dropout)
            products = ops.matmul(sequences, self.cell.arrays["kernel"]) + self.cell.arrays["bias"]
            outputs = super().call(products, initial_state, mask, training)
            self.cell.dropped = None
            return outputs

        def _dropped(self, ones, rate: float):
            """One draw for all steps of a row."""
            return keras.random.dropout(ones, rate, seed=self.seed_generator)

        def get_config(self):
            given = ("name", "return_sequences", "return_state", "go_backwards", "stateful", "dropout")
            return {
                **{name: getattr(self, name) for name in (*given, "recurrent_dropout")},
                "units": self.cell.units, "seed": self.cell.seed,
                "kernel_initializer": self.cell.first["kernel"],
                "recurrent_initializer": self.cell.first["recurrent_kernel"],
            }  # fmt: skip

        @classmethod
        def from_config(cls, config, custom_objects=None):
            return cls(**config)

    named = type(kind, (Recurrent,), {})
    return keras.saving.register_keras_serializable("rnnkit", kind)(named)
