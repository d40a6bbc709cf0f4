"""What a run wrote while it trained, its passages marked that stand word for word in the training text.

What a network writes is shown letter by letter: it is never read as Markdown or HTML.
"""

from __future__ import annotations

import streamlit as st

from pages.widgets.shared import copied_passages, page, reads
from rnnkit import metrics
from rnnkit.metrics import epoch_number
from rnnkit.store import Run, Store

NEWEST = -1.0  # no epoch has this number
HEIGHT = 320


def show(store: Store, run: Run) -> None:
    """The stored texts of one epoch at its temperatures; the newest one, unless another is chosen."""
    measured = sorted([*reads.epochs(store, run.id), *reads.moments(store, run.id)], key=lambda one: one["step"])
    if not measured:
        st.info("The first samples appear after the first batch.", icon=":material/edit_note:")
        return
    epochs = [one["epoch"] for one in measured]
    left, right = st.columns([1, 2], gap="medium")
    chosen = left.selectbox(
        "Samples after epoch", [NEWEST, *reversed(epochs)], key=f"epoch_{run.id}",
        # A line that never changes: a browser keeps showing the old one while the run goes on.
        format_func=lambda epoch: "the newest" if epoch == NEWEST else epoch_number(epoch),
    )  # fmt: skip
    epoch = epochs[-1] if chosen == NEWEST else chosen
    texts = reads.samples(store, run.id, epoch)
    if not texts:
        st.info("No samples: this run's sample length is 0.", icon=":material/edit_off:")
        return
    if texts[0].prompt:
        with right:
            page.note(f"Continues this prompt, seed {texts[0].seed}")
            st.code(texts[0].prompt, language=None, wrap_lines=True)
    searched = copied_passages.search(store, run)
    with st.grid(len(texts), min_column_width=280):
        for sample in texts:
            with st.container():
                st.markdown(
                    f"**{metrics.moment(epoch, sample.step).capitalize()} · temperature {sample.temperature:g}**"
                )
                if searched and sample.text:
                    copied_passages.show_text(searched, "", sample.text, height=HEIGHT)
                else:
                    st.code(sample.text or "(nothing)", language=None, wrap_lines=True, height=HEIGHT)
