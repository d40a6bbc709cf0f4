"""In which precision Keras computes a run: float32, or bfloat16 where this processor is faster with it.

In bfloat16 the products and the states are rounded to 8 bits after the point; the weights, the optimizer, the logits
and every loss on held-out text stay in float32 (mixed precision, as Micikevicius et al., 2018, have it). Decided once,
before the first step, and stored with the plan. Knows no run and no store.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import cache
from itertools import islice
from math import prod

from rnnkit import architectures, system
from rnnkit.config import RunConfig
from rnnkit.errors import ConfigError
from rnnkit.tasks import Batch
from rnnkit.training import engines, planning
from rnnkit.training.learner import BFLOAT16, KERAS, Learner
from rnnkit.training.planning import Plan

FLAGS = ("avx512_bf16", "amx_bf16")  # as Linux names what a processor can do
LARGE = 1_000_000  # numbers in weight matrices; with fewer the products are not what takes the time
GAIN = 1.15  # times as fast, or it is not worth the rounding
WORTH_SECONDS = 120.0  # of training in float32; measuring takes some
MEASURED = 3  # steps of each, after one that is not counted


@cache
def has_bfloat16() -> bool:
    """Whether this processor multiplies in bfloat16 by itself; False where that cannot be found out."""
    return not system.processor_flags().isdisjoint(FLAGS)


def check(config: RunConfig, on_gpu: bool) -> None:
    """Raises ConfigError: bfloat16 is asked for, and cannot be had."""
    asked = config.training
    if asked.precision != BFLOAT16:
        return
    if on_gpu or not has_bfloat16():
        where = "a GPU" if on_gpu else "a processor that does not compute in bfloat16"
        raise ConfigError(f"training.precision: expected auto or float32 on {where}, got bfloat16")
    if asked.engine == "compiled":
        raise ConfigError(
            "training.precision: expected auto or float32 with training.engine=compiled, which computes in float32; "
            "got bfloat16"
        )


def decided(
    plan: Plan, config: RunConfig, vocab_size: int, batches: Callable[[], Iterable[Batch]]
) -> tuple[Plan, Learner]:
    """The plan of a run that has not begun, with its precision, and a learner for it.

    Measured on its own batches where it may be asked at all: see `_is_asked`. Raises ConfigError, as `check`.
    """
    own = engines.learner(config, vocab_size, plan)
    check(config, own.on_gpu)
    if config.training.precision == BFLOAT16:
        plan = replace(plan, precision=BFLOAT16)
        return plan, engines.learner(config, vocab_size, plan)
    if not _is_asked(plan, config, vocab_size, own):
        return plan, own
    before, each = own.arrays(), _seconds(own, batches)
    seconds = plan.steps * statistics.median(each)
    if min(seconds, config.training.seconds or seconds) < WORTH_SECONDS:
        own.restore(before)
        return plan, own
    other_plan = replace(plan, precision=BFLOAT16)
    other = engines.learner(config, vocab_size, other_plan)
    gain = statistics.median(_seconds(own, batches)) / statistics.median(_seconds(other, batches))
    chosen_plan, chosen = (other_plan, other) if gain >= GAIN else (plan, own)
    chosen.restore(before)
    return replace(chosen_plan, faster=round(gain, 2)), chosen


def _is_asked(plan: Plan, config: RunConfig, vocab_size: int, own: Learner) -> bool:
    """Keras on a processor that has bfloat16, and a network that is large enough to gain from it."""
    asked = config.training.precision == "auto" and plan.engine == KERAS and not own.on_gpu and has_bfloat16()
    shapes = architectures.weight_shapes(config, vocab_size)
    matrices = (prod(shape) for name, shape in shapes.items() if len(shape) > 1 and "embedding" not in name)
    return asked and sum(matrices) >= LARGE


def _seconds(learner: Learner, batches: Callable[[], Iterable[Batch]]) -> list[float]:
    """Of a few steps each, after one that is not counted."""
    learner.begin_epoch()
    some = islice(planning.again_and_again(batches), 1 + MEASURED)
    return [planning.timed(learner, batch) for batch in some][1:]
