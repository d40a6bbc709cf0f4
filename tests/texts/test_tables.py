"""Tables of numbers in many dialects become a series, or a sentence."""

import csv
import io
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from rnnkit.errors import ConfigError, CorpusError
from rnnkit.store import Store
from rnnkit.texts import own, tables
from rnnkit.texts.tables import numbers

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
    assert names == ["temperatures", "signal", "weather", wave]
    assert len(tables.parse(tables.load("signal")).values) == tables.SIGNAL_VALUES


# ---- what people bring

VALUES = [round(10 + 5 * np.sin(i / 4) + i * 37 % 11 / 10, 2) for i in range(40)]
VISITORS = [850 + 37 * i + i % 3 for i in range(40)]
DAYS = [date(2021, 1, 1) + timedelta(i) for i in range(40)]
MONTHS = [date(2019 + i // 12, i % 12 + 1, 1) for i in range(40)]


def rows(cells, values=VALUES, dates=DAYS, head="date,temp", form="%Y-%m-%d", between=",") -> str:
    """A table of dates and of what `cells` makes of each value."""
    lines = [f"{day:{form}}{between}{cells(value)}" for day, value in zip(dates, values, strict=True)]
    return "\n".join([head.replace(",", between), *lines, ""])


def read_as(text: str, values=VALUES, first: str | None = "2021-01-01", **how: str) -> tables.Series:
    found = tables.parse(own.read(text.encode()).text, **how)
    np.testing.assert_allclose(found.values, values)
    assert first is None or str(found.times[0])[:10] == first
    return found


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.integers(-10**8, 10**8), min_size=20, max_size=30),
    st.sampled_from([".", ".,", ".'", ".\u2019", ",", ",.", ", ", ",\u202f"]),
    st.sampled_from(["-", "\u2212", "(", "behind"]),
    st.sampled_from([";", "\t", "|", ","]),
    st.booleans(), st.booleans(), st.booleans(), st.booleans(),
)  # fmt: skip
def test_a_table_written_as_anywhere_comes_back(cents, marks, minus, delimiter, quoted, marked, named, dated):
    values = np.array(cents) / 100
    assume(np.ptp(values) > 0 and not numbers.codes(values))
    assume(not np.allclose(np.diff(values), np.diff(values)[0]))
    decimal, group = marks[0], marks[1:]

    def written(value: float) -> str:
        size = f"{abs(value):,.2f}".replace(",", "\0").replace(".", decimal).replace("\0", group)
        if value >= 0:
            return size
        return f"({size})" if minus == "(" else f"{size}-" if minus == "behind" else minus + size

    table = io.StringIO()
    writer = csv.writer(table, delimiter=delimiter, quoting=csv.QUOTE_ALL if quoted else csv.QUOTE_MINIMAL)
    if named:
        writer.writerow((["when"] if dated else []) + ["measured"])
    for i, value in enumerate(values):
        writer.writerow(([f"2021-01-{i + 1:02}"] if dated else []) + [written(value)])
    text = own.read(table.getvalue().encode("utf-8-sig" if marked else "utf-8")).text
    found = tables.parse(text)
    np.testing.assert_allclose(found.values, values)
    assert found.column == ("measured" if named else f"column {1 + dated}")


@pytest.mark.parametrize(
    ("cells", "signs"),
    [
        (lambda v: f"{v}\u00b0C", 1), (lambda v: f"{v} %", 1), (lambda v: f"${v}", 1), (lambda v: f"{v} USD", 1),
        (lambda v: f"({v})", -1), (lambda v: f"{v}-", -1), (lambda v: f"-${v}", -1),
        (lambda v: f"{v / 1000:.5f}E+03", 1),
        (lambda v: "".join(chr(0x660 + int(c)) if c.isdecimal() else "\u066b" for c in str(v)), 1),
        (lambda v: "".join(chr(ord(c) + 0xFEE0) for c in str(v)), 1),
    ],
)  # fmt: skip
def test_what_stands_round_a_number_is_understood_and_said(cells, signs: int):
    found = read_as(rows(cells), np.array(VALUES) * signs)
    assert "E+" in cells(1) or found.note.startswith("40 cells such as “")


def test_one_odd_number_among_others_is_its_own_value():
    for odd, value in (("\u22124.0", -4), ("(3.20)", -3.2), ("12.5-", -12.5), ("$5", 5), ("7 %", 7)):
        found = read_as(rows(str).replace(f",{VALUES[7]}\n", f",{odd}\n", 1), [*VALUES[:7], value, *VALUES[8:]])
        assert f"A cell such as “{odd}” (row 9) read as {value:g}" in found.note


@pytest.mark.parametrize("between", [";", "\t"])
@pytest.mark.parametrize("mark", ".,")
def test_groups_of_thousands_are_told_by_all_cells_and_can_be_changed(mark: str, between: str):
    text = rows(lambda v: f"{v:,}".replace(",", mark), VISITORS, between=between)
    found = read_as(text, VISITORS)
    assert found.ambiguous == {"decimal"}
    assert "can be read in two ways" in found.note
    as_decimals = [v / 1000 if v > 999 else v for v in VISITORS]
    assert read_as(text, as_decimals, decimal=mark).ambiguous == {"decimal"}


