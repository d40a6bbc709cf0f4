"""The form of a run, drawn from the fields of its config: label, help and range are the field's own.

A new field of the config appears here by itself, folded under "More" until it is put in OFTEN.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any, Literal, get_args, get_origin

import streamlit as st
from pydantic.fields import FieldInfo

from pages.widgets.shared import equations, page
from rnnkit import tasks
from rnnkit.architectures import ARCHITECTURES, for_task
from rnnkit.config import ANSWERS, Answers, RunConfig, fields, parse
from rnnkit.errors import ConfigError, PersonError

# The groups of the form: title, icon, and the part of the config whose fields it shows.
GROUPS = {
    "tokenizer": ("Text", ":material/menu_book:"),
    "pairs": ("Pairs", ":material/translate:"),
    "series": ("Series", ":material/show_chart:"),
    "batches": ("Batches", ":material/view_week:"),
    "model": ("Network", ":material/hub:"),
    "training": ("Training", ":material/model_training:"),
    "sampling": ("Samples", ":material/edit_note:"),
}
OPENED_FIRST = "model"

# Fields that are not folded away.
OFTEN = {
    "tokenizer.kind", "tokenizer.newlines", "batches.kind", "batches.length", "batches.step", "batches.batch_size",
    "series.head", "series.classes",
    "model.architecture", "model.inputs", "model.units", "model.layers", "model.embedding_size", "model.bidirectional",
    "model.dropout",
    "pairs.examples", "pairs.longest_output",
    "training.epochs", "training.optimizer", "training.learning_rate", "sampling.prompt", "sampling.temperatures",
}  # fmt: skip

# Fields that mean nothing for some choices made before them: shown only where they are used.
USED_WHEN: dict[str, Callable[[Mapping[str, Any]], bool]] = {
    "tokenizer.newlines": lambda v: v["tokenizer.kind"] == "characters",
    "tokenizer.word_rules": lambda v: v["tokenizer.kind"] == "words",
    "tokenizer.minimum_count": lambda v: v["tokenizer.kind"] == "words",
    "batches.step": lambda v: v["batches.kind"] == "windows",
    "batches.random_offset": lambda v: v["batches.kind"] == "streams",
    "series.classes": lambda v: v["series.head"] == "classes",
    "series.binning": lambda v: v["series.head"] == "classes",
    "model.bidirectional": lambda v: v["batches.kind"] == "windows" or ANSWERS[v["task"]] is Answers.CLASS,
    "model.embedding_size": lambda v: v["model.inputs"] == "symbols",
    "model.embedding_dropout": lambda v: v["model.inputs"] == "symbols" and v["model.embedding_size"] > 0,
    "model.classes": lambda v: ANSWERS[v["task"]] is Answers.CLASS,
    "training.weight_decay": lambda v: v["training.optimizer"] == "adamw",
    "training.momentum": lambda v: v["training.optimizer"] in ("sgd", "rmsprop"),
}

# Sizes that one tries by moving a slider: few enough places to hit one, on a projector too. Any other number is typed.
SIZES: dict[str, tuple[int, ...]] = {
    "model.units": (8, 16, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768, 1024),
    "model.embedding_size": (0, 8, 16, 32, 48, 64, 96, 128, 192, 256, 512),
    "model.hidden_units": (0, 16, 32, 64, 128, 256, 512, 1024),
    "batches.length": (5, 10, 20, 40, 50, 64, 80, 100, 128, 150, 200, 300, 500),
    "batches.batch_size": (8, 16, 32, 50, 64, 100, 128, 256),
}

# Fields whose values are the keys of a table elsewhere.
TABLES = {"model.architecture": ARCHITECTURES}
LIMITS = "_limits"  # in the session: the most that a field may have for this person, in a class
ONE_LINE = 100  # characters: longer texts get a field of several lines
# Of these, those that go with the choices made before.
FITTING: dict[str, Callable[[dict[str, Any]], Iterable[str]]] = {"model.architecture": lambda v: for_task(v["task"])}
SPOKEN = {
    "adamw": "AdamW",
    "one-cycle": "One cycle",
    "rmsprop": "RMSProp",
    "sgd": "SGD",
    "cpu": "CPU",
    "gpu": "GPU",
}  # other values: with a capital
STEPS = {"training.learning_rate": 0.0005, "training.clip_norm": 0.5, "training.clip_value": 0.5}


def show(
    base: RunConfig,
    key: str,
    fixed: Callable[[str], bool] = lambda _name: False,
    without: Iterable[str] | Mapping[str, Any] = (),
) -> dict[str, Any]:
    """Draw the groups and return every dotted field with what was chosen; hidden fields have their defaults.

    Args:
        base: where the widgets stand at first. key: another key, other widgets: it names what `base` is.
        fixed: the fields that cannot be changed now.
        without: fields that are chosen elsewhere, with their values; as names alone they stay as they are in `base`.
    """
    given = without if isinstance(without, Mapping) else {name: _now(base, name) for name in without}
    values: dict[str, Any] = {"task": base.task, **given}
    parts = tasks.of(base).parts
    labels = {part: f"{icon} {title}" for part, (title, icon) in GROUPS.items() if part in parts}
    for part, tab in zip(labels, st.tabs(list(labels.values()), default=labels[OPENED_FIRST]), strict=True):
        found = {f"{part}.{name}": field for name, field in type(getattr(base, part)).model_fields.items()}
        found = {name: field for name, field in found.items() if name not in values}
        often = {name: field for name, field in found.items() if name in OFTEN}
        rare = {name: field for name, field in found.items() if name not in OFTEN}
        with tab:
            _draw(often, base, key, fixed, values)
            any_used = any(_used(name, values) for name in rare)
            with st.expander("More", icon=":material/tune:") if any_used else st.container():
                _draw(rare, base, key, fixed, values)
    return values


def field(base: RunConfig, key: str, name: str, *, fixed: Callable[[str], bool] = lambda _name: False) -> Any:
    """One field alone, somewhere else: give its value to `show` as one of `without`."""
    return _widget(name, fields()[name], _now(base, name), [], key=f"{key}/{name}", disabled=fixed(name))


def config(base: RunConfig, values: Mapping[str, Any]) -> RunConfig | None:
    """`base` with the chosen values. Where one does not fit, that is said at once and there is no config."""
    data = base.model_dump(mode="json")
    for name, value in values.items():
        part, _, inner = name.rpartition(".")
        (data[part] if part else data)[inner] = value
    try:
        return parse(data)
    except ConfigError as error:
        refuse(error)
        return None


def refuse(error: PersonError) -> None:
    """Say why the choices cannot be trained, in the words of the form."""
    st.error(page.plain(in_words(str(error))), icon=":material/block:")


def in_words(sentence: str) -> str:
    """A sentence about fields with their labels in place of their dotted names: “Batches: Windows”."""

    def label(match: re.Match) -> str:
        name, value = match.groups()
        if name not in TITLES:
            return match[0]
        return f"“{TITLES[name]}: {_spoken(name, value)}”" if value else f"“{TITLES[name]}”"

    return re.sub(r"\b([a-z]+\.[a-z_]+)(?:\.\d+)?(?:=(\w+))?", label, sentence)


def _spoken(name: str, value: str) -> str:
    """A value of a field as its widget shows it."""
    known = TABLES.get(name, {}).get(value)
    return known.title if known else SPOKEN.get(value, value.capitalize())


TITLES = {
    f"{part}.{name}": field.title
    for part in GROUPS
    for name, field in type(getattr(RunConfig(), part)).model_fields.items()
}


def _now(base: RunConfig, name: str) -> Any:
    part, _, inner = name.partition(".")
    return getattr(getattr(base, part), inner)


def _used(name: str, values: Mapping[str, Any]) -> bool:
    """Whether the choices so far give the field a meaning."""
    if name in tasks.TASKS[values["task"]].unused or (name in USED_WHEN and not USED_WHEN[name](values)):
        return False
    part, _, inner = name.partition(".")
    everywhere = part != "model" or inner in ("architecture", "classes")
    return everywhere or inner in ARCHITECTURES[values["model.architecture"]].fields


def _draw(
    fields: Mapping[str, FieldInfo], base: RunConfig, key: str, fixed: Callable[[str], bool], values: dict[str, Any]
) -> None:
    """The widgets of `fields` that are used, two abreast; the others get their defaults."""
    grid = st.grid(2, min_column_width=200, gap="medium", vertical_alignment="bottom")
    for name, field in fields.items():
        if not _used(name, values):
            values[name] = field.get_default(call_default_factory=True)
            continue
        with grid.cell(column_span="all" if name in TABLES else 1):
            options = list(FITTING[name](values)) if name in FITTING else list(get_args(field.annotation))
            values[name] = _widget(name, field, _now(base, name), options, key=f"{key}/{name}", disabled=fixed(name))
            if name == "model.architecture":
                equations.show([values[name]])


def _widget(name: str, field: FieldInfo, now: Any, options: list[Any], **more: Any) -> Any:
    """The widget that fits the field's type and range; `options` where it is one of several."""
    more |= {"help": field.description, "persist_state": "page"}
    title = field.title or name
    if name in TABLES or get_origin(field.annotation) is Literal:
        return st.segmented_control(
            title, options, default=now, format_func=partial(_spoken, name), required=True, wrap=True, **more
        )
    if field.annotation is bool:
        return st.toggle(title, now, **more)
    if field.annotation is str:
        most = _limit(field, "max_length")
        draw = st.text_input if most <= ONE_LINE else partial(st.text_area, height=100)
        return draw(title, now, max_chars=most, **more)
    if get_origin(field.annotation) is tuple:
        return [part.strip() for part in st.text_input(title, ", ".join(f"{x:g}" for x in now), **more).split(",")]
    return _number(name, field, now, title, **more)


