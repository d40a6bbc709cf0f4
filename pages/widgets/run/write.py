"""Write: a run suggests the next words and symbols while one types, at any epoch and temperature."""

from __future__ import annotations

from pages.widgets.shared import navigation, run_chooser
from pages.widgets.write_with_it import keystrokes_saved, suggestions
from rnnkit.store import Run, Store


def show(store: Store, run: Run) -> None:
    """The box and its suggestions, and how many keystrokes they save."""
    kept = run_chooser.kept(store, run)
    how = suggestions.settings(kept)
    suggestions.show(store, run.id, how)
    navigation.link("Texts", "Upload a chat of your own to train on", "forum", bring="A chat")
    keystrokes_saved.saved(store, run, kept, how.epoch)
