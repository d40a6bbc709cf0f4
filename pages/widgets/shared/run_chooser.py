"""Choose runs: one's own, other people's and those that pretrained. The address holds what is chosen."""

from __future__ import annotations

import time
from collections.abc import Sequence, Set
from contextlib import suppress

import streamlit as st

from pages.widgets.shared import missing_texts, navigation, page, reads, status
from rnnkit import tasks
from rnnkit.errors import PersonError, UnknownRun, no_run
from rnnkit.runs import answers
from rnnkit.runs.comparison import LETTERS
from rnnkit.store import Run, Store
from rnnkit.tasks import Does

OFFERED = 3  # networks to begin with
LISTED = 200  # runs to switch to; all of them are on the page Runs
VERBS = {Does.WRITES: "write", Does.CLASSIFIES: "classify", Does.FORECASTS: "forecast", Does.TRANSLATES: "translate"}


def several(store: Store, first: Sequence[str] = ()) -> list[str]:
    """Ids of up to four runs, in the order chosen; they live in the address as ?runs=a,b, without it they are `first`.

    What nobody has chosen is not written into the address: the browser would keep the page twice, and Back lead from
    the one to the other.
    """
    asked = [name for name in st.query_params.get("runs", ",".join(first)).split(",") if name]
    runs = known(store, asked)
    # The address is the one truth: a link, the back button and the widget all go through it.
    st.session_state["chosen_runs"] = [name for name in dict.fromkeys(asked) if name in runs][: len(LETTERS)]
    return st.multiselect(
        "Runs", list(runs), format_func=lambda name: line(runs[name]), max_selections=len(LETTERS),
        key="chosen_runs", placeholder="Choose two to four runs", on_change=_to_address,
        args=("runs", "chosen_runs", runs.keys()),
    )  # fmt: skip


def one(store: Store, does: Does | None = None) -> Run | None:
    """The run that the address names as ?run=ID, where it names none `first`.

    The page ends with a sentence where there is no such run.
    """
    asked = st.query_params.get("run")
    return here(store, asked) if asked else first(store, does)


def first(store: Store, does: Does | None = None) -> Run | None:
    """The run that was looked at last, or a featured one; None where there is none.

    Args:
        does: what it has to do.
    """
    with suppress(PersonError):  # none, or one that is gone
        last = reads.run(store, navigation.last_run())
        if does is None or _does(last, does):
            return last
    found = featured(store, does or Does.WRITES)
    return found and reads.run(store, found.id)  # a listed one knows no vocabulary


def _does(run: Run, does: Does) -> bool:
    """By its row, which needs no config to be parsed where thousands are asked."""
    return (tasks.TASKS.get(run.task or "") or tasks.of(run.config)).does is does


def here(store: Store, run_id: str) -> Run:
    """The run; the page ends with a sentence and ways on where it is gone."""
    try:
        return reads.run(store, run_id)
    except UnknownRun:
        st.warning(page.plain(no_run(run_id)), icon=":material/search_off:")
        navigation.link("Runs", "All runs")
        st.stop()


def featured(store: Store, does: Does) -> Run | None:
    """A trained network that does this: of those that write and came with the program the best.

    Of others one whose data are here, that came with the program, that has attention.
    """
    if does is Does.WRITES and (best := answers.best(reads.runs(store))):
        return best
    shown = reads.shelves(store)
    found = [run for run in [*(shelf.first for shelf in shown.writing), *shown.other]
             if _does(run, does)]  # fmt: skip
    ranks = {
        run.id: (bool(missing_texts.of(store, run)), not run.pretrained, run.config.model.architecture != "attention")
        for run in found
    }
    return min(found, key=lambda run: ranks[run.id], default=None)


def switch(store: Store, run: Run, does: Does | None = None) -> None:
    """A list of the runs, one's own first, that puts another into the address as ?run= and leaves the rest there.

    Those on the same text come before others, and what came along last.

    Args:
        does: only runs that do this.
    """
    me = st.session_state.get("owner") or st.query_params.get("owner")
    every = [one for one in reads.runs(store) if does is None or _does(one, does)]
    every.sort(key=lambda one: (one.pretrained, not me or one.owner != me, not one.live, one.corpus != run.corpus))
    lines = {one.id: line(one) for one in [run, *every][:LISTED]}
    st.session_state["run_choice"] = run.id
    st.selectbox(
        "Run", list(lines), format_func=lines.__getitem__, key="run_choice", label_visibility="collapsed",
        on_change=_to_address, args=("run", "run_choice", lines.keys()),
    )  # fmt: skip


