"""What an architecture is: one sentence, and its equations with what each says, folded. Knows no run."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from pages.widgets.shared import page
from rnnkit.architectures import ARCHITECTURES


def show(names: Sequence[str]) -> None:
    """The architectures of these names, one below the other, and their equations in one place to unfold."""
    chosen = [ARCHITECTURES[name] for name in names]
    if not chosen:
        return
    for architecture in chosen:
        page.note(architecture.summary if len(chosen) == 1 else f"**{architecture.title}**: {architecture.summary}")
    with st.expander("Equations", icon=":material/function:"):
        for architecture in chosen:
            if len(chosen) > 1:
                st.markdown(f"**{architecture.title}**")
            for equation in architecture.equations:
                st.latex(equation.latex)
                page.note(equation.words)
