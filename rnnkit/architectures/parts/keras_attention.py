"""The Keras layer of one Transformer block, which carries the keys and values of the last batch on streams.

Knows no text and no particular sizes.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from rnnkit.architectures.parts.rotary import EPSILON, NEVER, angles

if TYPE_CHECKING:
    import keras


@cache
def block_class() -> type[keras.layers.Layer]:
    """The class, made once per process, as Keras may be imported only here."""
    import keras
    from keras import initializers, ops

    @keras.saving.register_keras_serializable("rnnkit")
    class TransformerBlock(keras.layers.Layer):
        """(B, T, U) to (B, T, U), or to (B, U), the last step, with `return_sequences` False.

        Each step looks at the `length` newest, itself among them. `shapes` are those of the weights.
        """

        def __init__(
            self, shapes: Mapping[str, tuple[int, ...]], heads: int, length: int, stateful: bool = False,
            return_sequences: bool = True, dropout: float = 0.0, seed: int | None = None, **options,
        ):  # fmt: skip
            super().__init__(**options)
            self.shapes = {name: tuple(shape) for name, shape in shapes.items()}
            self.heads, self.length, self.dropout, self.seed = heads, length, dropout, seed
            self.stateful, self.return_sequences = stateful, return_sequences
            self.size = self.shapes["attention_output"][0] // heads
            self.seed_generator = keras.random.SeedGenerator(seed)

        def build(self, shape):
            seeds = np.random.SeedSequence(self.seed).generate_state(len(self.shapes)).tolist()
            for (name, size), seed in zip(self.shapes.items(), seeds, strict=True):
                plain = {"scale": "ones", "bias": "zeros"}.get(name.rpartition("_")[2])
                first = plain or initializers.GlorotUniform(seed)
                setattr(self, name, self.add_weight(shape=size, name=name, initializer=first))
            if self.stateful:
                kept = (shape[0], self.length, self.heads * self.size)
                # Not weights of the layer: they are carried and never trained, exported or averaged.
                states = [
                    keras.Variable(ops.zeros(size), trainable=False, name=name)
                    for name, size in (("keys", kept), ("values", kept), ("seen", (shape[0],)))
                ]
                object.__setattr__(self, "states", states)

        def reset_state(self):
            for state in self.states:
                state.assign(ops.zeros_like(state))

        def call(self, x, training=False):
            looked_at = self._attend(self._norm(x, self.attention_scale))
            if not self.return_sequences:
                x, looked_at = x[:, -1], looked_at[:, -1]
            x = x + self._dropped(ops.matmul(looked_at, self.attention_output), training)
            wide = ops.matmul(self._norm(x, self.dense_scale), self.dense_kernel) + self.dense_bias
            return x + self._dropped(ops.matmul(ops.relu(wide), self.dense_output) + self.output_bias, training)

        def _norm(self, x, scale):
            return x * ops.rsqrt(ops.mean(ops.square(x), axis=-1, keepdims=True) + EPSILON) * scale

        def _dropped(self, x, training):
            if not (training and self.dropout):
                return x
            return keras.random.dropout(x, self.dropout, seed=self.seed_generator)

        def _attend(self, x):
            """What each step gathers: (B, T, U) to (B, T, heads x size)."""
            steps, before = x.shape[1], self.length if self.stateful else 0
            query, key, value = ops.split(ops.matmul(x, self.attention_kernel), 3, axis=-1)
            allowed = _allowed(steps, before, self.length)
            if self.stateful:
                keys, values, seen = self.states
                key = ops.concatenate([ops.stop_gradient(ops.cast(keys, key.dtype)), key], axis=1)
                value = ops.concatenate([ops.stop_gradient(ops.cast(values, value.dtype)), value], axis=1)
                read = ops.cast(np.arange(before + steps), seen.dtype) >= before - seen[:, None]  # (B, T + before)
                allowed = ops.logical_and(allowed, read[:, None, None])
                keys.assign(ops.stop_gradient(ops.cast(key[:, -before:], keys.dtype)))
                values.assign(ops.stop_gradient(ops.cast(value[:, -before:], values.dtype)))
                seen.assign(ops.minimum(seen + steps, before))
            query = self._turned(query, np.arange(before, before + steps))
            key = self._turned(key, np.arange(before + steps))
            scores = ops.matmul(query, ops.swapaxes(key, -1, -2)) * self.size**-0.5  # (B, heads, T, T + before)
            scores = ops.where(allowed, scores, ops.cast(NEVER, scores.dtype))
            found = ops.matmul(ops.softmax(scores, axis=-1), self._by_head(value))  # (B, heads, T, size)
            return ops.reshape(ops.swapaxes(found, 1, 2), (-1, steps, self.heads * self.size))

        def _by_head(self, x):
            """(B, T, heads x size) to (B, heads, T, size)."""
            return ops.swapaxes(ops.reshape(x, (-1, x.shape[1], self.heads, self.size)), 1, 2)

        def _turned(self, x, places):
            cosine, sine = (ops.cast(one, x.dtype) for one in angles(places, self.size))
            first, second = ops.split(self._by_head(x), 2, axis=-1)
            return ops.concatenate([first * cosine - second * sine, second * cosine + first * sine], axis=-1)

        def compute_output_shape(self, shape):
            return shape if self.return_sequences else (shape[0], shape[-1])

        def get_config(self):
            given = "shapes", "heads", "length", "stateful", "return_sequences", "dropout", "seed", "name"
            return {name: getattr(self, name) for name in given}

        @classmethod
        def from_config(cls, config):
            return cls(**config)

    return TransformerBlock


def _allowed(steps: int, before: int, length: int) -> np.ndarray:
    """Whether each step (T, 1) may look at each that was carried or read, (T + before,): the `length` newest."""
    step, other = np.arange(before, before + steps)[:, None], np.arange(before + steps)
    return (other <= step) & (other > step - length)
