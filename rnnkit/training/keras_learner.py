"""The Keras network of one run with its optimizer: one step, one evaluation, everything it takes to go on later.

Works with any Keras backend; on TensorFlow a step of our own saves the way through
`train_on_batch`. What is learned is known by the name of its loss. Knows no store, no text
and no epoch's end.
"""

from __future__ import annotations

import os
import platform
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from rnnkit import architectures, settings, tasks
from rnnkit.architectures.architecture import Arrays
from rnnkit.config import RunConfig, TrainingConfig
from rnnkit.errors import ConfigError, DamagedCheckpoint
from rnnkit.tasks import Batch
from rnnkit.training.learner import FLOAT32, Totals, compilable
from rnnkit.training.schedules import average_decay, is_constant, rate_after

if TYPE_CHECKING:
    import keras


@cache
def warm_up(device: str = "auto") -> str:
    """Import Keras and set up `device` (auto, cpu or gpu), once: its name. Raises ConfigError: there is no gpu."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    import keras

    if keras.backend.backend() == "tensorflow":
        return _set_up_tensorflow(device)
    return f"{keras.backend.backend()} {keras.distribution.list_devices()[0]}"


def _set_up_tensorflow(device: str) -> str:
    import tensorflow as tf

    threads = settings.integer("RNNKIT_THREADS")
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
    return f"CPU ({platform.machine()}, {threads} thread{'s' * (threads != 1)})"


class KerasLearner:
    """Network, optimizer and the running totals of the epoch (see learner.Learner).

    `last`: steps of the whole run, for the learning-rate schedule. `precision`: of what a step computes; the weights
    and all that is evaluated are in float32.
    """

    def __init__(self, config: RunConfig, vocab_size: int, last: int, precision: str = FLOAT32):
        self.device = warm_up(config.training.device)
        self.on_gpu = "CPU" not in self.device.upper()
        import keras

        keras.utils.set_random_seed(config.training.seed)
        with _computing_in(precision):
            self.model = architectures.build(config, vocab_size)
        self._evaluated = self.model
        if precision != FLOAT32:
            self._evaluated = architectures.build(config, vocab_size)
            self.device = self.device.replace(")", f", {precision})")
        if compilable(config):  # the compiled learner begins with the same weights
            self.load_weights(architectures.initial_weights(config, vocab_size))
        self._before = keras.Variable(0, dtype="int64", trainable=False, name="before")  # steps of another learner
        self._last = keras.Variable(last, dtype="int64", trainable=False, name="last")
        self.optimizer = _optimizer(config.training, self._before, self._last)
        self.optimizer.build(self.model.trainable_variables)
        self._rate = config.training.learning_rate if is_constant(config.training) else None
        self._averages = config.training.weight_average > 0
        self._totals = np.zeros(3)  # loss, metric, weight: summed over the epoch
        self._reported = np.zeros(3)  # the same when last asked
        self._grad_norm = 0.0
        loss = LOSSES[tasks.of(config).loss(config)]
        steps_of = _TensorFlowSteps if keras.backend.backend() == "tensorflow" else _AnySteps
        self._steps = steps_of(self.model, self.optimizer, loss, self._evaluated)

    def begin_epoch(self) -> None:
        architectures.reset_states(self.model)
        self._steps.take_totals()
        self._totals, self._reported, self._grad_norm = np.zeros(3), np.zeros(3), 0.0

    def step(self, batch: Batch) -> None:
        self._steps.train(*_whole(batch))

    def loss_since_last(self) -> float:
        self._gather()
        loss, _, weight = self._totals - self._reported
        self._reported = self._totals.copy()
        return loss / weight if weight else float("nan")

    def totals(self) -> Totals:
        self._gather()
        loss, metric, weight = self._totals
        return Totals(loss / weight, metric / weight, self._grad_norm)

    def _gather(self) -> None:
        totals, grad_norm = self._steps.take_totals()
        self._totals = self._totals + totals
        self._grad_norm = max(self._grad_norm, grad_norm)

    @property
    def last(self) -> int:
        return int(self._last)

    @last.setter
    def last(self, steps: int) -> None:
        self._last.assign(steps)

    def evaluate(self, data: Iterable[Batch]) -> Generator[None, None, Totals]:
        model, sums, rows = self._evaluated, np.zeros(3), self.model.inputs[0].shape[0]
        architectures.reset_states(model)
        if model is not self.model:
            architectures.load_weights(model, self.read_weights())
        with self._averaged():
            for batch in data:
                if batch.begin:
                    architectures.reset_states(model)
                sums += self._steps.evaluate(*_whole(batch, rows))
                yield
        architectures.reset_states(model)
        architectures.reset_states(self.model)
        return Totals(float(sums[0] / sums[2]), float(sums[1] / sums[2]))

    def learning_rate(self) -> float:
        return float(self.optimizer.learning_rate)

    def begin_at(self, steps: int) -> None:
        """The learning rate goes on as after so many steps of the run; the optimizer's means begin anew."""
        self._before.assign(steps)

    def read_weights(self) -> Arrays:
        with self._averaged():
            return architectures.read_weights(self.model)

    @contextmanager
    def _averaged(self) -> Iterator[None]:
        """The network with the averaged weights, where there are some."""
        if not (self._averages and int(self.optimizer.iterations)):
            yield
            return
        from keras import ops

        trained = self.model.trainable_variables
        raw = [np.array(ops.convert_to_numpy(variable)) for variable in trained]
        self.optimizer.finalize_variable_values(trained)
        try:
            yield
        finally:
            for variable, value in zip(trained, raw, strict=True):
                variable.assign(value)

    def load_weights(self, arrays: Arrays) -> None:
        architectures.load_weights(self.model, arrays)

    def arrays(self) -> dict[str, np.ndarray]:
        """Everything that the next step depends on: weights, optimizer, dropout seeds, carried state, totals."""
        from keras import ops

        self._gather()
        arrays = {name: ops.convert_to_numpy(variable) for name, variable in self._variables().items()}
        own = {"totals": self._totals, "reported": self._reported, "grad_norm": np.array([self._grad_norm])}
        return {**arrays, **own, "before": np.array([int(self._before)])}

    def restore(self, arrays: dict[str, np.ndarray]) -> None:
        """Go on exactly where `arrays` were read. Raises DamagedCheckpoint where they do not fit."""
        variables = self._variables()
        own = {"totals", "reported", "grad_norm", "before"}
        if set(arrays) - own != set(variables):
            raise DamagedCheckpoint(f"resume state: expected {len(variables)} arrays, got {len(set(arrays) - own)}")
        for name, variable in variables.items():
            if arrays[name].shape != tuple(variable.shape):
                raise DamagedCheckpoint(
                    f"resume state {name}: expected shape {tuple(variable.shape)}, got {arrays[name].shape}"
                )
            variable.assign(arrays[name])
        if self._rate is not None:
            self.optimizer.learning_rate = self._rate  # a fork may have another than its parent
        self._before.assign(arrays.get("before", [0])[0])
        self._steps.take_totals()
        self._totals, self._reported = arrays["totals"].copy(), arrays["reported"].copy()
        self._grad_norm = float(arrays["grad_norm"][0])

    def _variables(self) -> dict[str, keras.Variable]:
        groups = {"model": architectures.changing_variables(self.model), "optimizer": self.optimizer.variables}
        return {f"{group}/{i:04d}": v for group, variables in groups.items() for i, v in enumerate(variables)}


