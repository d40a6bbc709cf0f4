"""The Keras network of one run with its optimizer: one step, one evaluation, everything it takes to go on later.

Works with any Keras backend; on TensorFlow a step of our own saves the way through
`train_on_batch`. Knows no store, no text and no epoch's end.
"""

from __future__ import annotations

import os
import platform
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from rnnkit import architectures, settings
from rnnkit.config import RunConfig, TrainingConfig
from rnnkit.errors import ConfigError, DamagedCheckpoint

if TYPE_CHECKING:
    import keras

FALLS_TO = 0.05  # of the first learning rate, at the end of a falling schedule


@dataclass(frozen=True)
class Totals:
    """Means over the symbols predicted: loss in nats, accuracy; and the largest gradient norm of a step."""

    loss: float
    accuracy: float
    grad_norm: float | None = None


@cache
def warm_up(device: str = "auto") -> str:
    """Import Keras and set up `device` (auto, cpu or gpu), once per process. Returns its name for people.

    Raises:
        ConfigError: gpu was asked for and there is none.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    import keras

    if keras.backend.backend() == "tensorflow":
        return _set_up_tensorflow(device)
    return f"{keras.backend.backend()} {keras.distribution.list_devices()[0]}"


def _set_up_tensorflow(device: str) -> str:
    import tensorflow as tf

    threads = settings.number("RNNKIT_THREADS")
    with suppress(RuntimeError):  # TensorFlow is at work in this process already, as in tests: too late to choose
        tf.config.threading.set_intra_op_parallelism_threads(threads)
        tf.config.threading.set_inter_op_parallelism_threads(threads)
    gpus = tf.config.list_physical_devices("GPU")
    if device == "gpu" and not gpus:
        raise ConfigError("training.device: expected auto or cpu on a machine without a GPU, got gpu")
    if gpus and device != "cpu":
        for gpu in gpus:  # TensorFlow takes all memory of every GPU unless told to grow
            tf.config.experimental.set_memory_growth(gpu, True)
        return tf.config.experimental.get_device_details(gpus[0]).get("device_name", "GPU")
    tf.config.set_visible_devices([], "GPU")
    tf.config.experimental.enable_op_determinism()  # a resumed run equals the uninterrupted one, bit for bit
    return f"CPU ({platform.machine()}, {threads} threads)"


class Learner:
    """Network, optimizer and the running totals of the epoch.

    Args:
        steps: batches in one epoch, for the learning-rate schedule.
    """

    def __init__(self, config: RunConfig, vocab_size: int, steps: int):
        self.device = warm_up(config.training.device)
        import keras

        keras.utils.set_random_seed(config.training.seed)
        self.model = architectures.build(config, vocab_size)
        self.optimizer = _optimizer(config.training, steps)
        self.optimizer.build(self.model.trainable_variables)
        self._totals = np.zeros(3)  # nats, right answers, symbols: of the epoch
        self._reported = np.zeros(3)  # the same when last asked
        self._grad_norm = 0.0
        own_step = keras.backend.backend() == "tensorflow"
        self._steps = (
            _TensorFlowSteps(self.model, self.optimizer) if own_step else _AnySteps(self.model, self.optimizer)
        )

    def begin_epoch(self) -> None:
        """Forget the carried state and the totals."""
        architectures.reset_states(self.model)
        self._steps.take_totals()
        self._totals, self._reported, self._grad_norm = np.zeros(3), np.zeros(3), 0.0

    def step(self, inputs: np.ndarray, targets: np.ndarray) -> None:
        """One batch: inputs (B, T), targets (B,) or (B, T)."""
        self._steps.train(inputs, targets)

    def loss_since_last(self) -> float:
        """Mean loss, nats, of the batches since this was last asked."""
        self._gather()
        nats, _, symbols = self._totals - self._reported
        self._reported = self._totals.copy()
        return nats / symbols if symbols else float("nan")

    def totals(self) -> Totals:
        """Of the epoch so far."""
        self._gather()
        nats, right, symbols = self._totals
        return Totals(nats / symbols, right / symbols, self._grad_norm)

    def _gather(self) -> None:
        totals, grad_norm = self._steps.take_totals()
        self._totals = self._totals + totals
        self._grad_norm = max(self._grad_norm, grad_norm)

    def evaluate(self, data: Iterable[tuple[np.ndarray, np.ndarray, np.ndarray]]) -> Totals:
        """Loss and accuracy over inputs (B, T), targets and weights like the targets. Resets the carried state."""
        architectures.reset_states(self.model)
        nats, right, symbols = np.sum([self._steps.evaluate(*batch) for batch in data], axis=0)
        architectures.reset_states(self.model)
        return Totals(float(nats / symbols), float(right / symbols))

    def learning_rate(self) -> float:
        return float(self.optimizer.learning_rate)

    def arrays(self) -> dict[str, np.ndarray]:
        """Everything that the next step depends on: weights, optimizer, dropout seeds, carried state, totals."""
        from keras import ops

        self._gather()
        arrays = {name: ops.convert_to_numpy(variable) for name, variable in self._variables().items()}
        return {**arrays, "totals": self._totals, "reported": self._reported, "grad_norm": np.array([self._grad_norm])}

    def restore(self, arrays: dict[str, np.ndarray]) -> None:
        """Go on exactly where `arrays` were read.

        Raises:
            DamagedCheckpoint: they do not fit this network and optimizer.
        """
        variables = self._variables()
        own = {"totals", "reported", "grad_norm"}
        if set(arrays) - own != set(variables):
            raise DamagedCheckpoint(f"resume state: expected {len(variables)} arrays, got {len(set(arrays) - own)}")
        for name, variable in variables.items():
            if arrays[name].shape != tuple(variable.shape):
                raise DamagedCheckpoint(
                    f"resume state {name}: expected shape {tuple(variable.shape)}, got {arrays[name].shape}"
                )
            variable.assign(arrays[name])
        self._steps.take_totals()
        self._totals, self._reported = arrays["totals"].copy(), arrays["reported"].copy()
        self._grad_norm = float(arrays["grad_norm"][0])

    def _variables(self) -> dict[str, keras.Variable]:
        groups = {"model": architectures.changing_variables(self.model), "optimizer": self.optimizer.variables}
        return {f"{group}/{i:04d}": v for group, variables in groups.items() for i, v in enumerate(variables)}


def _optimizer(config: TrainingConfig, steps: int) -> keras.optimizers.Optimizer:
    import keras

    kinds = {"adam": keras.optimizers.Adam, "rmsprop": keras.optimizers.RMSprop, "sgd": keras.optimizers.SGD}
    last, rate = steps * config.epochs, config.learning_rate
    schedules = keras.optimizers.schedules
    rates: dict[str, Any] = {
        "constant": rate,
        "cosine": schedules.CosineDecay(rate, last, alpha=FALLS_TO),
        "exponential": schedules.ExponentialDecay(rate, last, FALLS_TO),
    }
    return kinds[config.optimizer](rates[config.schedule], global_clipnorm=config.clip_norm or None)


class _TensorFlowSteps:
    """The fast path: totals stay on the device until somebody asks."""

    def __init__(self, model: keras.Model, optimizer: keras.optimizers.Optimizer):
        import tensorflow as tf

        weights = model.trainable_variables
        self._totals = tf.Variable(tf.zeros(3, tf.float64), trainable=False)
        self._grad_norm = tf.Variable(0.0, trainable=False)
        inputs, targets = (tf.TensorSpec(tensor.shape[:2], tf.int32) for tensor in (model.inputs[0], model.outputs[0]))
        if len(model.outputs[0].shape) == 2:  # many-to-one: one target per row
            targets = tf.TensorSpec(targets.shape[:1], tf.int32)

        def measure(logits, targets, weights=None):
            """Nats, right answers and symbols, summed."""
            nats = tf.nn.sparse_softmax_cross_entropy_with_logits(targets, logits)
            right = tf.cast(tf.equal(tf.argmax(logits, -1, tf.int32), targets), tf.float32)
            weights = tf.ones_like(nats) if weights is None else weights
            return tf.stack([tf.reduce_sum(tf.cast(x * weights, tf.float64)) for x in (nats, right, weights)]), nats

        @tf.function(input_signature=[inputs, targets])
        def train(inputs, targets):
            with tf.GradientTape() as tape:
                totals, nats = measure(model(inputs, training=True), targets)
                loss = tf.reduce_mean(nats)
            gradients = [tf.convert_to_tensor(g) for g in tape.gradient(loss, weights)]
            self._grad_norm.assign(tf.maximum(self._grad_norm, tf.linalg.global_norm(gradients)))
            self._totals.assign_add(totals)
            optimizer.apply(gradients, weights)

        @tf.function(input_signature=[inputs, targets, tf.TensorSpec(targets.shape, tf.float32)])
        def evaluate(inputs, targets, weights):
            return measure(model(inputs, training=False), targets, weights)[0]

        train.get_concrete_function()  # drawn up now: the seconds of the first epoch are seconds of training
        self.train, self._evaluate = train, evaluate

    def evaluate(self, inputs: np.ndarray, targets: np.ndarray, weights: np.ndarray) -> np.ndarray:
        return self._evaluate(inputs, targets, weights).numpy()

    def take_totals(self) -> tuple[np.ndarray, float]:
        """Nats, right answers, symbols and the largest gradient norm since last taken."""
        taken = self._totals.numpy(), float(self._grad_norm.numpy())
        self._totals.assign(np.zeros(3))
        self._grad_norm.assign(0.0)
        return taken


class _AnySteps:
    """Every Keras backend, through the public `train_on_batch`; gradient norms are not seen."""

    def __init__(self, model: keras.Model, optimizer: keras.optimizers.Optimizer):
        import keras

        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        right = keras.metrics.SparseCategoricalAccuracy(name="accuracy")
        model.compile(optimizer, loss, weighted_metrics=[right])
        self._model = model
        self._totals = np.zeros(3)

    def train(self, inputs: np.ndarray, targets: np.ndarray) -> None:
        self._model.reset_metrics()
        logs = self._model.train_on_batch(inputs, targets, return_dict=True)
        self._totals += targets.size * np.array([logs["loss"], logs["accuracy"], 1.0], float)

    def evaluate(self, inputs: np.ndarray, targets: np.ndarray, weights: np.ndarray) -> np.ndarray:
        self._model.reset_metrics()
        logs = self._model.test_on_batch(inputs, targets, sample_weight=weights, return_dict=True)
        return np.array([logs["loss"] * targets.size, logs["accuracy"] * weights.sum(), weights.sum()], float)

    def take_totals(self) -> tuple[np.ndarray, float]:
        taken, self._totals = self._totals, np.zeros(3)
        return taken, 0.0
