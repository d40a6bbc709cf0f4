"""One run, whole: how it stands, its curve, what it writes, its settings. The same in every browser."""

from __future__ import annotations

from operator import itemgetter

import pandas as pd
import streamlit as st

from pages.widgets.shared import epoch_timeline, equations, orders, page, reads, status
from pages.widgets.train import costs
from pages.widgets.watch import loss_curve, missing_ingredients, samples
from rnnkit import tasks
from rnnkit.config import RunConfig, fields
from rnnkit.runs.comparison import setting_title
from rnnkit.store import Run, Status, Store

_BEGUN = "_begun"  # the run whose first text was shown here


def show(store: Store, run: Run) -> None:
    """Everything about the run; what changes while it trains is drawn again every two seconds."""
    with st.container(horizontal=True):
        orders.pause(store, run)
        orders.stop(store, [run], "Stop")
        orders.resume(store, [run], "Resume", type="primary")
    st.fragment(_live, run_every=_tick(store, run))(store, run.id, _shown(store, run))
    if tasks.of(run.config).writes:
        epoch_timeline.show(store, [run.id])
    missing_ingredients.show(store, run)
    _details(store, run)


def _tick(store: Store, run: Run) -> float | None:
    """Seconds between two looks at the store: somebody else may resume what is not over for good."""
    if run.live:  # until there is something to read somebody waits for it; not so those behind others in the queue
        is_next = run.status != Status.QUEUED or reads.place_in_queue(store, run.id) == 1
        return reads.LIVE_SECONDS if is_next and not reads.kept(store, run.id) else 2.0
    return None if run.status in (Status.FINISHED, Status.DIVERGED) else 5.0


def _has_begun(run: Run) -> bool:
    """Whether the first point and text were shown: counting n-grams for the baselines takes a second and must wait."""
    return not run.live or run.epochs_done > 0 or st.session_state.get(_BEGUN) == run.id


def _shown(store: Store, run: Run) -> tuple:
    """What the still parts of the page depend on."""
    return run.status, run.wanted, run.vocab_size, run.epochs_done > 0, bool(reads.kept(store, run.id))


@page.user_errors()
def _live(store: Store, run_id: str, shown: tuple) -> None:
    """What moves. When the still parts would look different, the whole page is drawn again."""
    run, epochs = reads.run(store, run_id), reads.epochs(store, run_id)
    if _shown(store, run) != shown:
        st.rerun()
    _message(run)
    for trouble in reads.troubles(store, run_id):
        st.warning(page.plain(trouble), icon=":material/warning:")
    status.bar(store, run)
    curve, figures = st.columns([3, 1], gap="medium")
    with figures:
        status.figures(run, epochs or reads.moments(store, run_id))
    with curve:
        loss_curve.show(store, run, baselines=_has_begun(run))
    measured = sorted([*epochs, *reads.moments(store, run_id)], key=itemgetter("step"))
    if tasks.of(run.config).writes or (measured and reads.samples(store, run_id, measured[-1]["epoch"])):
        st.subheader("Samples", anchor=False)
        samples.show(store, run_id, [one["epoch"] for one in measured])
    if measured:
        st.session_state[_BEGUN] = run_id


def _message(run: Run) -> None:
    """What the trainer had to say."""
    tell = {Status.FAILED: st.error, Status.DIVERGED: st.warning}.get(run.status, st.info)
    if run.message:
        tell(page.plain(run.message))
    if run.log and run.status == Status.FAILED:
        with st.expander("The last lines of the log", icon=":material/terminal:"):
            st.code(run.log, language=None, wrap_lines=True)


def _details(store: Store, run: Run) -> None:
    network, settings = st.columns(2, gap="large")
    with network:
        st.subheader("Network", anchor=False)
        equations.show([run.config.model.architecture])
        if run.vocab_size:
            costs.drawn(store, run.config, run.vocab_size)
        else:
            st.info("The number of parameters is known once the text has been read.", icon=":material/hourglass_top:")
    with settings:
        st.subheader("Settings", anchor=False)
        st.dataframe(_settings(run.config), hide_index=True, height=420, alt="Every setting of the run")


def _settings(config: RunConfig) -> pd.DataFrame:
    dump = config.model_dump(mode="json")
    rows = []
    for name in fields():
        part, _, inner = name.rpartition(".")
        if not part or part in tasks.of(config).parts:
            value = dump[part][inner] if part else dump[inner]
            rows.append({"Setting": setting_title(name), "Value": "" if value is None else str(value)})
    return pd.DataFrame(rows)
