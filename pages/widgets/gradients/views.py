"""Vanishing and exploding gradients, drawn: against the distance in time, by the spectral radius, batch by batch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import streamlit as st

from pages.widgets.shared import choices, navigation, page, reads, run_chooser
from rnnkit import scratch
from rnnkit.charts import curves
from rnnkit.errors import PersonError
from rnnkit.scratch import net
from rnnkit.store import Run, Store
from rnnkit.studies import checkpoint as checkpoints
from rnnkit.studies import gradients, timeline
from rnnkit.studies.gradients import AFTER_CLIPPING, BEFORE_CLIPPING, DISTANCE, LOWEST, ComparisonSetup, Explosion

HEIGHT = 380
_EPOCH = "gradients_epoch"


class Curve(NamedTuple):
    """One line of the charts: a cell at the start, and the run that trained it, if there is one."""

    label: str
    cell: str
    run: Run | None


# ---- against the distance in time


def through_time(store: Store, of: Sequence[str] = ()) -> None:
    """Fresh cells beside trained ones: those of the runs `of`, else those that are chosen."""
    runs, seed, epoch = _choose(store, of, with_start=False)
    lines = _curves(runs)
    base = runs[0].id if runs else None
    fresh = {one.label: _at_start(store.url, one.run.id if one.run else base, one.cell, seed) for one in lines}
    trained = {
        one.label: _after(store.url, one.run.id, at)
        for one in lines
        if one.run and (at := _nearest(store, one.run, epoch))
    }
    highest = gradients.highest_power([gradients.against_distance(one) for one in [*fresh.values(), *trained.values()]])
    left, right = st.columns(2, gap="medium")
    labels = [one.label for one in lines]
    with left:
        st.markdown("## Initial weights")
        _sizes(fresh, labels, highest, "start")
    with right:
        st.markdown(f"## After training{f', epoch {epoch}' if epoch else ''}")
        if trained:
            _sizes(trained, labels, highest, "trained")
        else:
            st.info("Choose runs under “Runs and seed” to see gradients after training, or train a network first.")
            navigation.link("Train", "Train a network")
    reach = {label: gradients.reach_words(sizes) for label, sizes in fresh.items()}
    after = {label: gradients.reach_words(sizes) for label, sizes in trained.items()}
    rows = [(label, reach[label], after.get(label)) for label in labels]
    columns = ["Cell", "1 % of the gradient is left, initial weights", "after training"]
    st.dataframe(pd.DataFrame(rows, columns=columns), hide_index=True)
    page.note(
        "Norm of the gradient of the loss at one token by the state that many steps before, relative to the last "
        f"step: the median of {gradients.PLACES} positions in a text; the band holds half of them. A vanished gradient "
        "teaches nothing: longer dependencies are not learned. A simple RNN with initial weights hardly loses any, "
        "as Keras initialises W as orthogonal; training changes that."
    )


def _sizes(found: dict[str, np.ndarray], labels: Sequence[str], highest: int, key: str) -> None:
    """One side: the story, and a line for each cell."""
    if said := gradients.story(found):
        st.markdown(page.plain(said))
    tables = [gradients.against_distance(sizes, label=label) for label, sizes in found.items()]
    _draw(pd.concat(tables), labels, highest, key)


def _draw(rows: pd.DataFrame, labels: Sequence[str], highest: int, key: str) -> None:
    ends = rows[rows["at"] == DISTANCE]
    said = ", ".join(f"{row.label} {row.value:.1e}" for row in ends.itertuples())
    st.vega_lite_chart(
        rows, page.described(curves.gradient_sizes, tuple(labels), DISTANCE, LOWEST, highest), height=HEIGHT,
        key=f"gradients_{key}",
        alt=f"What is left of the gradient {DISTANCE} steps back: {said}",
    )  # fmt: skip


# ---- at will


def vanish_or_explode(store: Store) -> None:
    """One slider that makes the gradient of a plain cell vanish or explode."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        radius = st.container(width="stretch").slider(
            "Spectral radius of W", 0.5, 2.0, 1.5, 0.1, key="radius", bind="query-params",
            help="Absolute value of the largest eigenvalue of W: the growth of a state per step in the long run.",
        )  # fmt: skip
        field: dict[str, Any] = {"bind": "query-params", "width": 150}
        rate = st.number_input("Learning rate", 0.01, 10.0, 1.0, 0.1, key="explosion_rate", **field)
        limit = st.number_input("Clip at", 0.01, 100.0, 1.0, 0.5, key="explosion_limit", **field)
        seed = st.number_input("Seed", 0, 2**31 - 1, 0, key="explosion_seed", **field)
    found = _explosion(radius, limit, rate, seed)
    st.markdown(f"## {gradients.explosion_words(found.sizes, radius)}")
    left, right = st.columns(2, gap="medium")
    with left:
        st.markdown("**Gradient back through time**, initial weights")
        cell, power = gradients.against_distance(found.sizes, label="RNN"), f"{radius:g}ᵏ"
        rows = pd.concat([cell, gradients.straight(radius, label=power)])
        _draw(rows, ["RNN", power], gradients.highest_power([cell]), "explosion")
    with right:
        st.markdown(f"**Effect on training**: {gradients.STEPS} steps of gradient descent")
        losses = pd.concat(
            pd.DataFrame({"at": range(1, len(values) + 1), "value": values, "label": name})
            for name, values in found.descents.items()
        )
        axes = {"x_title": "Steps", "y_title": "Nats per token"}
        st.vega_lite_chart(
            losses, page.described(curves.lines_over_steps, tuple(gradients.CLIPS), **axes), height=HEIGHT,
            key="gradients_descents",
            alt=", ".join(f"{name}: loss {values[-1]:.2f}" for name, values in found.descents.items()),
        )  # fmt: skip
    page.note(
        "A simple RNN of 128 units reads the synthetic cookbook. Going back, the gradient is multiplied by W once per "
        "step: below 1 it vanishes, above 1 it explodes. The straight line is the effect of W alone; tanh can only "
        "make it smaller. Clipping cannot restore a vanished gradient; it keeps one step from undoing all others."
    )


