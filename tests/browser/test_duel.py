"""A duel in two browsers at once, with real training."""

from __future__ import annotations

import re

import tiny
from app import expect, finished_drawing, points, wait_for

from rnnkit.texts import own


def test_a_duel_starts_with_one_click_and_says_who_won_in_every_browser(app, tab):
    text = own.add(app.store, tiny.TEXT * 40, "to fight over")
    page = tab(f"{app.url}/Duel?corpus={text}")
    page.get_by_role("button", name="Simple RNN").click()  # leaves the GRU and the LSTM
    expect(page.get_by_role("button", name="Start the duel")).to_be_enabled()
    finished_drawing(page)
    page.get_by_role("button", name="Start the duel").click()
    page.wait_for_url(re.compile(r"[?&]runs=\w+"))
    somebody_else = tab(page.url)
    for window in (page, somebody_else):
        expect(window.get_by_role("heading", name=re.compile(r"^(The .+ won by|A tie)"))).to_be_visible()
        wait_for(lambda window=window: points(window) > 1, "the curves")
    fought = [run for run in app.store.runs() if run.corpus == text]
    assert {run.config.model.architecture for run in fought} == {"gru", "lstm"}
    assert abs(fought[0].params / fought[1].params - 1) < 0.02
    page.get_by_role("button", name="Delete all").click()
    page.get_by_role("button", name="Delete these runs").click()
    wait_for(lambda: not [run for run in app.store.runs() if run.corpus == text], "both to be gone")
    page.get_by_role("button", name="Undo").click()
    wait_for(lambda: len([run for run in app.store.runs() if run.corpus == text]) == 2, "both to be back")
    expect(page.get_by_role("heading", name=re.compile(r"^(The .+ won by|A tie)"))).to_be_visible()
