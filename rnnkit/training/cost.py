"""What a choice will cost before it is trained: memory, time, and what one-hot arrays would have taken.

Arithmetic on the parameter table and the plan of batches; the constants were measured on two
cores (see `benchmarks/`) and are scaled by what earlier runs of this machine really took.
Knows no store and starts nothing.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import psutil

from rnnkit import architectures, settings, tasks
from rnnkit.config import RunConfig
from rnnkit.errors import TooLarge
from rnnkit.metrics import spoken
from rnnkit.texts.batches import BatchPlan
from rnnkit.training.engines import engine_for
from rnnkit.training.learner import COMPILED, KERAS

# A trainer with TensorFlow imported and its functions traced; and one with compiled loops.
BASE_BYTES = {KERAS: 700 * 2**20, COMPILED: 260 * 2**20}
GPU_BASE_BYTES = 700 * 2**20  # what CUDA and cuDNN take of a GPU for each trainer; not measured, generous
MAX_STATE_BYTES = 900 * 2**20  # weights and optimizer of one run in the store: SQLite holds at most 10**9 bytes a value
USABLE = 0.9  # of the memory that is free now
ASKED = 0.5  # of it: a run that needs more is asked about
FLOPS_PER_WEIGHT = 6  # one multiply-add forward, two backward
FLOPS_PER_SECOND = {KERAS: 80e9, COMPILED: 220e9}  # two cores, float32, matrices of this size
# The loop over time itself, both ways, each layer and direction; of Keras by `python -m benchmarks.keras_steps`.
SECONDS_PER_TIME_STEP = {KERAS: 130e-6, COMPILED: 5e-6}
SECONDS_PER_PARAM = 1e-9  # of a step: each array of the optimizer's is read and written once
SECONDS_TO_START = {KERAS: 4.0, COMPILED: 0.5}  # until the first step: TensorFlow is loaded, the functions are traced
FORWARD = 1 / 3  # of a training step: what evaluating as much takes
SECONDS_PER_BATCH = {KERAS: 1e-3, COMPILED: 2e-4}
OPTIMIZER_COPIES = {"adam": 2, "adamw": 2, "rmsprop": 1, "sgd": 0}  # and one more each for momentum and averaging
ID_BYTES = 4  # an id is an int32
KEPT_PER_GATE = 4  # arrays like one gate's output that the backward pass needs again


@dataclass(frozen=True)
class Estimate:
    """Of one run: parameters, bytes while training, seconds of an epoch; and the bytes of one-hot arrays."""

    params: int
    memory_bytes: int
    seconds_per_epoch: float
    steps_per_epoch: int
    one_hot_bytes: int


def estimate(config: RunConfig, vocab_size: int, symbols: int, planned: BatchPlan, slower: float = 1.0) -> Estimate:
    """The cost of `config` on data of `symbols` symbols whose epochs are `planned`.

    `slower`: how much longer this machine takes than the constants say, as `measured_slowness` finds.
    """
    return Estimate(
        params=params(config, vocab_size),
        memory_bytes=memory_bytes(config, vocab_size),
        seconds_per_epoch=seconds_per_epoch(config, vocab_size, planned) * slower,
        steps_per_epoch=planned.steps,
        one_hot_bytes=(
            one_hot_bytes(config, vocab_size, symbols)
            if tasks.of(config).writes
            else planned.symbols_per_epoch * vocab_size  # every row is read once
        ),
    )


def measured_slowness(measured: Iterable[tuple[RunConfig, int, BatchPlan, float]]) -> float:
    """How much longer real epochs took than estimated: the median over (config, vocab_size, plan, seconds)."""
    ratios = [
        seconds / seconds_per_epoch(config, vocab_size, planned) for config, vocab_size, planned, seconds in measured
    ]
    return statistics.median(ratios) if ratios else 1.0


def check_fits(config: RunConfig, vocab_size: int, free_bytes: int | None = None) -> None:
    """Refuse what cannot be trained in the memory that is free (of this machine when None), or not be stored.

    Raises TooLarge: with the largest size that fits, of the field that is the easiest to make smaller.
    """
    free = psutil.virtual_memory().available if free_bytes is None else free_bytes
    needed = memory_bytes(config, vocab_size)
    if needed > USABLE * free:
        said = f"about {_gigabytes(needed)} of memory while {_gigabytes(free)} are free"
        _refuse(config, vocab_size, said, lambda c: memory_bytes(c, vocab_size) <= USABLE * free)
    state = _state_bytes(config, vocab_size)
    if state > MAX_STATE_BYTES:
        said = f"{_gigabytes(state)} for weights and optimizer, while the store takes {_gigabytes(MAX_STATE_BYTES)}"
        _refuse(config, vocab_size, said, lambda c: _state_bytes(c, vocab_size) <= MAX_STATE_BYTES)


def check_fits_gpu(config: RunConfig, vocab_size: int, slot_bytes: int) -> None:
    """Refuse what cannot be trained in the memory that each run has on a GPU. Raises as `check_fits`."""

    def needed(c: RunConfig) -> int:
        return memory_bytes(c, vocab_size) - BASE_BYTES[engine_for(c)] + GPU_BASE_BYTES

    if needed(config) > USABLE * slot_bytes:
        said = (
            f"about {_gigabytes(needed(config))} of a GPU's memory while each run has {_gigabytes(slot_bytes)} there; "
            "training.device cpu trains it on the processor"
        )
        _refuse(config, vocab_size, said, lambda c: needed(c) <= USABLE * slot_bytes)


def concerns(
    config: RunConfig, vocab_size: int, planned: BatchPlan, slower: float = 1.0, epochs_done: float = 0,
    free_bytes: int | None = None,
) -> list[str]:  # fmt: skip
    """Why somebody should be asked before this run starts: hours, or most of the memory; and what would be smaller.

    `epochs_done`: of the run that is forked. `free_bytes`: of this machine when None.
    """
    free = psutil.virtual_memory().available if free_bytes is None else free_bytes
    needed = memory_bytes(config, vocab_size)
    said = [*_long(config, vocab_size, planned, slower, epochs_done)]
    if needed > ASKED * free:
        units = _largest(config, "model", "units", lambda c: memory_bytes(c, vocab_size) <= ASKED * free)
        said.append(
            f"It needs about {_gigabytes(needed)} of memory, and {_gigabytes(free)} are free on this machine."
            + _smaller("With half of what is free", [f"at most {units:,} units"] * bool(units))
        )
    return said


def _long(
    config: RunConfig, vocab_size: int, planned: BatchPlan, slower: float, epochs_done: float
) -> Iterable[str]:  # fmt: skip
    """Where it takes more time than one waits for."""
    hours, training = settings.integer("RNNKIT_ASK_HOURS"), config.training
    limit, within = 3600 * hours, f"Within {hours} h"
    if training.seconds is not None:
        if training.seconds > limit:
            yield f"Training is set to {spoken(training.seconds)}." + _smaller(within, [f"at most {limit:,} seconds"])
        return
    left = max(1, math.ceil(training.epochs - epochs_done))

    def in_time(c: RunConfig) -> bool:
        epoch = seconds_per_epoch(c, vocab_size, planned) * slower
        return epoch <= limit / 2 and epoch * left <= limit

    if in_time(config):
        return
    epoch = seconds_per_epoch(config, vocab_size, planned) * slower
    units = _largest(config, "model", "units", in_time)
    fewer = [f"at most {units:,} units in place of {config.model.units:,}"] * bool(units)
    if epoch <= limit / 2:
        fewer.append(f"{int(limit // epoch):,} epochs in place of {left:,}")
    whole = f", all {left:,} together {spoken(epoch * left)}" if left > 1 else ""
    yield f"An epoch is expected to take {spoken(epoch)}{whole}." + _smaller(within, fewer)


def _smaller(what: str, ways: list[str]) -> str:
    return f" {what}: {', or '.join(ways)}." if ways else ""


def fit_together(configs: Sequence[RunConfig], vocab_size: int, free_bytes: int | None = None) -> bool:
    """Whether one trainer can hold all of these in the memory that is free (of this machine when None)."""
    free = psutil.virtual_memory().available if free_bytes is None else free_bytes
    bases = [BASE_BYTES[engine_for(config)] for config in configs]
    own = sum(memory_bytes(config, vocab_size) for config in configs) - sum(bases)
    return max(bases) + own <= USABLE * free


class Beside(NamedTuple):
    """What a run takes of the memory of a trainer that holds others too: bytes beside the program's, and Keras."""

    bytes: int
    keras: bool


