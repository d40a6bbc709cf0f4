"""From scratch: a recurrent network by hand, each formula beside its code, every number of a small example."""

import streamlit as st

from pages.widgets.from_scratch import by_hand, overfit, sentence_training, step_through
from pages.widgets.shared import choices, page
from rnnkit import scratch

LINE = "A recurrent network in plain NumPy: read it, step through it, check its gradients, train it."
CELLS = {cell.title: cell for cell in scratch.CELLS.values()}
VIEWS = {
    "Formulas and code": by_hand.formulas,
    "Step through": step_through.show,
    "Check the gradients": by_hand.gradient_check,
    "Train it here": sentence_training.show,
    "Overfit on purpose": overfit.show,
}

with page.start("From scratch", LINE) as store:
    with st.container(horizontal=True):
        show = choices.view(VIEWS, key="part", wrap=True)
        of_run = show is step_through.show and step_through.of_run()
        title = "" if of_run else choices.one_of("Cell", CELLS, key="cell", label_visibility="collapsed")
    if of_run:
        step_through.trained_run(store)
    else:
        show(store, CELLS[title])