def _number(name: str, field: FieldInfo, now: float | None, title: str, **more: Any) -> float | None:
    low, high = _limit(field, "ge"), _limit(field, "le")
    if (most := st.session_state.get(LIMITS, {}).get(name)) is not None and not more.get("disabled"):
        high, now, more["key"] = most, min(now or most, most), f"{more['key']}/{most}"  # other widgets: others' range
    if name in SIZES and now is not None:
        places = sorted({int(now), *(place for place in SIZES[name] if place <= high)})
        return _size(title, places, int(now), int(low), int(high), **more)
    if field.annotation is int and high - low <= 10:
        return st.slider(title, low, high, now, **more)
    if field.annotation is float and high is not None and high <= 1:
        return st.slider(title, low, high, now, step=0.05, **more)
    if field.annotation is float and now is not None:
        return st.number_input(title, low, high, float(now), step=STEPS.get(name), format="%g", **more)
    return st.number_input(title, low, high, now, step=1, placeholder="all" if now is None else None, **more)


def _size(title: str, places: list[int], now: int, low: int, high: int, key: str, **more: Any) -> int:
    """A slider over some numbers, and beside it the number itself, which may be any. Whichever moved last counts."""
    exact, state = f"{key}/exact", st.session_state
    state.setdefault(key, now)
    state.setdefault(exact, now)

    def slid() -> None:
        state[exact] = state[key]

    def typed() -> None:
        state[key] = min(places, key=lambda place: abs(place - state[exact]))

    with st.container(horizontal=True, wrap=False, vertical_alignment="bottom", gap="small"):
        st.container(width="stretch").select_slider(title, places, key=key, on_change=slid, **more)
        del more["help"]
        return st.number_input(
            f"{title}, any number",
            low,
            high,
            key=exact,
            on_change=typed,
            label_visibility="collapsed",
            width=100,
            **more,
        )


def stops(name: str, field: FieldInfo) -> list[float]:
    """The places of a field's slider; none where it has another widget."""
    low, high = _limit(field, "ge"), _limit(field, "le")
    if name in SIZES:
        return list(SIZES[name])
    if field.annotation is int and high - low <= 10:
        return [*range(low, high + 1)]
    if field.annotation is float and high is not None and high <= 1:
        return [round(low + place * 0.05, 2) for place in range(round((high - low) / 0.05) + 1)]
    return []


def _limit(field: FieldInfo, which: str) -> Any:
    """A bound of the field's range, None where it has none."""
    return next((getattr(rule, which) for rule in field.metadata if hasattr(rule, which)), None)
