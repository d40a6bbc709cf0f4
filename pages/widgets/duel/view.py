"""A duel, whole: how far each is, the curves over each other, who won and by how much. The same in every browser."""

from __future__ import annotations

import streamlit as st

from pages.widgets.duel import form
from pages.widgets.shared import loss_curves, page, reads, run_chooser, status
from rnnkit.runs import duel
from rnnkit.runs.comparison import Compared
from rnnkit.store import Store, Wanted
from rnnkit.training import scheduler


def show(store: Store, asked: list[str]) -> None:
    """Everything about the runs in the address; what changes while they train is drawn again every two seconds."""
    known = run_chooser.known(store, asked)
    compared = reads.compared(store, [name for name in asked if name in known])
    if len(compared) < duel.FEWEST:
        st.info("A duel needs at least two runs. Start a new one.", icon=":material/swords:")
        return
    _buttons(store, compared)
    live = any(one.run.live for one in compared)
    st.fragment(_live, run_every=2.0 if live else 5.0)(store, [one.run.id for one in compared], _state(compared))


def _state(compared: list[Compared]) -> list[str]:
    """What the still parts of the page depend on."""
    return [one.run.status for one in compared]


@page.user_errors()
def _live(store: Store, run_ids: list[str], drawn: list[str]) -> None:
    compared = reads.compared(store, run_ids)
    if _state(compared) != drawn:
        st.rerun()
    if said := duel.verdict(compared):
        st.header(page.plain(said), anchor=False)
    page.note(page.plain(duel.terms(compared)))
    for one in compared:
        if one.run.live:
            st.markdown(status.heading(one))
            status.bar(store, one.run)
    for said in duel.unfinished(compared):
        st.warning(page.plain(said), icon=":material/stop_circle:")
    if any(one.epochs for one in compared):
        table = duel.results(compared)
        st.dataframe(table, hide_index=True, column_config=_COLUMNS, placeholder="", alt="Who won and by how much")
    loss_curves.show(store, compared)
    for said in duel.explanations(compared):
        page.note(page.plain(said))


def _number(format: str, help: str | None = None):
    return st.column_config.NumberColumn(format=format, help=help)


_COLUMNS = {
    "Network": st.column_config.TextColumn(pinned=True),
    "Parameters": _number("%,d"),
    "Best loss": _number("%.4f", "The lowest, on held-out text where there is some, in the unit of the verdict."),
    "Behind": _number("%.4f", "Difference from the lowest in the table."),
    "Behind, %": _number("%.1f %%", "Difference from the lowest in the table, relative to this one."),
    "Perplexity": _number("%.2f", "As uncertain as a uniform choice among this many symbols."),
    "Loss at equal time": _number("%.4f", "Best loss when the shortest training ended."),
    "Time to the worst's best": _number("%.1f s", "Seconds of training to reach the best loss of the worst run."),
    "Trained": _number(
        "%.1f s",
        "Seconds of training, excluding sampling and validation. Comparable if the machine was otherwise idle.",
    ),
    "Chars/s": _number("%,.0f", "Characters per second while training."),
    "State": None,  # a bar or a sentence says so
}


def _buttons(store: Store, compared: list[Compared]) -> None:
    """What one can do with all of them at once."""
    runs = [one.run for one in compared]
    with st.container(horizontal=True):
        _button("Stop all", "stop", [run.id for run in runs if run.live and run.wanted == Wanted.RUN], _stop, store)
        resumable = [run.id for run in runs if run.resumable]
        _button("Resume all", "play_arrow", resumable, _resume, store)
        if not any(run.live for run in runs) and st.button("Repeat with another seed", icon=":material/casino:"):
            st.query_params.from_dict({"runs": ",".join(form.order(store, duel.again(compared)))})
            st.rerun()
        if not any(run.active or run.pretrained for run in runs) and st.button("Delete all", icon=":material/delete:"):
            _delete(store, [run.id for run in runs])
        address = {"runs": ",".join(run.id for run in runs)}
        st.page_link("pages/2_Compare.py", label="Compare samples", icon=":material/compare:", query_params=address)


def _button(label: str, icon: str, ids: list[str], do, store: Store) -> None:
    """A button for those runs that can do it now; none where there is no such run."""
    if ids and st.button(label, icon=f":material/{icon}:"):
        for run_id in ids:
            do(store, run_id)
        _show_again()


def _stop(store: Store, run_id: str) -> None:
    store.ask(run_id, Wanted.STOP)


def _resume(store: Store, run_id: str) -> None:
    store.resume_run(run_id)
    scheduler.ensure_running(store)


def _show_again() -> None:
    """The next reading must not be the one of a second ago."""
    for read in (reads.run, reads.runs, reads.compared):
        read.clear()
    st.rerun()


@st.dialog("Delete these runs?", icon=":material/delete:")
@page.user_errors()
def _delete(store: Store, ids: list[str]) -> None:
    st.markdown(
        f"All {len(ids)} networks of this duel, with their epochs, weights and samples, will be deleted permanently."
    )
    if st.button("Delete permanently", type="primary", icon=":material/delete_forever:"):
        for run_id in ids:
            store.delete_run(run_id)
        st.query_params.clear()
        _show_again()
