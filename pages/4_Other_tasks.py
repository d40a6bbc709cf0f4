"""Other tasks: networks that classify a text, forecast a series or translate, each to be tried at once."""

from pages.widgets.other_tasks import choice
from pages.widgets.run import try_it
from pages.widgets.shared import navigation, page

LINE = "Networks do more than write: choose what one should do, and try it."

with page.start("Other tasks", LINE) as store:
    if run := choice.show(store):
        try_it.show(store, run)
        navigation.run_link(run.id, "Curve and settings of this run", icon="show_chart")
