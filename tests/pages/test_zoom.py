"""Looking closer at a chart: whatever is asked for, what is shown lies within the data."""

from __future__ import annotations

import pandas as pd
import pytest
import streamlit as st
from hypothesis import given
from hypothesis import strategies as some

from pages.widgets.shared import zoom

numbers = some.floats(-1e9, 1e9)


@given(some.tuples(numbers, numbers), some.lists(some.tuples(numbers, numbers), max_size=5))
def test_no_way_leads_out_of_the_data(whole, asked):
    low, high = sorted(whole)
    for start, end in asked:
        shown = zoom._within((min(start, end), max(start, end)), (low, high))
        assert shown is None or low <= shown[0] <= shown[1] <= high


def test_what_is_beyond_an_end_is_moved_to_it_and_keeps_its_width():
    assert zoom._within((-3.0, -1.0), (0.0, 10.0)) == (0.0, 2.0)
    assert zoom._within((9.0, 13.0), (0.0, 10.0)) == (6.0, 10.0)
    assert zoom._within((-5.0, 20.0), (0.0, 10.0)) is None


def test_rows_of_a_part_have_a_neighbour_on_either_side_of_their_own_line(monkeypatch: pytest.MonkeyPatch):
    table = pd.DataFrame({"at": [1, 2, 3, 4, 1, 2, 3, 4], "letter": list("AAAABBBB")})
    monkeypatch.setitem(st.session_state, "curve", (1.5, 2.5))
    shown = zoom.of("curve", table["at"]).rows(table, "letter")
    assert shown["at"].tolist() == [1, 2, 3, 1, 2, 3]


def test_times_are_counted_in_milliseconds():
    days = pd.Series(pd.date_range("1970-01-02", periods=3))
    assert zoom.of("days", days).whole == (86_400_000.0, 3 * 86_400_000.0)
