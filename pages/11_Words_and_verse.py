"""Words and verse: how a text becomes words, words numbers, and what its verses are made of."""

from pages.widgets.shared import choices, page
from pages.widgets.words_and_verse import batches, preprocessing, text_choice, verses, words_to_numbers

LINE = "How a text becomes words, how words become numbers, and what verses are made of."
VIEWS = {
    "Preprocessing": (preprocessing.show, ("recipes", "cookbook")),
    "Words to numbers": (words_to_numbers.show, ("sherlock", "cookbook")),
    "Batches": (batches.show, ("sherlock", "cookbook")),
    "Verse": (verses.show, ("verse", "sonnets", "cookbook")),
}

with page.start("Words and verse", LINE) as store:
    show, first = choices.view(VIEWS, key="view")
    if chosen := text_choice.show(store, first):
        show(store, chosen)
