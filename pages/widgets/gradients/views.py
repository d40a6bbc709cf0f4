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
STARTS = {"Textbook weights": net.textbook, "Keras: W orthogonal": net.fresh}
_EPOCH = "gradients_epoch"


class Curve(NamedTuple):
    """One line of the charts: a cell at the start, and the run that trained it, if there is one."""

    label: str
    cell: str
    run: Run | None


# ---- against the distance in time


def through_time(store: Store, of: Sequence[str] = ()) -> None:
    """Initial weights of two kinds beside trained ones: those of the runs `of`, else those that are chosen."""
    runs, seed, epoch = _choose(store, of, with_start=False)
    lines = _curves(runs)
    base = runs[0].id if runs else None
    starts = {
        start: {one.label: _at_start(store, one.run.id if one.run else base, one.cell, seed, start) for one in lines}
        for start in STARTS
    }
    trained = {
        one.label: _after(store, one.run.id, at) for one in lines if one.run and (at := _nearest(store, one.run, epoch))
    }
    sides = dict(starts)
    sides[f"Trained{f', epoch {epoch}' if epoch else ''}"] = trained
    highest = gradients.highest_power(
        [gradients.against_distance(one) for side in sides.values() for one in side.values()]
    )
    labels = [one.label for one in lines]
    _task(store, base)
    with st.grid(len(sides), min_column_width=260, gap="small"):
        for number, (title, found) in enumerate(sides.items()):
            with st.container():
                st.markdown(f"## {title}")
                if found:
                    _sizes(found, labels, highest, str(number))
                else:
                    _how_to_train()
    reach = [{label: gradients.reach_words(sizes) for label, sizes in found.items()} for found in sides.values()]
    columns = ["1 % of the gradient is left, textbook", "as Keras begins", "after training"]
    table = pd.DataFrame(
        [(label, *(side.get(label) for side in reach)) for label in labels], columns=["Cell", *columns]
    )
    st.dataframe(table, hide_index=True)
    page.note(
        "Norm of the gradient of the loss at one token by the state that many steps before, relative to the last "
        f"step: the median of {gradients.PLACES} positions in a text; the band holds half of them. A vanished gradient "
        "teaches nothing: longer dependencies are not learned."
    )
    page.note(
        "Textbook: U and W evenly between -1/√n and 1/√n for n numbers read. There a simple RNN loses its gradient "
        "first, as the documents say. Keras begins with an orthogonal W, which keeps lengths as they are: a fresh "
        "simple RNN then keeps more than gates that are half open. Training decides: gates learn to stay open, and "
        "W does not stay orthogonal. The forget gate of the LSTM begins with a bias of 1 in both."
    )


def _task(store: Store, base: str | None) -> None:
    """What is read, where that asks for memory."""
    if _setup(store, base).at is not None:
        st.markdown(
            f"The text is the memory test: a letter, {gradients.FEWEST_DOTS} dots or more, a question mark, and the "
            "letter again. The loss is that of the letter: how much of its gradient comes back over the dots?"
        )


