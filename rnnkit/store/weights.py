"""Named arrays to bytes and back, in safetensors form, with 32, 16 or 8 bits for a number. Knows no network.

Of 8 bits: each column of a matrix (what one unit reads) is whole numbers from -127 to 127 times a scale of its own,
which lies beside it as `NAME.scale`. What is no large matrix (a bias, a single row) keeps 16.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import safetensors
import safetensors.numpy

from rnnkit.errors import DamagedCheckpoint

BITS = (32, 16, 8)
FLOATS = (np.float16, np.float32)  # what may be read
_SCALE = ".scale"
_LEVELS = 127
_FEWEST_ROWS = 16  # with fewer the scales would cost what the rounding saves


def pack(arrays: Mapping[str, np.ndarray]) -> bytes:
    """Arrays in safetensors form."""
    return safetensors.numpy.save({name: np.asarray(array, order="C") for name, array in arrays.items()})


def unpack(blob: bytes, what: str) -> dict[str, np.ndarray]:
    """Arrays back from `pack`, as they lie there. Raises DamagedCheckpoint: `what` is not of that form."""
    try:
        return safetensors.numpy.load(bytes(blob))
    except (safetensors.SafetensorError, KeyError, TypeError, ValueError) as error:
        raise DamagedCheckpoint(f"{what}: expected arrays in safetensors form, got {error}") from None


def quantise(arrays: Mapping[str, np.ndarray], bits: int) -> dict[str, np.ndarray]:
    """The arrays with so many `bits` for a number: 32, 16 or 8. `dequantise` reads them all."""
    if bits not in BITS:
        raise ValueError(f"bits: expected one of {BITS}, got {bits}")
    found: dict[str, np.ndarray] = {}
    for name, array in arrays.items():
        if bits == 8 and array.ndim > 1 and len(_columns(array)) >= _FEWEST_ROWS:
            found[name], found[name + _SCALE] = _to_integers(array)
        else:
            found[name] = array.astype(np.float32 if bits == 32 else np.float16)
    return found


def bits_of(arrays: Mapping[str, np.ndarray]) -> int:
    """How many bits the numbers of arrays have that `quantise` has made: those of the least exact one."""
    kinds = {array.dtype.itemsize * 8 for name, array in arrays.items() if not name.endswith(_SCALE)}
    return min(kinds, default=32)


def dequantise(arrays: Mapping[str, np.ndarray], what: str) -> dict[str, np.ndarray]:
    """Arrays of any number of bits as float32, each a new name for what `quantise` made.

    Raises DamagedCheckpoint: an array of `what` is of another kind, or has no scale that fits.
    """
    scales = {name.removesuffix(_SCALE): array for name, array in arrays.items() if name.endswith(_SCALE)}
    found = {}
    for name, array in arrays.items():
        if name.removesuffix(_SCALE) in arrays and name.endswith(_SCALE):
            continue
        if array.dtype == np.int8 and name in scales:
            found[name] = _from_integers(array, scales[name], f"{what}: {name}")
        elif array.dtype in FLOATS and name not in scales:
            found[name] = array.astype(np.float32, copy=False)
        else:
            raise DamagedCheckpoint(
                f"{what}: {name}: expected float32, float16, or int8 with a scale, got {array.dtype}"
            )
    return found


def _columns(array: np.ndarray) -> np.ndarray:
    """(..., m) as (n, m)."""
    return array.reshape(-1, array.shape[-1])


def _to_integers(array: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(..., m) to int8 of the same shape and the scale (m,) float32 of each column."""
    scale = np.abs(_columns(array)).max(axis=0).astype(np.float32) / _LEVELS
    safe = np.where(scale > 0, scale, 1)  # a column of zeros
    return np.rint(array / safe).astype(np.int8), scale


def _from_integers(array: np.ndarray, scale: np.ndarray, what: str) -> np.ndarray:
    if scale.dtype != np.float32 or array.ndim < 2 or scale.shape != array.shape[-1:]:
        raise DamagedCheckpoint(
            f"{what}: expected a float32 scale for each of its columns, got {scale.dtype} of shape {scale.shape}"
        )
    return array.astype(np.float32) * scale
