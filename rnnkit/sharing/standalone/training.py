"""Loss, optimizer and learning rate; all epochs, with the figures of each beside the run's."""

from collections.abc import Callable

import keras
import numpy as np
import tensorflow as tf

from .network import network
from .settings import *


def train(vocab_size: int, batches: int, epoch_of: Callable[[keras.Model, int], dict[str, float]]) -> keras.Model:
    """A new network, trained for EPOCHS epochs of so many `batches`: `epoch_of` does one and returns its figures."""
    if DETERMINISTIC:
        tf.config.experimental.enable_op_determinism()  # sums in one order, as in the run; leave it out for speed
    keras.utils.set_random_seed(SEED)
    if STREAMS:
        model = network(vocab_size, BATCH_SIZE)
    else:
        model = network(vocab_size)
    model.summary()
    prepare(model, EPOCHS * batches)
    losses: list[float] = []
    for epoch in range(1, EPOCHS + 1):
        figures = epoch_of(model, epoch)
        tell(epoch, figures)
        loss = figures.get("val_loss", figures["loss"])
        losses.append(loss if np.isfinite(loss) else np.inf)
        if PATIENCE:
            if epoch - 1 - int(np.argmin(losses)) >= PATIENCE:
                break
    model.save("network.keras")
    return model


def prepare(model: keras.Model, steps: int) -> None:
    """The loss and the rule that changes the weights; `steps` is the number of batches in all epochs."""
    if SCHEDULE == "cosine":
        rate = keras.optimizers.schedules.CosineDecay(LEARNING_RATE, steps, alpha=FALLS_TO)
    elif SCHEDULE == "exponential":
        rate = keras.optimizers.schedules.ExponentialDecay(LEARNING_RATE, steps, FALLS_TO)
    else:
        rate = LEARNING_RATE
    if CLIP_NORM:
        optimizer = getattr(keras.optimizers, OPTIMIZER)(rate, global_clipnorm=CLIP_NORM)
    else:
        optimizer = getattr(keras.optimizers, OPTIMIZER)(rate)
    if INPUTS == "symbols" and EMBEDDING_SIZE and (CLIP_NORM or OPTIMIZER != "SGD"):
        add_up_gradients(optimizer)
    if LOSS == "softmax":
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        metrics = [keras.metrics.SparseCategoricalCrossentropy(from_logits=True, name="mean_loss")]
        if OUTPUTS:
            metrics.append(keras.metrics.SparseCategoricalAccuracy(name="accuracy"))
    elif LOSS == "sigmoid":
        loss = cross_entropy
        metrics = [keras.metrics.MeanMetricWrapper(cross_entropy, name="mean_loss")]
        metrics.append(keras.metrics.BinaryAccuracy(name="accuracy", threshold=1e-9))  # above 0 is the second class
    else:
        loss = keras.losses.MeanSquaredError()
        metrics = [keras.metrics.MeanSquaredError(name="mean_loss")]
    model.compile(optimizer, loss, weighted_metrics=metrics)


# Measured: with plain Keras the losses part from the run's at the first step that is clipped, and by Adam at the first.
def add_up_gradients(optimizer: keras.Optimizer) -> None:
    """Let it add up an embedding's gradient before it is squared; Keras squares the share of each token alone."""
    apply = optimizer.apply

    def apply_added_up(gradients, variables=None):
        return apply([tf.convert_to_tensor(gradient) for gradient in gradients], variables)

    optimizer.apply = apply_added_up


# Measured: with Keras's own formula a convolution over 24,000 reviews parts from the run by 0.0004 in the first epoch.
def cross_entropy(classes: tf.Tensor, logits: tf.Tensor) -> tf.Tensor:
    """Binary, in nats; in these words, for a sum in another order is rounded otherwise than in the run."""
    return keras.ops.softplus(logits) - classes * logits


def tell(epoch: int, figures: dict[str, float]) -> None:
    """One line per epoch: each figure, and in brackets that of the run."""
    own = RUN_FIGURES.get(epoch, {})
    line = ", ".join(f"{name} {figure:.4f} (run: {shown(own.get(name))})" for name, figure in figures.items())
    print(f"epoch {epoch}: {line}", flush=True)


def shown(figure: float | None) -> str:
    """A figure of the run, a dash where it is not known."""
    return "-" if figure is None else f"{figure:.4f}"
