"""Tables of numbers in many dialects become a series, or a sentence."""

import numpy as np
import pytest

from rnnkit.errors import ConfigError, CorpusError
from rnnkit.store import Store
from rnnkit.texts import own, tables

WAVE = "day,wave\n" + "".join(f"{day},{np.sin(day / 3):.3f}\n" for day in range(200))


def table(rows: int, form: str, head: str = "") -> str:
    """Lines made of a row's number `i` and a value `v` that goes up and down."""
    return head + "".join(form.format(i=i, v=i * 7 % 10) + "\n" for i in range(rows))


@pytest.mark.parametrize(
    ("text", "column"),
    [
        (table(30, "2020-01-{i:02},{v}", "Date,Temp\n").replace("-00,", "-31,"), "Temp"),
        (table(30, "{i};{v},5", "a;b\n"), "b"),
        (table(30, "{i}\t{v}.5", "a\tb\n"), "b"),
        (table(30, "{i} {v}", "a b\n"), "b"),
        (table(30, "{v},5", "x\n"), "x"),
        (table(30, "{v},5"), "column 1"),
        (table(30, '"{i}","{v}"', '"a","b, c"\n'), "b, c"),
        (table(30, "{i},{v}", "My table\nof values\na,b\n"), "b"),
    ],
)
def test_tables_of_many_dialects_are_read(text: str, column: str):
    found = tables.parse(text)
    assert found.column == column
    assert len(found.values) == 30
    assert np.ptp(found.values) == 9


def test_a_column_that_only_counts_is_not_the_series_but_can_be_chosen():
    assert tables.parse(WAVE).column == "wave"
    assert tables.parse(WAVE, "Day").values[5] == 5
    with pytest.raises(ConfigError, match=r"series\.column: expected one of day, wave, got 'rain'"):
        tables.parse(WAVE, "rain")


def test_dates_that_run_backwards_turn_the_series_round():
    days = [f"2020-01-{31 - i:02},{i % 5}" for i in range(25)]
    found = tables.parse("\n".join(["Date,v", *days]))
    assert found.times[0] < found.times[-1]
    assert found.values[-1] == 0
    assert "turned round" in found.note


def test_a_few_gaps_are_filled_between_their_neighbours_and_counted():
    text = WAVE.replace(f"50,{np.sin(50 / 3):.3f}", "50,?").replace(f"60,{np.sin(60 / 3):.3f}", "60,inf")
    found = tables.parse(text, "wave")
    assert found.values[50] == pytest.approx((found.values[49] + found.values[51]) / 2)
    assert found.note.startswith("Missing or no numbers: 2 of 200 values")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("a,b\n1,2\n3,4\n", "expected at least 20 values, got 2"),
        ("v\n" + "5\n" * 30, "expected values that change, got 5 30 times"),
        (table(30, "good,bad", "a,b\n"), "expected a column of numbers, got none in 2 columns"),
        ("Dear diary,\nnothing happened today, again.\n" * 20, "expected a column of numbers"),
        (table(60, "{i},{v}").replace(",7\n", ",\n").replace(",3\n", ",x\n"), "expected at most 10% gaps, got"),
        (table(30, "{i},{v}") + "1,2,3\n", "expected 2 cells in every row, got 3 in row 31"),
        (table(30, "1e{i}9{v}0"), "expected a column of numbers, got none"),
        (table(30, "{v}e200", "v\n"), "expected values up to 1e\\+100"),
        ("", "expected a table with a number in each row, got 1 rows"),
    ],
)
def test_what_is_no_series_is_said_in_a_sentence(text: str, sentence: str):
    with pytest.raises(CorpusError, match=sentence):
        tables.parse(text)


def test_the_signal_is_always_here_and_texts_of_ones_own_are_told_apart(store: Store):
    wave = own.add(store, WAVE, "A wave")
    own.add(store, "Once upon a time, there was no number.\n" * 9, "A tale")
    names = [info.name for info in tables.sources(store)]
    assert names[:2] == ["temperatures", "signal"]
    assert names[2:] == [wave]
    assert len(tables.parse(tables.load("signal")).values) == tables.SIGNAL_VALUES
