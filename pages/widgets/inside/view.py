"""Inside: a text coloured by what one unit holds or lets through, and the units that follow something.

What a network read or wrote is shown letter by letter, never as Markdown.
"""

from __future__ import annotations

import streamlit as st

from pages.widgets.inside import coloured_text, followers, looked_back, own_marks, surgery, translated
from pages.widgets.inside.coloured_text import Chosen
from pages.widgets.shared import choices, page, places_slider, reads, run_chooser
from rnnkit import architectures, tasks
from rnnkit.errors import PersonError
from rnnkit.metrics import epoch_number
from rnnkit.store import Run, Store
from rnnkit.studies import cells, inside, sampling
from rnnkit.studies.cells import Follows
from rnnkit.studies.inside import Reading
from rnnkit.studies.properties import PROPERTIES
from rnnkit.studies.sampling import SampleSettings
from rnnkit.tasks import Does

MESSAGE_BYTES = 3_000_000  # of units that a browser gets with one text
FEWEST, MOST = 300, 2_000  # tokens of a text, as many as the message has room for
SEARCHED = 6_000  # tokens in which units are looked for that follow something
HELD_OUT, OWN, WRITTEN = "Held-out text", "My text", "What it writes"


def show(store: Store, run: Run) -> None:
    """The text and its colours, then what can be tried on a unit. Another moment draws nothing else of the page."""
    st.fragment(_show)(store, run)


@page.user_errors()
def _show(store: Store, run: Run) -> None:
    if tasks.of(run.config).does is Does.TRANSLATES:
        translated.show(store, run, _moment(run_chooser.kept(store, run)))
        return
    kept = run_chooser.kept(store, run)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        sources = [HELD_OUT, WRITTEN, OWN] if _is_here(run) else [WRITTEN, OWN]
        source = choices.one_of("It reads", sources, key="reads")
        with st.container(width="stretch"):
            epoch = _moment(kept)
    text = _own_text(store, run) if source == OWN else ""
    if architectures.chosen(run.config).attention is not None:
        looked_back.attended(store, run, epoch, _text_of(store, run, epoch, source, text))
        return
    reading = _reading(store, run.id, epoch, source, text)
    above = st.container(key="followers")
    named = own_marks.text_name(reading.pieces)
    coloured_text.show(
        reading.pieces, reading.layers, asked=f"{run.id} {source} {named}", key="inside_text", text=named
    )
    if reading.note:
        page.note(page.plain(reading.note))
    own_marks.show(reading, named)
    asked = _in_address(reading)
    with st.spinner("Looking for units that follow quotes, brackets, the position in the line …"):
        follows = _followers(store, run.id, epoch)
    with above:
        followers.show(reading.layers, follows, asked, key="followers_list")
    page.note(FOLLOWS if follows else NOTHING_FOLLOWS)
    at = asked or next(filter(None, (followers.place_of(one, reading.layers) for one in follows)), Chosen())
    surgery.show(store, run, epoch, reading, at)


def _moment(kept: list[float]) -> float:
    """The checkpoint, on a slider: to see when a unit begins to follow something. In the address as ?moment=."""
    places = list(dict.fromkeys(map(epoch_number, kept)))
    asked = st.query_params.get("moment", "")
    at = asked if asked in places else places[-1]
    places_slider.show("Epoch", places, at, key="inside_moment", on_move=_move)
    return next(epoch for epoch in reversed(kept) if epoch_number(epoch) == at)


def _move(place: str) -> None:
    st.query_params["moment"] = place


def _own_text(store: Store, run: Run) -> str:
    typed = st.text_area("Text", key="inside_own", bind="query-params", height=120, max_chars=4_000)
    return typed or sampling.default_prompt(store, run)


def _in_address(reading: Reading) -> Chosen | None:
    """What the address asks for, as far as the reading has it; None where it says nothing."""
    asked = {name: st.query_params.get(name, "") for name in Chosen._fields}
    if not all(value.isdecimal() and len(value) < 7 for value in asked.values()):
        return None
    chosen = Chosen(**{name: int(value) for name, value in asked.items()})
    number = min(chosen.layer, len(reading.layers) - 1)
    quantity = min(chosen.quantity, len(reading.layers[number].quantities) - 1)
    unit = min(chosen.unit, coloured_text.units(reading.layers[number]) - 1)
    return Chosen(number, quantity, unit, min(chosen.place, len(reading.pieces) - 1))


@st.cache_resource(max_entries=12, show_spinner="Reading", hash_funcs=reads.HASHED)
def _reading(store: Store, run_id: str, epoch: float, source: str, text: str) -> Reading:
    """A reading never changes: made once, shown to everybody who asks for the same."""
    checkpoint = reads.checkpoint(store, run_id, epoch, Does.WRITES)
    of_one = inside.of_text(checkpoint, checkpoint.codec.decode([0]))
    numbers = sum(values.shape[1] for layer in of_one.layers for values in layer.quantities.values())
    most = max(FEWEST, min(MOST, MESSAGE_BYTES // numbers))
    if source == HELD_OUT:
        return inside.of_held_out(store, checkpoint, most)
    if source == WRITTEN:
        text = _written(store, run_id, epoch, most)
    return inside.of_text(checkpoint, text, most)


def _text_of(store: Store, run: Run, epoch: float, source: str, text: str) -> str:
    """The beginning of what is read, as text."""
    if source == HELD_OUT:
        checkpoint = reads.checkpoint(store, run.id, epoch, Does.WRITES)
        return checkpoint.codec.decode(inside.held_out_ids(store, checkpoint)[0][:FEWEST])
    return text or _written(store, run.id, epoch, FEWEST)


def _written(store: Store, run_id: str, epoch: float, tokens: int) -> str:
    written = sampling.write(store, run_id, SampleSettings(None, (0.7,), length=min(tokens, 5_000)), ats=[epoch])
    return written.prompt + written.texts[0].text


def _is_here(run: Run) -> bool:
    return all(reads.can_be_read_here(name) for name in run.config.corpora)


# ---- units that follow something


FOLLOWS = (
    "A unit **follows** a property if it tells tokens that have it from the others more closely than the best of as "
    "many units does by chance. In brackets: the AUC, where 0.5 is chance, or for a position the correlation, on text "
    "that did not choose the unit."
)
NOTHING_FOLLOWS = "No unit follows quotes, brackets, capitals or the like more closely than chance."


@st.cache_data(max_entries=200, show_spinner=False, hash_funcs=reads.HASHED)
def _followers(store: Store, run_id: str, epoch: float) -> list[Follows]:
    checkpoint = reads.checkpoint(store, run_id, epoch, Does.WRITES)
    try:
        if _is_here(checkpoint.run):
            reading = inside.of_held_out(store, checkpoint, SEARCHED)
        else:
            reading = inside.of_text(checkpoint, _written(store, run_id, epoch, SEARCHED), SEARCHED)
        graded = [name for name, one in PROPERTIES.items() if one.graded]
        return cells.follow(reading.layers, cells.values_of(reading.pieces), graded=graded)
    except PersonError:  # the text is too short: nothing can be said
        return []
