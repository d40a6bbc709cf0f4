"""Document 000's loop, one that reads all anew, and the engine: the same weights, the same seed."""

from __future__ import annotations

import numpy as np
import pytest
from networks import network

from rnnkit import engine
from rnnkit.engine import Sampler
from rnnkit.errors import ConfigError, PromptError
from rnnkit.studies import writing_loops

LONG = 60.0  # seconds: nothing is cut


@pytest.mark.parametrize(
    "parts", [{}, {"architecture": "gru", "kind": "windows"}, {"kind": "windows", "bidirectional": True}]
)  # fmt: skip
@pytest.mark.parametrize("sampler", [Sampler(greedy=True), Sampler(0.7)])
def test_the_engine_writes_what_a_loop_writes_that_reads_all_anew(parts: dict, sampler: Sampler):
    found = writing_loops.written(network(**parts), [1, 2, 3], 40, sampler, seed=5, seconds=LONG)
    assert writing_loops.first_difference(found["anew"].ids, found["engine"].ids) is None
    assert len(found["anew"].ids) == len(found["engine"].ids) == 40
    assert ("document" in found) == ("kind" in parts)


def test_the_documents_loop_answers_what_is_known_already():
    """Its first answer is what comes after the first 10 tokens of the prompt, wherever the prompt ends."""
    one, prompt = network(kind="windows"), np.arange(15) % 11
    found = writing_loops.written(one, prompt, 3, Sampler(greedy=True), seconds=LONG)
    likeliest = engine.answers(one.reading_whole_windows(), prompt[None, :10])[0].argmax()
    assert found["document"].ids[0] == likeliest


def test_a_slow_loop_ends_in_time():
    found = writing_loops.written(network(), [1], 500, Sampler(0.7), seconds=0)
    assert (len(found["anew"].ids), len(found["engine"].ids)) == (1, 500)


def test_what_cannot_be_written_is_refused():
    with pytest.raises(ConfigError, match="length: expected 1 to"):
        writing_loops.written(network(), [1], 0, Sampler())
    with pytest.raises(PromptError):
        writing_loops.written(network(), [], 5, Sampler())
