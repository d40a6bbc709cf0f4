"""Temperature lab: the distribution at each symbol of a sample, and samples with other settings or symbols."""

import streamlit as st

from pages.widgets.shared import choices, page, run_chooser
from pages.widgets.temperature_lab import one_text, settings, side_by_side
from rnnkit.studies import sampling, temperature_lab

LINE = (
    "The distribution at each symbol, before and after temperature, top-k and top-p; and what follows another symbol."
)
VIEWS = {
    "One text": one_text.show,
    "Six temperatures": side_by_side.temperatures,
    "Greedy, beams, drawn": side_by_side.ways,
}

with page.start("Temperature lab", LINE) as store:
    run, kept = run_chooser.one_that_writes(store)
    epoch, wanted = settings.choose(kept, sampling.default_prompt(store, run))
    show = choices.view(VIEWS, key="view")
    prompted = temperature_lab.prompted(store, run.id, epoch, wanted.prompt)
    if prompted.prompt.unknown:
        st.warning(page.plain(prompted.prompt.unknown))
    show(prompted, wanted)
