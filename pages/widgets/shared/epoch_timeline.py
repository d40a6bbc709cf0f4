"""The film-strip: one slider over the epochs moves the texts, the cursor on the loss and what comes next, together.

For one to four runs after one prompt and seed, also while they train. The address holds the epoch (?at=), the
prompt and the seed, so that a link shows the same view. What a network writes is shown letter by letter.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pandas as pd
import streamlit as st

from pages.widgets.shared import generated_text, page, reads, sampling_settings, status
from rnnkit import metrics
from rnnkit.charts import curves, distributions
from rnnkit.runs.comparison import Compared
from rnnkit.store import Store
from rnnkit.studies import sampling, timeline
from rnnkit.studies.timeline import EpochView

PLAY_SECONDS = 1.5  # a frame: long enough to read a line of it
TICK_SECONDS = 6.0  # between two looks for new epochs of runs that train
HEIGHT = 300  # of bars and texts, so that nothing jumps when the film goes on
_AT, _DUE = "film_at", "film_due"  # the slider; the runs whose film plays, and when its next frame comes


def show(store: Store, run_ids: Sequence[str]) -> None:
    """The strip of up to four runs. It ticks while it plays or one of them may still bring a new epoch."""
    st.subheader("Film-strip", anchor=False)
    mode = _mode(store, run_ids)
    seconds = {"plays": PLAY_SECONDS, "grows": TICK_SECONDS, "still": None}[mode]
    st.fragment(_strip, run_every=seconds)(store, tuple(run_ids), mode)


def _mode(store: Store, run_ids: Sequence[str]) -> str:
    if _due(run_ids) is not None:
        return "plays"
    return "grows" if any(reads.run(store, run).live for run in run_ids) else "still"


@page.user_errors()
def _strip(store: Store, run_ids: tuple[str, ...], mode: str) -> None:
    kept = {run: reads.kept(store, run) for run in run_ids}
    epochs = timeline.epochs(kept.values())
    if epochs:
        _step(epochs, run_ids)
    if _mode(store, run_ids) != mode:
        st.rerun()  # the timer starts, changes and stops only when the page is drawn again
    if not epochs:
        st.info("The film-strip starts after the first epoch.", icon=":material/movie:")
        return
    at, prompt, seed = _controls(store, epochs, run_ids, next(run for run in run_ids if kept[run]))
    runs = reads.compared(store, list(run_ids))
    stands = {run: timeline.nearest(kept[run], at) for run in run_ids}
    asked = tuple((run, epoch) for run, epoch in stands.items() if epoch is not None)
    views = {view.run: view for view in _views(store, asked, prompt, seed)}
    (_one if len(runs) == 1 else _several)(runs, at, stands, views, prompt)
    page.note(
        "Every text continues the same prompt with the same seed: only the weights differ. "
        "Bars: probability of each next symbol, at temperature 1."
    )


# ---- the hand on the film


def _due(run_ids: Sequence[str]) -> float | None:
    """When the next frame comes; None while the film of these runs does not play."""
    playing, due = st.session_state.get(_DUE, ((), 0.0))
    return due if playing == tuple(run_ids) else None


def _step(epochs: Sequence[int], run_ids: Sequence[str]) -> None:
    """While the film plays: the next frame when it is due; at the end it stops."""
    due = _due(run_ids)
    if due is None or time.monotonic() < due:
        return
    following = timeline.following(epochs, timeline.position(epochs, st.query_params.get("at")))
    if following is None:
        del st.session_state[_DUE]
    else:
        _go(following, run_ids)


def _go(epoch: int, run_ids: Sequence[str]) -> None:
    st.query_params["at"] = str(epoch)
    if _due(run_ids) is not None:
        _set_due(run_ids)


def _set_due(run_ids: Sequence[str]) -> None:
    """A little before the tick, or one that comes early would pass by."""
    st.session_state[_DUE] = tuple(run_ids), time.monotonic() + 0.8 * PLAY_SECONDS


def _play(epochs: Sequence[int], at: int, run_ids: Sequence[str]) -> None:
    """Start, from the first frame when the film is at its end; pressed again, stop."""
    if _due(run_ids) is not None:
        del st.session_state[_DUE]
        return
    _set_due(run_ids)
    _go(epochs[0] if at == epochs[-1] else at, run_ids)


def _moved(run_ids: Sequence[str]) -> None:
    _go(st.session_state[_AT], run_ids)


def _controls(store: Store, epochs: list[int], run_ids: Sequence[str], first: str) -> tuple[int, str, int]:
    """Play, slider, and what the film is made with: the epoch, the prompt (else that of the run `first`), the seed."""
    at = timeline.position(epochs, st.query_params.get("at"))
    plays = _due(run_ids) is not None
    with st.container(horizontal=True, vertical_alignment="bottom"):
        words, icon = ("Stop film", "stop") if plays else ("Play film", "play_arrow")
        st.button(
            words, icon=f":material/{icon}:", type="primary", key="film_play", width=160, disabled=len(epochs) < 2,
            on_click=_play, args=(epochs, at, run_ids),
        )  # fmt: skip
        # The address is the one truth: a link, the film's own steps and the hand all go through it.
        st.session_state[_AT] = at
        st.container(width="stretch").select_slider(
            "Epoch", epochs, key=_AT, on_change=_moved, args=(run_ids,), disabled=len(epochs) < 2
        )
        with st.popover("Prompt and seed", icon=":material/tune:"):
            own = _own_prompt(store, first)
            continues = "What every network continues."
            prompt = sampling_settings.prompt_box(own, key="film_prompt", most=500, continues=continues)
            seed = st.number_input("Seed", 0, 2**31 - 1, 0, key="film_seed", bind="query-params")
    return at, prompt, seed


@st.cache_data(max_entries=500, show_spinner=False, hash_funcs=reads.HASHED)
def _own_prompt(store: Store, run_id: str) -> str:
    return sampling.default_prompt(store, store.run(run_id))


@st.cache_data(max_entries=500, show_spinner=False, hash_funcs=reads.HASHED)
def _views(store: Store, asked: tuple[tuple[str, int], ...], prompt: str, seed: int) -> list[EpochView]:
    """What an epoch writes never changes: written once, shown to everybody who comes by."""
    return timeline.views(store, asked, replace(timeline.SETTINGS, prompt=prompt, seed=seed))


# ---- the picture


def _one(
    runs: Sequence[Compared], at: int, stands: dict[str, int | None], views: dict[str, EpochView], prompt: str
) -> None:
    """One run: curve and bars above, the three texts below."""
    (one,) = runs
    view = views.get(one.run.id)
    curve, bars = st.columns([3, 2], gap="medium")
    with curve:
        _curves(runs, at, stands)
    if view is None or not _can_show(view):
        return
    with bars:
        _bars(runs, one, view, prompt)
    with st.grid(len(view.texts), min_column_width=280, gap="small"):
        _texts(view, prompt)


def _several(
    runs: Sequence[Compared], at: int, stands: dict[str, int | None], views: dict[str, EpochView], prompt: str
) -> None:
    """Several runs: the curves above, then a row for each with its bars and its texts."""
    _curves(runs, at, stands)
    for one in runs:
        view = views.get(one.run.id)
        st.markdown(f"#### {_heading(one, at, view)}")
        if view is None or not _can_show(view):
            continue
        with st.grid(1 + len(view.texts), min_column_width=215, gap="small"):
            with st.container():
                _bars(runs, one, view, prompt)
            _texts(view, prompt)


def _heading(one: Compared, at: int, view: EpochView | None) -> str:
    """The run's letter in its colour, its name, and the epoch that is shown, as Markdown."""
    name = status.heading(one)
    if view is None:
        return f"{name} · nothing kept up to epoch {at}"
    return f"{name} · epoch {view.epoch}" + ("" if view.epoch == at else ", the nearest kept")