@contextmanager
def _computing_in(precision: str) -> Iterator[None]:
    """Layers that are made meanwhile compute in this precision, with float32 weights."""
    from keras import config

    before = config.dtype_policy()
    config.set_dtype_policy(FLOAT32 if precision == FLOAT32 else f"mixed_{precision}")
    try:
        yield
    finally:
        config.set_dtype_policy(before)


def _optimizer(training: TrainingConfig, before: keras.Variable, last: keras.Variable) -> keras.optimizers.Optimizer:
    """The rule with its schedule, which begins after the steps of `before` and ends after those of `last`."""
    import keras

    class Schedule(keras.optimizers.schedules.LearningRateSchedule):
        def __call__(self, step: Any) -> Any:
            done = keras.ops.cast(step, "int64") + before
            return rate_after(training, keras.ops.cast(done, "float32"), keras.ops.cast(last, "float32"), keras.ops)

        def get_config(self) -> dict[str, Any]:
            return {}

    kinds = {
        "adam": keras.optimizers.Adam, "adamw": keras.optimizers.AdamW,
        "rmsprop": keras.optimizers.RMSprop, "sgd": keras.optimizers.SGD,
    }  # fmt: skip
    options: dict[str, Any] = {"global_clipnorm": training.clip_norm or None}
    if training.optimizer == "adamw":
        options["weight_decay"] = training.weight_decay
    elif training.optimizer != "adam":
        options["momentum"] = training.momentum
    if training.weight_average:
        options |= {"use_ema": True, "ema_momentum": training.weight_average}

    made = kinds[training.optimizer](training.learning_rate if is_constant(training) else Schedule(), **options)
    if training.weight_average:
        _average_from_the_start(made, training)
    if training.clip_value:  # Keras clips by value or by norm, not by both
        _clip_each_number(made, training.clip_value)
    return made


