"""The network of a run, with its first weights: they have one seed after another, in the order of the layers."""

from collections.abc import Iterator

import keras
import numpy as np
from keras import initializers, layers

from .settings import *


def network(vocab_size: int, batch_size: int | None = None, length: int = LENGTH) -> keras.Model:
    """Steps (B, length) in, answers out: (B, length, N) after every step of streams, else (B, N)."""
    seeds = iter(np.random.SeedSequence(SEED).generate_state(64).tolist())
    if NUMBERS:
        inputs = keras.Input((length,), batch_size=batch_size, dtype="float32")
    else:
        inputs = keras.Input((length,), batch_size=batch_size, dtype="int32")
    if INPUTS == "numbers":
        x = keras.ops.cast(inputs, "float32")[:, :, None]
    elif EMBEDDING_SIZE:
        first = initializers.RandomUniform(-0.05, 0.05, seed=next(seeds))
        x = layers.Embedding(vocab_size, EMBEDDING_SIZE, embeddings_initializer=first)(inputs)
        if EMBEDDING_DROPOUT:
            x = layers.Dropout(EMBEDDING_DROPOUT, seed=next(seeds))(x)
    else:
        x = keras.ops.one_hot(inputs, vocab_size)
    if ARCHITECTURE == "unrolled":
        x = unrolled(x, seeds)
    else:
        x = stack(x, seeds)
    last = initializers.GlorotUniform(next(seeds))
    if OUTPUTS:
        answer = layers.Dense(OUTPUTS, kernel_initializer=last, dtype="float32")(x)
    else:
        answer = layers.Dense(vocab_size, kernel_initializer=last, dtype="float32")(x)
    model = keras.Model(inputs, answer)
    if WEIGHTS_BY_NUMPY:
        begin(model)
    return model


def begin(model: keras.Model) -> None:
    """The first weights, drawn by NumPy with Keras's distributions."""
    weights = model.trainable_variables
    for weight, seed in zip(weights, np.random.SeedSequence(SEED).spawn(len(weights)), strict=True):
        random = np.random.default_rng(seed)
        if weight.name == "recurrent_kernel":
            q, r = np.linalg.qr(random.standard_normal((max(weight.shape), min(weight.shape))))
            q *= np.sign(np.diag(r))
            weight.assign(q if weight.shape[0] >= weight.shape[1] else q.T)
        elif weight.name != "bias":
            limit = np.sqrt(6 / sum(weight.shape)) if weight.name == "kernel" else 0.05
            weight.assign(random.uniform(-limit, limit, weight.shape))


def stack(x: keras.KerasTensor, seeds: Iterator[int]) -> keras.KerasTensor:
    """LAYERS layers one above the other."""
    for layer in range(1, LAYERS + 1):
        last = layer == LAYERS
        if ARCHITECTURE == "convolution":
            first = initializers.GlorotUniform(next(seeds))
            x = layers.Conv1D(UNITS, KERNEL_WIDTH, padding="causal", activation="relu", kernel_initializer=first)(x)
            if last:
                x = layers.GlobalMaxPooling1D()(x)
        elif BIDIRECTIONAL:
            forward, backward = recurrent(last, seeds), recurrent(last, seeds, go_backwards=True)
            x = layers.Bidirectional(forward, backward_layer=backward)(x)
        else:
            x = recurrent(last, seeds)(x)
        if HIDDEN_UNITS:
            if last:
                first = initializers.GlorotUniform(next(seeds))
                x = layers.Dense(HIDDEN_UNITS, "relu", kernel_initializer=first)(x)
        if DROPOUT:
            x = layers.Dropout(DROPOUT, seed=next(seeds))(x)
    return x


def recurrent(last: bool, seeds: Iterator[int], go_backwards: bool = False) -> keras.Layer:
    """One layer of CELL; all but the `last` one answer after every step."""
    return getattr(layers, CELL)(
        UNITS,
        return_sequences=STREAMS or not last,
        stateful=STREAMS,
        go_backwards=go_backwards,
        dropout=INPUT_DROPOUT,
        recurrent_dropout=RECURRENT_DROPOUT,
        kernel_initializer=initializers.GlorotUniform(next(seeds)),
        recurrent_initializer=initializers.Orthogonal(seed=next(seeds)),
        seed=next(seeds),
    )


def unrolled(x: keras.KerasTensor, seeds: Iterator[int]) -> keras.KerasTensor:
    """The recurrent network drawn out over its LENGTH steps, with one layer for all inputs and one to carry on."""
    read = layers.Dense(UNITS, "relu", kernel_initializer=initializers.GlorotUniform(next(seeds)))(x)
    x = read[:, 0]
    if LENGTH > 1:
        carry = layers.Dense(UNITS, "relu", kernel_initializer=initializers.GlorotUniform(next(seeds)))
        for t in range(1, LENGTH):
            x = carry(x) + read[:, t]
    return x
