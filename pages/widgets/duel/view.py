"""One duel: the race while it runs, who won and by how much, and the same over several seeds."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from pages.widgets.duel import form, over_seeds, race
from pages.widgets.shared import choices, navigation, orders, page, reads, run_chooser, status
from rnnkit.metrics import UNITS
from rnnkit.people import acting
from rnnkit.runs import comparison, duel
from rnnkit.runs.comparison import Compared
from rnnkit.store import Run, Store

MOST_SEEDS = 9  # that are ordered with one press


def chosen(store: Store) -> list[str]:
    """Ids of the runs of a duel that was started here, in the address as ?runs=A,B; none while a new one is made."""
    lines = {",".join(run.id for run in runs): _line(mark, runs) for mark, runs in reads.duels(store).items()}
    if "runs" not in st.query_params:
        run_chooser.opened("runs", lines, "duel")
        return []
    with st.container(horizontal=True, vertical_alignment="center", key="run_header"):
        st.title("Duel", anchor=False, width="content")
        return [name for name in (run_chooser.opened("runs", lines, "duel") or "").split(",") if name]


def _line(mark: str, runs: list[Run]) -> str:
    """Nothing that changes by itself: a browser names options by their lines."""
    first = runs[0].config
    titles = ", ".join(duel.title(run.config) for run in runs)
    return " · ".join([mark, titles, first.corpus, f"seed {first.training.seed}"])


def show(store: Store, asked: list[str]) -> None:
    """Everything about the runs in the address. What moves while they train is drawn by the browser."""
    known = run_chooser.known(store, asked)
    compared = reads.compared(store, [name for name in asked if name in known])
    if len(compared) < duel.FEWEST:
        st.info("A duel needs at least two runs. Start a new one.", icon=":material/swords:")
        return
    series = duel.repeats(reads.duels(store).values(), [one.run for one in compared])
    repeats = [reads.compared(store, [run.id for run in runs]) for runs in series]
    unit = _head(store, compared, series)
    over = not any(one.run.live for one in compared)
    race.show(compared, unit, over_seeds.headline(repeats, unit) if over else None)
    for said in duel.unfinished(compared):
        st.warning(page.plain(said), icon=":material/stop_circle:")
    if len(series) > 1:
        over_seeds.show(repeats, unit)
    if over and any(one.epochs for one in compared):
        _results(compared, unit)


def _results(compared: list[Compared], unit: str) -> None:
    table = duel.results(compared, unit)
    st.subheader(f"From seed {compared[0].run.config.training.seed}", anchor=False)
    st.dataframe(table, hide_index=True, column_config=_COLUMNS, placeholder="", alt="Who won and by how much")
    for said in duel.explanations(compared, unit):
        page.note(page.plain(said))


_COLUMNS = {
    "Network": st.column_config.TextColumn(pinned=True),
    "Parameters": status.number("%,d"),
    "Best loss": status.number("%.4f", "The lowest, on held-out text where there is some, in the unit of the verdict."),
    "Behind": status.number("%.4f", "Difference from the lowest in the table."),
    "Behind, %": status.number("%.1f %%", "Difference from the lowest in the table, relative to this one."),
    "Perplexity": status.number("%.2f", "As uncertain as a uniform choice among this many tokens."),
    "Loss at equal time": status.number("%.4f", "Best loss when the shortest training ended."),
    "Time to the worst's best": status.number("%.1f s", "Seconds of training to reach the best loss of the worst run."),
    "Trained": status.number("%.1f s", f"{status.TRAINED} Comparable if the machine was otherwise idle."),
    "Chars/s": status.number("%,.0f", "Characters per second while training."),
    "State": None,  # a bar or a sentence says so
}


def _head(store: Store, compared: list[Compared], series: Sequence[list[Run]]) -> str:
    """What one can do with all of them at once, and the unit that losses are read in: its name."""
    runs = [one.run for one in compared]
    units = [name for name in comparison.units(run.config for run in runs) if UNITS[name].of_loss]
    usual = duel.usual_unit(compared)
    with st.container(horizontal=True, vertical_alignment="center"):
        orders.stop(store, runs, "Stop all")
        orders.resume(store, runs, "Resume all")
        if not any(run.live for run in runs) and acting.may(store, "create_runs"):
            _again(store, series)
        theirs = not any(run.active or run.pretrained or not acting.may(store, "delete_run", run) for run in runs)
        if theirs and st.button("Delete all", icon=":material/delete:"):
            _delete(store, runs)
        navigation.link("Compare", "Compare samples", runs=",".join(run.id for run in runs))
        if len(units) < 2:
            return usual
        return choices.one_of(
            "Loss in", units, default=usual, key="unit", format_func=lambda name: UNITS[name].title,
            label_visibility="collapsed",
        )  # fmt: skip


def _again(store: Store, series: Sequence[list[Run]]) -> None:
    """Other seeds: who is ahead again and again is hardly so by chance."""
    with st.popover("Again with other seeds", icon=":material/casino:"):
        more = st.number_input("Races, each from a seed of its own", 1, MOST_SEEDS, 3, key="duel/seeds")
        page.note("The page then says mean and spread over all seeds. The races run one after the other.")
        if st.button("Race again", type="primary", icon=":material/swords:"):
            first, *_ = form.order(store, duel.again(series, more))
            st.query_params.from_dict({"runs": ",".join(first)})
            st.rerun()


@st.dialog("Delete these runs?", icon=":material/delete:")
@page.user_errors()
def _delete(store: Store, runs: list[Run]) -> None:
    st.markdown(f"All {len(runs)} networks of this duel, with their epochs, weights and samples, will be deleted.")
    orders.delete(store, runs, "Delete these runs")