def test_only_words_that_mean_missing_are_filled_and_other_text_is_named():
    found = read_as(rows(str).replace(f",{VALUES[7]}\n", ",broken\n", 1), VALUES[:7] + VALUES[8:])
    assert "no number in “temp”: 1 row, the first with “broken” (row 9)" in found.note
    endless = tables.parse(rows(str).replace(f",{VALUES[7]}\n", f",{'9' * 400} kg\n", 1))
    assert "Missing or no numbers: 1 of 40 values" in endless.note
    found = tables.parse(rows(str).replace(f",{VALUES[7]}\n", ",-9999\n", 1))
    assert len(found.values) == 40
    assert "-9999 stands once, far from all other numbers" in found.note


@pytest.mark.parametrize(
    "text",
    [
        "sep=;\n" + rows(str, between=";"),
        "Station: Kew\nLat: 51.5, Lon: 0.1\n\n" + rows(str),
        rows(str) + "Source: own garden\n",
        rows(str) + "Total,512\n",
        rows(str, head="date,temp\n,\u00b0C"),
        rows(str, head="| date | temp |\n|---|---|", between=" | ").replace("\n2", "\n| 2"),
        rows(lambda v: f'"{v}"', head='"date","temp"', form='"%b %d, %Y"'),
        rows(str, head="date,temp", form="%Y%m%d"),
        rows(str, head="year,month,day,temp", form="%Y,%m,%d"),
        rows(lambda v: f"0,{v}", head="date,hour,temp"),
        rows(str, head="id,date,temp", form="10384,%Y-%m-%d"),
        rows(str, form="%d.%m.%Y", between=";"),
        rows(str, form="%d-%b-%y"),
        rows(str, form="%a %d %B %Y"),
        rows(str, form="%Y-%m-%dT00:00:00Z"),
    ],
)
def test_the_table_is_found_in_what_is_round_it(text: str):
    assert read_as(text).column == "temp"


def test_commas_that_tear_numbers_apart_are_understood():
    found = read_as(rows(lambda v: f"{v:.2f}".replace(".", ",")))
    assert "was put together again" in found.note
    millions = [1_234_567 + i * i for i in range(40)]
    read_as("v\n" + "".join(f"{v:,}\n" for v in millions), millions, first=None)


def test_years_above_numbers_are_names():
    text = "id,2019,2020\n" + "".join(f"r{i},{v},{v + 1}\n" for i, v in enumerate(VALUES))
    assert read_as(text, first=None).columns == ("2019", "2020")


def test_seconds_since_1970_are_dates_and_a_time_without_a_day_is_none():
    seconds = [1609459200 + 86400 * i + i * 37 % 60 for i in range(40)]
    text = "when,temp\n" + "".join(f"{at},{v}\n" for at, v in zip(seconds, VALUES, strict=True))
    assert read_as(text).column == "temp"
    found = read_as("at,temp\n" + "".join(f"00:{i:02},{v}\n" for i, v in enumerate(VALUES)), first=None)
    assert found.times is None
    assert "have no day" in found.note


def test_of_two_readings_of_dates_the_one_with_equal_steps_is_taken_and_can_be_changed():
    for form, first, other, changed in (
        ("%d/%m/%Y", "2019-01-01", "month-first", "2019-01-01"),
        ("%m/%d/%Y", "2019-01-01", "day-first", "2019-01-01"),
    ):
        found = read_as(rows(str, dates=MONTHS, form=form), first=first)
        assert found.ambiguous == {"dates"}
        assert str(found.times[1])[:10] == "2019-02-01"
        assert (
            str(read_as(rows(str, dates=MONTHS, form=form), first=changed, order=other).times[1])[:10] == "2019-01-02"
        )
    years = [date(1980 + i, 2, 1) for i in range(40)]
    read_as(rows(str, dates=years, form="%d/%m/%Y"), first="1980-02-01")


def test_rows_are_sorted_by_date_a_wrong_date_is_named_and_a_gap_is_said():
    head, *lines = rows(str).splitlines()
    found = read_as("\n".join([head, *(lines[i * 7 % 40] for i in range(40))]))
    assert "so they were sorted" in found.note
    found = read_as(rows(str, form="%d/%m/%Y").replace("31/01/2021", "31/02/2021"))
    assert "“31/02/2021” (row 32)" in found.note
    days = [*DAYS[:10], *(day + timedelta(10) for day in DAYS[10:])]
    assert "No values between 2021-01-10 and 2021-01-21" in read_as(rows(str, dates=days)).note


def test_of_several_series_in_one_table_the_first_is_taken_and_said():
    other = rows(lambda v: v + 9, form="B,%Y-%m-%d").split("\n", 1)[1]
    text = rows(str, head="station,date,temp", form="A,%Y-%m-%d") + other
    assert "“station” holds 2 series in one table (A, B)" in read_as(text).note


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            "a,b\n" + "1,2\n" * 30 + '"' + "x" * 200_000 + '",3\n',
            "at most 131,072 characters, got a longer one in row 32",
        ),
        ("1," * 2_000 + "\n" + "1," * 2_000, "at most 1,000 columns, got 2,001"),
    ],
)
def test_a_table_that_would_cost_too_much_is_refused(text: str, sentence: str):
    with pytest.raises(CorpusError, match=sentence):
        tables.parse(text)
