"""What is looked for among all runs, how it is sorted and grouped; all of it lives in the address."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence

import streamlit as st

from pages.widgets.shared import choices, status
from rnnkit.runs import table
from rnnkit.runs.table import Asked
from rnnkit.store import Listed

FOUND_IN = "Looked for in names, texts, owners, tags, presets and ids; every word has to be there."
_KEYS = ("q", "text", "owners", "task", "status", "tag")


def show(runs: Sequence[Listed], titles: Mapping[str, str]) -> tuple[Asked, str, str]:
    """The row of boxes. Returns what is asked for, a key of SORTS and one of GROUPS."""
    texts = {run.corpus: table.text_of(run, titles) for run in runs}
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        words = st.text_input(
            "Search", key="q", bind="query-params", placeholder="Name, text, tag …", width=190, help=FOUND_IN
        )
        asked = Asked(
            words,
            _any_of("Text", "text", (run.corpus for run in runs), texts.__getitem__),
            _any_of("Owner", "owners", (run.owner or table.NOBODY for run in runs)),
            _any_of("Task", "task", (run.task for run in runs), table.task_title),
            _any_of("Status", "status", (str(run.status) for run in runs), lambda name: status.STATUSES[name][2]),
            _any_of("Tag", "tag", (tag for run in runs for tag in run.tags or (table.NO_TAG,))),
        )
    return asked, *_order()


def _any_of(label: str, key: str, values: Iterable[str], said: Callable[[str], str] = str) -> list[str]:
    """A box to choose some of what there is, the most frequent first; empty stands for all."""
    options = [value for value, _ in Counter(values).most_common()]
    return st.multiselect(label, options, format_func=said, key=key, placeholder="All", width=125, bind="query-params")


def _order() -> tuple[str, str]:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        sort = st.selectbox(
            "Sort", list(table.SORTS), format_func=lambda name: table.SORTS[name][0], key="sort", bind="query-params",
            width=200, label_visibility="collapsed",
        )  # fmt: skip
        by = choices.one_of(
            "Group", table.GROUPS, key="group", format_func=table.GROUPS.__getitem__, label_visibility="collapsed"
        )
        if any(st.session_state[key] for key in _KEYS):
            st.button("All runs", icon=":material/filter_alt_off:", on_click=_forget)
    return sort, by


def _forget() -> None:
    for key in _KEYS:
        st.session_state[key] = "" if key == "q" else []
