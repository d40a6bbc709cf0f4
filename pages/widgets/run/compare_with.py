"""Compare with …: other runs to put beside this one, those on the same text first; one press opens the comparison."""

from __future__ import annotations

import streamlit as st

from pages.widgets.shared import navigation, page, reads, run_chooser, status
from rnnkit.architectures import ARCHITECTURES
from rnnkit.runs import comparison
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
    st.header("On the same text" if alike else "No other run is on the same text", anchor=False)
    with st.grid(3, min_column_width=260):
        for one in alike[:OFFERED]:
            with st.container(border=True, height="stretch", gap="xxsmall"):
                navigation.link("Compare", f"**{page.plain(one.name)}**", runs=f"{run.id},{one.id}")
                page.note(page.plain(_facts(store, one)))
    st.header("Or any other", anchor=False)
    most = len(comparison.LETTERS) - 1
    lines = {one.id: run_chooser.line(one) for one in sorted(others, key=lambda one: one.corpus != run.corpus)}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        chosen = st.multiselect(
            f"Up to {most} runs", list(lines)[: run_chooser.LISTED], format_func=lines.__getitem__,
            max_selections=most, key="compare_with", placeholder="Choose runs", width="stretch",
        )  # fmt: skip
        pressed = st.button("Compare", type="primary", icon=":material/compare:", disabled=not chosen)
    if pressed:
        navigation.leave_for("Compare", runs=",".join([run.id, *chosen]))


def _facts(store: Store, run: Run) -> str:
    params = f"{run.params:,} parameters" if run.params else ""
    architecture = ARCHITECTURES[run.config.model.architecture].title
    return " · ".join(filter(None, [architecture, params, status.loss(store, run), run.owner]))
