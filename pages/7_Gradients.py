"""Gradients: how they vanish and explode on their way back through time, cell by cell, and what clipping does."""

import streamlit as st

from pages.widgets.gradients import views
from pages.widgets.shared import page

LINE = "How gradients vanish or explode in backpropagation through time, and what clipping does."
VIEWS = {
    "Back through time": views.through_time,
    "Vanish or explode": views.vanish_or_explode,
    "Clipping": views.clipping,
}

with page.start("Gradients", LINE) as store:
    view = st.segmented_control(
        "Show", list(VIEWS), default="Back through time", key="part", bind="query-params", required=True,
        label_visibility="collapsed",
    )  # fmt: skip
    VIEWS[view](store)
