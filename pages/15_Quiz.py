"""Quiz: which of these texts did a person write? Alone for a score, or with the whole class."""

from pages.widgets.quiz import view
from pages.widgets.shared import page

LINE = "One of these texts was written by a person, the others by a network that has read the same author. Which one?"

with page.start("Quiz", LINE) as store:
    view.show(store)
