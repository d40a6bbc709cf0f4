"""Matrices: every place holds its number."""

import numpy as np

from rnnkit.charts import matrices


def test_the_lecture_sentence_is_its_matrix_of_zeros_and_ones():
    ids = {"the": 0, "dog": 1, "is": 2, "in": 3, "crate": 4}
    chart, rows = matrices.one_hot([(word, ids[word]) for word in ("the", "dog", "is", "in", "the", "dog", "crate")])
    matrix = chart.data.pivot_table(index="column", columns="row", values="value", sort=False).to_numpy()
    assert rows == 5
    assert matrix.tolist() == np.eye(5)[[0, 1, 2, 3, 0, 1, 4]].tolist()
