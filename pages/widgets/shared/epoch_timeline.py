"""The film-strip: one slider over the epochs moves the texts, the cursor on the loss and what comes next, together.

For one to four runs after one prompt and seed, also while they train. The address holds the prompt, the seed and the
epoch where a person has left the film (?at=), so that a link shows the same view. Without ?at= it follows the newest.
While it plays the address stays as it is: each change would be one more page for Back to go through. What a network
writes is shown letter by letter.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import pandas as pd
import streamlit as st

from pages.widgets.shared import choices, generated_text, page, places_slider, reads, sampling_settings, status
from rnnkit import metrics
from rnnkit.charts import curves, distributions
from rnnkit.metrics import epoch_number
from rnnkit.runs.comparison import Compared
from rnnkit.store import Store
from rnnkit.studies import sampling, timeline
from rnnkit.studies.timeline import EpochView

PLAY_SECONDS = 1.5  # a frame: long enough to read a line of it
TICK_SECONDS = 6.0  # between two looks for new epochs of runs that train
FIRST_SECONDS = 2.0  # the same in the first epoch, of which more checkpoints are kept
HEIGHT = 300  # of bars and texts, so that nothing jumps when the film goes on
_PLAYS = "film_plays"


class Film(NamedTuple):
    """A film that plays: whose, the epoch it shows, and when its next frame comes."""

    runs: tuple[str, ...]
    at: float
    due: float


def show(store: Store, run_ids: Sequence[str]) -> None:
    """The strip of up to four runs. It ticks while it plays or one of them may still bring a new epoch."""
    st.subheader("Film-strip", anchor=False)
    mode = _mode(store, run_ids)
    seconds = {"plays": PLAY_SECONDS, "begins": FIRST_SECONDS, "grows": TICK_SECONDS, "still": None}[mode]
    st.fragment(_strip, run_every=seconds)(store, tuple(run_ids), mode)


def _mode(store: Store, run_ids: Sequence[str]) -> str:
    if _film(run_ids):
        return "plays"
    if not _live(store, run_ids):
        return "still"
    return "begins" if all(reads.run(store, run).epochs_done == 0 for run in run_ids) else "grows"


def _live(store: Store, run_ids: Sequence[str]) -> bool:
    """Whether a new epoch may still come."""
    return any(reads.run(store, run).live for run in run_ids)


@page.user_errors()
def _strip(store: Store, run_ids: tuple[str, ...], mode: str) -> None:
    kept = {run: reads.kept(store, run) for run in run_ids}
    epochs = timeline.epochs(kept.values())
    if epochs:
        _next_frame(epochs, run_ids)
    if _mode(store, run_ids) != mode:
        st.rerun()  # the timer starts, changes and stops only when the page is drawn again
    if not epochs:
        st.info("The film-strip starts with the first batch.", icon=":material/movie:")
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


def _film(run_ids: Sequence[str]) -> Film | None:
    """The film of these runs while it plays."""
    film = st.session_state.get(_PLAYS)
    return film if film and film.runs == tuple(run_ids) else None


def _frame(epoch: float, run_ids: Sequence[str]) -> None:
    """Show this epoch of a film that plays. Due a little before the tick, or one that comes early would pass by."""
    st.session_state[_PLAYS] = Film(tuple(run_ids), epoch, time.monotonic() + 0.8 * PLAY_SECONDS)


def _next_frame(epochs: Sequence[float], run_ids: Sequence[str]) -> None:
    """While the film plays: the next frame when it is due; at the end it stops there."""
    film = _film(run_ids)
    if film is None or time.monotonic() < film.due:
        return
    following = timeline.following(epochs, film.at)
    if following is not None:
        _frame(following, run_ids)
        return
    del st.session_state[_PLAYS]
    if "at" in st.query_params:  # else it follows the newest, which this is
        _stay(film.at)


def _play(epochs: Sequence[float], at: float, run_ids: Sequence[str]) -> None:
    """Start, from the first frame when the film is at its end; pressed again, stop."""
    if _film(run_ids):
        _stay(at)
    else:
        _frame(epochs[0] if at == epochs[-1] else at, run_ids)


def _stay(epoch: float) -> None:
    """The film stays here until somebody moves it."""
    st.session_state.pop(_PLAYS, None)
    st.query_params["at"] = epoch_number(epoch)


def _follow() -> None:
    """Show the newest epoch, and each that comes."""
    st.session_state.pop(_PLAYS, None)
    choices.leave_address("at")


def _moved(epoch: float, run_ids: Sequence[str]) -> None:
    """By hand; a film that plays continues there."""
    if _film(run_ids):
        _frame(epoch, run_ids)
    else:
        _stay(epoch)


def _controls(store: Store, epochs: list[float], run_ids: Sequence[str], first: str) -> tuple[float, str, int]:
    """Play, slider, and what the film is made with: the epoch, the prompt (else that of the run `first`), the seed."""
    film = _film(run_ids)
    at = timeline.position(epochs, epoch_number(film.at) if film else st.query_params.get("at"))
    shown = {epoch_number(epoch): epoch for epoch in epochs}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        words, icon = ("Stop film", "stop") if film else ("Play film", "play_arrow")
        st.button(
            words, icon=f":material/{icon}:", type="primary", key="film_play", width=160, disabled=len(epochs) < 2,
            on_click=_play, args=(epochs, at, run_ids),
        )  # fmt: skip
        with st.container(width="stretch"):
            places_slider.show(
                "Epoch", [*shown], epoch_number(at), key="film_at", on_move=lambda place: _moved(shown[place], run_ids),
            )  # fmt: skip
        if _live(store, run_ids):
            _following(at, follows=not film and "at" not in st.query_params)
        with st.popover("Prompt and seed", icon=":material/tune:"):
            own = _own_prompt(store, first)
            continues = "What every network continues."
            prompt = sampling_settings.prompt_box(own, key="film_prompt", most=500, continues=continues)
            seed = st.number_input("Seed", 0, 2**31 - 1, 0, key="film_seed", bind="query-params")
    return at, prompt, seed


def _following(at: float, *, follows: bool) -> None:
    """Whether each new epoch is shown when it comes, and the button that changes it."""
    if follows:
        words, icon, press = "Following newest", "check", lambda: _stay(at)
    else:
        words, icon, press = "Follow newest", "last_page", _follow
    st.button(words, icon=f":material/{icon}:", key="film_follow", width=200, on_click=press)


@st.cache_data(max_entries=500, show_spinner=False, hash_funcs=reads.HASHED)
def _own_prompt(store: Store, run_id: str) -> str:
    return sampling.default_prompt(store, store.run(run_id))


@st.cache_data(max_entries=500, show_spinner=False, hash_funcs=reads.HASHED)
def _views(store: Store, asked: tuple[tuple[str, float], ...], prompt: str, seed: int) -> list[EpochView]:
    """What an epoch writes never changes: written once, shown to everybody who comes by."""
    return timeline.views(store, asked, replace(timeline.SETTINGS, prompt=prompt, seed=seed))


# ---- the picture


def _one(
    runs: Sequence[Compared], at: float, stands: dict[str, float | None], views: dict[str, EpochView], prompt: str
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
    runs: Sequence[Compared], at: float, stands: dict[str, float | None], views: dict[str, EpochView], prompt: str
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


def _heading(one: Compared, at: float, view: EpochView | None) -> str:
    """The run's letter in its colour, its name, and the epoch that is shown, as Markdown."""
    name = status.heading(one)
    if view is None:
        return f"{name} · nothing kept up to epoch {epoch_number(at)}"
    return f"{name} · epoch {epoch_number(view.epoch)}" + ("" if view.epoch == at else ", the nearest kept")


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


