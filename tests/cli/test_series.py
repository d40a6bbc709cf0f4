"""The command that reads a table of numbers."""

from __future__ import annotations

from pathlib import Path


def test_a_table_is_read_and_what_was_understood_is_said(answer, say, sentence, tmp_path: Path):
    file = tmp_path / "sales.csv"
    days = [f"{day:02}/02/2021;1.{day:03};{day % 3},5" for day in range(1, 29)]
    file.write_text("\n".join(["date;visitors;rain", *days]))
    found = answer("series", str(file), "--column", "visitors", "--dates", "day-first")
    assert list(found) == ["column", "columns", "values", "dates", "notes", "encoding"]
    assert (found["columns"], found["values"][:2]) == (["visitors", "rain"], [1001, 1002])
    assert (found["dates"][0], found["dates"][-1]) == ("2021-02-01", "2021-02-28")
    assert any("can be read in two ways" in note for note in found["notes"])
    assert answer("series", str(file), "--column", "visitors", "--decimal", ".")["values"][:2] == [1.001, 1.002]
    assert answer("series", str(file), "--column", "visitors", "--decimal", ",")["values"][:2] == [1001, 1002]
    assert answer("series", str(file), "--encoding", "cp1252")["encoding"] == "cp1252"
    assert "2021-02-01" in say("series", str(file))
    assert "expected one of visitors, rain, got 'snow'" in sentence("series", str(file), "--column", "snow")
    assert "expected a file that can be read" in sentence("series", str(tmp_path / "none.csv"))
