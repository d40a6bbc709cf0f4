"""The network of a config drawn unrolled over time, and what it costs in figures; both follow the form's sliders.

Components of their own: a slider of Streamlit tells the server only when it is let go. What they work out in the
browser are formulas of rnnkit.training.formulas. Knows no run and no page.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import streamlit as st

from pages.widgets.shared import reads, settings_form
from rnnkit import architectures, tasks
from rnnkit.architectures import ARCHITECTURES
from rnnkit.architectures.sizes import Values
from rnnkit.config import Answers, ModelConfig, RunConfig, SamplingConfig, TrainingConfig, fields
from rnnkit.errors import PersonError
from rnnkit.store import Store
from rnnkit.tasks import Measure
from rnnkit.texts.batches import BatchPlan
from rnnkit.training import formulas

HEIGHT = 420  # pixels that a drawing of few layers stays below
_HERE = Path(__file__).parent
_CHANGE_PLANS = ("batches.length", "batches.batch_size")
# What stands at the shown steps, below and above, by the tokens of a text.
_READ = {
    "characters": ("the␣se", "he␣sea"),
    "words": (["the", "cat", "sat", "on", "the", "mat"], ["cat", "sat", "on", "the", "mat", "."]),
    "numbers": (["12.1", "12.6", "13.0", "12.4", "11.9", "12.2"], ["12.6", "13.0", "12.4", "11.9", "12.2", "12.7"]),
}


def _component(name: str, frame: str) -> Any:
    script = "\n".join((_HERE / file).read_text("utf-8") for file in ("live_sizes.js", f"{name}.js"))
    return st.components.v2.component(
        f"rnnkit_{name}", html=frame, css=(_HERE / f"{name}.css").read_text("utf-8"), js=script
    )


_DRAWING = _component(
    "network_drawing",
    '<div class="picture" role="img"></div>'
    '<div class="steps"><button type="button">Play</button><button type="button">Step</button></div><p></p>',
)
_FIGURES = _component("network_figures", "<dl></dl>")


def show(
    store: Store, config: RunConfig, measured: Measure | int, *, form: str = "", key: str, height: int = HEIGHT,
    small: bool = False,
) -> None:  # fmt: skip
    """Draw the network.

    Args:
        measured: the text, or of a network that is only looked at the size of its vocabulary.
        form: the key of the settings form whose sliders are followed; empty where there is none.
        height: pixels to stay below where the layers are few enough. small: thin rows, as beside others.
    """
    data = _described(store, config, measured, form) | _facts(config) | {"height": height, "small": small}
    _DRAWING(key=key, data=data)


def figures(
    store: Store, config: RunConfig, measured: Measure | int, *, form: str = "", key: str, compact: bool = False
) -> None:  # fmt: skip
    """Parameters, time and memory; `compact` in one line, as for a bar. Arguments as for `show`."""
    training = config.training
    data = {"compact": compact, "epochs": training.epochs, "budget": training.seconds}
    _FIGURES(key=key, data=_described(store, config, measured, form) | data)


def _described(store: Store, config: RunConfig, measured: Measure | int, form: str) -> dict[str, Any]:
    """The formulas, and which sliders are followed from where."""
    vocab_size, plan = (measured, None) if isinstance(measured, int) else (measured.vocab_size, measured.plan)
    values = formulas.sizes(config, vocab_size, plan)
    stops = _stops(config) if form else {}
    unnamed = config.model_copy(update={"name": "", "owner": ""})
    return _formulas(unnamed, vocab_size, plan, store, bool(form)) | {
        "values": values, "slower": reads.slowness(store),
        "sliders": {name: _slider(f"{form}/{name}", name, values[name]) for name in stops},
    }  # fmt: skip


@lru_cache(maxsize=32)
def _formulas(
    config: RunConfig, vocab_size: int, plan: BatchPlan | None, store: Store, followed: bool
) -> dict[str, Any]:  # fmt: skip
    """What is the same for everybody: 10 ms the first time."""
    stops = _stops(config) if followed else {}
    plans = {name: _plans(store, config, plan, name, stops[name]) for name in _CHANGE_PLANS if name in stops and plan}
    return {
        "tables": formulas.followed(config, formulas.sizes(config, vocab_size, plan), stops, plans),
        "plans": {name: {f"{stop:g}": one for stop, one in found.items()} for name, found in plans.items()},
    }


def _stops(config: RunConfig) -> dict[str, list[float]]:
    """Where each slider can be put that changes a size."""
    used = [f"model.{name}" for name in ARCHITECTURES[config.model.architecture].fields]
    every = {name: settings_form.stops(name, fields()[name]) for name in (*used, *_CHANGE_PLANS)}
    return {name: stops for name, stops in every.items() if stops}


def _slider(key: str, name: str, now: float) -> dict[str, Any]:
    """The class of a slider's box, where it stands, and the range of the number beside it, which may be `now`."""
    least, most = (
        next(getattr(rule, way) for rule in fields()[name].metadata if hasattr(rule, way)) for way in ("ge", "le")
    )
    return {"place": _place(key), "at": st.session_state.get(key, now), "least": least, "most": most}


