"""A Keras recurrent layer for any cell: one class per cell, on any backend.

What the inputs contribute is computed for all steps at once, before the loop over time; for
one-hot inputs it is looked up. Knows no particular cell.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from rnnkit.architectures.parts.cell import Cell

if TYPE_CHECKING:
    import keras


@cache
def layer_class(cell: Cell) -> type[keras.layers.RNN]:
    """The class of the cell's layer, made once per process, as Keras may be imported only here.

    It reads vectors (B, T, D), or ids (B, T) in place of one-hot vectors, of which it takes rows of its kernel.
    """
    import keras
    from keras import initializers, ops

    class Step(keras.layers.Layer):
        """The loop's body. Its inputs are products already."""

        def __init__(self, units: int, kernel_initializer, recurrent_initializer, seed: int | None, **options):
            super().__init__(**options)
            self.units, self.state_size, self.output_size = units, [units] * len(cell.states), units
            self.first = {"kernel": kernel_initializer, "recurrent_kernel": recurrent_initializer}
            self.seed, self.seed_generator = seed, keras.random.SeedGenerator(seed)
            self.dropped = None  # what recurrent dropout multiplies the state with, (B, U)

        def build(self, input_shape):
            shapes = cell.weights(input_shape[-1], self.units)
            self.arrays = {name: self._weight(name, shape) for name, shape in shapes.items()}
            self.further = [self.arrays[name] for name in cell.further]

        def _weight(self, name: str, shape: tuple[int, ...]):
            first = self.first.get(name) or initializers.RandomUniform(-0.05, 0.05, seed=self.seed)
            return self.add_weight(shape=shape, name=name, initializer=self._bias if name == "bias" else first)

        def _bias(self, shape, dtype=None):
            """Zeros, and ones for the gate that begins open."""
            gates = ops.arange(shape[-1]) // self.units
            return ops.broadcast_to(ops.cast(gates == (-1 if cell.opened is None else cell.opened), dtype), shape)

        def products(self, sequences):
            """x W + b for all steps: (B, T, D), or ids (B, T), to (B, T, gates x units)."""
            kernel = self.arrays["kernel"]
            looked_up = len(sequences.shape) == 2
            products = ops.take(kernel, sequences, axis=0) if looked_up else ops.matmul(sequences, kernel)
            return products + cell.input_bias(self.arrays["bias"])

        def call(self, inputs, states):
            new = cell.keras_step(inputs, self.recurrent(states[0]), states, *self.further)
            return new[cell.shown], new

        def recurrent(self, hidden):
            """h R and its bias, (B, gates x units); None for a cell without a recurrent kernel."""
            if not cell.recurrent:
                return None
            hidden = hidden if self.dropped is None else hidden * self.dropped
            recurrent = ops.matmul(hidden, self.arrays["recurrent_kernel"])
            return recurrent + cell.recurrent_bias(self.arrays["bias"]) if cell.recurrent_bias else recurrent

    class Recurrent(keras.layers.RNN):
        def __init__(
            self, units: int, kernel_initializer="glorot_uniform", recurrent_initializer="orthogonal",
            dropout: float = 0.0, recurrent_dropout: float = 0.0, seed: int | None = None, **options,
        ):  # fmt: skip
            first = initializers.get(kernel_initializer), initializers.get(recurrent_initializer)
            super().__init__(Step(units, *first, seed), **options)
            self.dropout, self.recurrent_dropout = dropout, recurrent_dropout

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
            outputs = super().call(self.cell.products(sequences), initial_state, mask, training)
            self.cell.dropped = None
            return outputs

        def _dropped(self, ones, rate: float):
            """One draw for all steps of a row."""
            return keras.random.dropout(ones, rate, seed=self.cell.seed_generator)

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

    named = type(cell.kind, (Recurrent,), {})
    return keras.saving.register_keras_serializable("rnnkit", cell.kind)(named)
