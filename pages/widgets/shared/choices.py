"""Controls that several pages have, each with its place in the address. Knows no page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeVar

import streamlit as st

from rnnkit.metrics import epoch_number
from rnnkit.studies.checkpoint import LAST
from rnnkit.texts.corpora import CorpusInfo

T = TypeVar("T")
TEMPERATURES = (0.3, 0.5, 0.7, 1.0)


def one_of(label: str, options: Iterable[T], *, key: str, default: T | None = None, **more: Any) -> T:
    """One of a few, at first the `default` or the first one; in the address as ?key=, unless `bind` is None."""
    every = list(options)
    if key in st.session_state and st.session_state[key] not in every:
        del st.session_state[key]  # of another tool, whose choice has the same name in the address
    look: dict[str, Any] = {"bind": "query-params", "default": every[0] if default is None else default}
    return st.segmented_control(label, every, required=True, key=key, **(look | more))


def view(views: Mapping[str, T], *, key: str, **look: Any) -> T:
    """What stands in the table behind the name of the view that is chosen."""
    return views[one_of("Show", views, key=key, label_visibility="collapsed", **look)]


def temperature() -> float:
    """One temperature to write at, in the address as ?heat=."""
    return one_of("Temperature", TEMPERATURES, default=0.7, key="heat", format_func=lambda value: f"{value:g}")


def epoch(kept: Sequence[float], *, key: str, **look: Any) -> float:
    """One of the kept epochs; the address names it, or says that it is the last."""
    shown = {epoch_number(epoch): epoch for epoch in kept}
    chosen = st.selectbox("Epoch", [*shown, LAST], index=len(shown), key=key, bind="query-params", **look)
    return kept[-1] if chosen == LAST else shown[chosen]


def text(texts: Mapping[str, CorpusInfo], first: str, missing: str) -> str:
    """The name of one of `texts`, in the address as ?corpus=; else `first`, and `missing` where it names no such."""
    asked = st.query_params.get("corpus", "")
    if asked and asked not in texts:
        st.warning(missing)
    st.session_state["_corpus"] = asked if asked in texts else first
    return st.selectbox(
        "Text", list(texts), format_func=lambda name: texts[name].title, key="_corpus", on_change=to_address,
        args=("corpus", "_corpus"),
    )  # fmt: skip


def to_address(name: str, key: str) -> None:
    """Put what the widget `key` holds into the address as ?name=.

    For widgets that are set from the address at every run: it is then the one truth, which a link, the back button
    and the hand all go through.
    """
    chosen = st.session_state[key]
    st.query_params[name] = "" if chosen is None else str(chosen)


def leave_address(name: str) -> None:
    """Take ?name= out of the address."""
    st.query_params.pop(name, None)
