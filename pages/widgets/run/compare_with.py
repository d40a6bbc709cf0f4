"""Compare with …: other runs to put beside this one, those on the same text first; one press opens the comparison."""

from __future__ import annotations

import streamlit as st

from pages.widgets.shared import navigation, page, reads, run_chooser
from rnnkit.runs.comparison import LETTERS
from rnnkit.store import Run, Store

OFFERED = 6  # runs on the same text, one press each


def show(store: Store, run: Run) -> None:
    """The runs on the same text, one press each; and a list of all."""
    others = [one for one in reads.runs(store) if one.id != run.id and (one.epochs_done or one.live)]
    if not others:
        st.info("There is no other run yet.", icon=":material/compare:")
        navigation.link("Train", "Train another network")
        return
    alike = [one for one in others if one.corpus == run.corpus]
    st.subheader("On the same text" if alike else "On the same text there is none", anchor=False)
    with st.grid(3, min_column_width=280):
        for one in alike[:OFFERED]:
            navigation.link("Compare", page.plain(f"{one.name} · {one.config.model.architecture}"),
                            runs=f"{run.id},{one.id}")  # fmt: skip
    lines = {one.id: run_chooser.line(one) for one in sorted(others, key=lambda one: one.corpus != run.corpus)}
    chosen = st.multiselect(
        "Or choose up to three", list(lines)[: run_chooser.LISTED], format_func=lines.__getitem__,
        max_selections=len(LETTERS) - 1, key="compare_with", placeholder="Choose runs",
    )  # fmt: skip
    if st.button("Compare", type="primary", icon=":material/compare:", disabled=not chosen):
        navigation.leave_for("Compare", runs=",".join([run.id, *chosen]))
