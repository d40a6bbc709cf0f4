"""What a token is to a network: its row, its neighbours, its place on a map."""

from __future__ import annotations

import numpy as np
import pytest
from networks import network

from rnnkit.errors import ConfigError
from rnnkit.studies import embeddings


def test_rows_are_the_embedding_or_the_first_kernel():
    embedded, one_hot = network("gru"), network("lstm", embedding_size=0)
    np.testing.assert_array_equal(embeddings.rows(embedded), embedded.arrays["embedding/embeddings"])
    np.testing.assert_array_equal(embeddings.rows(one_hot), one_hot.arrays["lstm/kernel"])
    with pytest.raises(ConfigError, match="expected symbols"):
        embeddings.rows(network("lstm", inputs="numbers"))


def test_the_nearest_point_the_same_way_whatever_their_length():
    table = np.array([[1, 0], [5, 0.1], [-1, 0], [0, 2], [1, 1]], np.float32)
    nearest = embeddings.neighbours(table, 0, most=3)
    assert [one.token for one in nearest] == [1, 4, 3]
    assert nearest[1].cosine == pytest.approx(2**-0.5)
    assert len(embeddings.neighbours(table, 0, most=99)) == 4


def test_the_plane_keeps_distances_of_points_that_lie_on_one():
    random = np.random.default_rng(0)
    on_a_plane = random.normal(size=(9, 2)) @ random.normal(size=(2, 6))
    places, share = embeddings.flat(on_a_plane.astype(np.float32))
    assert share == pytest.approx(1)
    distances = [np.linalg.norm(of[:, None] - of[None], axis=-1) for of in (places, on_a_plane)]
    np.testing.assert_allclose(*distances, atol=1e-5)
    assert embeddings.flat(np.ones((3, 1)))[0].shape == (3, 2)
