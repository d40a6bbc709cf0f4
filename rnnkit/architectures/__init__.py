"""The networks one can choose: one file each, with its shapes, its Keras and NumPy forms and its equations.

Knows no text, no store and no training loop; Keras is imported only by the functions
that build or read a Keras model.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from rnnkit.architectures.architecture import Architecture, Arrays, Equation, Layer, Over, outputs, reads_windows
from rnnkit.architectures.attention import ATTENTION
from rnnkit.architectures.conv_lstm import CONV_LSTM
from rnnkit.architectures.convolution import CONVOLUTION
from rnnkit.architectures.coupled_lstm import COUPLED_LSTM
from rnnkit.architectures.decoder import DECODER
from rnnkit.architectures.encoder_decoder import ENCODER_DECODER
from rnnkit.architectures.fully_recurrent import FULLY_RECURRENT
from rnnkit.architectures.gru import GRU
from rnnkit.architectures.lstm import LSTM
from rnnkit.architectures.min_gru import MIN_GRU
from rnnkit.architectures.min_lstm import MIN_LSTM
from rnnkit.architectures.parts.initial import first_arrays
from rnnkit.architectures.parts.inputs import kind_of_step
from rnnkit.architectures.peephole_lstm import PEEPHOLE_LSTM
from rnnkit.architectures.simple_rnn import SIMPLE_RNN
from rnnkit.architectures.slstm import SLSTM
from rnnkit.architectures.transformer import TRANSFORMER
from rnnkit.architectures.unrolled import UNROLLED
from rnnkit.config import ANSWERS, RunConfig
from rnnkit.errors import ConfigError, DamagedCheckpoint

if TYPE_CHECKING:
    import keras

__all__ = [
    "ARCHITECTURES", "Architecture", "Equation", "Layer", "Over", "build", "changing_variables", "chosen", "fast_path",
    "for_task", "initial_weights", "kind_of_step", "load_weights", "outputs", "parameter_table", "read_weights",
    "reads_windows", "reset_states", "weight_shapes",
]  # fmt: skip

ARCHITECTURES: dict[str, Architecture] = {
    architecture.name: architecture
    for architecture in (
        SIMPLE_RNN, GRU, LSTM, PEEPHOLE_LSTM, COUPLED_LSTM, SLSTM, MIN_GRU, MIN_LSTM, FULLY_RECURRENT, UNROLLED,
        CONVOLUTION, CONV_LSTM, TRANSFORMER, ENCODER_DECODER, ATTENTION, DECODER,
    )
}  # fmt: skip


def chosen(config: RunConfig) -> Architecture:
    """The architecture that `config` names.

    Raises:
        ConfigError: there is none of this name, or it does not go with the task or the batches.
    """
    architecture = ARCHITECTURES.get(config.model.architecture)
    if architecture is None:
        expected = ", ".join(ARCHITECTURES)
        raise ConfigError(f"model.architecture: expected one of {expected}, got {config.model.architecture!r}")
    name, longest = architecture.name, architecture.longest_window
    if config.answers not in architecture.answers:
        expected = ", ".join(for_task(config.task))
        raise ConfigError(f"model.architecture: expected one of {expected} for task={config.task}, got {name}")
    if architecture.needs_windows and not reads_windows(config):
        raise ConfigError(
            f"model.architecture={name} needs batches.kind=windows, as it carries nothing from batch to batch; "
            f"got batches.kind={config.batches.kind}"
        )
    if longest and config.batches.length > longest:
        found = config.batches.length
        raise ConfigError(f"batches.length: expected at most {longest} for model.architecture={name}, got {found}")
    return architecture


def for_task(task: str) -> dict[str, Architecture]:
    """The architectures that can learn a task, by name."""
    return {name: one for name, one in ARCHITECTURES.items() if ANSWERS[task] in one.answers}


def parameter_table(config: RunConfig, vocab_size: int) -> list[Layer]:
    """The layers as Keras's `model.summary()` shows them, computed without Keras in microseconds."""
    return chosen(config).table(config, vocab_size)


