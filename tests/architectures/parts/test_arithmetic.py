"""Products in panels: the same numbers as whole ones, and of each row the same whatever stands beside it."""

from __future__ import annotations

import numpy as np
import pytest

from rnnkit.architectures.parts.arithmetic import PANELLED_BYTES, dense, panels, product

LARGE = (520, 2048)  # rows and columns of a matrix that is worth panels


def random(*shape: int) -> np.ndarray:
    return np.random.default_rng(0).normal(size=shape).astype(np.float32)


def test_a_large_matrix_lies_in_panels_that_together_are_the_matrix():
    matrix = random(*LARGE)
    found = panels(matrix)
    assert matrix.nbytes > PANELLED_BYTES
    assert found.shape == (8, 520, 256)
    np.testing.assert_array_equal(np.concatenate(list(found), axis=1), matrix)


@pytest.mark.parametrize("shape", [(128, 512), (1000, 2039)], ids=["small", "a prime number of columns"])
def test_a_matrix_that_gains_nothing_is_one_panel_and_no_copy(shape: tuple[int, int]):
    matrix = random(*shape)
    assert panels(matrix).shape == (1, *shape)
    assert np.shares_memory(panels(matrix), matrix)


@pytest.mark.parametrize("rows", [1, 3, 12])
def test_a_product_by_panels_is_the_product(rows: int):
    matrix, left = random(*LARGE), random(rows, LARGE[0])
    exact = left.astype(np.float64) @ matrix.astype(np.float64)
    np.testing.assert_allclose(product(left, panels(matrix), np.empty((rows, 2048), np.float32)), exact, atol=1e-3)
    bias = random(2048)
    np.testing.assert_allclose(dense(left, panels(matrix), bias), exact + bias, atol=1e-3)


def test_a_row_of_a_product_by_panels_is_the_same_to_the_last_bit_whatever_is_beside_it():
    matrix, left = panels(random(*LARGE)), random(12, LARGE[0])
    together = product(left, matrix, np.empty((12, 2048), np.float32))
    for row in range(12):
        alone = product(left[row : row + 1], matrix, np.empty((1, 2048), np.float32))
        np.testing.assert_array_equal(together[row], alone[0])


def test_a_result_with_gaps_in_memory_is_written_where_it_belongs():
    matrix, left, wide = random(*LARGE), random(2, LARGE[0]), np.zeros((2, 4096), np.float32)
    product(left, panels(matrix), wide[:, ::2])
    np.testing.assert_allclose(wide[:, ::2], left.astype(np.float64) @ matrix, atol=1e-3)
    assert not wide[:, 1::2].any()
