"""Sample: what the kept epochs of a run write, from any prompt, at any temperature."""

from __future__ import annotations

import streamlit as st

from pages.widgets.run import links
from pages.widgets.shared import copied_passages, page, run_chooser, sample_grid, sampling_settings
from rnnkit.store import Run, Store
from rnnkit.studies import sampling
from rnnkit.studies.checkpoint import codec_of
from rnnkit.tasks import Does


def show(store: Store, run: Run) -> None:
    """The texts, while one reads, beside what they are made with. The address is a link to the same text."""
    kept = run_chooser.kept(store, run)
    texts, controls = st.columns([12, 5], gap="medium")
    with controls:
        prompt, tokenizer = sampling.default_prompt(store, run), codec_of(run, Does.WRITES)
        epochs = sample_grid.choose_epochs([kept], 2)
        settings = sampling_settings.show(prompt, length=400, temperatures=[0.7], rules=True, tokenizer=tokenizer)
        copies_place = copied_passages.switch()
    with texts:
        if not epochs or not settings.temperatures:
            st.info("Choose at least one epoch and one temperature.")
            return
        columns = sample_grid.columns(kept, epochs)
        unknown = st.empty()
        cells = sample_grid.open_cells(columns, settings.temperatures)
        for writing in sampling.stream(store, run.id, settings, ats=[at for at in columns.values() if at is not None]):
            sample_grid.fill(cells, writing.texts, writing.prompt, to_copy=True)
        if writing.unknown:
            unknown.warning(page.plain(writing.unknown))
        page.note(f"{writing.chars_per_second:,.0f} characters a second, {writing.seconds:.2f} s in all.")
        with st.container(horizontal=True):
            links.to_temperature_lab(run, epochs[-1], settings)
            links.to_suggestions(run, kept, epochs)
        if copies_place is not None:
            copied_passages.show(copies_place, store, run, cells, writing, settings)
