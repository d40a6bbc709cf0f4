"""Tools that set a network beside something else: tokens as a map, n-grams that write, its own past."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from pages.widgets.inside.coloured_text import Chosen
from pages.widgets.shared import generated_text, page, reads
from rnnkit.charts import curves
from rnnkit.store import Run, Store
from rnnkit.studies import embeddings, forcing, inside, sampling
from rnnkit.studies.checkpoint import Checkpoint
from rnnkit.studies.inside import Reading
from rnnkit.studies.ngram_writer import LONGEST, NgramWriter
from rnnkit.studies.sampling import SampleSettings
from rnnkit.tasks import Does
from rnnkit.texts import corpora
from rnnkit.texts.symbols import visible

MOST_SHOWN = 400  # tokens on the map
LENGTH = 400  # of a text that is written
FIRST = 12  # numbers of an embedding that are shown
SMOOTH = 7  # tokens of the moving mean


@page.user_errors()
def embedding_map(store: Store, run: Run, epoch: float, reading: Reading, at: Chosen) -> None:
    """What the network reads for each token, as a map, with the neighbours of one."""
    checkpoint = reads.checkpoint(store, run.id, epoch, Does.WRITES)
    table = embeddings.rows(checkpoint.network)
    symbols = [visible(symbol) for symbol in checkpoint.codec.symbols]
    chosen = st.selectbox(
        "Token", range(len(symbols)), index=int(reading.ids[at.place]), format_func=symbols.__getitem__, width=240
    )
    nearest = embeddings.neighbours(table, chosen)
    drawing, beside = st.columns([3, 1], gap="large")
    with drawing:
        st.plotly_chart(_map(table, symbols, chosen, [one.token for one in nearest]), key="embedding_map")
    with beside:
        rows = [(symbols[one.token], one.cosine, 0.0) for one in nearest]
        similar = st.column_config.NumberColumn(format="%.2f", help="Cosine: 1 where the two rows point the same way.")
        st.dataframe(
            pd.DataFrame(rows, columns=["Nearest", "Similarity", "One-hot"]), hide_index=True, alt="Nearest tokens",
            column_config={"Similarity": similar, "One-hot": similar},
        )  # fmt: skip
    _vectors(table, chosen)
    _, share = embeddings.flat(table)
    what = (
        "Its embedding" if run.config.model.embedding_size else "Its row of the first kernel, as tokens come in one-hot"
    )
    page.note(
        f"{what}: {table.shape[1]:,} numbers for each of {len(symbols):,} tokens. The map shows the plane in which "
        f"they differ most (PCA), {share:.0%} of their variance. One-hot, any two tokens have a similarity of 0: all "
        "are equally far from one another."
    )


def _vectors(table: np.ndarray, chosen: int) -> None:
    """The token's row of numbers, and beside it the one-hot one."""
    learned, one_hot = st.columns(2, gap="medium")
    with learned:
        st.markdown(f"**What it reads**, the first {min(FIRST, table.shape[1])} of {table.shape[1]:,} numbers")
        generated_text.show("  ".join(f"{number:.2f}" for number in table[chosen, :FIRST]))
    with one_hot:
        st.markdown(f"**One-hot**, {len(table):,} numbers: a 1 at place {chosen + 1:,}")
        generated_text.show("".join("1" if token == chosen else "0" for token in range(min(len(table), MOST_SHOWN))))


def _map(table: np.ndarray, symbols: list[str], chosen: int, nearest: list[int]) -> go.Figure:
    places, _ = embeddings.flat(table)
    shown = sorted({*range(min(len(symbols), MOST_SHOWN)), chosen, *nearest})
    sizes = [24 if token == chosen else 19 if token in nearest else 13 for token in shown]
    strong = st.get_option(f"theme.{st.context.theme.type or 'light'}.primaryColor")
    colours = [strong if token == chosen or token in nearest else page.text_color() for token in shown]
    figure = go.Figure(go.Scatter(
        x=places[shown, 0], y=places[shown, 1], mode="text", text=[symbols[token] for token in shown],
        textfont={"size": sizes, "color": colours}, hoverinfo="text",
    ))  # fmt: skip
    figure.update_layout(height=480, margin={"l": 0, "r": 0, "t": 10, "b": 0}, showlegend=False)
    figure.update_xaxes(visible=False)
    figure.update_yaxes(visible=False)
    return figure


@page.user_errors()
def ngrams(store: Store, run: Run, epoch: float, _reading: Reading, _at: Chosen) -> None:
    """What counting writes after the same prompt, beside what the network writes."""
    checkpoint = reads.checkpoint(store, run.id, epoch, Does.WRITES)
    size = st.slider("Tokens of the n-gram", 1, LONGEST, 3, key="ngram", bind="query-params", width=320)
    prompt = sampling.default_prompt(store, run)
    settings = SampleSettings(prompt, (1.0,), length=LENGTH)
    ids = checkpoint.codec.encode(prompt).ids
    counted = _writer(store, run.id, epoch, size).write(ids, LENGTH)
    left, right = st.columns(2, gap="medium")
    with left:
        st.markdown(f"**A {size}-gram** of the run's text, no network")
        generated_text.show("".join(checkpoint.codec.pieces(counted, int(ids[-1]) if len(ids) else None)), height=320)
    with right:
        st.markdown("**The network**, temperature 1")
        generated_text.show(sampling.write(store, run.id, settings, ats=[epoch]).texts[0].text, height=320)
    page.note(
        f"The {size}-gram draws each token from those that followed the last {max(0, size - 1)} in the text. "
        "It forgets everything before; the more tokens it looks at, the more it copies."
    )


@st.cache_resource(max_entries=8, show_spinner="Counting", hash_funcs=reads.HASHED)
def _writer(store: Store, run_id: str, epoch: float, size: int) -> NgramWriter:
    checkpoint: Checkpoint = reads.checkpoint(store, run_id, epoch, Does.WRITES)
    return NgramWriter(checkpoint.codec.encode(corpora.load(checkpoint.run.corpus, store)).ids, size)


@page.user_errors()
def own_past(store: Store, run: Run, epoch: float, _reading: Reading, _at: Chosen) -> None:
    """The loss of the true text after the true past, and after one of the network's own."""
    found = _losses(store, run.id, epoch)
    lines = {"given the true text": found.forced, "given its own": found.free}
    smooth = pd.DataFrame(lines).rolling(SMOOTH, min_periods=1, center=True).mean() / np.log(2)
    rows = pd.concat(
        pd.DataFrame({"at": range(1, len(smooth) + 1), "value": smooth[name], "label": name}) for name in lines
    )
    axes = {"x_title": "Tokens after the beginning", "y_title": "Bits per true token", "within": curves.around(rows)}
    st.vega_lite_chart(
        rows, page.described(curves.lines_over_steps, tuple(lines), **axes), height=340, key="own_past",
        alt=", ".join(f"{name}: {smooth[name].mean():.2f} bits on average" for name in lines),
    )  # fmt: skip
    page.note(
        f"{forcing.PLACES} places of the held-out text: the network reads {forcing.BEGINNING} tokens of each. Then "
        "it is given every true token, as in training (teacher forcing), or reads what it writes itself, as in "
        "sampling."
    )


@st.cache_data(max_entries=100, show_spinner="Reading", hash_funcs=reads.HASHED)
def _losses(store: Store, run_id: str, epoch: float) -> forcing.Losses:
    checkpoint = reads.checkpoint(store, run_id, epoch, Does.WRITES)
    ids = inside.held_out_ids(store, checkpoint)[0]
    return forcing.losses(checkpoint.network, ids)
