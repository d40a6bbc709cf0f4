"""Before a run starts that takes hours, or most of the memory: the figures, what would be less, and the last word."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from pages.widgets.shared import navigation, new_run, page, reads
from pages.widgets.shared.new_run import Beginning
from rnnkit.config import RunConfig
from rnnkit.store import Store
from rnnkit.training import cost, queueing


def start(store: Store, begin: Beginning, config: RunConfig) -> None:
    """Start the run of `config` and open its page: at once or, where it costs much, when that was seen and wanted.

    Raises what `queueing.check` raises.
    """
    state = reads.run(store, begin.parent).tokenizer if begin.parent else None
    measured = queueing.check(config, store, state)
    slower = reads.slowness(store)
    said = cost.concerns(config, measured.vocab_size, measured.plan, slower, begin.epoch or 0)
    if said:
        _asked(store, begin, config, said)
    else:
        _go(store, begin, config)


def _go(store: Store, begin: Beginning, config: RunConfig) -> None:
    navigation.leave_for("Run", run=new_run.order(store, begin, config), tab="watch")


@st.dialog("Start this run?", icon=":material/hourglass_top:")
@page.user_errors()
def _asked(store: Store, begin: Beginning, config: RunConfig, said: Sequence[str]) -> None:
    for sentence in said:
        st.markdown(page.plain(sentence))
    page.note("It can be paused or stopped at any time, and every finished epoch is kept.")
    with st.container(horizontal=True):
        if st.button("Change the settings", type="primary", icon=":material/tune:"):
            st.rerun()
        if st.button("Start all the same", icon=":material/play_arrow:"):
            _go(store, begin, config)
