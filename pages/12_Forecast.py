"""Forecast: a trained network against the truth and the baseline tomorrow = today, and its futures."""

from pages.widgets.forecast import own_series, views
from pages.widgets.shared import choices, page

LINE = "Forecast a series of numbers, and compare the network with the baseline “tomorrow = today”."
VIEWS = {
    "Against the truth": views.against_the_truth,
    "Into the future": views.into_the_future,
    "A table of your own": own_series.show,
}

with page.start("Forecast", LINE) as store:
    choices.view(VIEWS, key="part")(store)
