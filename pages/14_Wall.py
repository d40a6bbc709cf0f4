"""The wall: what everybody trains, on one screen for the projector."""

from pages.widgets.shared import page
from pages.widgets.wall import screen

with page.start("Wall", "", heading=False) as store:
    page.slim_title("Wall", store)
    screen.show(store)
