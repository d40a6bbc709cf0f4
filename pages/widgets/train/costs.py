"""What a choice costs, before it is trained: parameters by layer, memory, time, the device. No Keras."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from pages.widgets.shared import new_run, page, reads, settings_form
from rnnkit import architectures, tasks
from rnnkit.config import RunConfig
from rnnkit.errors import PersonError
from rnnkit.runs import progress
from rnnkit.store import Run, Store
from rnnkit.tasks import Measure
from rnnkit.texts.tokenizers import Tokenizer
from rnnkit.training import cost, queueing


def show(store: Store, config: RunConfig, parent: str | None = None) -> bool:
    """Everything about one choice. Returns whether it can be trained; why not is said at once.

    `parent`: the run that is forked, whose vocabulary reads the text.
    """
    forked = reads.run(store, parent) if parent else None
    state = forked.tokenizer if forked else None
    texts = reads.texts(store, config.task)
    asked = [texts.get(name) for name in tasks.of(config).named(config.corpora, store)]
    here = all(text is None or text.available for text in asked)  # what no chooser knows is refused with a sentence
    measured = None
    if not here:
        st.info("The cost of training is known once the text is on this machine.", icon=":material/download:")
    else:
        try:
            measured = queueing.check(config, store, state)
        except PersonError as error:
            settings_form.refuse(error)
    ready = measured is not None and (forked is None or _known(forked, config, measured))
    if here or tasks.of(config).fixed_vocab_size:  # it is given, not measured
        with page.user_errors(PersonError):
            parameters(config, measured.vocab_size if measured else queueing.vocab_size(config, store))
    if measured is not None:
        expected(store, config, measured)
    return ready


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
        st.metric("An epoch, about", progress.spoken(estimate.seconds_per_epoch), border=True)
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
