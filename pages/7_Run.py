"""Run: one run, and all that one can do with it in tabs; `?run=ID&tab=NAME` is the same in any browser."""

from pages.widgets.run import header, tabs
from pages.widgets.shared import page, trash

with page.start("Run", "", heading=False) as store:
    trash.undo(store)
    run = header.chosen(store)
    header.show(store, run)
    tabs.show(store, run)