def beside(config: RunConfig) -> Beside:
    """Vocabularies that nobody has counted are taken to be large ones."""
    engine = engine_for(config)
    return Beside(memory_bytes(config, _large_vocab(config)) - BASE_BYTES[engine], engine == KERAS)


def fit_beside(
    runs: Iterable[Beside], coming: Iterable[Beside], there: Iterable[Beside], free_bytes: int | None = None
) -> bool:
    """Whether a trainer that holds the runs of `there` has the memory for `runs` too, in what is free where it is.

    Of `coming` ones nothing is in memory yet. `free_bytes`: of this machine when None.
    """
    free = psutil.virtual_memory().available if free_bytes is None else free_bytes
    more = [*runs, *coming]
    loads_keras = any(one.keras for one in more) and not any(one.keras for one in there)
    own = sum(one.bytes for one in more)
    return own + loads_keras * BASE_BYTES[KERAS] <= USABLE * free


def _large_vocab(config: RunConfig) -> int:
    return config.tokenizer.vocab_size or (10_000 if config.tokenizer.kind == "words" else 300)


def _refuse(config: RunConfig, vocab_size: int, said: str, fits: Callable[[RunConfig], bool]) -> None:
    for part, name in (("model", "units"), ("batches", "batch_size"), ("batches", "length")):
        asked = getattr(getattr(config, part), name)
        if largest := _largest(config, part, name, fits):
            raise TooLarge(
                f"{part}.{name}: expected at most {largest:,} with these settings, got {asked:,}, which needs {said}"
            )
    raise TooLarge(f"tokenizer.vocab_size: expected fewer tokens, got {vocab_size:,}, which need {said}")