def _average_from_the_start(optimizer: keras.optimizers.Optimizer, training: TrainingConfig) -> None:
    """Let the decay of its moving average begin small: see schedules.average_decay."""
    from keras import ops

    apply = optimizer.apply

    def apply_averaging(gradients: Any, variables: Any = None) -> Any:
        optimizer.ema_momentum = average_decay(training, ops.cast(optimizer.iterations, "float32"), ops)
        applied = apply(gradients, variables)
        optimizer.ema_momentum = training.weight_average
        return applied

    optimizer.apply = apply_averaging


def _clip_each_number(optimizer: keras.optimizers.Optimizer, limit: float) -> None:
    """Let it clip each number of the gradients before their norm is."""
    from keras import ops

    apply = optimizer.apply

    def apply_clipped(gradients: Any, variables: Any = None) -> Any:
        return apply([ops.clip(gradient, -limit, limit) for gradient in gradients], variables)

    optimizer.apply = apply_clipped


def _whole(batch: Batch, rows: int | None = None) -> tuple[list[np.ndarray], np.ndarray, np.ndarray]:
    """Inputs, targets and weights: ones where the batch has none; filled up to so many rows, which count nothing."""
    weights = np.ones(batch.targets.shape, np.float32) if batch.weights is None else batch.weights
    arrays = [*batch.inputs, batch.targets, weights]
    if rows is not None and len(weights) < rows:
        arrays = [np.pad(one, ((0, rows - len(one)), *[(0, 0)] * (one.ndim - 1))) for one in arrays]
    return arrays[:-2], arrays[-2], arrays[-1]


# ---- losses: of each answer the loss, and a metric that people understand


def _softmax(targets: Any, outputs: Any) -> tuple[Any, Any]:
    """Nats, and whether the likeliest was right: targets (...) ids, outputs (..., V) logits."""
    from keras import ops

    nats = ops.sparse_categorical_crossentropy(targets, outputs, from_logits=True)
    right = ops.equal(ops.cast(ops.argmax(outputs, axis=-1), "int32"), ops.cast(targets, "int32"))
    return nats, ops.cast(right, "float32")


def _sigmoid(targets: Any, outputs: Any) -> tuple[Any, Any]:
    """Nats, and whether the verdict was right: targets (...) 0 or 1, outputs (..., 1) logits."""
    from keras import ops

    logits, targets = outputs[..., 0], ops.cast(targets, "float32")
    nats = ops.softplus(logits) - targets * logits
    return nats, ops.cast(ops.equal(ops.cast(logits > 0, "float32"), targets), "float32")


def _squared(targets: Any, outputs: Any) -> tuple[Any, Any]:
    """Squared and absolute error: targets (...) numbers, outputs (..., 1)."""
    from keras import ops

    error = outputs[..., 0] - targets
    return ops.square(error), ops.abs(error)


Loss = Callable[[Any, Any], tuple[Any, Any]]
LOSSES: dict[str, Loss] = {"softmax": _softmax, "sigmoid": _sigmoid, "squared": _squared}
NUMBERS = (_squared,)  # losses whose targets are real numbers


