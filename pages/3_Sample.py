"""Sample: let the kept epochs of one run write, from any prompt, at any temperature, while one reads."""

import streamlit as st

from pages.widgets.sample import links
from pages.widgets.shared import copied_passages, page, run_chooser, sample_grid, sampling_settings
from rnnkit.studies import sampling
from rnnkit.studies.checkpoint import codec_of
from rnnkit.tasks import Does

LINE = "Generate text with a trained network. The address of this page is a link to the same text."

with page.start("Sample", LINE) as store:
    run, kept = run_chooser.one_that_writes(store)
    epochs = sample_grid.choose_epochs([kept], 2)
    prompt, tokenizer = sampling.default_prompt(store, run), codec_of(run, Does.WRITES)
    settings = sampling_settings.show(prompt, length=400, temperatures=[0.7], rules=True, tokenizer=tokenizer)
    if not epochs or not settings.temperatures:
        st.info("Choose at least one epoch and one temperature.")
        st.stop()
    copies_place = copied_passages.switch()
    columns = sample_grid.columns(kept, epochs)
    unknown = st.empty()
    cells = sample_grid.open_cells(columns, settings.temperatures)
    for writing in sampling.stream(store, run.id, settings, ats=[at for at in columns.values() if at is not None]):
        sample_grid.fill(cells, writing.texts, writing.prompt, to_copy=True)
    if writing.unknown:
        unknown.warning(page.plain(writing.unknown))
    page.note(f"{writing.chars_per_second:,.0f} characters a second, {writing.seconds:.2f} s in all.")
    links.to_temperature_lab(run, epochs[-1], settings)
    links.to_suggestions(run, kept, epochs)
    if copies_place is not None:
        copied_passages.show(copies_place, store, run, cells, writing, settings)
