"""Temperature: the distribution at each symbol of a sample, and samples with other settings or symbols."""

from __future__ import annotations

import streamlit as st

from pages.widgets.shared import choices, page, run_chooser
from pages.widgets.temperature_lab import one_text, settings, side_by_side
from rnnkit.store import Run, Store
from rnnkit.studies import sampling, temperature_lab

VIEWS = {
    "One text": one_text.show,
    "Six temperatures": side_by_side.temperatures,
    "Greedy, beams, drawn": side_by_side.ways,
}


def show(store: Store, run: Run) -> None:
    """Before and after temperature, top-k and top-p; and what follows another symbol."""
    kept = run_chooser.kept(store, run)
    text, controls = st.columns([12, 5], gap="medium")
    with controls:
        view = choices.view(VIEWS, key="view", wrap=True)
        epoch, wanted = settings.choose(kept, sampling.default_prompt(store, run))
    with text:
        prompted = temperature_lab.prompted(store, run.id, epoch, wanted.prompt)
        if prompted.prompt.unknown:
            st.warning(page.plain(prompted.prompt.unknown))
        view(prompted, wanted)
