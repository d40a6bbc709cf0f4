"""The screen of one run: a component that lives from the feed, and what Python alone can do for it.

A viewer costs no rerun: curve, texts and figures come from the feed. Python is asked when somebody presses a button,
and once for the reference lines, which take a second to count.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import streamlit as st

from pages.widgets.shared import orders, page, reads, reference_lines
from pages.widgets.watch import details
from rnnkit import tasks
from rnnkit.people import acting
from rnnkit.store import Run, Store
from rnnkit.studies import timeline

_SCREEN = page.component("rnnkit_watch", __file__)
_ORDER, _LINES = "_watch_order", "_watch_lines"
REFERENCES, COUNT = "references", "count"  # what the browser asks for by itself, and when a hand has asked


def show(store: Store, run: Run) -> None:
    """The screen, and below it what is drawn only when it is opened."""
    _screen(store, run.id)
    details.show(store, run)


@st.fragment
@page.user_errors()
def _screen(store: Store, run_id: str) -> None:
    key, order = f"watch {run_id}", st.session_state.pop(_ORDER, None)
    if order in (REFERENCES, COUNT):
        st.session_state[_LINES] = (run_id, order)
    elif order is not None:
        with page.user_errors():
            orders.obey(store, run_id, order)
    _SCREEN(key=key, data=_data(store, reads.run(store, run_id), order), on_order_change=partial(_heard, key))


def _heard(key: str) -> None:
    """What was pressed; the browser may send anything."""
    st.session_state[_ORDER] = st.session_state[key].order


def _data(store: Store, run: Run, order: str | None) -> dict[str, Any]:
    """What the feed does not say. `order` was just obeyed: the browser looks at once."""
    writes = tasks.of(run.config).writes
    asked_by, asked = st.session_state.get(_LINES, ("", ""))
    return {
        "run": run.id, "writes": writes, "prompt": run.config.sampling.prompt, "order": order,
        "temperatures": timeline.SETTINGS.temperatures if writes else [],
        "may": acting.may(store, "ask", run),
        "references": _references(store, run, asked) if asked_by == run.id else None,
    }  # fmt: skip


def _references(store: Store, run: Run, asked: str) -> dict[str, Any]:
    """What counting reaches; `lines` is None where it takes long and nobody has asked for it."""
    if not reference_lines.possible([run]):
        return {"quick": False, "lines": [], "problem": None}
    quick = reference_lines.quick(run)
    if not quick and asked != COUNT:
        return {"quick": False, "lines": None, "problem": None}
    found = reads.counted(store, run.id)
    return {"quick": quick, "lines": [one._asdict() for one in found.references], "problem": found.problem}
