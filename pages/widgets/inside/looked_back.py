"""What a token looked back at, in up to three networks that read the same text, side by side."""

from __future__ import annotations

from collections.abc import Set

import streamlit as st

from pages.widgets.inside import coloured_text
from pages.widgets.inside.coloured_text import Chosen
from pages.widgets.shared import page, reads, run_chooser
from rnnkit import engine
from rnnkit.errors import ConfigError, PersonError
from rnnkit.store import Run, Store
from rnnkit.studies import inside, lookback
from rnnkit.studies.inside import Reading
from rnnkit.studies.lookback import LookBack
from rnnkit.tasks import Does
from rnnkit.texts.symbols import visible

MOST_BESIDE = 2
OFFERED = 100  # runs
_BESIDE = "looked_back_beside"


@page.user_errors()
def show(store: Store, run: Run, epoch: float, reading: Reading, at: Chosen) -> None:
    """The run, and others that are chosen: the same text, the same token."""
    if (why := lookback.problem(run.config)) is not None:
        raise ConfigError(why)
    others = _beside(store, run)
    if not at.place:
        st.info("Choose a token in the text above: a click, or the arrow keys.", icon=":material/touch_app:")
        return
    with st.grid(1 + len(others), min_column_width=260, gap="medium"):
        for number, (one, moment) in enumerate([(run, epoch), *((other, kept) for other, kept in others)]):
            with st.container():
                _one(store, one, moment, reading, at.place, number)
    page.note(
        "The colour is how much each token before moved the chance of this one: the gradient of its log-probability, "
        f"over {lookback.DISTANCE} tokens at most, or over the window that the network reads. Half of the gradient's "
        "length lies within the tokens named."
    )
    page.note(
        "A network with attention has a map of its own: a network of dates under *Try it out*, a Transformer here."
    )


def attended(store: Store, run: Run, epoch: float, text: str) -> None:
    """Where each head of a Transformer looks after a token of the text, from where it reads it."""
    checkpoint = reads.checkpoint(store, run.id, epoch, Does.WRITES)
    ids, pieces, unknown = inside.tokens(checkpoint, text)
    last = min(len(ids), lookback.DISTANCE)
    place = st.slider("Token", 1, last, last, key="attended", bind="query-params") if last > 1 else 1
    found = engine.attention(checkpoint.network, ids[:place])
    heads = {
        f"block {block + 1}, head {head + 1}": row for block, rows in enumerate(found) for head, row in enumerate(rows)
    }
    shown = pieces[place - found.shape[2] : place]
    st.markdown(f"After “{page.plain(visible(pieces[place - 1]))}”: how much each head looks at each token it can see.")
    coloured_text.show_one(shown, heads, at=len(shown) - 1, asked=f"{run.id} {epoch} {place}", key="attended_text")
    if unknown:
        page.note(page.plain(unknown))


def _beside(store: Store, run: Run) -> list[tuple[Run, float]]:
    """Other runs with the newest moment of each; those on the same text are offered first."""
    able = [
        one for one in reads.runs(store)
        if one.id != run.id and one.epochs_done and lookback.problem(one.config) is None
    ]  # fmt: skip
    able.sort(key=lambda one: (one.corpus != run.corpus, one.config.tokenizer.kind != run.config.tokenizer.kind))
    lines = {one.id: run_chooser.line(one) for one in able[:OFFERED]}
    asked = [name for name in st.query_params.get("beside", "").split(",") if name in lines]
    st.session_state[_BESIDE] = asked[:MOST_BESIDE]  # the address is the one truth
    chosen = st.multiselect(
        "Beside it", list(lines), key=_BESIDE, max_selections=MOST_BESIDE, format_func=lines.__getitem__,
        placeholder="Up to two other networks read the same text", on_change=_to_address, args=(lines.keys(),),
    )  # fmt: skip
    return [(reads.run(store, name), reads.kept(store, name)[-1]) for name in chosen if reads.kept(store, name)]


def _to_address(known: Set[str]) -> None:
    if known >= set(st.session_state[_BESIDE]):  # a browser may send the line of a run that was renamed
        st.query_params["beside"] = ",".join(st.session_state[_BESIDE])


def _one(store: Store, run: Run, epoch: float, reading: Reading, place: int, number: int) -> None:
    """One network: the chance that it gave the token, and the tokens before it, coloured."""
    st.markdown(f"**{page.plain(run.name)}**, {run.config.model.architecture.replace('_', ' ')}, epoch {epoch:g}")
    try:
        pieces, at, found = _found(store, run.id, epoch, tuple(reading.pieces), place)
    except PersonError as error:
        st.warning(page.plain(str(error)))
        return
    st.markdown(
        f"“{page.plain(visible(pieces[at]))}” had a probability of **{found.probability:.1%}**. "
        f"Half of it looks back {lookback.half(found)} tokens at most."
    )
    shown = [pieces[one] for one in found.places]
    coloured_text.show_one(
        shown, {"made it likelier or less likely (nats)": found.moved, "size of the gradient": found.sizes},
        at=len(shown) - 1, asked=f"{run.id} {epoch} {place}", key=f"looked_back {number}",
    )  # fmt: skip


@st.cache_data(max_entries=300, show_spinner="Going back", hash_funcs=reads.HASHED)
def _found(
    store: Store, run_id: str, epoch: float, read: tuple[str, ...], place: int
) -> tuple[list[str], int, LookBack]:
    checkpoint = reads.checkpoint(store, run_id, epoch, Does.WRITES)
    ids, pieces, _ = inside.tokens(checkpoint, "".join(read))
    at = lookback.same_place(read, place, pieces)
    return pieces, at, lookback.look_back(checkpoint.network, ids, at)
