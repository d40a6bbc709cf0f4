"""Translate: a date in any spelling to its ISO form, and where the network looks; or a line from one symbol."""

from pages.widgets.shared import navigation, page
from pages.widgets.translate import views

LINE = "Sequence to sequence: type a date in any common spelling, and see where attention looks."

with page.start("Translate", LINE) as store:
    translator, place = views.choose(store)
    if translator.codec.choices is None:
        views.dates(store, translator, place)
    else:
        views.lines(translator)
    navigation.link("Train", "Curve and settings of this run", "show_chart", run=translator.run.id)
