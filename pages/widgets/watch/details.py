"""What stands below the screen of a run: nothing, until somebody opens one of its parts. Only that one is drawn."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd
import streamlit as st

from pages.widgets.live import redraw
from pages.widgets.shared import equations, page, reads
from pages.widgets.train import costs
from pages.widgets.watch import copies, missing_ingredients
from rnnkit import metrics, tasks
from rnnkit.config import RunConfig, fields
from rnnkit.metrics import epoch_number
from rnnkit.runs.comparison import setting_title
from rnnkit.store import Run, Store

COPIES, INGREDIENTS = "Copied passages", "Missing ingredients"


def show(store: Store, run: Run) -> None:
    """The names of the parts, and the one that is open; in the address as ?about=."""
    parts = _parts(store, run)
    old = {"copies": COPIES, "ingredients": INGREDIENTS}  # addresses of earlier versions
    first = next((name for key, name in old.items() if st.query_params.get(key) == "true" and name in parts), None)
    chosen = st.pills(
        "About this run", list(parts), default=first, key="about", bind="query-params", label_visibility="collapsed"
    )
    if chosen:
        with page.user_errors():
            parts[chosen](store, run)


def _parts(store: Store, run: Run) -> Mapping[str, Callable[[Store, Run], Any]]:
    parts: dict[str, Callable[[Store, Run], Any]] = {"Figures": _figures, "Network": _network, "Settings": _settings}
    if tasks.of(run.config).writes:
        parts[COPIES] = copies.show
    if missing_ingredients.fits(store, run):
        parts[INGREDIENTS] = missing_ingredients.show
    if run.log:
        parts["Log"] = _log
    return parts


def _figures(store: Store, run: Run) -> None:
    st.fragment(_table)(store, run.id)


@page.user_errors()
def _table(store: Store, run_id: str) -> None:
    """Every figure of every epoch, the newest first."""
    redraw.when_changed([reads.run(store, run_id)], "figures")
    rows = [
        {"Epoch": epoch_number(epoch["epoch"])} | {_heading(name): epoch[name] for name in epoch if name not in _PLACES}
        for epoch in reversed(reads.epochs(store, run_id))
    ]
    if rows:
        st.dataframe(pd.DataFrame(rows), hide_index=True, height=420, alt="Every figure of every epoch")
    else:
        st.info("The figures come at the end of the first epoch.", icon=":material/hourglass_top:")


_PLACES = ("epoch", "step")  # where a figure was measured


def _heading(name: str) -> str:
    known = metrics.metric(name)
    unit = f", {known.unit}" if known.unit and known.unit not in known.title else ""
    return f"{known.title.capitalize()}{unit}"


def _network(store: Store, run: Run) -> None:
    formulas, table = st.columns(2, gap="large")
    with formulas:
        equations.show([run.config.model.architecture])
    with table:
        if run.vocab_size:
            costs.drawn(store, run.config, run.vocab_size)
        else:
            st.info("The number of parameters is known once the text has been read.", icon=":material/hourglass_top:")


def _settings(store: Store, run: Run) -> None:
    if run.device:
        page.note(page.plain(f"Trained on: {run.device}"))
    st.dataframe(_table_of(run.config), hide_index=True, height=420, alt="Every setting of the run")


def _table_of(config: RunConfig) -> pd.DataFrame:
    dump = config.model_dump(mode="json")
    rows = []
    for name in fields():
        part, _, inner = name.rpartition(".")
        if not part or part in tasks.of(config).parts:
            value = dump[part][inner] if part else dump[inner]
            rows.append({"Setting": setting_title(name), "Value": "" if value is None else str(value)})
    return pd.DataFrame(rows)


def _log(store: Store, run: Run) -> None:
    st.code(run.log or "", language=None, wrap_lines=True)