# ---- clipping


def clipping(store: Store, of: Sequence[str] = ()) -> None:
    """Lengths of the gradients of all weights, batch by batch, and what clipping leaves; `of` as above."""
    runs, seed, epoch = _choose(store, of, with_start=True)
    if of and not runs:
        return
    if not runs:
        st.info("Choose a run under “Runs and seed”: its gradients are computed on its own text, as it was trained.")
        navigation.link("Train", "Train a network")
        return
    own = runs[0].config.training.clip_norm
    with st.container(horizontal=True, vertical_alignment="bottom"):
        on = st.toggle("Clip by norm", value=True, key="clip", bind="query-params")
        limit = st.number_input(
            "Clip at", 0.05, 1000.0, own or 1.0, 0.1, key="clip_at", bind="query-params", width=170, disabled=not on,
            help=f"The first run was trained with {own:g}." if own else "The first run was trained without clipping.",
        )  # fmt: skip
    found = {
        one.label: _lengths(store.url, one.run.id, _nearest(store, one.run, epoch) if epoch else 0, seed)
        for one in _curves(runs)
        if one.run
    }
    rows = pd.concat(gradients.clipped(lengths, limit if on else 0, label) for label, lengths in found.items())
    st.vega_lite_chart(
        rows, page.described(curves.gradient_lengths, tuple(found), BEFORE_CLIPPING, AFTER_CLIPPING), height=HEIGHT,
        key="gradients_clipped",
        alt="; ".join(f"{label}: {max(lengths):.2f} at most" for label, lengths in found.items()),
    )  # fmt: skip
    for label, lengths in found.items():
        st.markdown(f"**{page.plain(label)}**: {gradients.clipping_words(lengths, limit if on else 0)}")
    page.note(
        "Each batch as the run reads it (at most 16 rows of 100 steps), without dropout. Dashed: the norm of the "
        "gradient of all weights together. Solid: after clipping. Epoch 0: initial weights."
    )


# ---- what is chosen


def _followed(store: Store, chosen: Sequence[str]) -> list[Run]:
    """The runs whose gradients can be followed; of the others it is said why not."""
    followed = []
    for run in map(store.run, chosen):
        try:
            _setup(store.url, run.id)
            checkpoints.chosen(store, run, checkpoints.LAST)
        except PersonError as error:
            st.warning(page.plain(f"{run.name}: {error}"))
        else:
            followed.append(run)
    return followed


