"""What the second lesson says of networks that come along is true of them."""

from __future__ import annotations

import re

import apptest
import pytest

from rnnkit.lessons import lesson
from rnnkit.paths import PRETRAINED as CAME_ALONG


@pytest.fixture(autouse=True)
def _networks_came_along(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rnnkit.paths.PRETRAINED", CAME_ALONG)


def steps(said: str) -> int:
    """How many steps back a hundredth of the gradient is left, as the page says it."""
    return int(re.match(r"(\d+) steps? back", said)[1])


def test_what_is_left_of_the_gradient_is_as_the_step_says():
    step = next(one for one in lesson.find("memory").steps if one.title.startswith("Three cells"))
    page = apptest.visit("10_Gradients", **step.to.parameters)
    table = page.dataframe[0].value.set_index("Cell").map(steps)
    begins, after = table["as Keras begins"], table["after training"]
    said = [int(number) for number in re.findall(r"(\d+)(?! %)\b", lesson.plain(step.look))]
    assert said == [after["LSTM"], after["RNN"], begins["RNN"]]
    assert begins["RNN"] > begins["LSTM"] > begins["GRU"]
    assert after["GRU"] > 10 * after["RNN"]
    assert table.iloc[:, 0].idxmin() == "RNN"  # with textbook weights
