"""What a network wrote after one epoch, at each of its temperatures.

What a network writes is shown letter by letter: it is never read as Markdown or HTML.
"""

from __future__ import annotations

import streamlit as st

from pages.widgets.shared import copied_passages, page, reads
from rnnkit import tasks
from rnnkit.store import Sample, Store

NEWEST = 0  # no epoch has this number


def show(store: Store, run_id: str, epochs: list[int]) -> int | None:
    """The texts of one epoch at its temperatures; the newest one, unless another is chosen. Returns the epoch."""
    if not epochs:
        st.info("The first samples appear after the first epoch.", icon=":material/edit_note:")
        return None
    left, right = st.columns([1, 2], gap="medium")
    with left:
        chosen = st.selectbox(
            "Samples after epoch",
            [NEWEST, *reversed(epochs)],
            # A line that never changes: a browser keeps showing the old one while the run goes on.
            format_func=lambda epoch: "the newest" if epoch == NEWEST else str(epoch),
            key=f"epoch_{run_id}",
        )
    epoch = epochs[-1] if chosen == NEWEST else chosen
    texts = reads.samples(store, run_id, epoch)
    if not texts:
        st.info("No samples: this run's sample length is 0.", icon=":material/edit_off:")
        return epoch
    with right:
        _prompt(texts[0])
    run = reads.run(store, run_id)
    # What a network of another task writes is no text that could be copied.
    searched = copied_passages.search(store, run) if tasks.of(run.config).writes and copied_passages.toggle() else None
    with st.grid(len(texts), min_column_width=280):
        for sample in texts:
            _text(f"Epoch {epoch} · temperature {sample.temperature:g}", sample.text, searched=searched)
    return epoch


def _prompt(sample: Sample) -> None:
    """The prompt of the samples."""
    if sample.prompt:
        page.note(f"Continues this prompt, seed {sample.seed}")
        st.code(sample.prompt, language=None, wrap_lines=True)


def _text(heading: str, text: str, height: int = 320, searched: copied_passages.Searched | None = None) -> None:
    with st.container():
        st.markdown(f"**{heading}**")
        if searched and text:
            copied_passages.show_text(searched, "", text, height=height)
        else:
            st.code(text or "(nothing)", language=None, wrap_lines=True, height=height)
