"""No page has a serious fault that axe-core can find, light and dark: as installed, with runs, while one trains."""

from __future__ import annotations

import tiny
from app import AUDIT, finished_drawing
from axe_playwright_python.base import AXE_SCRIPT

from pages.widgets.run import tabs
from pages.widgets.shared.navigation import HOME, PAGES
from rnnkit.store import Status

ADDRESSES = ["" if name == HOME else name.replace(" ", "_") for name in PAGES]
# Nothing is still to come, and Streamlit's own Stop, which fades while it comes and goes, is away.
SETTLED = """document.title.includes('rnnkit')
  && !document.querySelector('[data-testid=stSkeleton], [data-testid=stStatusWidget]')"""


def violations(page, address: str) -> list[str]:
    """What is serious on a page, in its light and its dark."""
    page.goto(address)
    found = []
    for scheme, options in (("light", {}), ("dark", {"runOnly": ["color-contrast"]})):  # all else is the same in both
        page.emulate_media(color_scheme=scheme)
        finished_drawing(page)
        page.wait_for_function(SETTLED)
        page.evaluate(AXE_SCRIPT)
        for wait in (300, 1_000, 3_000):  # what we add to Streamlit's boxes comes after them, late on a busy machine
            page.wait_for_timeout(wait)
            if not (faults := page.evaluate(AUDIT, options)):
                break
        found += [f"{address}, {scheme}, {one}" for one in faults]
    return found


def test_no_page_has_a_serious_fault_light_and_dark(app, tab):
    text = {"corpus": "cookbook-20000"}
    page = tab(app.url)
    trains = tiny.run(app.store, epochs=2, status=None, training={"epochs": 9}, **text)
    found = violations(page, f"{app.url}/Run?run={trains}")
    app.store.lease(trains, tiny.TRAINER).end(Status.FAILED, "the disk is full")
    other = tiny.run(app.store, epochs=4)  # on a text that is not here: nothing to compare its loss with
    addresses = [*ADDRESSES, "Texts?lesson=write&step=2", f"Run?run={trains}"]
    addresses += [f"Run?run={other}&tab={tab}" for tab in tabs.TABS if tab != "try"]
    addresses += [f"{name}?runs={other},{trains}" for name in ("Compare", "Duel", "Gradients")]
    addresses += [f"Run?run={other}&tab=inside&tool={tool}" for tool in ("Writing+loops", "Tokens+as+a+map")]
    addresses += ["From_scratch?part=Overfit+on+purpose", "From_scratch?part=Step+through"]
    found += [one for address in addresses for one in violations(page, f"{app.url}/{address}")]
    assert not found, "\n".join(found)
