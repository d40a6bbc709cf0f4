"""What a choice costs, before it is trained: parameters by layer, memory, time, the device. No Keras."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from pages.widgets.shared import page, reads, settings_form
from rnnkit import architectures, tasks
from rnnkit.config import RunConfig
from rnnkit.errors import PersonError
from rnnkit.runs import progress
from rnnkit.store import Store
from rnnkit.tasks import Measure
from rnnkit.texts.tokenizers import Tokenizer
from rnnkit.training import cost, queueing


def show(store: Store, config: RunConfig) -> bool:
    """Everything about one choice. Returns whether it can be trained; why not is said at once."""
    texts = reads.texts(store, config.task)
    asked = [texts.get(name) for name in tasks.of(config).named(config.corpora, store)]
    here = all(text is None or text.available for text in asked)  # what no chooser knows is refused with a sentence
    measured = None
    if not here:
        st.info("Download the text to see the cost of training.", icon=":material/download:")
    else:
        try:
            measured = queueing.check(config, store)
        except PersonError as error:
            settings_form.refuse(error)
    if here or tasks.of(config).fixed_vocab_size:  # it is given, not measured
        with page.user_errors(PersonError):
            parameters(config, queueing.vocab_size(config, store))
    if measured is not None:
        expected(store, config, measured)
    return measured is not None


def parameters(config: RunConfig, vocab_size: int) -> None:
    """The parameter table, as `model.summary()` shows it."""
    table = architectures.parameter_table(config, vocab_size)
    st.metric("Parameters", sum(layer.params for layer in table), format="%,d", border=True)
    shapes = [", ".join("any" if size is None else f"{size}" for size in layer.output_shape) for layer in table]
    rows = [(layer.kind, f"({shape})", f"{layer.params:,}") for layer, shape in zip(table, shapes, strict=True)]
    named = pd.DataFrame(rows, columns=["Layer", "Output", "Parameters"]).set_index("Layer")
    st.table(named, alt="Parameters of each layer")


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
            f"{estimate.steps_per_epoch:,} steps per epoch. One-hot arrays would take "
            f"{_size(estimate.one_hot_bytes)}; ids avoid that."
        )
    if isinstance(measured.codec, Tokenizer) and measured.codec.without_spaces:
        st.warning(measured.codec.without_spaces, icon=":material/segment:")
    if devices := [device["title"] for device in reads.devices(store)]:
        page.note(f"Trains on: {', '.join(devices)}")
    if slow := architectures.fast_path(config):
        page.note(f":material/speed: {slow}")


def _size(size: int) -> str:
    return f"{size / 1e9:,.1f} GB" if size > 1e9 else f"{size / 1e6:.0f} MB"
