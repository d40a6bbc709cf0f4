"""Curves: ends, references, selections, one line per temperature."""

import pandas as pd
import pytest

from rnnkit.charts import curves, look
from rnnkit.metrics import ON_HELD_OUT, ON_TRAINING, REFERENCE


@pytest.fixture
def table():
    rows = [
        ("A", "A · gru", ON_HELD_OUT, 1, 3.0),
        ("A", "A · gru", ON_HELD_OUT, 2, 2.0),
        ("A", "A · gru", ON_TRAINING, 2.5, 1.5),
        ("B", "B · lstm", ON_TRAINING, 1, 4.0),
        ("B", "B · lstm", ON_TRAINING, 2, 3.5),
    ]
    return pd.DataFrame(rows, columns=["letter", "label", "part", "at", "value"])


def ends(table):
    drawn = curves.with_ends(table)
    return [(row.at, row.end) for row in drawn.itertuples() if row.end]


def test_every_run_has_one_letter_at_the_end_of_its_curve(table):
    assert ends(table) == [(2, "A"), (2, "B")]


def test_letters_that_would_lie_on_one_another_stand_side_by_side(table):
    table.loc[4, "value"] = 2.01
    assert ends(table) == [(2, "A"), (2, "\u2060\u00a0\u00a0\u00a0B")]


def test_a_single_point_has_its_letter_too(table):
    assert ends(table.head(1)) == [(1, "A")]


def test_colours_come_from_the_theme_in_the_order_of_the_runs():
    chart = curves.loss_curves("AB", x_title="Epochs", y_title="Nats per token").to_dict()
    scales = [layer["encoding"]["color"].get("scale") for layer in chart["layer"] if "color" in layer["encoding"]]
    assert scales == [{"domain": ["A", "B"]}] * 3


def test_what_is_dragged_across_and_the_picked_run_are_selections_that_a_page_can_keep():
    chart = curves.loss_curves("AB", x_title="Epochs", y_title="Nats per token").to_dict()
    assert {param["name"] for param in chart["params"]} == {look.ZOOM, look.PICK}


def test_a_part_of_the_x_axis_can_be_shown_alone():
    titles = {"x_title": "Epochs", "y_title": "Nats per token"}
    for chart in (curves.loss_curve(**titles, within=(2.0, 3.5)), curves.loss_curves("A", **titles, within=(2.0, 3.5))):
        scales = [layer["encoding"]["x"].get("scale") for layer in chart.to_dict()["layer"][3:]]
        assert scales == [{"domain": [2.0, 3.5], "nice": False, "zero": False}] * len(scales)


def test_reference_lines_are_rules_behind_the_curves_and_belong_to_no_run():
    chart = curves.loss_curves("AB", x_title="Epochs", y_title="Nats per token").to_dict()
    rules, _room, names, *of_runs = chart["layer"]
    assert (rules["mark"]["type"], names["mark"]["type"]) == ("rule", "text")
    assert not {"color", "opacity"} & {*rules["encoding"], *names["encoding"]}
    assert all(layer["encoding"]["color"]["scale"] == {"domain": ["A", "B"]} for layer in of_runs)


def test_the_curve_of_one_run_has_a_place_for_lines_before_any_row_is_there():
    chart = curves.loss_curve(x_title="Epochs", y_title="Nats per token").to_dict()
    only = [layer["transform"][0]["filter"] for layer in chart["layer"] if layer["mark"]["type"] in ("rule", "line")]
    assert only == [f"(datum.part === '{REFERENCE}')", f"(datum.part !== '{REFERENCE}')"]


def test_novelty_is_drawn_for_each_temperature_with_what_is_usual():
    table = pd.DataFrame(
        {"epoch": [1, 2, 1, 2], "temperature": ["1", "1", "0.3", "0.3"], "novelty": [0.9, 0.8, 0.5, 0.2]}
    )
    chart = curves.novelty(table, 0.7, "New 12-grams").to_dict()
    assert chart["layer"][-1]["encoding"]["color"]["scale"] == {"domain": ["0.3", "1"]}
    assert len(chart["layer"]) == 3
    assert len(curves.novelty(table, None, "New 12-grams").to_dict()["layer"]) == 1
