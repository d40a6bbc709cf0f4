"""The moment of a comparison: a slider over the epochs that the runs have kept, which plays, or follows the newest.

The address holds the epoch where a person has left it (?at=), so that a link shows the same. Without ?at= it follows
the newest. While it plays the address stays as it is: each change would be one more page for Back to go through.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import NamedTuple

import streamlit as st

from pages.widgets.shared import choices, places_slider, reads
from rnnkit.metrics import epoch_number
from rnnkit.store import Store
from rnnkit.studies import timeline

PLAY_SECONDS = 1.5  # a frame: long enough to read a line of it
TICK_SECONDS = 6.0  # between two looks for new epochs of runs that train
FIRST_SECONDS = 2.0  # the same in the first epoch, of which more checkpoints are kept
SECONDS = {"plays": PLAY_SECONDS, "begins": FIRST_SECONDS, "grows": TICK_SECONDS, "still": None}
_PLAYS = "film_plays"


class Film(NamedTuple):
    """A film that plays: whose, the epoch it shows, and when its next frame comes."""

    runs: tuple[str, ...]
    at: float
    due: float


def mode(store: Store, run_ids: Sequence[str]) -> str:
    """A key of SECONDS: how often there is something new to draw."""
    if _film(run_ids):
        return "plays"
    if not _live(store, run_ids):
        return "still"
    return "begins" if all(reads.run(store, run).epochs_done == 0 for run in run_ids) else "grows"


def controls(store: Store, epochs: list[float], run_ids: Sequence[str]) -> float:
    """Draw play, slider and follow side by side in the open container. Returns the epoch that is shown."""
    _next_frame(epochs, run_ids)
    film = _film(run_ids)
    at = timeline.position(epochs, epoch_number(film.at) if film else st.query_params.get("at"))
    shown = {epoch_number(epoch): epoch for epoch in epochs}
    words, icon = ("Stop", "stop") if film else ("Play", "play_arrow")
    st.button(
        words, icon=f":material/{icon}:", key="film_play", disabled=len(epochs) < 2, on_click=_play,
        args=(epochs, at, run_ids),
    )  # fmt: skip
    with st.container(width=190):
        places_slider.show(
            "Epoch", [*shown], epoch_number(at), key="film_at", on_move=lambda place: _moved(shown[place], run_ids),
        )  # fmt: skip
    if _live(store, run_ids):
        _following(at, follows=not film and "at" not in st.query_params)
    return at


def _following(at: float, *, follows: bool) -> None:
    """Whether each new epoch is shown when it comes, and the button that changes it."""
    if follows:
        words, icon, press = "Following", "check", lambda: _stay(at)
    else:
        words, icon, press = "Follow", "last_page", _follow
    st.button(words, icon=f":material/{icon}:", key="film_follow", on_click=press, help="Show each new epoch.")


def _live(store: Store, run_ids: Sequence[str]) -> bool:
    """Whether a new epoch may still come."""
    return any(reads.run(store, run).live for run in run_ids)


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
