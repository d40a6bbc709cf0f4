"""Take it with you: a run as files to download. Each is made when it is asked for, and no page waits for it."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from functools import partial

import streamlit as st

from pages.widgets.shared import page
from rnnkit.sharing import archive, takeaway
from rnnkit.store import Run, Store


def show(store: Store, run: Run) -> None:
    """The button; what it offers is drawn only then."""
    if st.button("Take it with you", icon=":material/download:"):
        _offer(store, run)


@st.dialog("Take it with you", width="large", icon=":material/download:")
@page.user_errors()
def _offer(store: Store, run: Run) -> None:
    link = _link(run)
    for key, way in takeaway.WAYS.items():
        make = partial(takeaway.take, store, run.id, key, link)
        _download(way.title, make, takeaway.file_name(run, key), way.mime, way.icon, way.help)
    _download(
        "The whole run", partial(_export, store, run.id), f"rnnkit-{run.id}.zip", "application/zip", "inventory_2",
        "Everything, for rnnkit on another machine: `python -m rnnkit import FILE`.",
    )  # fmt: skip
    st.markdown("**The recipe card, to copy**")
    st.code(takeaway.take(store, run.id, "card", link).decode(), language=None, wrap_lines=True, height=320)


def _download(title: str, make: Callable[[], bytes], file: str, mime: str, icon: str, words: str) -> None:
    """A button and what it gives."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.download_button(
            title, make, file, mime, icon=f":material/{icon}:", on_click="ignore", width=270, key=f"take {file}"
        )
        st.markdown(words, width="stretch")


def _export(store: Store, run_id: str) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        return archive.export_run(store, run_id, f"{folder}/run.zip").read_bytes()


def _link(run: Run) -> str:
    """The address of the run's page, as this browser has it; empty where there is no browser."""
    page_address = (st.context.url or "").partition("?")[0].rstrip("/")
    return page_address and f"{page_address}?run={run.id}"