def _curves(runs: Sequence[Run]) -> list[Curve]:
    """A line for each run, and for each of the three cells that none of them has."""
    cells = [run.config.model.architecture for run in runs]
    titles = {name: cell.title for name, cell in scratch.CELLS.items()}
    trained = [
        Curve(titles[cell] if cells.count(cell) == 1 else f"{titles[cell]} · {run.id}", cell, run)
        for cell, run in zip(cells, runs, strict=True)
    ]
    order = list(titles)
    fresh = [Curve(title, cell, None) for cell, title in titles.items() if cell not in cells]
    return sorted([*trained, *fresh], key=lambda one: order.index(one.cell))


def _choose(store: Store, of: Sequence[str], *, with_start: bool) -> tuple[list[Run], int, int]:
    """The runs, the seed of fresh weights and the epoch that is looked at, from the address.

    Args:
        of: the runs where they are given.
        with_start: epoch 0, fresh weights, is one of the epochs, and the first that is shown. Without runs it is 0.
    """
    row, problems = st.container(horizontal=True, vertical_alignment="bottom"), st.container()
    with row.popover("Seed" if of else "Runs and seed", icon=":material/tune:", width=220):
        chosen = of or run_chooser.several(store, _first(store))
        seed = st.number_input("Seed of initial weights", 0, 2**31 - 1, 0, key="fresh_seed", bind="query-params")
    with problems:
        runs = _followed(store, chosen)
    epochs = sorted(set().union(*(store.checkpoint_epochs(run.id) for run in runs)))
    if not epochs:
        return runs, seed, 0
    epochs = [0, *epochs] if with_start else epochs
    at = int(timeline.position(epochs, st.query_params.get("epoch", "0" if with_start else None)))
    st.session_state[_EPOCH] = at
    row.container(width="stretch").select_slider(
        "Epoch", epochs, key=_EPOCH, on_change=choices.to_address, args=("epoch", _EPOCH), disabled=len(epochs) < 2
    )
    return runs, seed, at


def _first(store: Store) -> list[str]:
    """The run looked at last beside others on its text, where gradients can be followed; else those that show most."""
    runs = reads.runs(store)
    last = [run for run in runs if run.id == navigation.last_run()]
    alike = [run for run in runs if last and run.corpus == last[0].corpus]
    found = gradients.suggested([*last, *alike])
    return found if last and last[0].id in found else gradients.suggested(runs)


def _nearest(store: Store, run: Run, epoch: int) -> int:
    """The kept epoch to show; 0, where it began, of a run that has finished none."""
    kept = store.checkpoint_epochs(run.id)
    return int(timeline.nearest(kept, epoch) or (kept or [0])[0])


# ---- what is computed once for everybody


@st.cache_data(max_entries=50, show_spinner="Reading the text …")
def _setup(url: str, run_id: str | None) -> ComparisonSetup:
    if run_id is None:
        return gradients.built_in_setup()
    store = page.open_store(url)
    run = store.run(run_id)
    return gradients.setup_of(store, run, reads.can_be_read_here(run.corpus))


def _weights(url: str, run_id: str, epoch: int) -> net.Arrays:
    return checkpoints.load(page.open_store(url), run_id, epoch).network.arrays


@st.cache_data(max_entries=500, show_spinner="Backpropagating …")
def _at_start(url: str, run_id: str | None, cell: str, seed: int) -> np.ndarray:
    on = _setup(url, run_id)
    config = on.with_cell(cell)
    return gradients.sizes(net.net(config, on.vocab_size, net.fresh(config, on.vocab_size, seed)), on.ids)


@st.cache_data(max_entries=500, show_spinner="Backpropagating …")
def _after(url: str, run_id: str, epoch: int) -> np.ndarray:
    on = _setup(url, run_id)
    return gradients.sizes(net.net(on.config, on.vocab_size, _weights(url, run_id, epoch)), on.ids)


@st.cache_data(max_entries=500, show_spinner="Computing gradients of batches …")
def _lengths(url: str, run_id: str, epoch: int, seed: int) -> list[float]:
    """Epoch 0: fresh weights."""
    on = _setup(url, run_id)
    arrays = _weights(url, run_id, epoch) if epoch else net.fresh(on.config, on.vocab_size, seed)
    of = net.net(on.config, on.vocab_size, arrays, np.float32)
    return gradients.lengths(of, on.ids, on.config.batches)


@st.cache_data(max_entries=500, show_spinner="Training in three ways …")
def _explosion(radius: float, limit: float, rate: float, seed: int) -> Explosion:
    return gradients.explosion(_setup("", None), radius, limit=limit, rate=rate, seed=seed)
