"""Networks of windows, read with states that started a window ago: the answers of Keras on each window."""

from __future__ import annotations

import numpy as np
import pytest
from networks import (
    STACKED,
    equal_for_every_window,
    in_keras,
    logits_over,
    network,
    some_ids,
)


@pytest.mark.parametrize(("layers", "embedding_size"), [(1, 0), (2, 5)])
@pytest.mark.parametrize("name", [*STACKED, "fully_recurrent"])
def test_a_network_trained_on_windows_reads_its_window_anew_for_every_symbol(name, layers, embedding_size):
    net = network(name, kind="windows", layers=layers, embedding_size=embedding_size)
    equal_for_every_window(net)
    ids, length = some_ids(), net.config.batches.length
    ours = logits_over(net, ids)
    for seen in range(1, length):
        assert np.abs(ours[seen - 1] - in_keras(net, ids[None, :seen])[0]).max() < 1e-5
