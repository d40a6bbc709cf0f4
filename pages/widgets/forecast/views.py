"""Backtests of a network that forecasts, and its futures. The address holds run, epoch and all settings."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from pages.widgets.shared import page, reads, run_chooser
from rnnkit import tasks
from rnnkit.charts import series
from rnnkit.store import Run, Store
from rnnkit.studies import forecast
from rnnkit.studies.forecast import Backtest, Futures
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
LINKS = {
    "series-rnn": "Forecast tomorrow's temperature with classes",
    "series-regression": "Forecast tomorrow's temperature with regression",
}
ERRORS = (
    "Mean error: mean absolute error, in the unit of the data. RMSE: root mean squared error, in which large errors "
    "weigh more."
)


def against_the_truth(store: Store) -> None:
    """The held-out part, each value forecast from all before it."""
    run, epoch = _chosen(store)
    found = _backtest(store.url, run.id, epoch)
    st.subheader(page.plain(found.verdict), anchor=False)
    if found.note:
        page.note(page.plain(found.note))
    shown = found.stretch(_stretch(found))
    st.altair_chart(series.forecast(shown, found.column), key=f"forecast {run.id}", height=430)
    band = "Grey: 80 % prediction interval. " if "low" in shown else ""
    page.note(f"Each value is forecast from all before it. {band}Wheel: zoom. Drag: move. Double click: all of it.")
    errors, words = st.columns([1, 1], gap="large")
    with errors:
        st.table(_errors(found), alt="Errors of the forecasts")
        page.note(ERRORS)
    with words:
        st.markdown(HEADS[run.config.series.head])


def _errors(found: Backtest) -> pd.DataFrame:
    """The errors as words."""
    titles = {"forecast": "Forecast", "mae": "Mean error", "rmse": "RMSE"}
    return found.errors.rename(columns=titles).set_index("Forecast").map("{:.3f}".format)


def _stretch(found: Backtest) -> int:
    """Which part of a long series is drawn."""
    if found.stretches < 2:
        return 0
    return st.slider("Stretch", 1, found.stretches, 1, key="stretch", bind="query-params") - 1


def into_the_future(store: Store) -> None:
    """From any day on, each value forecast from those before it."""
    run, epoch = _chosen(store)
    span = forecast.span(store, run)
    classes = run.config.series.head == "classes"
    with st.grid(4, min_column_width=180, vertical_alignment="bottom"):
        start = st.slider(
            f"Starts after value (of {span.values:,})", 1, span.values, span.held_out, key="start", bind="query-params",
            help="Later values are not read. Values before the held-out part were trained on.",
        )  # fmt: skip
        length = st.select_slider(
            "Values", (10, 20, 30, 60, 90, 180, 365, 730), 60, key="length", bind="query-params",
            help="How many are forecast, one after another.",
        )  # fmt: skip
        count = st.slider(
            "Futures", 1, forecast.MOST_FUTURES, 20, key="futures", bind="query-params", disabled=not classes
        )
        temperature = st.slider(
            "Temperature", 0.0, 2.0, 1.0, 0.1, key="temperature", bind="query-params", disabled=not classes
        )
    found = _futures(store.url, run.id, epoch, start, length, count if classes else 1, temperature)
    st.altair_chart(series.futures(found.table, found.truth, found.column), key=f"futures {run.id}", height=430)
    page.note(
        f"Thin lines: {count} futures, each sampled from the predicted distribution with its own seed. "
        "Thick: their median."
        if classes
        else "A single number has no distribution to sample from: there is one future, and it soon approaches the mean."
    )
    st.markdown(HEADS[run.config.series.head])


def _chosen(store: Store) -> tuple[Run, int]:
    """A run that forecasts and one of its kept epochs. While there is none, the page says what to do, and ends."""
    left, right = st.columns([3, 2], gap="medium", vertical_alignment="bottom")
    with left:
        chosen = run_chooser.one(store, _forecasts)
    if chosen is None:
        st.info(
            "Choose a run that forecasts a series. If there is none yet, train one: it takes half a minute.",
            icon=":material/insights:",
        )
        run_chooser.begin_with(store, _forecasts)
        for preset, label in LINKS.items():
            st.page_link(
                "pages/1_Train.py", label=label, icon=":material/play_circle:", query_params={"preset": preset}
            )
        st.stop()
    run, kept = store.run(chosen), store.checkpoint_epochs(chosen)
    if not kept:
        st.info(f"This run is {run.status} and has no finished epoch yet: it can forecast after its first.")
        st.stop()
    if len(kept) == 1:
        return run, kept[0]
    asked = st.query_params.get("epoch", "")
    st.session_state["forecast_epoch"] = int(asked) if asked.isdecimal() and int(asked) in kept else kept[-1]
    with right:
        return run, st.select_slider("Epoch", kept, key="forecast_epoch", on_change=_epoch_to_address)


def _forecasts(run: Run) -> bool:
    return tasks.of(run.config).does is Does.FORECASTS


def _epoch_to_address() -> None:
    st.query_params["epoch"] = str(st.session_state["forecast_epoch"])


@st.cache_data(max_entries=100, show_spinner="Forecasting")
def _backtest(url: str, run_id: str, epoch: int) -> Backtest:
    """What a kept epoch forecasts never changes."""
    store = page.open_store(url)
    return forecast.backtest(store, reads.checkpoint(store, run_id, epoch, Does.FORECASTS))


@st.cache_data(max_entries=200, show_spinner="Forecasting")
def _futures(url: str, run_id: str, epoch: int, start: int, length: int, count: int, temperature: float) -> Futures:
    store = page.open_store(url)
    checkpoint = reads.checkpoint(store, run_id, epoch, Does.FORECASTS)
    return forecast.futures(store, checkpoint, start=start, length=length, count=count, temperature=temperature)
