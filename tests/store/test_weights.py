"""Arrays as bytes with 32, 16 and 8 bits: what they cost, what they lose, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays_of

from rnnkit.errors import DamagedCheckpoint
from rnnkit.store.weights import BITS, bits_of, dequantise, pack, quantise, unpack

numbers = st.floats(-100, 100, width=32)
matrices = arrays_of.arrays(np.float32, st.tuples(st.integers(16, 40), st.integers(1, 5)), elements=numbers)


def there_and_back(arrays: dict[str, np.ndarray], bits: int) -> dict[str, np.ndarray]:
    return dequantise(unpack(pack(quantise(arrays, bits)), "here"), "here")


@given(matrices)
def test_32_bits_lose_nothing_and_8_at_most_half_a_step_of_a_column(matrix: np.ndarray):
    np.testing.assert_array_equal(there_and_back({"kernel": matrix}, 32)["kernel"], matrix)
    step = np.abs(matrix).max(axis=0) / 127
    error = np.abs(there_and_back({"kernel": matrix}, 8)["kernel"] - matrix)
    assert (error <= 0.5001 * step + 1e-6).all()


@pytest.mark.parametrize(("bits", "bytes_each"), [(32, 4.0), (16, 2.0), (8, 1.02)])
def test_a_number_takes_its_bits(bits: int, bytes_each: float):
    random = np.random.default_rng(0)
    arrays = {"kernel": random.normal(size=(512, 256)), "bias": random.normal(size=256)}
    assert len(pack(quantise(arrays, bits))) == pytest.approx(bytes_each * 512 * 257, rel=0.02)
    assert bits_of(quantise(arrays, bits)) == bits


def test_the_last_axis_of_a_convolution_has_the_scales():
    kernel = np.random.default_rng(0).normal(size=(3, 20, 4)) * [1, 10, 100, 1000]
    back = there_and_back({"kernel": kernel}, 8)["kernel"]
    assert (np.abs(back - kernel).max(axis=(0, 1)) < [0.02, 0.2, 2, 20]).all()


def test_a_bias_and_a_single_row_keep_16_bits():
    arrays = {"bias": np.linspace(-3, 3, 50), "row": np.linspace(-3, 3, 50)[None]}
    assert {array.dtype for array in quantise(arrays, 8).values()} == {np.dtype(np.float16)}


def test_a_column_of_zeros_stays_one():
    np.testing.assert_array_equal(there_and_back({"kernel": np.zeros((20, 2))}, 8)["kernel"], 0)


EIGHT = quantise({"kernel": np.ones((20, 3))}, 8)
HOSTILE = {
    "no scale": {"kernel": EIGHT["kernel"]},
    "a scale too short": EIGHT | {"kernel.scale": np.ones(2, np.float32)},
    "a scale of another kind": EIGHT | {"kernel.scale": np.ones(3, np.float64)},
    "a scale for floats": {"kernel": np.ones((20, 3), np.float32), "kernel.scale": np.ones(3, np.float32)},
    "doubles": {"kernel": np.ones((20, 3))},
    "whole numbers": {"kernel": np.ones((20, 3), np.int32), "kernel.scale": np.ones(3, np.float32)},
}


@pytest.mark.parametrize("arrays", HOSTILE.values(), ids=HOSTILE)
def test_what_was_never_rounded_here_is_refused(arrays: dict[str, np.ndarray]):
    with pytest.raises(DamagedCheckpoint, match=r"here: kernel: expected .*, got"):
        dequantise(arrays, "here")


def test_bytes_of_another_form_are_refused():
    with pytest.raises(DamagedCheckpoint, match="here: expected arrays in safetensors form"):
        unpack(b"torn", "here")
    with pytest.raises(ValueError, match="bits: expected one of"):
        quantise({}, 4)
    assert BITS == (32, 16, 8)
