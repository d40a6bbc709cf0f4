"""What the compared runs write after one prompt and seed: runs down, and temperatures or epochs across.

With temperatures across a slider moves all runs to one epoch together, plays, and follows those that train.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

import streamlit as st

from pages.widgets.compare import film, matrix
from pages.widgets.compare.matrix import Row
from pages.widgets.shared import choices, page, reads, sample_grid, sampling_settings
from rnnkit.metrics import epoch_number
from rnnkit.runs.comparison import Compared
from rnnkit.store import Store
from rnnkit.studies import sampling, timeline
from rnnkit.studies.checkpoint import LAST
from rnnkit.studies.sampling import SampleSettings
from rnnkit.studies.timeline import EpochView

LENGTH = 200  # symbols of a text, to begin with
LIKELY = 6  # symbols that may come next, of each run
ACROSS = {"temperatures": "Temperatures", "epochs": "Epochs"}


def _settings(own: str, kept: Sequence[Sequence[float]]) -> tuple[SampleSettings, str, list[str]]:
    """The rest of the bar: what stands across, and what is set seldom behind a button. Also the names of epochs."""
    first = "epochs" if "epochs" in st.query_params else "temperatures"
    across = choices.one_of(
        "Across", ACROSS, default=first, key="across", format_func=ACROSS.__getitem__, label_visibility="collapsed"
    )
    names: list[str] = []
    with st.popover("More", icon=":material/tune:"):
        if across == "epochs" and kept:
            names = sample_grid.choose_epochs(kept, 4)
        chosen = st.pills(
            "Temperatures", sampling_settings.TEMPERATURES, selection_mode="multi", default=[0.3, 0.7, 1.0],
            key="temperatures", bind="query-params", format_func=lambda value: f"{value:g}",
            help="With epochs across the first of them is used.",
        )  # fmt: skip
        length = st.number_input("Length", 10, 5000, LENGTH, 50, key="length", bind="query-params")
        seed = st.number_input("Seed", 0, 2**31 - 1, 0, key="seed", bind="query-params")
    return SampleSettings(st.session_state["prompt"] or own, tuple(sorted(chosen)), length, seed), across, names


def chosen(store: Store, run_id: str) -> SampleSettings:
    """What the bar says now, for other pieces of the page; `run_id` is the first run's."""
    state = st.session_state
    prompt = state["prompt"] or _own_prompt(store, run_id)
    return SampleSettings(prompt, tuple(sorted(state["temperatures"])), state["length"], state["seed"])


def moment(store: Store, run_ids: Sequence[str]) -> float | None:
    """The epoch that the texts are those of, where it is one for all."""
    epochs = timeline.epochs(reads.kept(store, run) for run in run_ids)
    return timeline.position(epochs, st.query_params.get("at")) if epochs else None


def _from_older_links() -> None:
    """The film-strip had a prompt and a seed of its own."""
    for name in ("prompt", "seed"):
        if (old := st.query_params.get(f"film_{name}")) and name not in st.query_params:
            st.session_state[name] = int(old) if name == "seed" and old.isdecimal() else old
            choices.leave_address(f"film_{name}")


def show(store: Store, compared: Sequence[Compared]) -> None:
    """The bar and the table under it, drawn again while it plays or a run may bring a new epoch."""
    run_ids = tuple(one.run.id for one in compared)
    _from_older_links()
    mode = film.mode(store, run_ids)
    st.fragment(_whole, run_every=film.SECONDS[mode])(store, run_ids, mode)


@page.user_errors()
def _whole(store: Store, run_ids: tuple[str, ...], mode: str) -> None:
    kept = {run: reads.kept(store, run) for run in run_ids}
    epochs, own = timeline.epochs(kept.values()), _own_prompt(store, run_ids[0])
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.text_area(
            "Prompt", key="prompt", bind="query-params", height=68, max_chars=sampling_settings.PROMPT_CHARS,
            placeholder=own.replace("\n", "⏎"), label_visibility="collapsed",
        )  # fmt: skip
        how, across, names = _settings(own, [kept[run] for run in run_ids if kept[run]])
        at = film.controls(store, epochs, run_ids) if epochs and across == "temperatures" else None
    if not epochs:
        st.info("The first texts appear after the first batch.", icon=":material/hourglass_top:")
    elif not how.temperatures:
        page.note("Choose at least one temperature.")
    elif at is not None:
        _at_one_epoch(store, run_ids, kept, at, how)
    elif not names:
        page.note("Choose at least one epoch.")
    else:
        _at_several(store, run_ids, kept, names, how)
    if film.mode(store, run_ids) != mode:
        st.rerun()  # the timer starts, changes and stops only when the page is drawn again


