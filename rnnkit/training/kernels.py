"""The compiled loops of training on a processor: those of a cell, the softmax, sums by id, and the optimizers' steps.

The only module that imports numba. Compiled code is kept in RNNKIT_HOME, so that it is made once on a machine. Knows
arrays only.
"""

from __future__ import annotations

import platform
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any, NamedTuple

import numba
import numpy as np
from numba.extending import register_jitable
from threadpoolctl import ThreadpoolController

from rnnkit import settings
from rnnkit.architectures import ARCHITECTURES
from rnnkit.architectures.parts import compiled

if TYPE_CHECKING:
    from collections.abc import Callable

    from rnnkit.architectures.parts.cell import Cell

if not numba.config.CACHE_DIR:  # type: ignore[attr-defined]  # made as numba starts, from NUMBA_CACHE_DIR
    numba.config.CACHE_DIR = str(settings.home() / "kernels")  # type: ignore[attr-defined]
# Sums may be taken in another order and products fused; not a number and infinity keep their meaning.
FAST = {"contract", "nsz", "arcp", "reassoc"}
for function in (compiled.tanh, compiled.sigmoid):
    register_jitable(fastmath=FAST)(function)
# The types of arguments, so that all is compiled, or loaded, at once and not with the first batch.
_1, _2, _3, _IDS = numba.float32[::1], numba.float32[:, ::1], numba.float32[:, :, ::1], numba.int32[::1]
_FORWARD = numba.void(_3, _2, _1, _2, _3, _3, _3, _2)
_BACKWARD = numba.void(_3, _2, _2, _3, _3, _3, _3, _2, _2, _2)
_UPDATE = numba.void(_1, _1, _1, _1, numba.float32, numba.float32, numba.float32)


def _compiled(signature: Any) -> Callable[[Any], Any]:
    return numba.njit(signature, cache=True, nogil=True, fastmath=FAST)


class Loops(NamedTuple):
    """A cell's compiled loops; see architectures/parts/compiled.py."""

    forward: Callable[..., None]
    backward: Callable[..., None]


@cache
def loops(cell: Cell) -> Loops:
    """Those of `cell`, which has some."""
    assert cell.compiled is not None
    return Loops(_compiled(_FORWARD)(cell.compiled.forward), _compiled(_BACKWARD)(cell.compiled.backward))


@_compiled(numba.types.UniTuple(numba.float64, 3)(_2, _IDS, _1, numba.float32))
def softmax(logits, targets, weights, scale):
    """Sums of nats, right answers and weights; `logits` (N, V) become their own gradient times `scale`.

    targets (N,) int32, weights (N,) float32. The likeliest of equal ones is the first.
    """
    nats, right, total = 0.0, 0.0, 0.0
    for n in range(logits.shape[0]):
        row, weight, target = logits[n], weights[n], targets[n]
        highest, best = row[0], 0
        for v in range(1, row.size):
            if row[v] > highest:
                highest, best = row[v], v
        partition = np.float32(0)
        asked = row[target] - highest
        for v in range(row.size):
            row[v] = np.exp(row[v] - highest)
            partition += row[v]
        nats += weight * (np.log(partition) - asked)
        right += weight * (best == target)
        total += weight
        share = weight * scale / partition
        for v in range(row.size):
            row[v] *= share
        row[target] -= weight * scale
    return nats, right, total


@_compiled(numba.void(_IDS, _2, _2))
def add_by_id(ids, rows, table):
    """table[ids[n]] += rows[n] for n in order: ids (N,), rows (N, G), table (V, G)."""
    for n in range(ids.size):
        row, into = rows[n], table[ids[n]]
        for k in range(row.size):
            into[k] += row[k]


@_compiled(numba.float64(_1))
def squared_norm(gradient):
    """The sum of squares, float64."""
    total = 0.0
    for k in range(gradient.size):
        total += np.float64(gradient[k]) * np.float64(gradient[k])
    return total


@_compiled(_UPDATE)
def adam(weights, gradient, first, second, rate, scale, unused):
    """Kingma and Ba, 2015, as Keras writes it; `rate` holds the corrections of the means."""
    for k in range(weights.size):
        g = gradient[k] * scale
        first[k] += (g - first[k]) * np.float32(0.1)
        second[k] += (g * g - second[k]) * np.float32(0.001)
        weights[k] -= first[k] * rate / (np.sqrt(second[k]) + np.float32(1e-7))


@_compiled(_UPDATE)
def rmsprop(weights, gradient, mean, last, rate, scale, momentum):
    """Tieleman and Hinton, 2012, as Keras writes it; `last` is empty without momentum."""
    for k in range(weights.size):
        g = gradient[k] * scale
        mean[k] = np.float32(0.9) * mean[k] + np.float32(0.1) * g * g
        update = rate * g / np.sqrt(mean[k] + np.float32(1e-7))
        if last.size:
            update += momentum * last[k]
            last[k] = update
        weights[k] -= update


@_compiled(_UPDATE)
def sgd(weights, gradient, last, unused, rate, scale, momentum):
    """Gradient descent; `last` is empty without momentum."""
    for k in range(weights.size):
        update = rate * (gradient[k] * scale)
        if last.size:
            update += momentum * last[k]
            last[k] = update
        weights[k] -= update


@_compiled(numba.void(_1, _1, numba.float32))
def average(averages, weights, decay):
    """A step of the moving average of the weights."""
    for k in range(weights.size):
        averages[k] = decay * averages[k] + (np.float32(1) - decay) * weights[k]


@cache
def one_thread_each() -> None:
    """Give the products one thread, as each part of a batch has one of its own. For a process that trains."""
    import_module("scipy.linalg.cython_blas")  # the library whose products the loops call: before it is limited
    ThreadpoolController().limit(limits=1, user_api="blas")


def warm_up(stop: Callable[[], bool]) -> str:
    """Load the loops of one cell after the other, until `stop` says so. Returns the device's name for people."""
    one_thread_each()
    for architecture in ARCHITECTURES.values():
        if architecture.cell and architecture.cell.compiled and not stop():
            loops(architecture.cell)
    return device(settings.integer("RNNKIT_THREADS"))


def device(threads: int) -> str:
    """The processor's name for people."""
    return f"CPU ({platform.machine()}, {threads} thread{'s' * (threads != 1)}, compiled)"
