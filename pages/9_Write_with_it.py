"""Write with it: a network suggests the next words and symbols while one types, for any run, epoch and temperature."""

from pages.widgets.shared import navigation, page, run_chooser
from pages.widgets.write_with_it import keystrokes_saved, suggestions

LINE = "Type, and the network suggests how the text continues. Move the epoch to see how it improves with training."

with page.start("Write with it", LINE) as store:
    run, kept = run_chooser.one_that_writes(store)
    how = suggestions.settings(kept)
    suggestions.show(store, run.id, how)
    navigation.link("Corpora", "Upload a chat of your own to train on", "forum", bring="A chat")
    keystrokes_saved.saved(store, run, kept, how.epoch)
