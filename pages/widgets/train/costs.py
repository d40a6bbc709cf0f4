"""What a choice is and costs, before it is trained: the network drawn, parameters, memory, time. No Keras."""

from __future__ import annotations

from typing import NamedTuple

import pandas as pd
import streamlit as st

from pages.widgets.shared import network_drawing, new_run, page, reads, settings_form
from rnnkit import architectures, tasks
from rnnkit.config import RunConfig
from rnnkit.errors import PersonError
from rnnkit.store import Run, Store
from rnnkit.tasks import Measure
from rnnkit.texts.tokenizers import Tokenizer
from rnnkit.training import cost, queueing


class Checked(NamedTuple):
    """Of a choice: whether it can be trained, its text as it is read, and what is known of its vocabulary: the text, or
    only its size; None where neither is.
    """

    ready: bool
    measured: Measure | None
    known: Measure | int | None


NOTHING = Checked(False, None, None)


def check(store: Store, config: RunConfig, parent: str | None = None) -> Checked:
    """Whether a choice can be trained; why not is said at once.

    `parent`: the run that is forked, whose vocabulary reads the text.
    """
    forked = reads.run(store, parent) if parent else None
    texts = reads.texts(store, config.task)
    asked = [texts.get(name) for name in tasks.of(config).named(config.corpora, store)]
    here = all(text is None or text.available for text in asked)  # what no chooser knows is refused with a sentence
    measured, known = None, None
    if not here:
        st.info("The cost of training is known once the text is on this machine.", icon=":material/download:")
    else:
        try:
            measured = queueing.check(config, store, forked.tokenizer if forked else None)
        except PersonError as error:
            settings_form.refuse(error)
    ready = measured is not None and (forked is None or _known(forked, config, measured))
    if here or tasks.of(config).fixed_vocab_size:  # it is given, not measured
        with page.user_errors(PersonError):
            known = measured or queueing.vocab_size(config, store)
    return Checked(ready, measured, known)


def show(store: Store, config: RunConfig | None, checked: Checked, form: str) -> None:
    """The network drawn, and more about it. `form`: the key of the settings form, whose sliders the drawing follows."""
    if config is not None and checked.known is not None:
        with page.user_errors(PersonError):
            drawn(store, config, checked.known, form)
    if config is not None and checked.measured is not None:
        remarks(store, config, checked.measured)


def figures(store: Store, config: RunConfig | None, checked: Checked, form: str) -> None:
    """Parameters and time in one line, which follow the sliders of the form."""
    if config is not None and checked.known is not None:
        with page.user_errors(PersonError):
            network_drawing.figures(store, config, checked.known, form=form, key="figures", compact=True)


def _known(forked: Run, config: RunConfig, measured: Measure) -> bool:
    """What of a text the run's vocabulary does not know; where that is most, somebody has to ask for it."""
    if not measured.unknown:
        return True
    said = f"{measured.unknown:.1%} of the tokens of this text are not in the vocabulary of the run that is forked."
    if not queueing.mostly_unknown(forked, config, measured):
        page.note(said)
        return True
    st.warning(f"{said} Training would hardly be on this text.", icon=":material/translate:")
    return st.checkbox("Fork onto this text all the same", key=new_run.allowed_key(forked.id, config))


def drawn(store: Store, config: RunConfig, known: Measure | int, form: str = "") -> None:
    """The network as a drawing, and its layers as a table, as Keras's `model.summary()` has them."""
    network_drawing.show(store, config, known, form=form, key="network")
    table = architectures.parameter_table(config, known if isinstance(known, int) else known.vocab_size)
    shapes = [", ".join("any" if size is None else f"{size}" for size in layer.output_shape) for layer in table]
    rows = [(layer.kind, f"({shape})", f"{layer.params:,}") for layer, shape in zip(table, shapes, strict=True)]
    rows.append(("All", "", f"{sum(layer.params for layer in table):,}"))
    with st.expander("Layers as a table", icon=":material/table_rows:"):
        named = pd.DataFrame(rows, columns=["Layer", "Output", "Parameters"]).set_index("Layer")
        st.table(named, alt="Parameters of each layer")


def remarks(store: Store, config: RunConfig, measured: Measure) -> None:
    """What is read, on what it trains, and what a teacher of networks may want to know of it, folded."""
    steps, vocabulary = measured.plan.steps, measured.vocab_size
    if config.model.inputs == "numbers":
        page.note(f"{measured.symbols:,} numbers, {steps:,} steps per epoch.")
    else:
        page.note(
            f"{measured.chars:,} characters, {measured.symbols:,} tokens, vocabulary {vocabulary:,}, "
            f"{steps:,} steps per epoch."
        )
    if isinstance(measured.codec, Tokenizer) and measured.codec.without_spaces:
        st.warning(measured.codec.without_spaces, icon=":material/segment:")
    if devices := [device["title"] for device in reads.devices(store)]:
        page.note(f"Trains on: {', '.join(devices)}")
    with st.expander("What these figures mean", icon=":material/help:"):
        page.note("A parameter is one number that the network learns; in the drawing it is one weight of an arrow.")
        page.note(
            "Memory is what training takes: the parameters, their gradients, the optimizer's averages, and all that "
            "one batch leaves behind for the way back through time. Time is estimated from runs on this machine."
        )
        if config.model.inputs != "numbers":
            needs = cost.estimate(config, vocabulary, measured.symbols, measured.plan)
            page.note(
                "A token is stored as one number, its place in the vocabulary; batch by batch it becomes a vector. "
                f"The whole text as one-hot vectors of {vocabulary:,} numbers would take {_size(needs.one_hot_bytes)}."
            )
        if slow := architectures.fast_path(config):
            page.note(slow)


def _size(size: int) -> str:
    return f"{size / 1e9:,.1f} GB" if size > 1e9 else f"{size / 1e6:.0f} MB"
