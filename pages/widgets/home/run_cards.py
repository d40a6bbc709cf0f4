"""Runs as cards: what trains now, one's own newest ones, and the best network with what it wrote."""

from __future__ import annotations

import streamlit as st

from pages.widgets.live import training_now as training_now_list
from pages.widgets.shared import generated_text, navigation, page, reads, status
from rnnkit.runs import answers
from rnnkit.store import Run, Status, Store

NEWEST = 4  # runs of people here that are shown
PASSAGE = 300  # characters of what the best network wrote, to the end of a word


def training_now(store: Store) -> None:
    """The runs that train or wait."""
    training_now_list.show([run for run in reads.runs(store) if run.live], most=NEWEST)


def own(store: Store) -> None:
    """The newest runs of people here; what to do while there are none."""
    ended = [run for run in reads.runs(store) if not run.pretrained and not run.live]
    if not ended:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.header("Trained here", anchor=False, width="content")
        navigation.link("Runs", f"All {_count(store):,}" if len(ended) > NEWEST else "As a table")
    with st.grid(NEWEST, min_column_width=230, gap="small"):
        for run in ended[:NEWEST]:
            with st.container(border=True, gap="xsmall", height="stretch"):
                navigation.run_link(run.id, f"**{page.plain(run.name)}**", icon=None)
                if run.status != Status.FINISHED:
                    status.badge(run)
                page.note(page.plain(_facts(store, run)))


def _count(store: Store) -> int:
    return sum(not run.pretrained and not run.live for run in reads.listed(store))


def _facts(store: Store, run: Run) -> str:
    return " · ".join(filter(None, [run.owner, run.corpus, f"{run.epochs_done} epochs", status.loss(store, run)]))


def best(store: Store) -> None:
    """What the best network that came along wrote."""
    run = answers.best(reads.runs(store))
    if run is None:
        st.info("No network has come along or been trained here. Train one: the first takes a minute.")
        return
    samples = reads.samples(store, run.id, run.epochs_done)
    with st.container(border=True, gap="small"):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"**{page.plain(run.name)}** wrote this", width="content")
            navigation.run_link(run.id, "Watch how it learned")
            navigation.run_link(run.id, "Let it write", "sample", "edit_note")
        if samples:
            generated_text.show(_passage(samples[len(samples) // 2].text))
        facts = [
            f"{run.params:,} parameters" if run.params else "",
            f"{run.epochs_done} epochs",
            status.loss(store, run),
        ]
        page.note(page.plain(" · ".join(filter(None, facts))))


def _passage(text: str) -> str:
    """The beginning, up to a word: no line is cut."""
    cut = " ".join(text.split())
    return cut if len(cut) <= PASSAGE else f"{cut[:PASSAGE].rpartition(' ')[0]} …"
