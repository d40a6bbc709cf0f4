"""One text symbol by symbol: its distributions, and other symbols to write in the place of one.

What a network wrote is shown letter by letter, never as Markdown.
"""

from __future__ import annotations

import pandas as pd
import streamlit as st

from pages.widgets.shared import choices, page
from pages.widgets.temperature_lab import symbol_strip
from rnnkit.charts import distributions
from rnnkit.studies import temperature_lab
from rnnkit.studies.sampling import SampleSettings
from rnnkit.studies.temperature_lab import AFTER, BEFORE, PromptedNetwork


def show(of: PromptedNetwork, settings: SampleSettings) -> None:
    """A text, one symbol of it picked: its distributions, and others to write in its place."""
    overrides = _overrides(of.run)
    text = temperature_lab.trace(of, settings, overrides)
    symbols = temperature_lab.symbols(of, text)
    strip = st.container()
    left, right = st.columns([1, 2], gap="medium")
    with left:
        longest = temperature_lab.MAX_LENGTH
        number = st.number_input("Token number", 1, longest, key="at", bind="query-params", width=170)
        place = min(number, settings.length) - 1  # a shorter text ends the choice
        rows = temperature_lab.distribution(of, text, place)
        _figures(symbols.iloc[place])
        _alternatives(of, rows, place, overrides)
    alt = "Probabilities of the most probable tokens, before and after"
    right.altair_chart(distributions.before_and_after(rows, BEFORE, AFTER), alt=alt)
    with strip:
        symbol_strip.show(of.prompt.text, symbols, at=place, overrides=overrides, key="strip", on_pick=_pick)
        most = max(symbols.before.max(), symbols.after.max())
        page.note(
            f"Bars: entropy at each token. :blue[Blue]: {BEFORE}. :orange[Orange]: {AFTER}, after temperature, top-k "
            f"and top-p. The longest bar is {most:.1f} bits. Click a token, or use the arrow keys."
        )
    if overrides:
        st.markdown("**The first text**, without your tokens")
        first = temperature_lab.trace(of, settings)
        st.code(of.prompt.text + of.prompt.continuation(first.ids), language=None, wrap_lines=True)


def _overrides(run_id: str) -> dict[int, int]:
    """The branch in the address, ?branch=RUN.17:42, and the way back from it; another run's means nothing here."""
    owner, _, written = st.query_params.get("branch", "").partition(".")
    if owner != run_id:
        return {}
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button("Back to the first text", icon=":material/undo:", on_click=choices.leave_address, args=("branch",))
        overrides = temperature_lab.read_overrides(written)
        places = ", ".join(str(place + 1) for place in sorted(overrides))
        st.markdown(f"A branch: you chose token {places}. The link in the address keeps it.")
    return overrides


def _pick(place: int) -> None:
    st.session_state["at"] = place + 1


def _figures(symbol) -> None:
    """The symbol, its probability, and the entropies."""
    st.markdown(f"**{page.plain(symbol.symbol)}** was written, with probability **{symbol.probability:.1%}**.")
    with st.container(horizontal=True):
        st.metric("Entropy before", f"{symbol.before:.2f} bits", border=True)
        st.metric("Entropy after", f"{symbol.after:.2f} bits", border=True)


def _alternatives(of: PromptedNetwork, rows: pd.DataFrame, place: int, overrides: dict[int, int]) -> None:
    """Alternatives to a symbol; choosing one continues from there with the same seed."""
    others = rows[(rows.id >= 0) & ~rows.chosen].set_index("id")
    shares = [f"{chance:.1%}" if chance >= 0.0005 else "<0.1%" for chance in others.before]
    words = dict(zip(others.index, map("{} {}".format, others.symbol, shares), strict=True))
    st.pills(
        "Write another token here and continue with the same seed", list(words), key="turn", on_change=_branch,
        args=(of.run, overrides, place), format_func=lambda token: page.plain(words[token]), wrap=True,
    )  # fmt: skip


def _branch(run_id: str, overrides: dict[int, int], place: int) -> None:
    symbol, st.session_state["turn"] = st.session_state["turn"], None
    if symbol is not None:
        overrides = temperature_lab.overridden(overrides, place, symbol)
        st.query_params["branch"] = f"{run_id}.{temperature_lab.write_overrides(overrides)}"