def _place(key: str) -> str:
    """The class that Streamlit gives to the box of a widget with this key."""
    return "st-key-" + re.sub(r"[^a-zA-Z0-9_-]", "-", key.strip())


def _plans(store: Store, config: RunConfig, plan: BatchPlan, name: str, stops: list[float]) -> Mapping[float, Values]:
    """Steps and symbols of an epoch at each stop, where the text is long enough; none where a fork reads it its way."""
    part, _, inner = name.partition(".")
    base = config.model_copy(
        update={"model": ModelConfig(), "training": TrainingConfig(), "sampling": SamplingConfig()}
    )
    if _plan(base, store) != _named(plan):
        return {}
    changed = (getattr(config, part).model_copy(update={inner: int(stop)}) for stop in stops)
    found = {stop: _plan(base.model_copy(update={part: one}), store) for stop, one in zip(stops, changed, strict=True)}
    return {stop: plan for stop, plan in found.items() if plan}


def _named(plan: BatchPlan) -> Values:
    return {formulas.STEPS: plan.steps, formulas.SYMBOLS: plan.symbols_per_epoch}


@lru_cache(maxsize=2048)
def _plan(config: RunConfig, store: Store) -> Values | None:
    try:
        plan = tasks.of(config).measure(config, store, None).plan
    except PersonError:
        return None
    return _named(plan)


def _facts(config: RunConfig) -> dict[str, Any]:
    """What is not in the sizes: how the text is read, and what stands for its tokens."""
    architecture = ARCHITECTURES[config.model.architecture]
    cell, states = architecture.cell, architecture.cell.states if architecture.cell else ()
    facts: dict[str, Any] = {"cell": architecture.title if cell else "", "states": states}
    if config.answers is Answers.SEQUENCE:
        one = architecture.name == "decoder"
        return facts | {
            "reads": "one" if one else "pairs", "tokens": "characters", "each": "character",
            "input": list("a" if one else "3May"), "written": ["start", *"05-"], "output": list("05-0"),
        }  # fmt: skip
    tokens = "numbers" if config.model.inputs == "numbers" or tasks.of(config).reads_values else config.tokenizer.kind
    before, after = (list(tokens_shown) for tokens_shown in _READ[tokens])
    if config.answers is Answers.CLASS:
        return facts | {"reads": "texts", "tokens": tokens, "each": "class", "input": before, "output": ["class"]}
    windows = architectures.reads_windows(config)
    reads = "windows" if windows else "streams"
    return facts | {
        "reads": reads,
        "tokens": tokens,
        "each": "bin" if tokens == "numbers" else tokens[:-1],
        "input": before,
        "output": after,
    }
