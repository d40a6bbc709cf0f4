"""A race in two browsers at once, with real training: curves and texts grow together, the headline waits for all."""

from __future__ import annotations

import re

import tiny
from app import expect, finished_drawing, wait_for

from rnnkit.texts import own

OVER = re.compile(r"^(The .+ won by|A tie)")


def test_networks_race_by_turns_and_every_browser_says_who_won(app, tab):
    text = own.add(app.store, tiny.TEXT * 200, "to race over")
    page = tab(f"{app.url}/Duel?corpus={text}&each=The+same+epochs")
    page.get_by_role("button", name="Simple RNN").click()  # leaves the GRU and the LSTM
    page.get_by_label("Epochs", exact=True).fill("4")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Start the race")).to_be_enabled()
    finished_drawing(page)
    page.get_by_role("button", name="Start the race").click()
    page.wait_for_url(re.compile(r"[?&]runs=\w+"))
    headline = page.locator("h2.verdict")
    expect(headline).to_have_text(re.compile(r"^(The race waits|The text is read|They train by turns)"))
    somebody_else = tab(page.url)
    raced = [run for run in app.store.runs() if run.corpus == text]

    def apart() -> bool:
        rows = [app.store.run(run.id) for run in raced]
        return all(row.train_seconds > 0 for row in rows) and any(row.live for row in rows)

    wait_for(apart, "both to train")
    assert len({app.store.run(run.id).trainer for run in raced if app.store.run(run.id).active}) <= 1
    for window in (page, somebody_else):
        expect(window.get_by_role("heading", name=OVER)).to_be_visible()
        expect(window.locator(".lane .loss")).to_have_text([re.compile(r"^\d\.\d\d bits$")] * 2)
        expect(window.locator(".lane .text:not(.none)")).to_have_count(2)
        expect(window.locator(".rk-curve-plot .scatterlayer .trace").first).to_be_attached()
    assert {run.config.model.architecture for run in raced} == {"gru", "lstm"}
    assert abs(raced[0].params / raced[1].params - 1) < 0.02 if raced[0].params else True
    expect(page.get_by_role("button", name="Again with other seeds")).to_be_visible()
    page.get_by_role("button", name="Delete all").click()
    page.get_by_role("button", name="Delete these runs").click()
    wait_for(lambda: not [run for run in app.store.runs() if run.corpus == text], "both to be gone")
    page.get_by_role("button", name="Undo").click()
    wait_for(lambda: len([run for run in app.store.runs() if run.corpus == text]) == 2, "both to be back")
    somebody_else.reload()
    expect(somebody_else.get_by_role("heading", name=OVER)).to_be_visible()
