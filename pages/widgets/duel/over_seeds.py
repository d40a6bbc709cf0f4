"""A duel over its seeds: the verdict, mean and spread of each network, and curves with a band."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from pages.widgets.shared import navigation, page, status
from rnnkit.charts import curves
from rnnkit.metrics import UNITS
from rnnkit.runs import duel
from rnnkit.runs.comparison import Compared


def headline(repeats: Sequence[Sequence[Compared]], unit: str) -> str | None:
    """The verdict over the seeds; None before two of the duels have run to their end."""
    return duel.seeds_verdict(duel.over_seeds(repeats, unit), unit)


def show(repeats: Sequence[Sequence[Compared]], unit: str) -> None:
    """What the seeds say together, and a way to each of their races."""
    seeds, networks = duel.ended_seeds(repeats), duel.over_seeds(repeats, unit)
    st.subheader(f"Over {len(repeats)} seeds", anchor=False)
    if len(seeds) < len(repeats):
        page.note(f"{len(seeds)} of {len(repeats)} races have run to their end; the others are not counted yet.")
    if networks:
        table = duel.seeds_table(networks, seeds)
        columns = {name: status.number("%.3f") for name in table.columns[1:]}
        columns["±"] = status.number("%.3f", "One standard deviation over the seeds.")
        st.dataframe(
            table, hide_index=True, column_config=columns, alt="Mean and spread of each network over the seeds"
        )
        _curves(repeats, unit)
    with st.container(horizontal=True):
        for one in repeats:
            ids = ",".join(each.run.id for each in one)
            navigation.link("Duel", f"Seed {one[0].run.config.training.seed}", icon=None, runs=ids)


def _curves(repeats: Sequence[Sequence[Compared]], unit: str) -> None:
    limited = all(one.run.config.training.seconds for one in repeats[0])
    table = duel.band(repeats, "seconds" if limited else "epochs", unit)
    if table.empty:
        return
    words = UNITS[unit].words.capitalize()
    titles = {"x_title": "Seconds of training" if limited else "Epochs", "y_title": words}
    labels = tuple(dict.fromkeys(table["label"]))
    st.vega_lite_chart(
        table, page.described(curves.seed_bands, labels, **titles), height=380,
        alt=f"{words} of each network over the seeds: the mean, and a band as wide as the spread",
    )  # fmt: skip
    page.note("Lines: mean held-out loss over the seeds. Bands: one standard deviation below and above.")
