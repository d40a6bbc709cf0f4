"""Choosing among all runs, one's own first. The chosen one stands in the address as `?run=ID`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import streamlit as st

from pages.widgets.shared import reads, run_chooser
from pages.widgets.shared.status import STATUSES
from rnnkit.store import Run, Store


def show(store: Store) -> str | None:
    """The id of the run in the address, None while a new one is being made."""
    me = st.session_state.get("owner") or st.query_params.get("owner")
    # Those of the person at the keyboard, then those that train, then the others.
    runs = sorted(reads.runs(store), key=lambda run: (not me or run.owner != me, not run.live))
    return run_chooser.opened("run", _lines(runs), "run")


def _lines(runs: Iterable[Run]) -> dict[str, str]:
    """What the list says of each run; those that would look alike with their ids."""
    lines = {run.id: " · ".join(filter(None, [run.name, STATUSES[run.status][2].lower(), run.owner])) for run in runs}
    alike = Counter(lines.values())
    return {run_id: f"{line} · {run_id}" if alike[line] > 1 else line for run_id, line in lines.items()}
