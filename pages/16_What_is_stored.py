"""What is stored: about oneself, in a class, in plain words and with one's own numbers; and how to have it deleted."""

from pages.widgets.classroom import forget_mine, stored_of_mine
from pages.widgets.shared import page

LINE = "What this program keeps about people in a class, where, who sees it, and how long."

with page.start("What is stored", LINE) as store:
    stored_of_mine.show(store)
    forget_mine.button(store)
    stored_of_mine.explain()
