"""Choosing a duel: a text with all settings, the architectures, and what is made equal; then what each will be."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
import streamlit as st

from pages.widgets.shared import choices, equations, new_run, page, reads, settings_form, status
from rnnkit.config import RunConfig
from rnnkit.errors import PersonError
from rnnkit.runs import duel, progress
from rnnkit.runs.duel import Entrant
from rnnkit.store import Store
from rnnkit.training import queueing, scheduler

USUAL = ("simple_rnn", "gru", "lstm")


def settings(store: Store) -> RunConfig | None:
    """Everything that the networks will share; None, and a sentence on the page, while it does not fit together."""
    begin = new_run.show(store, fits=False)
    begin = begin._replace(key=f"duel/{begin.key}")
    texts = new_run.texts(store, begin)
    with st.expander("Shared settings", icon=":material/tune:"):
        values = settings_form.show(begin.base, begin.key, without=("model.architecture", "training.seconds"))
    return settings_form.config(begin.base, {"name": "", "corpus": texts, **values})


def architectures(base: RunConfig | None) -> list[str]:
    """Names of the chosen ones, in the order of the table."""
    titles = {} if base is None else duel.candidates(base)
    usual = [name for name in USUAL if name in titles]
    chosen = st.pills(
        "Architectures, two to four", list(titles), selection_mode="multi", default=usual,
        format_func=titles.__getitem__, key=f"duel/architectures/{','.join(titles)}", persist_state="page", wrap=True,
    )  # fmt: skip
    equations.show(chosen)
    return chosen


def terms() -> dict[str, Any]:
    """What is made equal, as `duel.plan` takes it."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        words = {"parameters": "Equal parameters", "seconds": "Equal seconds"}
        if choices.one_of("Compare at", words, key="equal", format_func=words.__getitem__) == "seconds":
            seconds = st.number_input(
                "Seconds of training for each", 1, 86_400, 30, key="duel/seconds", persist_state="page",
                help="All have the units of the settings. The time becomes a number of steps for each, from its speed "
                "here. Sampling and validation do not count.",
            )  # fmt: skip
            return {"seconds": seconds}
        params = st.number_input(
            "Parameters of each", 1, 10**9, None, key="duel/params", placeholder="the first one's number", step=1000,
            persist_state="page",
            help="The units of each network are chosen to come as close to this number as possible.",
        )  # fmt: skip
        return {"params": params}


def plan(store: Store, base: RunConfig | None, names: Sequence[str], terms: dict[str, Any]) -> list[Entrant]:
    """What each network will be, as a table; none, and why, when they cannot be trained."""
    if base is None:
        return []
    texts = reads.texts(store)
    if any(name in texts and not texts[name].available for name in base.corpora):
        st.info("The text has to be on this machine first.", icon=":material/download:")
        return []
    try:
        entrants = duel.plan(base, names, queueing.vocab_size(base, store), **terms)
        measured = [queueing.check(one.config, store) for one in entrants]
    except PersonError as error:
        settings_form.refuse(error)
        return []
    _table(entrants)
    seconds = duel.expected_seconds(entrants, measured[0], reads.slowness(store))
    st.metric("Training, one after the other, about", progress.spoken(seconds), border=True)
    page.note(
        "All train on the same batches in the same order from the same seed. They are queued together; "
        "with a single device they train one after the other."
    )
    return entrants


def _table(entrants: Sequence[Entrant]) -> None:
    rows = [(one.title, one.config.model.units, one.params, 100 * one.difference) for one in entrants]
    table = pd.DataFrame(rows, columns=["Network", "Units", "Parameters", "Off by"])
    columns = {"Parameters": status.number("%,d"), "Off by": status.number("%+.2f %%")}
    st.dataframe(table, hide_index=True, column_config=columns, alt="Units and parameters of each network")


def order(store: Store, entrants: Sequence[Entrant]) -> list[str]:
    """Queue them all, with somebody to train them. Their ids."""
    ids = duel.order(store, entrants)
    scheduler.ensure_running(store)
    reads.runs.clear()
    return ids
