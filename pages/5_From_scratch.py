"""From scratch: a recurrent network by hand, each formula beside its code, every number of a small example."""

from typing import Any

import streamlit as st

from pages.widgets.from_scratch import by_hand, sentence_training
from pages.widgets.shared import page
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
    field: dict[str, Any] = {"bind": "query-params", "required": True, "label_visibility": "collapsed", "wrap": True}
    with st.container(horizontal=True):
        cell = CELLS[st.segmented_control("Cell", list(CELLS), default="RNN", key="cell", **field)]
        view = st.segmented_control("Show", list(VIEWS), default="Formulas and code", key="part", **field)
    VIEWS[view](cell)
