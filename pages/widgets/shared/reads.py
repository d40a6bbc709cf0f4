"""What pages read from the store, shared by all viewers: any number of them cost four queries a second at most.

Every function is a cached read; nothing here writes, and nothing draws.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any, NamedTuple

import streamlit as st

from rnnkit.config import RunConfig, split_corpora
from rnnkit.errors import PersonError
from rnnkit.people import acting
from rnnkit.people.acting import ActingStore
from rnnkit.presets import PRESETS
from rnnkit.runs import answers, comparison, duel, gallery, one_minute, progress, waits
from rnnkit.runs.answers import Experiment
from rnnkit.runs.comparison import Compared
from rnnkit.runs.troubles import troubles as of_run
from rnnkit.store import Deleted, Listed, Need, Run, Sample, Store
from rnnkit.studies import baselines as references
from rnnkit.studies.baselines import Reference
from rnnkit.studies.checkpoint import At, Checkpoint, load
from rnnkit.tasks import TASKS, Does
from rnnkit.tasks.language_model import LANGUAGE_MODEL
from rnnkit.texts import corpora, own
from rnnkit.texts.corpora import CorpusInfo

EVERYBODY = 64  # readings that are kept: in a class each member may read other things
OFFERED = 200  # runs of people here that ended: whole ones that pages look through
MOST_POINTS = 4096  # of a curve that the database counts; as many as a chart tells apart are drawn
LIVE_SECONDS = 0.25  # what moves is this old at most
MOST_DUELS = 100  # that are offered

# What tells stores and checkpoints apart, for all that is computed once and shown to everybody.
HASHED: dict[str | type[Any], Callable[[Any], Any]] = {
    Store: lambda store: store.url,
    ActingStore: lambda store: (store.url, view) if (view := store.view) else store.url,
    Checkpoint: lambda of: (of.run.id, of.run.corpus, of.step),
    RunConfig: lambda config: config.model_dump_json(),
}


@st.cache_data(ttl=LIVE_SECONDS, max_entries=128, show_spinner=False, hash_funcs=HASHED)
def run(store: Store, run_id: str) -> Run:
    """Raises UnknownRun."""
    return store.run(run_id)


@st.cache_data(ttl=2, max_entries=128, show_spinner=False, hash_funcs=HASHED)
def troubles(store: Store, run_id: str) -> list[str]:
    """What is wrong round a run that trains or waits."""
    return of_run(store, run(store, run_id))


@st.cache_resource(ttl=1, max_entries=EVERYBODY, show_spinner=False, hash_funcs=HASHED)
def runs(store: Store) -> list[Run]:
    """Runs that pages offer, newest first: all that are live, the newest of people here, then what came along.

    One reading for everybody, which nobody may change. `listed` has all.
    """
    return store.runs(newest=OFFERED)


@st.cache_data(ttl=1, max_entries=EVERYBODY, show_spinner=False, hash_funcs=HASHED)
def recent(store: Store) -> list[Run]:
    """Runs that wait, train, or ended within the last hour."""
    return store.recent()


@st.cache_resource(ttl=1, max_entries=EVERYBODY, show_spinner=False, hash_funcs=HASHED)
def listed(store: Store) -> list[Listed]:
    """All runs as lists show them: one reading for everybody, which nobody may change."""
    return store.listed()


@st.cache_resource(ttl=10, max_entries=EVERYBODY, show_spinner=False, hash_funcs=HASHED)
def titles(store: Store) -> dict[str, str]:
    """What texts are called, by their names."""
    known = {name: corpus.title for name, corpus in corpora.CORPORA.items()}
    return known | {text.name: text.title for text in store.texts()}


@st.cache_data(ttl=1, max_entries=EVERYBODY, show_spinner=False, hash_funcs=HASHED)
def duels(store: Store) -> dict[str, list[Run]]:
    """The newest duels by their marks, the newest first."""
    found = list(duel.found(listed(store)).items())[:MOST_DUELS]
    runs = {run.id: run for run in store.runs(ids=[row.id for _, rows in found for row in rows])}
    return {mark: [runs[row.id] for row in rows if row.id in runs] for mark, rows in found}


@st.cache_data(ttl=LIVE_SECONDS, max_entries=128, show_spinner=False, hash_funcs=HASHED)
def epochs(store: Store, run_id: str) -> list[dict[str, Any]]:
    """Metrics of every finished epoch."""
    return store.epochs(run_id)


@st.cache_data(ttl=1, max_entries=EVERYBODY, show_spinner=False, hash_funcs=HASHED)
def trash(store: Store) -> list[Deleted]:
    """What can be brought back, the last deleted first."""
    return store.trash()


@st.cache_data(ttl=1, max_entries=EVERYBODY, show_spinner=False, hash_funcs=HASHED)
def needs(store: Store, text: str) -> list[Need]:
    """The runs that name a stored text, those first that train on it."""
    return store.needs(text)


def listed_by_id(store: Store, asked: Iterable[str]) -> dict[str, Listed]:
    """All runs; where one that is asked for is not there, after a look that is newer than a second."""
    runs = {run.id: run for run in listed(store)}
    return runs if set(asked) <= runs.keys() else {run.id: run for run in store.listed()}


def forget_deleted() -> None:
    """After something was deleted or brought back."""
    for read in (run, runs, recent, listed, compared, duels, trash, needs):
        read.clear()
    forget_texts()


def shelves(store: Store) -> gallery.Gallery:
    """The trained networks, as Home shows them."""
    return gallery.gallery(runs(store), lambda run_id: epochs(store, run_id))


@st.cache_data(ttl=LIVE_SECONDS, max_entries=128, show_spinner=False, hash_funcs=HASHED)
def moments(store: Store, run_id: str) -> list[dict[str, Any]]:
    """Metrics inside the epochs."""
    return store.moments(run_id)


@st.cache_data(ttl=LIVE_SECONDS, max_entries=128, show_spinner=False, hash_funcs=HASHED)
def kept(store: Store, run_id: str) -> list[float]:
    """Epochs that can write, 0.25 too."""
    return [one.epoch for one in store.kept(run_id)]


def checkpoint(store: Store, run_id: str, at: At, does: Does) -> Checkpoint[Any]:
    """A checkpoint never changes: read once, used by everybody who may read its run. Raises as `checkpoint.load`."""
    run(store, run_id)
    return _checkpoint(acting.plain(store), run_id, at, does)


@st.cache_resource(max_entries=32, show_spinner=False, hash_funcs=HASHED)
def _checkpoint(store: Store, run_id: str, at: At, does: Does) -> Checkpoint[Any]:
    return load(store, run_id, at, does=does)


@st.cache_data(ttl=1, max_entries=100, show_spinner=False, hash_funcs=HASHED)
def compared(store: Store, run_ids: list[str]) -> list[Compared]:
    """The runs with their epochs, lettered in their order."""
    return comparison.load(store, run_ids)


@st.cache_data(ttl=60, max_entries=256, show_spinner=False, hash_funcs=HASHED)
def samples(store: Store, run_id: str, epoch: float) -> list[Sample]:
    """What a finished epoch wrote. It never changes, so it is read once a minute at most."""
    return store.samples(run_id, epoch)


@st.cache_data(ttl=1, max_entries=EVERYBODY, show_spinner=False, hash_funcs=HASHED)
def devices(store: Store) -> list[dict[str, Any]]:
    """Where the scheduler can train; empty until one has said so."""
    return store.scheduler()["state"].get("devices", [])


@st.cache_data(ttl=60, max_entries=4, show_spinner=False, hash_funcs=HASHED)
def slowness(store: Store) -> float:
    """How much longer an epoch takes here than estimated, from the last runs trained on this machine."""
    return progress.slowness_here(store)


def experiment(store: Store, preset: str) -> Experiment:
    """A preset, with what it misses on this machine."""
    one = PRESETS[preset]
    return answers.experiment(one, texts(store, one.task), store)


_SECONDS: dict[tuple[str, str], float] = {}  # store and preset: texts do not change, and it is said with “about”


def seconds(store: Store, preset: str, *, known: bool = False) -> float | None:
    """How long a preset trains on this machine, about; 0 where its text cannot be read.

    The first time its text is read and counted; with `known` nothing is read, and None says that nobody has yet.
    """
    key = store.url, preset
    if key not in _SECONDS and not known:
        _SECONDS[key] = 0.0
        with suppress(PersonError):
            _SECONDS[key] = answers.seconds(PRESETS[preset], store, slowness(store))
    return _SECONDS.get(key)


@st.cache_data(ttl=60, max_entries=64, show_spinner=False, hash_funcs=HASHED)
def fitted(store: Store, config: RunConfig) -> one_minute.Fitted | None:
    """The network that fits the text and the time of `config`; None where the text cannot be read or is too short."""
    with suppress(PersonError):
        return one_minute.fitted(config, one_minute.measured(config, store), slowness(store))
    return None


def texts(store: Store, task: str = LANGUAGE_MODEL.name) -> dict[str, CorpusInfo]:
    """Everything that one can choose to learn from, by name; ten seconds old at most, or one where the address names
    a text that was not there before: somebody has just added it and sent the link.
    """
    found = _texts(store, task)
    asked = set(split_corpora(st.query_params.get("corpus", "")))
    return found if asked <= found.keys() else _newest_texts(store, task)


def forget_texts() -> None:
    """After one was added, changed or taken away."""
    _texts.clear()
    _newest_texts.clear()


@st.cache_data(ttl=10, max_entries=4 * EVERYBODY, show_spinner="Looking at the texts", hash_funcs=HASHED)
def _texts(store: Store, task: str) -> dict[str, CorpusInfo]:
    return {info.name: info for info in TASKS[task].sources(store)}


@st.cache_data(ttl=1, max_entries=EVERYBODY, show_spinner="Looking at the texts", hash_funcs=HASHED)
def _newest_texts(store: Store, task: str) -> dict[str, CorpusInfo]:
    _texts.clear(store, task)
    return _texts(store, task)


class Counted(NamedTuple):
    """The references of a run, or the sentence why there are none."""

    references: list[Reference]
    problem: str | None = None


@st.cache_data(ttl=60, max_entries=128, show_spinner=False)
def can_be_read_here(corpus: str) -> bool:
    """Whether the text is on this machine: a download is for those who ask for one."""
    return own.is_own(corpus) or corpus.partition("-")[0] in corpora.offline_names()


@st.cache_data(ttl=600, max_entries=1000, show_spinner="Counting …", hash_funcs=HASHED)
def counted(store: Store, run_id: str) -> Counted:
    """What n-grams and xz make of the run's held-out text. A problem is kept too, or each tick would meet it again."""
    try:
        return Counted(_counted(references.ground(run(store, run_id)), run(store, run_id), store))
    except PersonError as error:
        return Counted([], str(error))


@st.cache_data(max_entries=1000, show_spinner=False)
def _counted(ground: tuple, _run: Run, _store: Store) -> list[Reference]:
    """Once for each text, vocabulary and held-out part, however many runs share them."""
    return references.of_run(_run, _store)


def wait(store: Store, run_id: str) -> waits.Wait | None:
    """What a run that waits or trains has before it."""
    return waits.waits(recent(store)).get(run_id)
