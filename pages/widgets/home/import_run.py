"""Taking in a run that was exported elsewhere. The file is a stranger's until every part of it fits."""

from __future__ import annotations

import tempfile
from pathlib import Path

import streamlit as st
from streamlit.typing import UploadedFile

from pages.widgets.shared import navigation, page, reads
from rnnkit.people import acting
from rnnkit.sharing import archive
from rnnkit.store import Store


def show(store: Store) -> None:
    """A button with a place for a file; when it is taken in, a link to the run."""
    if not acting.may(store, "import_run"):
        return
    with st.popover("Import a run", icon=":material/upload:"), page.user_errors():
        file = st.file_uploader("An exported run", type=["rnnkit", "zip"])
        if file is None:
            return
        taken = st.session_state.setdefault("brought", {})  # the file stays in its place at every rerun
        if file.file_id not in taken:
            taken[file.file_id] = _take(store, file)
        st.success("The run is imported.")
        run_id, same = taken[file.file_id]
        if same:
            st.info(f"The same run was here already, as {same}; one of them can be deleted.")
        navigation.run_link(run_id, "Open it")


def _take(store: Store, file: UploadedFile) -> tuple[str, str | None]:
    """The id of the run, and of another that is the same."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "run.zip"
        path.write_bytes(file.getbuffer())
        run_id = archive.import_run(store, path)
    reads.runs.clear()
    return run_id, archive.copy_of(store, run_id)
