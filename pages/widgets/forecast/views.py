"""Backtests of a network that forecasts, its futures, and tables of one's own. The address holds all settings."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pandas as pd
import streamlit as st

from pages.widgets.forecast import own_series
from pages.widgets.shared import choices, missing_texts, page, reads, run_chooser, zoom
from rnnkit.charts import look, series
from rnnkit.metrics import epoch_number
from rnnkit.store import Run, Store
from rnnkit.studies import forecast
from rnnkit.studies.checkpoint import Checkpoint
from rnnkit.tasks import Does

HEADS = {
    "classes": (
        "This network predicts **classes**, as a language model does: the values are cut into bins, and it outputs a "
        "probability for each bin, so its uncertainty is visible and many futures can be sampled. It has to learn each "
        "bin separately, though, and its forecast is no finer than a bin; **regression** predicts a single number."
    ),
    "regression": (
        "This network predicts a single number (**regression**): it is trained on the distance to the truth, with few "
        "weights. It gives no uncertainty, though, and where several futures are possible it predicts their mean; "
        "**classes** give a probability for each range of values."
    ),
}
ERRORS = (
    "Mean error: mean absolute error, in the unit of the data. RMSE: root mean squared error, in which large errors "
    "weigh more."
)


# What a kept epoch forecasts never changes.
_backtest = st.cache_data(max_entries=100, show_spinner="Forecasting", hash_funcs=reads.HASHED)(forecast.backtest)
_futures = st.cache_data(max_entries=200, show_spinner="Forecasting", hash_funcs=reads.HASHED)(forecast.futures)


def show(store: Store, run: Run) -> None:
    """One of the views, chosen by ?part=."""
    choices.view(VIEWS, key="part")(store, run)


def against_the_truth(store: Store, run: Run) -> None:
    """The held-out part, each value forecast from all before it."""
    checkpoint = _chosen(store, run)
    run, found = checkpoint.run, _backtest(store, checkpoint)
    st.header(page.plain(found.verdict), anchor=False)
    if found.note:
        page.note(page.plain(found.note))
    stretch = 1
    if found.stretches > 1:
        stretch = st.slider("Stretch", 1, found.stretches, 1, key="stretch", bind="query-params")
    shown = found.stretch(stretch - 1)
    near = zoom.of(f"forecast {run.id} {stretch}", shown["at"])
    st.altair_chart(
        series.forecast(shown, found.column, near.shown), height=430, selection_mode=[look.ZOOM], **near.drawn,
        alt=f"Forecasts of {found.column} beside the truth",
    )  # fmt: skip
    near.buttons()
    band = "Grey: 80 % prediction interval. " if "low" in shown else ""
    page.note(f"Each value is forecast from all before it. {band}{zoom.NOTE}")
    errors, words = st.columns(2, gap="large")
    titles = {"forecast": "Forecast", "mae": "Mean error", "rmse": "RMSE"}
    table = found.errors.rename(columns=titles).set_index("Forecast").map("{:.3f}".format)
    with errors:
        st.table(table, alt="Errors of the forecasts")
        page.note(ERRORS)
    words.markdown(HEADS[run.config.series.head])


def into_the_future(store: Store, run: Run) -> None:
    """From any day on, each value forecast from those before it."""
    checkpoint = _chosen(store, run)
    run, span = checkpoint.run, forecast.span(store, checkpoint.run)
    classes = run.config.series.head == "classes"
    field: dict[str, Any] = {"bind": "query-params"}
    drawn: dict[str, Any] = {"disabled": not classes, **field}
    with st.grid(4, min_column_width=180, vertical_alignment="bottom"):
        start = st.slider(
            f"Starts after value (of {span.values:,})", 1, span.values, span.held_out, key="start", **field,
            help="Later values are not read. Values before the held-out part were trained on.",
        )  # fmt: skip
        length = st.select_slider(
            "Values", (10, 20, 30, 60, 90, 180, 365, 730), 60, key="length", **field,
            help="How many are forecast, one after another.",
        )  # fmt: skip
        count = st.slider("Futures", 1, forecast.MOST_FUTURES, 20, key="futures", **drawn)
        temperature = st.slider("Temperature", 0.0, 2.0, 1.0, 0.1, key="temperature", **drawn)
    found = _futures(
        store, checkpoint, start=start, length=length, count=count if classes else 1, temperature=temperature
    )
    near = zoom.of(f"futures {run.id} {start} {length}", pd.concat([found.truth["at"], found.table["at"]]))
    st.altair_chart(
        series.futures(found.table, found.truth, found.column, near.shown), height=430, selection_mode=[look.ZOOM],
        alt=f"{found.column}: the truth, and what the network forecasts", **near.drawn,
    )  # fmt: skip
    near.buttons()
    page.note(
        f"Thin lines: {count} futures, each sampled from the predicted distribution with its own seed. "
        "Thick: their median."
        if classes
        else "A single number has no distribution to sample from: there is one future, and it soon approaches the mean."
    )
    st.markdown(HEADS[run.config.series.head])


def _chosen(store: Store, run: Run) -> Checkpoint:
    """The run at one of its kept epochs. While there is none, the page says what to do, and ends."""
    kept = run_chooser.kept(store, run)
    run = missing_texts.stood_in(store, run, "temperatures")
    if missing := missing_texts.of(store, run):
        missing_texts.offer(store, run, missing, "To forecast, this network")
        page.note("Or bring numbers of your own: *A table of your own*, above.")
        st.stop()
    epoch = kept[0]
    if kept[1:]:
        asked = st.query_params.get("epoch", "")
        st.session_state["forecast_epoch"] = {str(one): one for one in kept}.get(asked, kept[-1])
        moved: dict[str, Any] = {"on_change": choices.to_address, "args": ("epoch", "forecast_epoch")}
        epoch = st.select_slider("Epoch", kept, key="forecast_epoch", format_func=epoch_number, **moved)
    return replace(reads.checkpoint(store, run.id, epoch, Does.FORECASTS), run=run)


VIEWS = {
    "Against the truth": against_the_truth,
    "Into the future": into_the_future,
    "A table of your own": lambda store, run: own_series.show(store),
}
