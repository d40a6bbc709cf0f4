"""Tables to figures."""

import pandas as pd
import pytest

from rnnkit import charts
from rnnkit.comparison import HELD_OUT, TRAINING


@pytest.fixture
def table():
    rows = [
        ("A", "A · gru", HELD_OUT, 1, 3.0),
        ("A", "A · gru", HELD_OUT, 2, 2.0),
        ("A", "A · gru", TRAINING, 2.5, 1.5),
        ("B", "B · lstm", TRAINING, 1, 4.0),
        ("B", "B · lstm", TRAINING, 2, 3.5),
    ]
    return pd.DataFrame(rows, columns=["letter", "label", "part", "at", "value"])


def drawn(table):
    chart = charts.loss_curves(table, x_title="Epochs", y_title="Nats per symbol").to_dict()
    (rows,) = chart["datasets"].values()
    return chart, rows


def test_every_run_has_one_letter_at_the_end_of_its_curve(table):
    _, rows = drawn(table)
    assert [(row["at"], row["end"]) for row in rows if row["end"]] == [(2, "A"), (2, "B")]


def test_letters_that_would_lie_on_one_another_stand_side_by_side(table):
    table.loc[4, "value"] = 2.01
    _, rows = drawn(table)
    assert [row["end"] for row in rows if row["end"]] == ["A", "\u2060\u00a0\u00a0\u00a0B"]


def test_colours_come_from_the_theme_in_the_order_of_the_runs(table):
    chart, _ = drawn(table)
    scale = chart["layer"][0]["encoding"]["color"]["scale"]
    assert scale == {"domain": ["A", "B"]}


def test_zoom_and_picked_run_are_selections_that_a_page_can_keep(table):
    chart, _ = drawn(table)
    assert {param["name"] for param in chart["params"]} == {charts.ZOOM, charts.PICK}


def test_a_single_point_is_drawn_too(table):
    _, rows = drawn(table.head(1))
    assert [row["end"] for row in rows] == ["A"]
