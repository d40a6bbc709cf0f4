"""Any address is a good first request, and what trains outlives the dashboard."""

from __future__ import annotations

import pytest
import tiny
from app import ROOT, expect, finished_drawing, letter_by_letter, wait_for

from pages.widgets.shared.navigation import PAGES as PLACES
from rnnkit.store import Status

PAGES = ["", *sorted(file.stem.partition("_")[2] for file in (ROOT / "pages").glob("[0-9]*.py"))]


@pytest.mark.parametrize("name", PAGES, ids=lambda name: name or "Home")
def test_a_link_to_any_page_works_as_the_very_first_request_after_a_start(start, tab, name):
    app = start()
    page = tab(f"{app.url}/{name}")
    finished_drawing(page)
    expect(page.get_by_test_id("stAlertContentError")).to_have_count(0)
    expect(page.get_by_test_id("stSidebarNav").get_by_role("link")).to_have_count(
        sum(not place.hidden for place in PLACES.values())
    )
    page.close()  # a page that still fetches its pictures would complain about a server that is gone
    app.process.kill()


def test_a_killed_dashboard_touches_no_training_and_the_next_one_shows_the_run(start, tab):
    first = start()
    page = tab(f"{first.url}/Train")
    finished_drawing(page)  # somebody was here: a scheduler is at work
    page.close()
    config = tiny.config(
        name="outlives its dashboard", corpus="cookbook-60000", batches={"length": 16, "batch_size": 8},
        training={"epochs": 500}, sampling={"length": 20},
    )  # fmt: skip
    run = first.store.create_run(config)
    wait_for(lambda: first.store.run(run).epochs_done > 0, "the first epoch")
    first.process.kill()
    first.process.wait()
    done = first.store.run(run).epochs_done
    wait_for(lambda: first.store.run(run).epochs_done > done + 2, "training without a dashboard")
    second = start()
    page = tab(f"{second.url}/Run?run={run}")
    expect(page.get_by_role("heading", name=letter_by_letter("outlives its dashboard"))).to_be_visible()
    finished_drawing(page)
    page.get_by_test_id("stMain").get_by_role("button", name="Stop").click()  # Streamlit has a Stop of its own
    wait_for(lambda: second.store.run(run).status == Status.STOPPED, "the stop")
    assert second.store.check() == []