def _can_show(view: EpochView) -> bool:
    if view.problem:
        st.error(page.plain(view.problem), icon=":material/error:")
    elif view.unknown:
        st.warning(page.plain(view.unknown))
    return view.problem is None


def _texts(view: EpochView, prompt: str) -> None:
    for temperature, text in zip(timeline.SETTINGS.temperatures, view.texts, strict=True):
        with st.container(gap="xxsmall"):
            st.markdown(f"Temperature **{temperature:g}**")
            generated_text.show(text, prompt=prompt, height=HEIGHT)


def _curves(runs: Sequence[Compared], at: int, stands: dict[str, int | None]) -> None:
    rows: list[dict[str, Any]] = [{"at": at, "mark": curves.CURSOR}]
    for one in runs:
        found = {"letter": one.letter, "label": one.label}
        for epoch, loss in metrics.losses(one.epochs):
            rows.append({"at": epoch, "value": loss, "mark": curves.CURVE, **found})
            if epoch == stands[one.run.id]:
                rows.append({"at": epoch, "value": loss, "mark": curves.STANDS, **found})
    st.vega_lite_chart(
        pd.DataFrame(rows, columns=["at", "value", "mark", "letter", "label"]),
        page.described(curves.timeline_curves, _letters(runs)), height=HEIGHT, key="film_curves",
        alt=f"Loss over epochs of {', '.join(one.label for one in runs)}, with a rule at epoch {at}",
    )  # fmt: skip


def _bars(runs: Sequence[Compared], one: Compared, view: EpochView, prompt: str) -> None:
    st.markdown(f"Next after **{page.plain(timeline.tail(prompt))}**")
    rows = [(*likely, one.letter) for likely in view.likeliest]
    best = view.likeliest[0]
    st.vega_lite_chart(
        pd.DataFrame(rows, columns=["symbol", "probability", "letter"]),
        page.described(distributions.next_symbols, _letters(runs)), height=HEIGHT - 45, key=f"film_bars_{one.letter}",
        alt=f"What {one.label} expects next at epoch {view.epoch}: {best.symbol} with {best.probability:.1%}",
    )  # fmt: skip


def _letters(runs: Sequence[Compared]) -> str:
    return "".join(one.letter for one in runs)
