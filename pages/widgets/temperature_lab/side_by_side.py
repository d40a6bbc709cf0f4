"""Texts of one prompt and seed side by side: six temperatures, or greedy, beam search and drawn.

What a network wrote is shown letter by letter, never as Markdown.
"""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from pages.widgets.shared import page
from pages.widgets.temperature_lab.settings import Settings
from rnnkit.engine import Sampler
from rnnkit.studies import temperature_lab
from rnnkit.studies.temperature_lab import Bench, Column

TEMPERATURES = (0.2, 0.5, 0.7, 1.0, 1.2, 1.5)
MANY_BEAMS = 32


def temperatures(at: Bench, wanted: Settings) -> None:
    """One seed, six temperatures."""
    samplers = [Sampler(one, wanted.sampler.top_k, wanted.sampler.top_p) for one in TEMPERATURES]
    _columns(at, temperature_lab.temperatures(at, samplers, length=wanted.length, seed=wanted.seed), wanted, 3)
    _explain()


def ways(at: Bench, wanted: Settings) -> None:
    """Greedy, beam search and sampling."""
    width = st.slider(
        "Beams", 1, MANY_BEAMS, 8, key="beams", bind="query-params", width=360,
        help="Number of texts that beam search keeps at each step. More beams find more probable texts.",
    )  # fmt: skip
    found = temperature_lab.ways(at, wanted.sampler, length=wanted.length, seed=wanted.seed, width=width)
    _columns(at, found, wanted, 3)
    _explain()


def _columns(at: Bench, columns: Sequence[Column], wanted: Settings, across: int) -> None:
    with st.grid(across, min_column_width=280):
        for column in columns:
            with st.container():
                bits = -column.log_probability / wanted.length / temperature_lab.NATS_PER_BIT
                st.markdown(f"**{column.title}**")
                st.code(at.prompt + column.text, language=None, wrap_lines=True)
                page.note(f"Score {column.log_probability:,.1f} nats, {bits:.2f} bits per symbol.")


def _explain() -> None:
    page.note(
        "The score is the log-likelihood under the network itself, before temperature, top-k and top-p: the "
        "nearer to 0, the more probable the text. The most probable text is seldom the best to read."
    )
