"""Loss, optimizer and learning rate; all epochs, with the figures of each beside the run's."""

from collections.abc import Callable

import keras
import numpy as np
import tensorflow as tf

from .network import network
from .settings import *


def train(
    vocab_size: int,
    batches: int,
    learn: Callable[[keras.Model, int], dict[str, float]],
    measure: Callable[[keras.Model], dict[str, float]],
) -> keras.Model:
    """A new network after EPOCHS epochs of so many `batches`: `learn` does one; both return figures of it."""
    if DETERMINISTIC:
        tf.config.experimental.enable_op_determinism()  # sums in one order, as in the run; leave it out for speed
    keras.utils.set_random_seed(SEED)
    measured = model = made(vocab_size, batches)
    if BFLOAT16:
        keras.config.set_dtype_policy("mixed_bfloat16")
        model = made(vocab_size, batches)
    model.summary()
    losses: list[float] = []
    for epoch in range(1, EPOCHS + 1):
        figures = learn(model, epoch)
        if WEIGHT_AVERAGE:
            weights = model.get_weights()
            average(model)
            if BFLOAT16:
                measured.set_weights(model.get_weights())
            figures |= measure(measured)
            model.set_weights(weights)
        else:
            if BFLOAT16:
                measured.set_weights(model.get_weights())
            figures |= measure(measured)
        tell(epoch, figures)
        loss = figures.get("val_loss", figures["loss"])
        losses.append(loss if np.isfinite(loss) else np.inf)
        if PATIENCE:
            if epoch - 1 - int(np.argmin(losses)) >= PATIENCE:
                break
    if WEIGHT_AVERAGE:
        average(model)
    model.save("network.keras")
    return model


def made(vocab_size: int, batches: int) -> keras.Model:
    """A new network, ready to learn."""
    if STREAMS:
        model = network(vocab_size, BATCH_SIZE)
    else:
        model = network(vocab_size)
    if STEPS:
        prepare(model, STEPS)
    else:
        prepare(model, EPOCHS * batches)
    return model


def average(model: keras.Model) -> None:
    """Put the averages in place of the weights."""
    keras.Optimizer.finalize_variable_values(model.optimizer, model.trainable_variables)


def prepare(model: keras.Model, steps: int) -> None:
    """The loss and the rule that changes the weights; `steps` is the number of batches in all epochs."""
    rate: float | keras.optimizers.schedules.LearningRateSchedule
    if WARM_UP:
        rate = RisesAndFalls(steps)
    elif SCHEDULE == "cosine":
        rate = keras.optimizers.schedules.CosineDecay(LEARNING_RATE, steps, alpha=FALLS_TO)
    elif SCHEDULE == "exponential":
        rate = keras.optimizers.schedules.ExponentialDecay(LEARNING_RATE, steps, FALLS_TO)
    else:
        rate = LEARNING_RATE
    options: dict[str, float] = {}
    if CLIP_NORM:
        options["global_clipnorm"] = CLIP_NORM
    if OPTIMIZER == "AdamW":
        options["weight_decay"] = WEIGHT_DECAY
    if MOMENTUM:
        options["momentum"] = MOMENTUM
    if WEIGHT_AVERAGE:
        options |= {"use_ema": True, "ema_momentum": WEIGHT_AVERAGE}
    optimizer = getattr(keras.optimizers, OPTIMIZER)(rate, **options)
    if WEIGHT_AVERAGE:
        optimizer.finalize_variable_values = lambda variables: None  # with it each `fit` would end on the averages
        average_from_the_start(optimizer)
    if CLIP_VALUE:
        clip_each_number(optimizer)
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


class RisesAndFalls(keras.optimizers.schedules.LearningRateSchedule):
    """A rise in a straight line over a share of the steps, then the schedule."""

    def __init__(self, steps: int):
        self.steps = steps

    def __call__(self, step):
        done = keras.ops.cast(step, "float32")
        fallen = keras.ops.clip((done / self.steps - WARM_UP) / (1 - WARM_UP), 0, 1)
        if SCHEDULE == "cosine":
            factor = FALLS_TO + (1 - FALLS_TO) * 0.5 * (1 + keras.ops.cos(np.pi * fallen))
        elif SCHEDULE == "exponential":
            factor = FALLS_TO**fallen
        elif SCHEDULE == "one-cycle":
            factor = 1 - (1 - FALLS_TO) * fallen
        else:
            factor = 1.0
        return LEARNING_RATE * factor * keras.ops.clip((done + 1) / (WARM_UP * self.steps), 0, 1)


def clip_each_number(optimizer: keras.Optimizer) -> None:
    """Let it clip each number of the gradients before their norm is; Keras does one or the other."""
    apply = optimizer.apply

    def apply_clipped(gradients, variables=None):
        return apply([tf.clip_by_value(gradient, -CLIP_VALUE, CLIP_VALUE) for gradient in gradients], variables)

    optimizer.apply = apply_clipped


def average_from_the_start(optimizer: keras.Optimizer) -> None:
    """Let the decay of its moving average begin small, or the first averages are hardly more than the first weights."""
    apply = optimizer.apply

    def apply_averaging(gradients, variables=None):
        updates = tf.cast(optimizer.iterations, tf.float32)
        optimizer.ema_momentum = tf.minimum(WEIGHT_AVERAGE, (1 + updates) / (10 + updates))
        applied = apply(gradients, variables)
        optimizer.ema_momentum = WEIGHT_AVERAGE
        return applied

    optimizer.apply = apply_averaging


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