def _largest(config: RunConfig, part: str, name: str, fits: Callable[[RunConfig], bool]) -> int:
    """The largest size below the config's own that fits, 0 if none does. Needs grow with size."""
    low, high = 0, getattr(getattr(config, part), name)
    while high - low > 1:
        middle = (low + high) // 2
        smaller = config.model_copy(update={part: getattr(config, part).model_copy(update={name: middle})})
        low, high = (middle, high) if fits(smaller) else (low, middle)
    return low


def params(config: RunConfig, vocab_size: int) -> int:
    """Numbers that the network of `config` learns."""
    return sum(layer.params for layer in architectures.parameter_table(config, vocab_size))


def _optimizer_copies(config: RunConfig) -> int:
    """Arrays like the weights that the optimizer keeps."""
    training = config.training
    return OPTIMIZER_COPIES[training.optimizer] + (training.momentum > 0) + (training.weight_average > 0)


def _state_bytes(config: RunConfig, vocab_size: int) -> int:
    return 4 * params(config, vocab_size) * (1 + _optimizer_copies(config))


def memory_bytes(config: RunConfig, vocab_size: int) -> int:
    """Weights, gradients, optimizer, what the backward pass keeps of one batch, and the copies of a checkpoint."""
    rows, length = config.batches.batch_size, config.batches.length
    outputs = rows * architectures.outputs(config, vocab_size) * (1 if architectures.reads_windows(config) else length)
    table = architectures.parameter_table(config, vocab_size)
    inputs = rows * length * 2 * (table[0].output_shape[-1] or 1)
    kept = sum(_kept(layer, rows * length) for layer in table)
    weights, state = params(config, vocab_size), _state_bytes(config, vocab_size)
    return BASE_BYTES[engine_for(config)] + 4 * (3 * weights + inputs + kept + 4 * outputs) + 3 * state


def _kept(layer: architectures.Layer, positions: int) -> int:
    """Floats of a recurrent layer, or of a convolution, that wait for the backward pass."""
    return sum(positions * KEPT_PER_GATE * shape[-1] for shape in _input_kernels(layer))


def _input_kernels(layer: architectures.Layer) -> list[tuple[int, ...]]:
    """The shapes of what a layer that is no Dense multiplies its inputs with: of a recurrent one for each direction."""
    kernels = {name: shape for name, shape in layer.weights.items() if name.endswith("kernel")}
    return [shape for name, shape in kernels.items() if "recurrent" not in name and layer.kind != "Dense"]


def seconds_of_run(config: RunConfig, one: Estimate) -> float:
    """From its start to its end: all its epochs, with an evaluation of the held-out part after each."""
    evaluated = FORWARD * config.batches.validation_fraction
    return SECONDS_TO_START[engine_for(config)] + one.seconds_per_epoch * (1 + evaluated) * config.training.epochs


def seconds_per_epoch(config: RunConfig, vocab_size: int, planned: BatchPlan) -> float:
    """What one epoch takes by the constants above."""
    table = architectures.parameter_table(config, vocab_size)
    windows = architectures.reads_windows(config)
    predictions = planned.steps * config.batches.batch_size if windows else planned.symbols_per_epoch
    flops, loops = 0.0, 0
    for place, layer in enumerate(table):
        times = predictions if layer.kind == "Dense" else planned.symbols_per_epoch
        # An embedding is looked up, and so is the kernel of one-hot inputs; all others are multiplied with each symbol.
        one_hot = layer.recurrent and place > 0 and table[place - 1].kind == "OneHot"
        looked_up = ("embeddings", "kernel" if one_hot else "")
        kernels = [shape for name, shape in layer.weights.items() if len(shape) >= 2 and name not in looked_up]
        flops += FLOPS_PER_WEIGHT * times * sum(map(math.prod, kernels))
        loops += len(_input_kernels(layer)) if layer.recurrent else 0
    time_steps, engine = planned.steps * config.batches.length * loops, engine_for(config)
    in_time = time_steps * SECONDS_PER_TIME_STEP[engine]
    written = params(config, vocab_size) * (2 + _optimizer_copies(config)) * SECONDS_PER_PARAM
    return flops / FLOPS_PER_SECOND[engine] + in_time + planned.steps * (SECONDS_PER_BATCH[engine] + written)


def one_hot_bytes(config: RunConfig, vocab_size: int, symbols: int) -> int:
    """Bytes of the documents' arrays: a byte per window, position and symbol, and the targets as floats."""
    if config.batches.kind == "streams":
        return 2 * symbols * vocab_size
    windows = len(range(0, max(0, symbols - config.batches.length), config.batches.step))
    return windows * (config.batches.length * vocab_size + 8 * vocab_size)


def _gigabytes(size: float) -> str:
    return f"{size / 1e9:.1f} GB"
