"""Texts of one prompt and seed side by side: six temperatures, or greedy, beam search and drawn.

What a network wrote is shown letter by letter, never as Markdown.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import streamlit as st

from pages.widgets.shared import page
from rnnkit.studies import temperature_lab
from rnnkit.studies.sampling import SampleSettings
from rnnkit.studies.temperature_lab import Column, PromptedNetwork

TEMPERATURES = (0.2, 0.5, 0.7, 1.0, 1.2, 1.5)
MANY_BEAMS = 32


def temperatures(of: PromptedNetwork, settings: SampleSettings) -> None:
    """One seed, six temperatures."""
    columns = temperature_lab.temperatures(of, replace(settings, temperatures=TEMPERATURES))
    _columns(of, columns, settings.length)


def ways(of: PromptedNetwork, settings: SampleSettings) -> None:
    """Greedy, beam search and sampling."""
    width = st.slider(
        "Beams", 1, MANY_BEAMS, 8, key="beams", bind="query-params", width=360,
        help="Number of texts that beam search keeps at each step. More beams find more probable texts.",
    )  # fmt: skip
    _columns(of, temperature_lab.ways(of, settings, width), settings.length)


def _columns(of: PromptedNetwork, columns: Sequence[Column], length: int) -> None:
    with st.grid(3, min_column_width=280):
        for column in columns:
            with st.container():
                bits = -column.log_probability / length / temperature_lab.NATS_PER_BIT
                st.markdown(f"**{column.title}**")
                st.code(of.prompt.text + column.text, language=None, wrap_lines=True)
                page.note(f"Score {column.log_probability:,.1f} nats, {bits:.2f} bits per token.")
    page.note(
        "The score is the log-likelihood under the network itself, before temperature, top-k and top-p: the "
        "nearer to 0, the more probable the text. The most probable text is seldom the best to read."
    )
