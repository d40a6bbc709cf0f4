"""What a choice costs, before it is trained: parameters by layer, memory, time, the device. No Keras."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from pages.widgets.shared import page, reads, settings_form
from rnnkit import architectures, tasks
from rnnkit.architectures import Layer
from rnnkit.config import RunConfig
from rnnkit.errors import PersonError
from rnnkit.runs import progress
from rnnkit.store import Store
from rnnkit.tasks import Measure
from rnnkit.training import cost, queueing


def show(store: Store, config: RunConfig) -> bool:
    """Everything about one choice. Returns whether it can be trained; why not is said at once."""
    texts = reads.texts(store, config.task)
    asked = [texts.get(name) for name in tasks.of(config).named(config.corpora, store)]
    here = all(text is None or text.available for text in asked)  # what no chooser knows is refused with a sentence
    measured = _measured(store, config) if here else None
    if not here:
        st.info("Download the text to see the cost of training.", icon=":material/download:")
    if here or tasks.of(config).fixed_vocab_size:  # it is given, not measured
        with page.user_errors(PersonError):
            parameters(config, queueing.vocab_size(config, store))
    if measured is not None:
        expected(store, config, measured)
    return measured is not None


def _measured(store: Store, config: RunConfig) -> Measure | None:
    try:
        return queueing.check(config, store)
    except PersonError as error:
        settings_form.refuse(error)
        return None


def parameters(config: RunConfig, vocab_size: int) -> None:
    """The parameter table, as `model.summary()` shows it."""
    table = architectures.parameter_table(config, vocab_size)
    st.metric("Parameters", sum(layer.params for layer in table), format="%,d", border=True)
    st.table(pd.DataFrame([_row(layer) for layer in table]).set_index("Layer"), alt="Parameters of each layer")


def _row(layer: Layer) -> dict[str, str]:
    shape = ", ".join("any" if size is None else f"{size}" for size in layer.output_shape)
    return {"Layer": layer.kind, "Output": f"({shape})", "Parameters": f"{layer.params:,}"}


def expected(store: Store, config: RunConfig, measured: Measure) -> None:
    """Time and memory, and one sentence when the choice leaves the fast path of a GPU."""
    estimate = cost.estimate(config, measured.vocab_size, measured.symbols, measured.plan, reads.slowness(store))
    with st.grid(2, min_column_width=150):
        st.metric("Time per epoch, about", progress.spoken(estimate.seconds_per_epoch), border=True)
        st.metric("Memory, about", _size(estimate.memory_bytes), border=True)
    if config.model.inputs == "numbers":
        page.note(f"{measured.symbols:,} numbers, {estimate.steps_per_epoch:,} steps per epoch.")
    else:
        page.note(
            f"{measured.chars:,} characters, {measured.symbols:,} tokens, vocabulary {measured.vocab_size:,}, "
            f"{estimate.steps_per_epoch:,} steps per epoch. "
            f"One-hot arrays would take {_size(estimate.one_hot_bytes)}; ids avoid that."
        )
    devices = [device["title"] for device in reads.devices(store)]
    if devices:
        page.note(f"Trains on: {', '.join(devices)}")
    slow = architectures.fast_path(config)
    if slow:
        page.note(f":material/speed: {slow}")


def _size(size: int) -> str:
    return f"{size / 1e9:,.1f} GB" if size > 1e9 else f"{size / 1e6:.0f} MB"
