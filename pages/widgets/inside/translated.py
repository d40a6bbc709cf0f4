"""Inside a network that translates: its encoder reads, its decoder writes, and every unit of both at each token."""

from __future__ import annotations

import streamlit as st

from pages.widgets.inside import coloured_text
from pages.widgets.shared import page, reads
from pages.widgets.translate import views as translate
from rnnkit.store import Run, Store
from rnnkit.studies import translation
from rnnkit.tasks import Does
from rnnkit.texts.symbols import visible


def show(store: Store, run: Run, epoch: float) -> None:
    """What it is to translate, and the text with its answer, coloured by a unit of either part."""
    translator = reads.checkpoint(store, run.id, epoch, Does.TRANSLATES)
    asked = translate.asked(translator)
    if not asked:
        return
    found = translation.states(translator, asked)
    st.markdown(f"Written: **{page.plain(visible(found.answer))}**")
    coloured_text.show(found.pieces, found.layers, asked=f"{run.id} {asked}", key="inside_text")
    page.note(
        "The encoder reads what stands before the arrow; its last hidden state is all that the decoder begins with"
        f"{', besides the attention' if translation.attends(translator) else ''}. At the arrow it writes the first "
        "token, and at each token the next one."
    )