def weight_shapes(config: RunConfig, vocab_size: int) -> dict[str, tuple[int, ...]]:
    """The name ("layer/weight") and shape of every array of a checkpoint, in the table's order."""
    return {
        f"{layer.name}/{weight}": shape
        for layer in parameter_table(config, vocab_size)
        for weight, shape in layer.weights.items()
    }


def fast_path(config: RunConfig) -> str | None:
    """One sentence when the choice leaves cuDNN's fast path on a GPU, None when it does not."""
    return chosen(config).fast_path(config)


def build(config: RunConfig, vocab_size: int, batch_size: int | None = None, seed: int | None = None) -> keras.Model:
    """The Keras model: ids (B, T) int32 in, logits (B, T, outputs) out, or (B, outputs) for windows.

    Networks from one sequence to another have two inputs: see sequences.py.

    On streams the model is stateful with a fixed batch of `batch_size` rows (the config's
    when None). Initial weights and dropout follow from `seed` (the config's when None):
    two builds with one seed are equal bit for bit.
    """
    seed = config.training.seed if seed is None else seed
    return chosen(config).build(config, vocab_size, batch_size, seed)


def initial_weights(
    config: RunConfig, vocab_size: int, seed: int | None = None, dtype: type[np.floating] = np.float32
) -> Arrays:
    """The weights that training begins with, "layer/weight" -> array; `seed` is the config's when None."""
    seed = config.training.seed if seed is None else seed
    return first_arrays(weight_shapes(config, vocab_size), chosen(config).cell, seed, dtype)


def reset_states(model: keras.Model) -> None:
    """Forget what the recurrent layers carry from batch to batch; nothing on windows."""
    for layer in model.layers:
        if getattr(layer, "stateful", False):
            layer.reset_state()


def changing_variables(model: keras.Model) -> list[keras.Variable]:
    """All that training changes in `model`, in a fixed order: what a pause in mid-epoch must save to go on exactly.

    Weights and the random state of dropout, and the states carried from batch to batch,
    which Keras leaves out of `model.variables`.
    """
    carried = [state for layer in model.layers if getattr(layer, "stateful", False) for state in layer.states]
    return [*model.variables, *carried]


def read_weights(model: keras.Model) -> Arrays:
    """Every array of `model`, "layer/weight" -> float32, in the order of the parameter table."""
    from keras import ops

    return {name: ops.convert_to_numpy(variable).astype(np.float32) for name, variable in _variables(model).items()}


def load_weights(model: keras.Model, arrays: Arrays) -> None:
    """Put `arrays`, as `read_weights` gives them, into `model`.

    Raises:
        DamagedCheckpoint: a name or a shape is not the model's; the model is then unchanged.
    """
    variables = _variables(model)
    if set(arrays) != set(variables):
        odd = ", ".join(sorted(set(arrays) ^ set(variables))[:5])
        raise DamagedCheckpoint(f"arrays: expected exactly those of the network; too many or missing: {odd}")
    for name, variable in variables.items():
        if tuple(arrays[name].shape) != tuple(variable.shape):
            raise DamagedCheckpoint(
                f"array {name!r}: expected shape {tuple(variable.shape)}, got {tuple(arrays[name].shape)}"
            )
    for name, variable in variables.items():
        variable.assign(arrays[name])


def _variables(model: keras.Model) -> dict[str, keras.Variable]:
    """Variables by "layer/weight". A bidirectional layer holds two layers of its own, forward and backward."""
    found: dict[str, keras.Variable] = {}
    for layer in model.layers:
        halves = {"": layer}
        if hasattr(layer, "backward_layer"):
            halves = {"forward_": layer.forward_layer, "backward_": layer.backward_layer}
        for prefix, half in halves.items():
            found |= {f"{layer.name}/{prefix}{variable.name}": variable for variable in half.weights}
    return found
