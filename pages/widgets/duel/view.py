"""A duel, whole: how far each is, the curves over each other, who won and by how much. The same in every browser."""

from __future__ import annotations

import streamlit as st

from pages.widgets.duel import form
from pages.widgets.shared import loss_curves, navigation, orders, page, reads, run_chooser, status
from rnnkit.runs import duel
from rnnkit.runs.comparison import Compared
from rnnkit.store import Run, Status, Store


def chosen(store: Store) -> list[str]:
    """Ids of the runs of a duel that was started here, in the address as ?runs=A,B; none while a new one is made."""
    duels = duel.found(reads.runs(store)).items()
    lines = {",".join(run.id for run in runs): _line(mark, runs) for mark, runs in duels}
    return [name for name in (run_chooser.opened("runs", lines, "duel") or "").split(",") if name]


def _line(mark: str, runs: list[Run]) -> str:
    """Nothing that changes by itself: a browser names options by their lines."""
    first = runs[0].config
    titles = ", ".join(duel.title(run.config) for run in runs)
    return " · ".join([mark, titles, first.corpus, f"seed {first.training.seed}"])


def show(store: Store, asked: list[str]) -> None:
    """Everything about the runs in the address; what changes while they train is drawn again every two seconds."""
    known = run_chooser.known(store, asked)
    compared = reads.compared(store, [name for name in asked if name in known])
    if len(compared) < duel.FEWEST:
        st.info("A duel needs at least two runs. Start a new one.", icon=":material/swords:")
        return
    _buttons(store, compared)
    live = any(one.run.live for one in compared)
    statuses = [one.run.status for one in compared]  # what the still parts of the page depend on
    st.fragment(_live, run_every=2.0 if live else 5.0)(store, [one.run.id for one in compared], statuses)


@page.user_errors()
def _live(store: Store, run_ids: list[str], drawn: list[Status]) -> None:
    compared = reads.compared(store, run_ids)
    if [one.run.status for one in compared] != drawn:
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


_COLUMNS = {
    "Network": st.column_config.TextColumn(pinned=True),
    "Parameters": status.number("%,d"),
    "Best loss": status.number("%.4f", "The lowest, on held-out text where there is some, in the unit of the verdict."),
    "Behind": status.number("%.4f", "Difference from the lowest in the table."),
    "Behind, %": status.number("%.1f %%", "Difference from the lowest in the table, relative to this one."),
    "Perplexity": status.number("%.2f", "As uncertain as a uniform choice among this many symbols."),
    "Loss at equal time": status.number("%.4f", "Best loss when the shortest training ended."),
    "Time to the worst's best": status.number("%.1f s", "Seconds of training to reach the best loss of the worst run."),
    "Trained": status.number("%.1f s", f"{status.TRAINED} Comparable if the machine was otherwise idle."),
    "Chars/s": status.number("%,.0f", "Characters per second while training."),
    "State": None,  # a bar or a sentence says so
}


def _buttons(store: Store, compared: list[Compared]) -> None:
    """What one can do with all of them at once."""
    runs = [one.run for one in compared]
    with st.container(horizontal=True):
        orders.stop(store, runs, "Stop all")
        orders.resume(store, runs, "Resume all")
        if not any(run.live for run in runs) and st.button("Repeat with another seed", icon=":material/casino:"):
            st.query_params.from_dict({"runs": ",".join(form.order(store, duel.again(compared)))})
            st.rerun()
        if not any(run.active or run.pretrained for run in runs) and st.button("Delete all", icon=":material/delete:"):
            _delete(store, runs)
        navigation.link("Compare", "Compare samples", runs=",".join(run.id for run in runs))


@st.dialog("Delete these runs?", icon=":material/delete:")
@page.user_errors()
def _delete(store: Store, runs: list[Run]) -> None:
    st.markdown(f"All {len(runs)} networks of this duel, with their epochs, weights and samples, will be deleted.")
    orders.delete(store, runs, "Delete these runs")
