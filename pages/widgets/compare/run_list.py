"""The runs beside a comparison, each with a tick: which are shown. The address holds them, ?runs=a,b."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import streamlit as st

from pages.widgets.shared import navigation, page, reads, run_chooser, status
from rnnkit.presets.questions import QUESTIONS
from rnnkit.runs import comparison, table
from rnnkit.runs.comparison import LETTERS
from rnnkit.runs.table import Asked
from rnnkit.store import Listed, Store

OFFERED = 12  # runs that are not shown
BEGINS = 3  # that are, where nobody has chosen any
HEIGHT = 740  # pixels
SCREEN = Path(__file__).with_name("screen.css").read_text("utf-8")  # of the whole page


def show(store: Store) -> list[str]:
    """Draw the list. Returns the ids of up to four runs, in the order in which they were ticked."""
    asked = _asked(store)
    every = _known(store, asked)
    chosen = [name for name in asked if name in every][: len(LETTERS)]
    words = st.text_input(
        "Search runs", placeholder="Search runs", key="find_runs", label_visibility="collapsed", bind="query-params"
    )
    with st.container(height=HEIGHT, border=False, gap="xsmall", key="run_list"):
        for place, name in enumerate(chosen):
            _tick(every[name], chosen, LETTERS[place])
        if others := _others(list(every.values()), chosen, words, reads.titles(store)):
            st.markdown("**Found**" if words else "**Add**")
        elif words:
            page.note("No other run has these words.")
        for run in others:
            _tick(run, chosen)
    return chosen


def _known(store: Store, asked: Sequence[str]) -> dict[str, Listed]:
    """All runs by id. What is asked for and not there is said."""
    runs = reads.listed_by_id(store, asked)
    for name in asked:
        if name not in runs:
            st.warning(page.plain(run_chooser.no_run(name)))
    return runs


def _asked(store: Store) -> list[str]:
    """Those in the address. Where nobody has chosen any: the run looked at last with the best on its text, else
    networks that came along; they are not written into the address, or Back would lead to the same page.
    """
    if "runs" in st.query_params:
        return list(dict.fromkeys(filter(None, st.query_params["runs"].split(","))))
    every = reads.listed(store)
    last = next((run for run in every if run.id == navigation.last_run()), None)
    same = [run for run in every if last and (run.corpus, run.task) == (last.corpus, last.task) and run.epochs_done]
    best = sorted((run for run in same if run != last), key=table.SORTS["loss"][1])
    return [last.id, *(run.id for run in best)][:BEGINS] if last and best else _featured(every)


def _featured(every: Sequence[Listed]) -> list[str]:
    """The trained networks of the first question that compares some."""
    came_along = {run.preset: run.id for run in every if run.pretrained}
    shown = next((question.shown for question in QUESTIONS if question.compares), ())
    return [came_along[preset] for preset in shown if preset in came_along]


def _others(every: Sequence[Listed], chosen: Sequence[str], words: str, titles: dict[str, str]) -> list[Listed]:
    """What was looked for; else those of the same text, the lowest loss first, then the newest."""
    first = next((run for run in every if chosen and run.id == chosen[0]), None)
    ready = [run for run in table.found(every, Asked(words), titles, "loss" if first else "newest")
             if run.id not in chosen and (words or run.epochs_done or run.live)]  # fmt: skip
    if first and not words:
        same = [run for run in ready if run.corpus == first.corpus and run.task == first.task]
        ready = [*same, *sorted((run for run in ready if run not in same), key=lambda run: -run.created_at)]
    return ready[:OFFERED]


def _tick(run: Listed, chosen: Sequence[str], letter: str = "") -> None:
    """One run; of those that are not shown none can be ticked while four are."""
    key, figure = f"show {run.id}", table.bits(run)
    st.session_state[key] = bool(letter)
    how = status.STATUSES[run.status][2] if figure is None or run.live else f"{figure:.3f} bits"
    facts = page.plain(" · ".join(filter(None, [how, run.owner, *run.tags])))
    said = f"{status.mark(letter)} {page.plain(run.name)}" if letter else page.plain(run.name)
    st.checkbox(
        f"{said} :small[· {facts}]", key=key, disabled=not letter and len(chosen) == len(LETTERS), on_change=_turn,
        args=(run.id, list(chosen)),
    )  # fmt: skip


def _turn(run_id: str, chosen: list[str]) -> None:
    """Show a run, or no longer."""
    after = [name for name in chosen if name != run_id] if run_id in chosen else [*chosen, run_id]
    st.query_params["runs"] = ",".join(after[: len(comparison.LETTERS)])
