"""Runs that an address names as everybody can: by a network that comes along, or as one's own newest run.

The id takes the name's place in the address before a page reads it. Knows no page.
"""

from __future__ import annotations

import streamlit as st

from pages.widgets.shared import navigation, reads
from rnnkit.lessons import addresses
from rnnkit.people import acting
from rnnkit.store import Store


def resolve(store: Store) -> None:
    """Put ids where the address has names, e.g. `?run=python-lstm` or `?run=last`; what is neither stays."""
    for parameter in addresses.NAMING_RUNS:
        asked = st.query_params.get(parameter)
        if asked and asked != (found := ",".join(_id(store, name) for name in asked.split(","))):
            st.query_params[parameter] = found


def _id(store: Store, name: str) -> str:
    if name == addresses.LAST:
        return newest_own(store) or navigation.last_run() or addresses.shipped("cookbook-gru") or name
    return addresses.shipped(name) or name


def newest_own(store: Store) -> str | None:
    """The run looked at last if it was trained here, else the newest that was."""
    me = acting.person(store).member
    own = [run.id for run in reads.runs(store) if not run.pretrained and run.member == me]
    last = navigation.last_run()
    return last if last in own else next(iter(own), None)
