"""The runs as tables: a press on a name opens the run, ticked ones are remembered until somebody unticks them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

import streamlit as st

from pages.widgets.shared import navigation, page, reads, status
from rnnkit.runs import table
from rnnkit.store import Listed, Store

GROUPS_AT_ONCE = 10
HEIGHT, ROW = 590, 39  # pixels
_TICKED, _TURN = "_ticked_runs", "_grid_turn"
STATES = {name: words for name, (_, _, words) in status.STATUSES.items()}


def ticked() -> list[str]:
    """Ids of the runs that are ticked, those too that are not shown now, in the order of ticking."""
    return st.session_state.setdefault(_TICKED, [])


def untick(ids: Collection[str] | None = None) -> None:
    """Forget these, or all."""
    st.session_state[_TICKED] = [] if ids is None else [one for one in ticked() if one not in ids]
    st.session_state[_TURN] = st.session_state.get(_TURN, 0) + 1  # a table that is drawn anew begins without


def tick(ids: Sequence[str]) -> None:
    """Tick these too."""
    st.session_state[_TICKED] = list(dict.fromkeys([*ticked(), *ids]))
    st.session_state[_TURN] = st.session_state.get(_TURN, 0) + 1


def follow(
    store: Store, found: Callable[[Sequence[Listed]], list[Listed]], by: str, titles: Mapping[str, str],
    above: Callable[[Store, Sequence[Listed], Sequence[Listed]], None],
) -> None:  # fmt: skip
    """What is done with the ticked ones, and under it the tables.

    Args:
        found: those that were asked for, of all runs.
        above: draws the first; gets all runs and those that are shown.
    """

    @page.user_errors()
    def draw() -> None:
        runs = reads.listed(store)
        shown = found(runs)
        above(store, runs, shown)
        if shown:
            show(shown, by, titles)
        else:
            st.info("No run is like this. *All runs* forgets what was asked for.", icon=":material/search_off:")

    st.fragment(draw)()


def show(runs: Sequence[Listed], by: str, titles: Mapping[str, str]) -> None:
    """All of them in one table, or a table for each group."""
    if not by:
        _table(runs, titles, HEIGHT)
        return
    groups = list(table.grouped(runs, by, titles).items())
    pages = -(-len(groups) // GROUPS_AT_ONCE)
    shown = st.pagination(pages, key=f"groups {by}") if pages > 1 else 1
    for name, members in groups[GROUPS_AT_ONCE * (shown - 1) : GROUPS_AT_ONCE * shown]:
        scored = [(value, place) for place, run in enumerate(members) if (value := table.bits(run)) is not None]
        facts = [f"{len(members):,} {'run' if len(members) == 1 else 'runs'}"]
        facts += [f"best {value:.3f} bits, {page.plain(members[place].name)}" for value, place in sorted(scored)[:1]]
        st.markdown(f"**{page.plain(name)}** · {' · '.join(facts)}")
        _table(members, titles, min(HEIGHT // 2, ROW * (len(members) + 1) + 3), name)


def _table(runs: Sequence[Listed], titles: Mapping[str, str], height: int, group: str = "") -> None:
    ids = [run.id for run in runs]
    same = hashlib.sha256("\n".join([group, *ids]).encode()).hexdigest()[:16]
    # Rows are known by their places: another set of runs is another table, which begins with what is ticked.
    key = f"runs {same} {st.session_state.get(_TURN, 0)}"
    chosen = set(ticked())
    st.dataframe(
        table.frame(runs, titles, STATES), hide_index=True, height=height, key=key, on_select=lambda: _tick(key, ids),
        selection_mode="multi-row", column_config=_columns(f"open {key}"), placeholder="",
        alt="All runs that were asked for",
        selection_default={"selection": {"rows": [at for at, one in enumerate(ids) if one in chosen]}},
    )  # fmt: skip
    if pressed := st.session_state.get(f"open {key}"):
        navigation.leave_for("Run", run=ids[pressed["row"]], tab="watch")


def _tick(key: str, ids: Sequence[str]) -> None:
    rows = st.session_state[key]["selection"]["rows"]  # whatever the browser has sent
    chosen = [ids[row] for row in rows if isinstance(row, int) and 0 <= row < len(ids)]
    others = [one for one in ticked() if one not in ids]
    st.session_state[_TICKED] = list(dict.fromkeys([*others, *chosen]))


def _columns(key: str) -> dict[str, Any]:
    column = st.column_config
    return {
        "Name": column.ButtonColumn(width=250, pinned=True, alignment="left", type="tertiary", key=key),
        "Status": column.TextColumn(width=95),
        "Bits": column.NumberColumn(
            format="%.3f", width=70, help="Best loss on held-out text, in bits per character or per answer."
        ),
        "Text": column.TextColumn(width=150),
        "Tags": column.ListColumn(width=120),
        "Preset": column.TextColumn(width=120),
        "Parameters": column.NumberColumn(format="%,d", width=105),
        "Epochs": column.NumberColumn(width=70),
        "Minutes": column.NumberColumn(format="%.1f", width=80, help="Of training."),
        "Started": column.DatetimeColumn(format="D MMM YYYY, HH:mm", width=150, timezone=st.context.timezone),
        "Owner": column.TextColumn(width=100),
        "Loss": column.NumberColumn(format="%.4f", width=80, help="The same as trained: nats, or squared error."),
    }
