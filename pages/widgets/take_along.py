"""Take it with you: a run as files to download. Each is made when it is asked for, and no page waits for it."""

from __future__ import annotations

import tempfile
from functools import partial

import streamlit as st

from pages.widgets import page
from rnnkit import exports, takeaway
from rnnkit.store import Run, Store


def show(store: Store, run: Run) -> None:
    """A menu with one entry for each way."""
    with st.popover("Take it with you", icon=":material/download:"):
        link = _link(run)
        if st.button("Show the recipe card", icon=":material/receipt_long:", width="stretch"):
            _card(store, run, link)
        for key, way in takeaway.WAYS.items():
            make = partial(takeaway.take, store, run.id, key, link)
            _download(way.title, make, takeaway.file_name(run, key), way.mime, way.icon, way.help)
        _download(
            "The whole run", partial(_export, store, run.id), f"rnnkit-{run.id}.zip", "application/zip", "inventory_2",
            "Everything, for rnnkit on another machine: `python -m rnnkit import FILE`.",
        )  # fmt: skip


def _download(title: str, make, file: str, mime: str, icon: str, help: str) -> None:
    st.download_button(
        title, make, file, mime, icon=f":material/{icon}:", help=help, on_click="ignore", width="stretch",
        key=f"take {file}",
    )  # fmt: skip


def _export(store: Store, run_id: str) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        return exports.export_run(store, run_id, f"{folder}/run.zip").read_bytes()


def _link(run: Run) -> str:
    """The address of the run's page, as this browser has it; empty where there is no browser."""
    page_address = (st.context.url or "").partition("?")[0].rstrip("/")
    return page_address and f"{page_address}?run={run.id}"


@st.dialog("Recipe card", width="large", icon=":material/receipt_long:")
@page.calm()
def _card(store: Store, run: Run, link: str) -> None:
    st.markdown("All it takes to make this run again. The button at the top right copies it.")
    st.code(takeaway.take(store, run.id, "card", link).decode(), language="markdown", wrap_lines=True, height=560)
