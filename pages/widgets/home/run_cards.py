"""Runs as cards: what trains now, and what trained networks write at their first, a middle and their last epoch."""

from __future__ import annotations

from collections.abc import Iterable

import streamlit as st

from pages.widgets.shared import generated_text, navigation, page, reads, status
from rnnkit import tasks
from rnnkit.runs.comparison import LETTERS
from rnnkit.runs.gallery import Shelf
from rnnkit.store import Run, Sample, Store


def training_now(store: Store) -> bool:
    """The runs that train or wait, drawn again every two seconds; whether there are any."""
    live = [run.id for run in reads.runs(store) if run.live]
    if live:
        st.header("Training now", anchor=False)
        st.fragment(_training, run_every=2.0)(store, live)
    return bool(live)


@page.user_errors()
def _training(store: Store, shown: list[str]) -> None:
    runs = [run for run in reads.runs(store) if run.live]
    if [run.id for run in runs] != shown:
        st.rerun()
    with st.grid(2, min_column_width=360):
        for run in runs:
            with st.container(border=True):
                _heading(run)
                status.bar(store, run)
                loss = f"Loss {run.loss:.3f} nats" if run.loss is not None else "No loss yet"
                _open(run, f"{loss} · watch")


def show(store: Store) -> bool:
    """The trained networks; whether there are any."""
    found = reads.shelves(store)
    if found.writing:
        st.header("Trained networks", anchor=False)
        _network(store, found.writing[0])
        with st.grid(2, min_column_width=360, gap="medium"):
            for shelf in found.writing[1:]:
                _network(store, shelf, small=True)
    if found.other:
        st.header("Other tasks", anchor=False)
        with st.grid(3, min_column_width=300, gap="medium"):
            for run in found.other:
                _of_another_task(store, run)
    return bool(found.writing or found.other)


def _network(store: Store, shelf: Shelf, *, small: bool = False) -> None:
    """One trained network: what it is, how good it got, what it wrote at three epochs, or at the last in short."""
    run = shelf.first
    epochs = reads.epochs(store, run.id)
    with st.container(border=True, height="stretch" if small else "content"):
        _heading(run)
        page.note(page.plain(_facts(run, epochs)))
        if small:
            for sample in _middle(store, run.id, [epochs[-1]["epoch"]]):
                _text(sample, height=170)
        else:
            _over_epochs(store, run.id, [epoch["epoch"] for epoch in epochs])
        _open(run, "Curve and all samples")
        _also(store, shelf)


def _middle(store: Store, run_id: str, epochs: Iterable[int]) -> list[Sample]:
    """What it wrote after these epochs at the temperature in the middle."""
    return [texts[len(texts) // 2] for epoch in epochs if (texts := reads.samples(store, run_id, epoch))]


def _over_epochs(store: Store, run_id: str, epochs: list[int]) -> None:
    """What it wrote after its first, a middle and its last epoch side by side."""
    samples = _middle(store, run_id, dict.fromkeys([epochs[0], epochs[len(epochs) // 2], epochs[-1]]))
    if not samples:
        return
    if samples[0].prompt:
        page.note(f"Continues this prompt, seed {samples[0].seed}")
        generated_text.show(samples[0].prompt)
    with st.grid(len(samples), min_column_width=280):
        for sample in samples:
            with st.container():
                _text(sample, height=320)


def _text(sample: Sample, height: int) -> None:
    st.markdown(f"**After epoch {sample.epoch}**")
    generated_text.show(sample.text or "(nothing)", height=height)


def _also(store: Store, shelf: Shelf) -> None:
    """Links to the other networks of this text, and to all of them beside each other."""
    if not shelf.also:
        return
    together = ",".join(run.id for run in (shelf.first, *shelf.also)[: len(LETTERS)])
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        page.note("Other networks on this text")
        for run in shelf.also:
            _open(run, page.plain(run.name), icon=None)
        navigation.link("Compare", "Compare", runs=together)


def _of_another_task(store: Store, run: Run) -> None:
    """A network that does not write: what it learned, how good it got, where one tries it out."""
    task = tasks.of(run.config)
    with st.container(border=True, height="stretch"):
        _heading(run)
        epochs = reads.epochs(store, run.id)
        last = epochs[-1] if epochs else {}
        share = last.get("test_accuracy", last.get("val_accuracy"))  # never on what was trained on, best on a test set
        accuracy = [] if share is None else [f"accuracy {share:.1%}"]
        page.note(page.plain(" · ".join([task.title, _facts(run, epochs), *accuracy])))
        navigation.run_link(run.id, "Try it out", "try")
        _open(run, "Curve and settings", icon="show_chart")


def _heading(run: Run) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader(page.plain(run.name), anchor=False, width="content")
        status.badge(run)


def _facts(run: Run, epochs: list[dict]) -> str:
    last = epochs[-1] if epochs else {}
    held_out = last.get("val_loss")
    facts = [
        run.owner,
        f"text: {', '.join(run.config.corpora)}",
        f"{run.params:,} parameters" if run.params else None,
        f"{run.epochs_done} epochs",
        f"loss {last['loss']:.3f}" if last.get("loss") is not None else None,
        f"held out {held_out:.3f} nats" if held_out is not None else None,
    ]
    return " · ".join(fact for fact in facts if fact)


def _open(run: Run, label: str, icon: str | None = "arrow_forward") -> None:
    navigation.run_link(run.id, label, icon=icon)
