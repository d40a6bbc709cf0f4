"""Runs as cards: what trains now, and what trained networks write at their first, a middle and their last epoch."""

from __future__ import annotations

import streamlit as st

from pages.widgets import data, page, status, writing
from rnnkit.store import Run, Store

NEWEST = 4


def training_now(store: Store) -> bool:
    """The runs that train or wait, drawn again every two seconds; whether there are any."""
    live = [run.id for run in data.runs(store) if run.live]
    if live:
        st.header("Training now", anchor=False)
        st.fragment(_training, run_every=2.0)(store, live)
    return bool(live)


@page.calm()
def _training(store: Store, shown: list[str]) -> None:
    runs = [run for run in data.runs(store) if run.live]
    if [run.id for run in runs] != shown:
        st.rerun()
    with st.grid(2, min_column_width=360):
        for run in runs:
            with st.container(border=True):
                _heading(run)
                status.bar(store, run)
                loss = f"Loss {run.loss:.3f} nats" if run.loss is not None else "No loss yet"
                _open(run, f"{loss} · watch")


def gallery(store: Store) -> list[Run]:
    """The trained networks to show: the newest few of people here, those that finished first, then all that
    came with the program, the oldest first."""
    trained = [run for run in data.runs(store) if run.epochs_done and not run.live]
    newest = sorted((run for run in trained if not run.pretrained), key=lambda run: run.status != "finished")
    return newest[:NEWEST] + [run for run in reversed(trained) if run.pretrained]


def network(store: Store, run: Run) -> None:
    """One trained network: what it is, how good it got, what it wrote at three epochs."""
    epochs = data.epochs(store, run.id)
    with st.container(border=True):
        _heading(run)
        page.note(page.plain(_facts(run, epochs)))
        writing.over_epochs(store, run.id, writing.first_middle_last([epoch["epoch"] for epoch in epochs]))
        _open(run, "Curve and all its texts")


def small_network(store: Store, run: Run) -> None:
    """One trained network in short: what it is and what it wrote last."""
    epochs = data.epochs(store, run.id)
    with st.container(border=True, height="stretch"):
        _heading(run)
        page.note(page.plain(_facts(run, epochs)))
        writing.last(store, run.id, epochs[-1]["epoch"])
        _open(run, "Curve and all its texts")


def _heading(run: Run) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader(page.plain(run.name), anchor=False, width="content")
        status.badge(run)


def _facts(run: Run, epochs: list[dict]) -> str:
    last = epochs[-1] if epochs else {}
    held_out = last.get("val_loss")
    facts = [
        run.owner,
        f"text: {run.corpus}",
        f"{run.params:,} parameters" if run.params else None,
        f"{run.epochs_done} epochs",
        f"loss {last['loss']:.3f}" if last.get("loss") is not None else None,
        f"held out {held_out:.3f} nats" if held_out is not None else None,
    ]
    return " · ".join(fact for fact in facts if fact)


def _open(run: Run, label: str) -> None:
    st.page_link("pages/1_Train.py", label=label, icon=":material/arrow_forward:", query_params={"run": run.id})
