"""What is known of a class is a second old at most, and never older than a change made here."""

from __future__ import annotations

import in_class

from rnnkit.people import known
from rnnkit.store import Store


def test_what_was_read_while_something_changed_is_kept_for_nobody(store: Store, monkeypatch):
    in_class.opened(store)
    late = known.Known

    def reads_while_somebody_joins(store: Store) -> known.Known:
        found = late(store)
        store.admit("f" * 64, "Zoe", "pupil", str.casefold)
        known.forget(store)
        return found

    monkeypatch.setattr(known, "Known", reads_while_somebody_joins)
    assert known.known(store).person("f" * 64).role == "stranger"  # had asked before she came
    monkeypatch.setattr(known, "Known", late)
    assert known.known(store).person("f" * 64).name == "Zoe"
    assert known.known(store) is known.known(store)
