"""Choosing a duel: a text, the networks, what is made equal and how long; then what each network will be."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
import streamlit as st

from pages.widgets.shared import choices, network_drawing, new_run, page, reads, settings_form, status
from rnnkit.config import RunConfig, with_settings
from rnnkit.errors import ConfigError, PersonError
from rnnkit.runs import duel, progress
from rnnkit.runs.duel import Entrant
from rnnkit.store import Store
from rnnkit.training import queueing, scheduler

USUAL = ("simple_rnn", "gru", "lstm")
EQUAL = {"parameters": "Parameters", "units": "Units"}
EACH = {"seconds": "The same seconds", "epochs": "The same epochs"}
OF_OLDER_LINKS = {"Equal seconds": ("units", "seconds"), "Equal parameters": ("parameters", "epochs")}


def settings(store: Store) -> RunConfig | None:
    """Everything that the networks will share; None, and a sentence on the page, while it does not fit together."""
    text = st.container()
    with st.expander("Preset and shared settings", icon=":material/tune:"):
        begin = new_run.show(store, fits=False)
        begin = begin._replace(key=f"duel/{begin.key}")
        without = ("model.architecture", "model.units", "training.seconds", "training.epochs")
        values = settings_form.show(begin.base, begin.key, without=without)
    with text:
        texts = new_run.texts(store, begin)
    return settings_form.config(begin.base, {"name": "", "corpus": texts, **values})


def architectures(base: RunConfig | None) -> list[str]:
    """Names of the chosen ones, in the order of the table."""
    titles = {} if base is None else duel.candidates(base)
    usual = [name for name in USUAL if name in titles]
    return st.pills(
        "Networks, two to four", list(titles), selection_mode="multi", default=usual,
        format_func=titles.__getitem__, key=f"duel/architectures/{','.join(titles)}", persist_state="page", wrap=True,
    )  # fmt: skip


def terms(base: RunConfig | None) -> tuple[RunConfig | None, dict[str, Any]]:
    """What is made equal and how long: the shared settings with that, and what `duel.plan` takes besides."""
    was = OF_OLDER_LINKS.get(st.query_params.get("equal", ""), (None, None))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        equal = choices.one_of("Equal", EQUAL, default=was[0], key="equal", format_func=EQUAL.__getitem__)
        units, params = None, None
        if equal == "units":
            usual = 64 if base is None else base.model.units
            units = st.number_input(
                "Units of each", 1, duel.MOST_UNITS, usual, key=f"duel/units/{usual}", persist_state="page"
            )
        else:
            params = st.number_input(
                "Parameters of each", 1, 10**9, None, key="duel/params", placeholder="the first one's number",
                step=1000, persist_state="page",
                help="The units of each network are chosen to come as close to this number as possible.",
            )  # fmt: skip
    with st.container(horizontal=True, vertical_alignment="bottom"):
        each = choices.one_of("Each trains", EACH, default=was[1], key="each", format_func=EACH.__getitem__)
        seconds = epochs = None
        if each == "seconds":
            seconds = st.number_input(
                "Seconds of training for each", 1, 86_400, 30, key="duel/seconds", persist_state="page",
                help="The time becomes a number of steps for each network, from its speed here. Its own training "
                "counts, not the turns of the others, nor sampling and validation.",
            )  # fmt: skip
        else:
            usual = 10 if base is None else base.training.epochs
            epochs = st.number_input(
                "Epochs", 1, duel.MOST_EPOCHS, usual, key=f"duel/epochs/{usual}", persist_state="page"
            )
    asked = {"model.units": units, "training.epochs": epochs}
    given = {name: value for name, value in asked.items() if value is not None}
    shared = base and with_settings(base, {**given, "training.seconds": None})
    return shared, {"params": params, "seconds": seconds, "equal": equal}


def plan(store: Store, base: RunConfig | None, names: Sequence[str], terms: dict[str, Any]) -> list[Entrant]:
    """What each network will be, as a table; none, and why, when they cannot be trained."""
    if base is None:
        return []
    texts = reads.texts(store)
    if any(name in texts and not texts[name].available for name in base.corpora):
        st.info("The text has to be on this machine first.", icon=":material/download:")
        return []
    try:
        if not names:
            raise ConfigError("networks: expected 2 to 4, got none")
        entrants = duel.plan(base, names, queueing.vocab_size(base, store), **terms)
        measured = [queueing.check(one.config, store) for one in entrants]
    except PersonError as error:
        settings_form.refuse(error)
        return []
    _table(entrants)
    seconds = duel.expected_seconds(entrants, measured[0], reads.slowness(store))
    by_turns = duel.takes_turns(entrants, measured[0])
    st.metric("Training of all together, about", progress.spoken(seconds), border=True)
    page.note(
        "All train on the same batches in the same order from the same seed, "
        + (
            "by turns of a fraction of a second: their curves and texts grow together."
            if by_turns
            else "one after the other: together they need more memory than is free."
        )
    )
    return entrants


def _table(entrants: Sequence[Entrant]) -> None:
    rows = [(one.title, one.config.model.units, one.params, 100 * one.difference) for one in entrants]
    table = pd.DataFrame(rows, columns=["Network", "Units", "Parameters", "Off by"])
    columns = {"Parameters": status.number("%,d"), "Off by": status.number("%+.2f %%")}
    st.dataframe(table, hide_index=True, column_config=columns, alt="Units and parameters of each network")


def drawn(store: Store, entrants: Sequence[Entrant]) -> None:
    """The networks side by side, small."""
    if not entrants:
        return
    vocab_size = queueing.vocab_size(entrants[0].config, store)
    with st.grid(len(entrants), min_column_width=240):
        for one in entrants:
            with st.container():
                st.markdown(f"**{one.title}**")
                name = one.config.model.architecture
                network_drawing.show(store, one.config, vocab_size, key=f"duel/network/{name}", height=260, small=True)


def order(store: Store, duels: Sequence[Sequence[Entrant]]) -> list[list[str]]:
    """Queue all networks of these duels, with somebody to train them. The ids of each duel."""
    ids = duel.order_each(store, duels)
    scheduler.ensure_running(store)
    for read in (reads.listed, reads.duels):
        read.clear()
    return ids
