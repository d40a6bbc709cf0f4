"""Which run is looked at, and its head: name, state, text, loss, and a list to switch to another run."""

from __future__ import annotations

import streamlit as st

from pages.widgets.live import redraw
from pages.widgets.run import tabs
from pages.widgets.shared import navigation, page, reads, run_chooser, status
from rnnkit.store import Run, Status, Store


def chosen(store: Store) -> Run:
    """The run in the address, else the one looked at last or a featured one. The page ends where there is none."""
    if run := run_chooser.one(store, tabs.needs(st.query_params.get("tab", ""))):
        return run
    st.title("Run", anchor=False)
    st.info("No network has been trained here yet.", icon=":material/lightbulb:")
    navigation.link("Train", "Train a network")
    st.stop()


def show(store: Store, run: Run) -> None:
    """One row; whoever comes back to a page that needs a run will find this one."""
    st.set_page_config(f"{run.name} · rnnkit", layout="wide")
    navigation.look_at(run.id, page.plain(run.name))
    with st.container(horizontal=True, vertical_alignment="center", key="run_header"):
        navigation.back(navigation.RUN)
        st.title(page.plain(run.name), anchor=False, width="content")
        with st.container(width="stretch"):
            if st.query_params.get("tab", "watch") == "watch":  # what moves is there, and costs no rerun
                st.markdown(page.plain(" · ".join(_facts(run))))
            else:
                st.fragment(_state)(store, run.id, run.status)
        if run.parent:
            at = f"epoch {run.parent_epoch}" if run.parent_step is None else f"step {run.parent_step:,}"
            navigation.run_link(run.parent, f"Forked from {run.parent}, {at}", icon=None)
        with st.container(width=240):
            run_chooser.switch(store, run)


def _facts(run: Run) -> list[str]:
    return [fact for fact in (run.owner, ", ".join(run.config.corpora)) if fact]


@page.user_errors()
def _state(store: Store, run_id: str, drawn: Status) -> None:
    """Status, owner, text and loss. When the run ends, the whole page is drawn again."""
    run = reads.run(store, run_id)
    if run.status != drawn:
        st.rerun()
    redraw.when_changed([run], "head")
    facts = filter(None, [*_facts(run), status.loss(store, run)])
    colour, icon, words = status.STATUSES[run.status]
    st.markdown(f":{colour}-badge[{icon} {words}] {page.plain(' · '.join(facts))}")
