"""Which of the two learners trains a run.

Keras trains every network, and every network on a GPU. On a processor the common recurrent stacks are trained by
compiled loops, several times as fast and without TensorFlow. Imports neither before a run needs it.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from importlib.util import find_spec

from rnnkit import settings
from rnnkit.config import RunConfig
from rnnkit.errors import ConfigError
from rnnkit.training import launchers
from rnnkit.training.learner import BFLOAT16, COMPILED, KERAS, Learner, compilable
from rnnkit.training.planning import Plan


def learner(config: RunConfig, vocab_size: int, plan: Plan) -> Learner:
    """A new one for a run as it is planned. Raises ConfigError: what trained it until now is not installed here."""
    if plan.engine == COMPILED:
        if not has_kernels():
            raise ConfigError(
                "numba: expected to be installed with scipy, as the compiled learner trained this run until now, got "
                "none; install them and resume, or fork the run from an epoch before its last"
            )
        from rnnkit.training import kernels
        from rnnkit.training.compiled import CompiledLearner

        kernels.one_thread_each()
        return CompiledLearner(config, vocab_size, plan.steps, plan.threads)
    from rnnkit.training.keras_learner import KerasLearner

    return KerasLearner(config, vocab_size, plan.steps, plan.precision)


def engine_for(config: RunConfig) -> str:
    """Which learner a run that begins on this machine gets. Raises ConfigError: the one asked for cannot train it."""
    training = config.training
    asked_for_keras = training.engine == KERAS or training.precision == BFLOAT16
    if asked_for_keras or (training.engine == "auto" and (training.device == "gpu" or _sees_a_gpu())):
        return KERAS
    if has_kernels() and compilable(config):
        return COMPILED
    if training.engine == COMPILED:
        why = "no numba is installed" if not has_kernels() else f"the network is {config.model.architecture}"
        raise ConfigError(
            "training.engine: expected auto or keras, as compiled trains stacks of layers in one direction over "
            f"symbols, without dropout inside a layer, on a processor with numba; got compiled, and {why}"
        )
    return KERAS


def load(config: RunConfig) -> None:
    """Load what trains this run, where that takes long; what is wrong with it is said when its learner is made."""
    with suppress(ConfigError):
        if engine_for(config) == KERAS:
            from rnnkit.training.keras_learner import warm_up as load_keras

            load_keras(config.training.device)


def has_kernels() -> bool:
    """Whether numba is installed, without which Keras trains all."""
    return find_spec("numba") is not None and find_spec("scipy") is not None


def warm_up(stop: Callable[[], bool] = lambda: False) -> str:
    """Load what most runs on this device need, until `stop` says so. Returns its name for people."""
    if stop():
        return ""
    if _sees_a_gpu() or not has_kernels():
        from rnnkit.training.keras_learner import warm_up as load_keras

        return load_keras()
    from rnnkit.training import kernels

    return kernels.warm_up(stop)


def has_compiled() -> bool:
    """Whether kernels were compiled on this machine before: the first run of all waits for its own."""
    return not has_kernels() or any((settings.home() / "kernels").glob("*"))


def _sees_a_gpu() -> bool:
    """Whether this process may train on a GPU: a trainer on a processor slot sees none."""
    return os.environ.get("CUDA_VISIBLE_DEVICES") != "-1" and bool(launchers.gpu_titles())
