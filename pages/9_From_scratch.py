"""From scratch: a recurrent network by hand, each formula beside its code, every number of a small example."""

import streamlit as st

from pages.widgets.from_scratch import by_hand, sentence_training
from pages.widgets.shared import choices, page
from rnnkit import scratch

LINE = "A recurrent network in plain NumPy: read it, step through it, check its gradients, train it."
CELLS = {"RNN": scratch.RNN, "LSTM": scratch.LSTM}
VIEWS = {
    "Formulas and code": by_hand.formulas,
    "Step through": by_hand.step_through,
    "Check the gradients": by_hand.gradient_check,
    "Train it here": sentence_training.show,
}

with page.start("From scratch", LINE):
    with st.container(horizontal=True):
        cell = CELLS[choices.one_of("Cell", CELLS, key="cell", label_visibility="collapsed", wrap=True)]
        show = choices.view(VIEWS, key="part", wrap=True)
    show(cell)
