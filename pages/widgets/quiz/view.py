"""The quiz: alone, round after round with a score in the address; in a class the round that the teacher has started."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any, NamedTuple

import streamlit as st

from pages.widgets.quiz import board
from pages.widgets.shared import missing_texts, page, reads, run_chooser
from rnnkit import tasks
from rnnkit.errors import ConfigError, CorpusError
from rnnkit.metrics import epoch_number
from rnnkit.people import acting, known, voting
from rnnkit.store import Run, Store
from rnnkit.studies import quiz, sampling
from rnnkit.studies.checkpoint import LAST
from rnnkit.studies.quiz import Question
from rnnkit.tasks import Does

HEATS = ("0.3", "0.5", "0.7", "1.0", "1.3")
_GUESS = "_quiz_guess"  # the question that was answered last, and how
NOT_ALL_S = "A quiz is never made of a text that is somebody's own. Choose a run on a text that everybody may read."


class Asked(NamedTuple):
    """What makes a question."""

    run: str
    seed: int = 0
    ats: tuple[str, ...] = (LAST,)
    heat: str = "0.7"
    length: int = 200


def show(store: Store) -> None:
    """The round of the class where there is one, else one's own."""
    opened = store.open_class()
    going = opened.settings.get("quiz") if opened else None
    if going:
        _in_class(store, going)
    else:
        _alone(store, in_class=opened is not None)


# ---- alone


def _alone(store: Store, *, in_class: bool) -> None:
    run = run_chooser.one(store, Does.WRITES)
    if run is not None and "run" not in st.query_params and missing_texts.of(store, run):
        run = next(filter(None, map(partial(_if_here, store), reads.runs(store))), run)
    if run is None:
        st.info("There is no network that writes yet.")
        return
    run_chooser.switch(store, run, Does.WRITES)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        asked = _settings(store, run)
        onward = st.empty()  # above the passages: below them it would be out of sight
    if not _allowed(store, run, alone=True):
        st.info(NOT_ALL_S)
        return
    leads = in_class and acting.person(store).leads and _allowed(store, run, alone=False)
    if leads and st.button("Start a round for the class", type="primary", icon=":material/groups:"):
        voting.start(store, **asked._asdict())
        st.rerun()
    guess = st.session_state.get(_GUESS)
    chosen = guess[1] if guess and guess[0] == asked else None
    if missing := missing_texts.of(store, run):
        missing_texts.offer(store, run, missing, "This quiz")
        return
    try:
        question = _question(store, asked)
    except (ConfigError, CorpusError) as error:  # too short, or gone: another run can be asked about
        st.info(page.plain(str(error)), icon=":material/info:")
        return

    def choose(place: int) -> None:
        st.session_state[_GUESS] = (asked, place)
        right, count = _score()
        st.query_params["score"] = f"{right + (place == question.answer)}-{count + 1}"
        st.rerun()

    right, count = _score()
    says = ""
    if chosen is not None:
        says = "Right: a person wrote it. " if chosen == question.answer else "No: a network wrote that. "
    says += f"{right} of {count} right so far." if count else ""
    board.show(question, "quiz", choose, says=says, known=chosen is not None, chosen=chosen)
    if chosen is not None and onward.button("Next", type="primary", icon=":material/arrow_forward:"):
        st.query_params["seed"] = str(asked.seed + 1)
        st.rerun()


def _if_here(store: Store, run: Run) -> Run | None:
    """The run, if it writes and its text is on this machine."""
    writes = tasks.of(run.config).does is Does.WRITES
    return run if writes and run.epochs_done and not missing_texts.of(store, run) else None


def _settings(store: Store, run: Run) -> Asked:
    """Which checkpoints write, and how; in the address."""
    kept = run_chooser.kept(store, run)
    options = [*dict.fromkeys(epoch_number(epoch) for epoch in kept if epoch), LAST]
    first = [epoch_number(one) for one in sampling.spread([epoch for epoch in kept if epoch >= 1], 3)[:1]]
    ats = st.multiselect(
        "Epochs that write", options, default=list(dict.fromkeys([*first, LAST])), key="ats", bind="query-params",
        max_selections=quiz.MOST_OTHERS, width=340,
    )  # fmt: skip
    heat = st.selectbox("Temperature", HEATS, index=2, key="heat", bind="query-params", width=140)
    length = st.select_slider("Characters", [100, 200, 300], value=200, key="length", bind="query-params", width=200)
    return Asked(run.id, _number(st.query_params.get("seed", "")), tuple(ats) or (LAST,), heat or "0.7", length)


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 0


def _score() -> tuple[int, int]:
    """How many were right, of how many."""
    right, _, count = st.query_params.get("score", "").partition("-")
    return min(_number(right), _number(count)), _number(count)


def _allowed(store: Store, run: Run, *, alone: bool) -> bool:
    """Whether this run's text may be asked about: one that is nobody's own, or one's own where nobody else looks on."""
    person, plain = acting.person(store), acting.plain(store)
    here = known.known(plain)
    if not here.asks or not here.private_texts(run):
        return True
    return alone and run.member == person.member


@st.cache_data(max_entries=200, show_spinner="The networks write …", hash_funcs=reads.HASHED)
def _question(store: Store, asked: Asked) -> Question:
    return quiz.question(
        store, asked.run, asked.seed, ats=asked.ats, temperature=float(asked.heat), length=asked.length
    )


# ---- in a class


def _in_class(store: Store, going: Mapping[str, Any]) -> None:
    person = acting.person(store)
    asked = Asked(going["run"], going["seed"], tuple(going["ats"]), going["heat"], going["length"])
    run = reads.run(store, asked.run)
    if not _allowed(store, run, alone=False):
        raise ConfigError(f"quiz: expected a run on a text that everybody may read, got run {run.id}")
    question, revealed, counts = _question(store, asked), bool(going["revealed"]), voting.counts(going)
    right, count = counts[question.answer], sum(counts)
    says = f"{right} of {count} guessed right." if revealed else f"Round {going['round']}:"

    def vote(place: int) -> None:
        voting.vote(store, going["round"], place)
        st.rerun()

    if person.leads:
        _lead(store, asked, revealed)
    board.show(
        question, "class_quiz", vote, says=says, known=revealed, chosen=voting.of(going, person),
        may_choose=person.role == "pupil", number=going["round"], votes=count, counts=counts,
    )  # fmt: skip


def _lead(store: Store, asked: Asked, revealed: bool) -> None:
    """What the teacher presses."""
    with st.container(horizontal=True):
        if not revealed and st.button("Reveal", type="primary", icon=":material/visibility:"):
            voting.reveal(store)
        elif revealed and st.button("Next round", type="primary", icon=":material/arrow_forward:"):
            voting.start(store, **asked._replace(seed=asked.seed + 1)._asdict())
        elif st.button("End the quiz"):
            voting.end(store)
        else:
            return
    st.rerun()