@st.cache_data(max_entries=500, show_spinner=False, hash_funcs=reads.HASHED)
def _own_prompt(store: Store, run_id: str) -> str:
    run = store.run(run_id)
    return sampling.default_prompt(store, run) if run.vocab_size else run.config.sampling.prompt


def _at_one_epoch(
    store: Store, run_ids: Sequence[str], kept: dict[str, list[float]], at: float, how: SampleSettings
) -> None:
    stands = {run: timeline.nearest(kept[run], at) for run in run_ids}
    views = _views(store, [(run, epoch) for run, epoch in stands.items() if epoch is not None], how)
    rows = []
    for one in reads.compared(store, list(run_ids)):
        epoch = stands[one.run.id]
        if epoch is None:
            rows.append(Row(one.letter, one.run.name, "", problem=f"Nothing kept up to epoch {epoch_number(at)}."))
            continue
        note = f"epoch {epoch_number(epoch)}" + ("" if epoch == at else ", the nearest kept")
        view = views[one.run.id, epoch]
        likely = [(symbol, share) for symbol, share in view.likeliest[:LIKELY]]
        rows.append(Row(one.letter, one.run.name, note, view.texts, view.problem or "", likely))
    heads = [f"Temperature {value:g}" for value in how.temperatures]
    matrix.show(heads, rows, how.prompt or "", timeline.tail(how.prompt or ""))
    _unknown(rows, views.values())


def _at_several(
    store: Store, run_ids: Sequence[str], kept: dict[str, list[float]], names: Sequence[str], how: SampleSettings
) -> None:
    names = [*sorted((name for name in names if name != LAST), key=float), *([LAST] if LAST in names else [])]
    places = {run: [_place(kept[run], name) for name in names] for run in run_ids}
    how = replace(how, temperatures=how.temperatures[:1])
    asked = dict.fromkeys((run, epoch) for run, of_run in places.items() for epoch in of_run if epoch is not None)
    views = _views(store, list(asked), how)
    rows = []
    for one in reads.compared(store, list(run_ids)):
        found = [None if epoch is None else views[one.run.id, epoch] for epoch in places[one.run.id]]
        texts = [view.texts[0] if view and view.texts else None for view in found]
        problem = next((view.problem for view in found if view and view.problem), "")
        note = f"last: epoch {epoch_number(kept[one.run.id][-1])}" if kept[one.run.id] else "nothing kept yet"
        rows.append(Row(one.letter, one.run.name, note, texts, problem or ""))
    heads = ["Last" if name == LAST else f"Epoch {name}" for name in names]
    matrix.show(heads, rows, how.prompt or "")
    _unknown(rows, views.values())
    page.note(f"At temperature {how.temperatures[0]:g}.")


def _place(kept: Sequence[float], name: str) -> float | None:
    """The epoch of a run that is called so; None where it has not kept it."""
    if name == LAST:
        return kept[-1] if kept else None
    return next((epoch for epoch in kept if epoch_number(epoch) == name), None)


def _unknown(rows: Sequence[Row], views: Collection[EpochView]) -> None:
    """What a vocabulary does not know of the prompt, once for each run."""
    said = dict.fromkeys((view.run, view.unknown) for view in views if view.unknown and not view.problem)
    runs = list(dict.fromkeys(view.run for view in views))
    for run, sentence in said:
        st.warning(page.plain(f"{rows[runs.index(run)].letter}: {sentence}"))


def _views(store: Store, asked: Sequence[tuple[str, float]], how: SampleSettings) -> dict[tuple[str, float], EpochView]:
    return {(view.run, view.epoch): view for view in _written(store, tuple(asked), how)}


@st.cache_data(max_entries=500, show_spinner=False, hash_funcs=reads.HASHED)
def _written(store: Store, asked: tuple[tuple[str, float], ...], how: SampleSettings) -> list[EpochView]:
    """What an epoch writes never changes: written once, shown to everybody who comes by."""
    return timeline.views(store, asked, how)