def _curves(runs: Sequence[Compared], at: float, stands: dict[str, float | None]) -> None:
    rows: list[dict[str, Any]] = [{"at": at, "mark": curves.CURSOR}]
    for one in runs:
        found = {"letter": one.letter, "label": one.label}
        for epoch, loss in sorted(metrics.losses([*one.epochs, *one.moments])):
            rows.append({"at": epoch, "value": loss, "mark": curves.CURVE, **found})
            if epoch == stands[one.run.id]:
                rows.append({"at": epoch, "value": loss, "mark": curves.STANDS, **found})
    st.vega_lite_chart(
        pd.DataFrame(rows, columns=["at", "value", "mark", "letter", "label"]),
        page.described(curves.timeline_curves, _letters(runs)), height=HEIGHT, key="film_curves",
        alt=f"Loss over epochs of {', '.join(one.label for one in runs)}, with a rule at epoch {epoch_number(at)}",
    )  # fmt: skip


def _bars(runs: Sequence[Compared], one: Compared, view: EpochView, prompt: str) -> None:
    st.markdown(f"Next after **{page.plain(timeline.tail(prompt))}**")
    rows = [(*likely, one.letter) for likely in view.likeliest]
    best, epoch = view.likeliest[0], epoch_number(view.epoch)
    st.vega_lite_chart(
        pd.DataFrame(rows, columns=["symbol", "probability", "letter"]),
        page.described(distributions.next_symbols, _letters(runs)), height=HEIGHT - 45, key=f"film_bars_{one.letter}",
        alt=f"What {one.label} expects next at epoch {epoch}: {best.symbol} with {best.probability:.1%}",
    )  # fmt: skip


def _letters(runs: Sequence[Compared]) -> str:
    return "".join(one.letter for one in runs)
