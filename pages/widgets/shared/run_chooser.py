"""Choose runs: one's own, other people's and those that pretrained. The address holds what is chosen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set

import streamlit as st

from pages.widgets.shared import navigation, page, reads
from rnnkit import tasks
from rnnkit.errors import no_run
from rnnkit.runs.comparison import LETTERS
from rnnkit.store import Run, Store
from rnnkit.tasks import Does

OFFERED = 3  # networks to begin with
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
        "Runs", list(runs), format_func=lambda name: _line(runs[name]), max_selections=len(LETTERS),
        key="chosen_runs", placeholder="Choose two to four runs", on_change=_to_address,
        args=("runs", "chosen_runs", runs.keys()),
    )  # fmt: skip


def one(store: Store, does: Does, first: str = "") -> str | None:
    """The id of one run that `does` this, in the address as ?run=ID, without it `first`; None while none is chosen."""
    asked = st.query_params.get("run", first)
    every = known(store, [asked] if asked else [])
    runs = {name: run for name, run in every.items() if tasks.of(run.config).does is does}
    if asked in every and asked not in runs:
        _another_task(every[asked])
    st.session_state["chosen_run"] = asked if asked in runs else None
    # A place in the list and not None: what one can empty, Escape empties.
    return st.selectbox(
        "Run", list(runs), format_func=lambda name: _line(runs[name]), key="chosen_run", placeholder="Choose a run",
        on_change=_to_address, args=("run", "chosen_run", runs.keys()),
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


def begin_with(store: Store, does: Does) -> None:
    """Up to three trained networks that do this, one press each, for who has chosen none."""
    shown = reads.shelves(store)
    runs = [*(shelf.first for shelf in shown.writing), *shown.other]
    _presses("run", {run.id: run.name for run in runs if tasks.of(run.config).does is does})


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
    """All runs by id. What is asked for and not there is said, after a look that is newer than a second."""
    runs = {run.id: run for run in reads.runs(store)}
    if not set(asked) <= runs.keys():
        runs = {run.id: run for run in store.runs()}
    for name in asked:
        if name not in runs:
            st.warning(page.plain(no_run(name)))
    return runs


def _line(run: Run) -> str:
    """Nothing that changes by itself: see `_to_address`."""
    whose = "pretrained" if run.pretrained else run.owner
    names = run.config.corpora
    texts = run.corpus if len(names) < 3 else f"{len(names)} texts"  # eight names would be all that one sees
    return " · ".join(part for part in (run.name, texts, whose, run.id) if part)


def _another_task(run: Run) -> None:
    """What the address asks for cannot be done here; where it can be tried out."""
    task = tasks.of(run.config)
    does = "writes" if task.writes else "does not write"
    st.warning(f"Run {run.id} {does}. It was trained for another task: {task.title}.")
    st.page_link(task.page, label="Try it out", icon=":material/arrow_forward:", query_params={"run": run.id})


def one_that_writes(store: Store) -> tuple[Run, list[float]]:
    """A chosen run and its kept epochs. While there is none, the page says what to do, and ends there."""
    invitation = "Choose a run. If there is none yet, train one first: its first epoch can already write."
    return ready(store, one(store, Does.WRITES), Does.WRITES, invitation, {"": "Train a network"})


def ready(
    store: Store, chosen: str | None, does: Does, invitation: str, presets: Mapping[str, str]
) -> tuple[Run, list[float]]:
    """What was chosen by `one` and its kept epochs. While there is none, the page says what to do, and ends there.

    Args:
        presets: networks to train while no run is chosen, with the words of the link to each.
    """
    if chosen is None:
        st.info(invitation)
        begin_with(store, does)
        for preset, label in presets.items():
            navigation.link("Train", label, **({"preset": preset} if preset else {}))
        st.stop()
    run, kept = store.run(chosen), [one.epoch for one in store.kept(chosen)]
    if not kept:
        st.info(f"This run is {run.status} and has no finished epoch yet: it can {VERBS[does]} after its first.")
        st.stop()
    return run, kept
