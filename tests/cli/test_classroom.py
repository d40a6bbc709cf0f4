"""A class from the command line: opened, looked at, collected, ended."""

from __future__ import annotations

import zipfile

from rnnkit.people import classes
from rnnkit.store import Store


def test_a_class_is_opened_seen_collected_and_ended(answer, say, sentence, store: Store, tmp_path):
    assert answer("class", "list") == {"class": None, "members": []}
    assert "No class is open" in say("class")
    opened = answer("class", "open", "--minutes", "60", "--guests")
    assert set(opened) == {"code", "pin", "closes_at"}
    assert "expected none that is open, got one" in sentence("class", "open")
    classes.join(store, "a" * 64, opened["code"], "Mia")
    found = answer("class", "list")
    assert (found["class"]["code"], found["class"]["settings"]["seconds"]) == (opened["code"], 3600)
    assert [(one["nickname"], one["role"], one["runs"]) for one in found["members"]] == [("Mia", "pupil", 0)]
    assert answer("class", "pin")["pin"] != opened["pin"]
    file = tmp_path / "class.zip"
    assert answer("class", "collect", str(file))["runs"] == 0
    assert zipfile.ZipFile(file).namelist() == ["table.csv", "index.html"]
    assert "expected --yes where nobody can be asked" in sentence("class", "end")
    ended = answer("class", "end", "--yes")
    assert (ended["members"], ended["found"], ended["notes"]) == (1, [], [])
    assert "expected one that is open, got none" in sentence("class", "end", "--yes")


def test_settings_that_are_none_are_said(sentence):
    assert "seconds: expected greater than or equal to 300, got 60" in sentence("class", "open", "--minutes", "1")