def opened(name: str, lines: dict[str, str], what: str) -> str | None:
    """What is looked at of all that was started here, in the address as ?`name`=; None while a new one is made.

    Args:
        lines: what the list says of each.
        what: "run", or what else it is.
    """
    chosen, key = st.query_params.get(name), f"{what}_choice"
    st.session_state[key] = chosen if chosen in lines else None
    with st.container(horizontal=True, vertical_alignment="bottom"):
        if lines:
            st.selectbox(
                f"Open a {what}", list(lines), format_func=lines.__getitem__, key=key,
                placeholder=f"Open a {what}: " + (f"{len(lines)} are here" if len(lines) > 1 else "one is here"),
                label_visibility="collapsed", on_change=_open, args=(name, key, lines.keys()),
            )  # fmt: skip
        if chosen is not None:
            st.button(f"New {what}", icon=":material/add:", on_click=st.query_params.clear)
    return chosen


def _open(name: str, key: str, known: Set[str]) -> None:
    """Nothing else stays in the address; what the browser still has under an old line is nobody's choice."""
    if (chosen := st.session_state[key]) in known:
        st.query_params.from_dict({name: chosen})


def begin_with_several(store: Store) -> None:
    """Up to three texts with what several networks learned of them, one press each."""
    shelves = [(shelf.first, *shelf.also)[: len(LETTERS)] for shelf in reads.shelves(store).writing if shelf.also]
    names = {",".join(run.id for run in runs): f"{runs[0].name}: {len(runs)} networks" for runs in shelves}
    _presses("runs", names)


def _presses(name: str, names: dict[str, str]) -> None:
    """Buttons that put a value into the address as ?`name`=."""
    if not names:
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        page.note("Or begin with")
        for value, label in list(names.items())[:OFFERED]:
            st.button(page.plain(label), key=f"begin {value}", on_click=st.query_params.update, args=({name: value},))


def _to_address(name: str, key: str, known: Set[str]) -> None:
    """Put what was chosen into the address.

    A browser names options by their lines. After a run was renamed it may send the old line, which Streamlit
    then takes for a new value: that is nobody's choice, and the address stays as it is.
    """
    value = st.session_state[key]
    chosen = value if isinstance(value, list) else [value] if value else []
    if known >= set(chosen):
        st.query_params[name] = ",".join(chosen)


def known(store: Store, asked: list[str]) -> dict[str, Run]:
    """Runs that are offered, and those asked for, by id. What is asked for and not there is said."""
    runs = {run.id: run for run in reads.runs(store)}
    if more := set(asked) - runs.keys():  # older ones, and what is not a second old
        runs |= {run.id: run for run in store.runs(ids=more)}
    for name in asked:
        if name not in runs:
            st.warning(page.plain(no_run(name)))
    return runs


def line(run: Run) -> str:
    """Nothing that changes by itself: see `_to_address`."""
    whose = "pretrained" if run.pretrained else run.owner
    names = run.config.corpora
    texts = run.corpus if len(names) < 3 else f"{len(names)} texts"  # eight names would be all that one sees
    loss = f"{run.best_bits:.3f} bits" if run.best_bits is not None and not run.live else ""
    day = time.strftime("%d %b %Y", time.localtime(run.created_at)).lstrip("0")
    return " · ".join(part for part in (run.name, texts, whose, loss, day, run.id) if part)


def kept(store: Store, run: Run) -> list[float]:
    """Its kept epochs. While there is none, the page says so, and ends there."""
    found = reads.kept(store, run.id)
    if not found:
        can = VERBS[tasks.of(run.config).does]
        if run.live:
            words = status.STATUSES[run.status][2].lower()
            st.info(f"This run is {words} and has no checkpoint yet: it can {can} after its first.",
                    icon=":material/hourglass_top:")  # fmt: skip
        else:
            st.info(f"This run ended before its first checkpoint, so it cannot {can}.", icon=":material/info:")
        navigation.run_link(run.id, "Watch it", icon="show_chart")
        st.stop()
    return found
