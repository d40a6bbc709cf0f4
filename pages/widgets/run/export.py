"""Export: a run as files to download, each made when it is asked for; and what one can change about the run."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from functools import partial

import streamlit as st

from pages.widgets.run import changes
from pages.widgets.shared import page
from rnnkit.sharing import archive, takeaway
from rnnkit.store import Run, Store


def show(store: Store, run: Run) -> None:
    """What can be changed, the files, and the recipe card to copy."""
    changes.show(store, run)
    if not run.epochs_done:
        st.info("There is something to download after the first epoch.", icon=":material/hourglass_top:")
        return
    _files(store, run, _link(run))
    with st.expander("The recipe card, to copy", icon=":material/receipt_long:"), page.user_errors():
        st.code(takeaway.take(store, run.id, "card", _link(run)).decode(), language=None, wrap_lines=True, height=320)


def _files(store: Store, run: Run, link: str) -> None:
    for key, way in takeaway.WAYS.items():
        make = partial(takeaway.take, store, run.id, key, link)
        _download(way.title, make, takeaway.file_name(run, key), way.mime, way.icon, way.help)
    _download(
        "The whole run", partial(_export, store, run.id), f"rnnkit-{run.id}.zip", "application/zip", "inventory_2",
        "Everything, for another rnnkit: *Import a run* on Home there, or `python -m rnnkit import FILE`.",
    )  # fmt: skip


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
    return page_address and f"{page_address}?run={run.id}&tab=watch"