def _how_to_train() -> None:
    st.info("Choose runs under “Runs and seed”, or train some first: the memory test takes a minute.")
    navigation.link("Memory", "The memory test")
    navigation.link("Train", "Train a network")


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
        rate = st.number_input("Learning rate", 0.01, 10.0, 0.3, 0.1, key="explosion_rate", **field)
        limit = st.number_input("Clip at", 0.01, 100.0, 1.0, 0.5, key="explosion_limit", **field)
        seed = st.number_input("First seed", 0, 2**31 - 1, 0, key="explosion_seed", **field)
    found = _explosion(radius, limit, rate, seed)
    st.markdown(f"## {gradients.explosion_words(found.sizes, radius)}")
    st.markdown(f"**{gradients.descent_words(found)}**")
    left, right = st.columns(2, gap="medium")
    with left:
        st.markdown("**Gradient back through time**, initial weights")
        cell, power = gradients.against_distance(found.sizes, label="RNN"), f"{radius:g}ᵏ"
        rows = pd.concat([cell, gradients.straight(radius, label=power)])
        _draw(rows, ["RNN", power], gradients.highest_power([cell]), "explosion")
    with right:
        st.markdown(
            f"**Effect on training**: {gradients.STEPS} steps of gradient descent, mean of {gradients.SEEDS} seeds"
        )
        means = {name: losses.mean(axis=0) for name, losses in found.descents.items()}
        losses = pd.concat(
            pd.DataFrame({"at": range(1, len(values) + 1), "value": values, "label": name})
            for name, values in means.items()
        )
        axes = {"x_title": "Steps", "y_title": "Nats per token", "within": curves.around(losses)}
        st.vega_lite_chart(
            losses, page.described(curves.lines_over_steps, tuple(gradients.CLIPS), **axes), height=HEIGHT,
            key="gradients_descents",
            alt=", ".join(f"{name}: loss {values[-1]:.2f}" for name, values in means.items()),
        )  # fmt: skip
    page.note(
        "A simple RNN of 128 units reads the synthetic cookbook. Going back, the gradient is multiplied by W once per "
        "step: below 1 it vanishes, above 1 it explodes. The straight line is the effect of W alone; tanh can only "
        "make it smaller. Clipping cannot restore a vanished gradient; it keeps one step from undoing all others. "
        f"The sentence above compares the last {gradients.LAST} steps, seed by seed."
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
        one.label: _lengths(store, one.run.id, _nearest(store, one.run, epoch) if epoch else 0, seed)
        for one in _curves(runs)
        if one.run
    }
    rows = pd.concat(gradients.clipped(lengths, limit if on else 0, label) for label, lengths in found.items())
    parts = (BEFORE_CLIPPING, AFTER_CLIPPING)
    st.vega_lite_chart(
        rows, page.described(curves.gradient_lengths, tuple(found), *parts, curves.around(rows)), height=HEIGHT,
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
            _setup(store, run.id)
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
    """Those of the memory test; else the run looked at last beside others on its text; else those that show most."""
    runs = reads.runs(store)
    found = gradients.suggested(runs)
    if found and any(run.id in found and run.corpus.partition("-")[0] == "memory" for run in runs):
        return found
    last = [run for run in runs if run.id == navigation.last_run()]
    alike = [run for run in runs if last and run.corpus == last[0].corpus]
    found = gradients.suggested([*last, *alike])
    return found if last and last[0].id in found else gradients.suggested(runs)


def _nearest(store: Store, run: Run, epoch: int) -> int:
    """The kept epoch to show; 0, where it began, of a run that has finished none."""
    kept = store.checkpoint_epochs(run.id)
    return int(timeline.nearest(kept, epoch) or (kept or [0])[0])


# ---- what is computed once for everybody


@st.cache_data(max_entries=50, show_spinner="Reading the text …", hash_funcs=reads.HASHED)
def _setup(store: Store, run_id: str | None) -> ComparisonSetup:
    if run_id is None:
        return gradients.memory_setup()
    run = store.run(run_id)
    return gradients.setup_of(store, run, reads.can_be_read_here(run.corpus))


def _weights(store: Store, run_id: str, epoch: int) -> net.Arrays:
    return checkpoints.load(store, run_id, epoch).network.arrays


@st.cache_data(max_entries=500, show_spinner="Backpropagating …", hash_funcs=reads.HASHED)
def _at_start(store: Store, run_id: str | None, cell: str, seed: int, start: str) -> np.ndarray:
    on = _setup(store, run_id)
    config = on.with_cell(cell)
    arrays = STARTS[start](config, on.vocab_size, seed)
    return gradients.sizes(net.net(config, on.vocab_size, arrays), on.ids, on.at)


@st.cache_data(max_entries=500, show_spinner="Backpropagating …", hash_funcs=reads.HASHED)
def _after(store: Store, run_id: str, epoch: int) -> np.ndarray:
    on = _setup(store, run_id)
    return gradients.sizes(net.net(on.config, on.vocab_size, _weights(store, run_id, epoch)), on.ids, on.at)


@st.cache_data(max_entries=500, show_spinner="Computing gradients of batches …", hash_funcs=reads.HASHED)
def _lengths(store: Store, run_id: str, epoch: int, seed: int) -> list[float]:
    """Epoch 0: fresh weights."""
    on = _setup(store, run_id)
    arrays = _weights(store, run_id, epoch) if epoch else net.fresh(on.config, on.vocab_size, seed)
    of = net.net(on.config, on.vocab_size, arrays, np.float32)
    return gradients.lengths(of, on.ids, on.config.batches)


@st.cache_data(max_entries=500, show_spinner="Training in three ways …")
def _explosion(radius: float, limit: float, rate: float, seed: int) -> Explosion:
    return gradients.explosion(gradients.built_in_setup(), radius, limit=limit, rate=rate, seed=seed)
