"""Texts that are not on this machine: which they are, what needs them, and how they come here. Knows no page."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from pages.widgets.shared import page, reads
from rnnkit import tasks
from rnnkit.store import Run, Store
from rnnkit.studies.stand_in import stand_in
from rnnkit.tasks import Task
from rnnkit.texts.corpora import CorpusInfo


def of(store: Store, run: Run) -> list[CorpusInfo]:
    """Those that a run was trained on and that cannot be read here."""
    task = tasks.of(run.config)
    known = reads.texts(store, task.name)
    named = task.named(run.config.corpora, store)
    return [known[name] for name in named if name in known and not known[name].available]


def offer(store: Store, run: Run, missing: Sequence[CorpusInfo], what: str) -> None:
    """Say that `what` needs the missing texts of the run, and offer each that has an address."""
    names = ", ".join(f"“{info.title}”" for info in missing)
    verb = "is" if len(missing) == 1 else "are"
    st.info(page.plain(f"{what} needs {names}, which {verb} not on this machine."), icon=":material/cloud_download:")
    for info in missing:
        get(store, info, tasks.of(run.config), f"Download {info.title}")


def stood_in(store: Store, run: Run, what: str) -> Run:
    """The run; where its data are not here and some of the kind can be made up, the run on those, which is said.

    Args:
        what: they are, in one word.
    """
    missing = of(store, run)
    other = stand_in(run) if missing else None
    if other is None:
        return run
    names = page.plain(", ".join(f"“{info.title}”" for info in missing))
    said, press = st.columns([4, 1], vertical_alignment="center")
    said.markdown(f":material/casino: These {what} are made up by the program: {names} is not on this machine.")
    with press:
        for info in missing:
            get(store, info, tasks.of(run.config), "Download")
    return other


def get(store: Store, info: CorpusInfo, task: Task, label: str = "Download this text") -> None:
    """A button that fetches the text and says how large it is, or what to do where it has no address."""
    if info.problem:
        st.error(page.plain(info.problem), icon=":material/error:")
    if info.download_bytes is None:
        said = f"“{info.title}” has no address to download it from: put the file {info.file} into the folder that "
        st.info(page.plain(f"{said}RNNKIT_CORPORA names, and start the dashboard again."), icon=":material/folder:")
        return
    size = f" ({info.download_bytes / 1e6:.1f} MB)" if info.download_bytes else ""
    if st.button(page.plain(label + size), icon=":material/download:", key=f"get {info.name}"):
        with page.user_errors(), page.progress("Downloading") as progress:
            task.fetch(info.name, store, progress=progress)
            reads.forget_texts()
            st.rerun()