class _TensorFlowSteps:
    """The fast path: totals stay on the device until somebody asks."""

    def __init__(self, model: keras.Model, optimizer: keras.optimizers.Optimizer, loss: Loss, evaluated: keras.Model):
        import tensorflow as tf

        variables = model.trainable_variables
        self._totals = tf.Variable(tf.zeros(3, tf.float64), trainable=False)
        self._grad_norm = tf.Variable(0.0, trainable=False)
        answers = model.outputs[0].shape[:-1]
        signature = [
            [tf.TensorSpec(tensor.shape, tensor.dtype) for tensor in model.inputs],
            tf.TensorSpec(answers, tf.float32 if loss in NUMBERS else tf.int32),
            tf.TensorSpec(answers, tf.float32),
        ]

        def measure(model, inputs, targets, weights, training):
            """Loss, metric and weight, summed; and the mean loss."""
            outputs = model(inputs if len(inputs) > 1 else inputs[0], training=training)
            figures = loss(targets, tf.cast(outputs, tf.float32))
            sums = [tf.reduce_sum(figure * weights) for figure in figures]
            weight = tf.reduce_sum(weights)
            return tf.cast(tf.stack([*sums, weight]), tf.float64), sums[0] / weight

        @tf.function(input_signature=signature)
        def train(inputs, targets, weights):
            with tf.GradientTape() as tape:
                totals, mean = measure(model, inputs, targets, weights, training=True)
            gradients = [tf.convert_to_tensor(g) for g in tape.gradient(mean, variables)]
            self._grad_norm.assign(tf.maximum(self._grad_norm, tf.linalg.global_norm(gradients)))
            self._totals.assign_add(totals)
            optimizer.apply(gradients, variables)

        @tf.function(input_signature=signature)
        def evaluate(inputs, targets, weights):
            return measure(evaluated, inputs, targets, weights, training=False)[0]

        train.get_concrete_function()  # drawn up now: the seconds of the first epoch are seconds of training
        self.train, self._evaluate = train, evaluate

    def evaluate(self, inputs: list[np.ndarray], targets: np.ndarray, weights: np.ndarray) -> np.ndarray:
        return self._evaluate(inputs, targets, weights).numpy()

    def take_totals(self) -> tuple[np.ndarray, float]:
        """Loss, metric, weight and the largest gradient norm since last taken."""
        taken = self._totals.numpy(), float(self._grad_norm.numpy())
        self._totals.assign(np.zeros(3))
        self._grad_norm.assign(0.0)
        return taken


class _AnySteps:
    """Every Keras backend, through the public `train_on_batch`; gradient norms are not seen."""

    def __init__(self, model: keras.Model, optimizer: keras.optimizers.Optimizer, loss: Loss, evaluated: keras.Model):
        import keras

        metric = keras.metrics.MeanMetricWrapper(lambda targets, outputs: loss(targets, outputs)[1], name="metric")
        model.compile(optimizer, lambda targets, outputs: loss(targets, outputs)[0], weighted_metrics=[metric])
        self._model = model
        self._totals = np.zeros(3)

    def train(self, inputs: list[np.ndarray], targets: np.ndarray, weights: np.ndarray) -> None:
        self._totals += self._sums(self._model.train_on_batch, inputs, targets, weights)

    def evaluate(self, inputs: list[np.ndarray], targets: np.ndarray, weights: np.ndarray) -> np.ndarray:
        return self._sums(self._model.test_on_batch, inputs, targets, weights)

    def _sums(self, of_batch, inputs, targets, weights) -> np.ndarray:
        """Keras divides the loss by the number of answers, the metric by their weight."""
        self._model.reset_metrics()
        inputs = inputs if len(inputs) > 1 else inputs[0]
        logs = of_batch(inputs, targets, sample_weight=weights, return_dict=True)
        return np.array([logs["loss"] * targets.size, logs["metric"] * weights.sum(), weights.sum()], float)

    def take_totals(self) -> tuple[np.ndarray, float]:
        taken, self._totals = self._totals, np.zeros(3)
        return taken, 0.0
