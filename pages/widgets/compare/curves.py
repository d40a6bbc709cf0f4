"""Loss curves of the compared runs, drawn from the feed; what they run along and count lives in the address."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from pages.widgets.shared import page, reads, reference_lines
from rnnkit.metrics import UNITS
from rnnkit.runs import comparison, progress
from rnnkit.runs.comparison import Compared
from rnnkit.store import Store
from rnnkit.studies.baselines import Reference

_CURVES = page.component("rnnkit_compared_curves", __file__, '<div class="curves"></div>')


def show(store: Store, compared: Sequence[Compared], cursor: float | None) -> None:
    """The choices in one row, the curves, and which baselines each run has passed.

    Args:
        cursor: the epoch that the texts are those of.
    """
    axis, unit, wanted = _choices(compared)
    found = reads.counted(store, compared[0].run.id) if wanted else None
    runs = [
        {"id": one.run.id, "letter": one.letter, "name": one.run.name, "colour": place}
        for place, one in enumerate(compared)
    ]
    of = UNITS[unit]
    counted = found.references if found and of.of_loss else []
    data = {
        "runs": runs, "along": axis, "axis": progress.AXES[axis], "title": of.heading, "cursor": cursor,
        "unit": {"name": unit, "metric": of.metric, "of_loss": of.of_loss is not None},
        "references": [{"name": one.name, "nats": one.nats} for one in counted],
    }  # fmt: skip
    _CURVES(key="compared_curves", data=data)
    if found:
        _worth(store, compared, found.references, found.problem)


def _choices(compared: Sequence[Compared]) -> tuple[str, str, bool]:
    """What the curves run along, what they count, and whether reference lines are wanted."""
    runs = [one.run for one in compared]
    units = comparison.units(run.config for run in runs)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        axis = st.selectbox(
            "Along", [*progress.AXES], format_func=progress.AXES.__getitem__, key="along",
            bind="query-params", width=125, label_visibility="collapsed",
        )  # fmt: skip
        unit = st.selectbox(
            "Loss in", [*units], format_func=lambda name: units[name].title,
            key="unit", bind="query-params", width=180, label_visibility="collapsed",
        )  # fmt: skip
        wanted = reference_lines.switch(runs, key="references", bind="query-params")
    return axis, unit, wanted


def _worth(store: Store, compared: Sequence[Compared], found: Sequence[Reference], problem: str | None) -> None:
    """Which baselines each run has passed, and when."""
    if problem:
        page.note(f"No reference lines. {page.plain(problem)}")
        return
    for one in compared:
        if sentence := progress.worth(found, reads.epochs(store, one.run.id)):
            page.note(f"**{one.letter}** · {sentence}")
