"""Choosing where a new run begins: an experiment or a run to fork, a text, a name to find it again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import streamlit as st

from pages.widgets.shared import choices, experiments, missing_texts, navigation, page, reads, settings_form
from rnnkit import tasks
from rnnkit.config import MAX_NAME_CHARS, RunConfig, differences, join_corpora, parse, split_corpora, with_settings
from rnnkit.errors import UnknownEpoch
from rnnkit.metrics import epoch_number
from rnnkit.people import acting, budgets
from rnnkit.people.budgets import Limits
from rnnkit.presets import PRESETS
from rnnkit.store import Store
from rnnkit.texts import corpora, made
from rnnkit.texts.corpora import CorpusInfo
from rnnkit.training import queueing, scheduler

ALWAYS_HERE = "cookbook"  # needs no download
SIZES = (100_000, corpora.MADE_CHARS, 2_000_000)  # characters of a made-up text, one press each


class Beginning(NamedTuple):
    """Where the form stands at first. `parent` and `epoch` are those of the fork; None for a new network."""

    key: str
    base: RunConfig
    parent: str | None = None
    epoch: float | None = None

    def fixed(self, name: str) -> bool:
        """Whether a field is fixed by the weights of the forked run."""
        return self.parent is not None and not queueing.may_change(name)


def show(store: Store, *, fits: bool = True) -> Beginning:
    """A run to fork, as `?fork=RUN&epoch=N` says, else an experiment to choose: with `fits` also that for any text."""
    parent = st.query_params.get("fork")
    begin = _fork(store, parent, st.query_params.get("epoch", "")) if parent else _preset(store, fits)
    limits = budgets.limits(acting.plain(store), acting.person(store))
    st.session_state[settings_form.LIMITS] = limits.most if limits else {}
    return _within(store, begin, limits) if limits else begin


def _within(store: Store, begin: Beginning, limits: Limits) -> Beginning:
    """In a class a run is planned for one's part of the lesson from the start, and its sizes are in the budget."""
    before = reads.epochs(store, begin.parent) if begin.parent else []  # whose seconds count for a fork
    used = sum(one.get("seconds") or 0.0 for one in before if one["epoch"] <= (begin.epoch or 0))
    seconds = min(int(used) + 1 + limits.seconds if used else limits.seconds, limits.most["training.seconds"])
    base = with_settings(begin.base, {"training.seconds": seconds})
    return begin._replace(base=base if begin.parent else _smaller(base, limits.most))


def _smaller(config: RunConfig, most: Mapping[str, int]) -> RunConfig:
    now = {name: getattr(config.model, name.removeprefix("model.")) for name in most if name.startswith("model.")}
    over = {name: most[name] for name, size in now.items() if size > most[name]}
    return with_settings(config, over) if over else config


def fitted(store: Store, begin: Beginning, texts: list[str], seconds: int) -> tuple[Beginning, str | None]:
    """Where the network is chosen for the texts and the time, and what to expect in a sentence, once it is known."""
    base = with_settings(begin.base, {"corpus": join_corpora(texts), "training.seconds": seconds})
    found = reads.fitted(store, base) if all(_available(store, name) for name in texts) else None
    config = _smaller(base if found is None else found.config, st.session_state.get(settings_form.LIMITS, {}))
    chosen = Beginning("/".join([begin.key, *texts, str(seconds)]), config)
    return chosen, found and found.expectation


def _available(store: Store, name: str) -> bool:
    known = reads.texts(store)
    return name not in known or known[name].available  # of another size: made here


def _fork(store: Store, parent: str, epoch: str) -> Beginning:
    run, kept = reads.run(store, parent), {one.epoch for one in store.kept(parent)}
    shown = {epoch_number(one): one for one in sorted(kept, reverse=True)}
    at = ({str(one): one for one in kept} | shown).get(epoch)
    if at is None:
        listed = ", ".join(reversed(shown)) or "none yet"
        raise UnknownEpoch(f"epoch: expected one that is kept ({listed}), got {epoch[:20]!r}")
    exact = at in store.state_epochs(run.id)
    unless = " Another optimizer, schedule, batch size or dropout begins its averages anew." if exact else ""
    st.info(
        f"Fork of **{page.plain(run.name)}** from epoch {epoch_number(at)}. "
        f"Settings that the weights depend on are fixed. {queueing.said_of_optimizer(exact)}{unless}"
    )
    more = max(run.config.training.epochs, int(at) + 1)
    training = run.config.training.model_copy(update={"epochs": more})
    return Beginning(f"{parent}@{at}", run.config.model_copy(update={"training": training}), parent, at)


def _preset(store: Store, fits: bool) -> Beginning:
    name = experiments.show(store, fits)
    if name not in PRESETS:
        return Beginning(name, parse({"corpus": ALWAYS_HERE}))
    return _as_asked(Beginning(name, PRESETS[name].config))


def _as_asked(begin: Beginning) -> Beginning:
    """A link may name the column of a table and how it is read, as ?column=, ?decimal= and ?dates=."""
    names = ("column", "decimal", "dates")
    asked = {f"series.{name}": st.query_params[name] for name in names if st.query_params.get(name)}
    if not tasks.of(begin.base).reads_values or not asked:
        return begin
    return Beginning("/".join([begin.key, *asked.values()]), with_settings(begin.base, asked))


def texts(store: Store, begin: Beginning) -> list[str]:
    """The names of the chosen texts. One that is not on this machine yet can be fetched."""
    task = tasks.of(begin.base)
    known = _with_sized(reads.texts(store, task.name), begin.base.corpus, st.query_params.get("corpus", ""))
    if task.most_sources > 1:
        titles = {name: entry.title if entry.own else name for name, entry in known.items()}  # short: many side by side
        default = task.named(begin.base.corpora, store)
        names = _choices(titles, default, task.most_sources, key=f"{begin.key}/corpus")
    else:
        titles = {name: _title(entry) for name, entry in known.items()}
        names = [_choice("Text", titles, begin.base.corpus, asked="corpus", key=f"{begin.key}/corpus")]
    several = len(names) > 1
    with st.expander("About these texts") if several else st.container():
        for info in (known[name] for name in names):
            before = f"{_title(info)}. " if several else ""
            page.note(page.plain(before + _about(info)))
    for info in (known[name] for name in names):
        if not info.available:
            missing_texts.get(store, info, task, *([f"Download {info.title}"] if several else []))
    if task.writes and begin.parent is None:
        names = [_size(name, begin.key) for name in names]
    navigation.link("Texts", "Look at it, or upload")
    return names


def _with_sized(known: dict[str, CorpusInfo], *names: str) -> dict[str, CorpusInfo]:
    """The texts to choose from, those first that are here; and made-up ones of a size that a run or link names."""
    found = dict(sorted(known.items(), key=lambda item: not item[1].available))
    for corpus in names:
        asked = made.asked(corpus)
        if asked and corpus not in found and asked.kind in found and found[asked.kind].built_in:
            found[corpus] = found[asked.kind]._replace(name=corpus, chars=asked.size)
    return found


def _size(name: str, key: str) -> str:
    """The name of a made-up text with the size that is chosen for it."""
    if name not in corpora.MADE or not corpora.MADE[name].most:
        return name
    words = {size: f"{size / 1e6:g} MB" for size in SIZES}
    size = choices.one_of("Size", words, key=f"{key}/size", default=corpora.MADE_CHARS, bind=None,
                          format_func=words.__getitem__, persist_state="session")  # fmt: skip
    return name if size == corpora.MADE_CHARS else f"{name}-{size}"


def _choice(label: str, titles: dict[str, str], default: str, *, asked: str, key: str) -> str:
    """One of `titles`. While the address holds `?asked=NAME` that one; choosing another takes it out of there."""
    wanted = st.query_params.get(asked, st.session_state.get(key))
    named = st.query_params.get(asked)
    if named is not None and named not in titles:
        st.warning(page.plain(f"The address asks for “{named[:40]}”: there is no such {label.lower()} here."))
    st.session_state[key] = next((name for name in (wanted, default) if name in titles), next(iter(titles)))
    return st.selectbox(
        label, list(titles), format_func=titles.__getitem__, key=key, persist_state="session",
        on_change=choices.leave_address, args=(asked,),
    )  # fmt: skip


def _choices(titles: dict[str, str], default: Iterable[str], most: int, *, key: str) -> list[str]:
    """Several of `titles`, at first those of `?corpus=A+B`, while the address holds it."""
    asked = [name for name in split_corpora(st.query_params.get("corpus", "")) if name in titles]
    wanted = asked or st.session_state.get(key, default)
    st.session_state[key] = [name for name in wanted if name in titles][:most]
    return st.multiselect(
        "Texts", list(titles), format_func=titles.__getitem__, key=key, max_selections=most, wrap=True,
        persist_state="session", on_change=choices.leave_address, args=("corpus",),
        placeholder="Choose texts to train on",
    )  # fmt: skip


def _title(entry: CorpusInfo) -> str:
    """What a text is called, and what it needs where it is not here."""
    title = entry.title.partition(" made up")[0] if entry.built_in else entry.title  # the rest is said below
    return " · ".join(filter(None, [title, entry.missing]))


def _about(entry: CorpusInfo) -> str:
    size = f"{entry.chars:,} characters. " if entry.chars else ""
    whose = "Made on this machine" if entry.built_in else f"Source: {entry.source}. Licence: {entry.licence}"
    return f"{size}{whose}."


def name_and_owner(store: Store, begin: Beginning) -> tuple[str, str]:
    """How the run will be called, and whose it is: in a class the nickname of who makes it."""
    name = st.text_input(
        "Name of the run", max_chars=MAX_NAME_CHARS, placeholder="Chosen for you", key=f"{begin.key}/name"
    )
    if (person := acting.person(store)).member:
        return name, person.name
    owner = st.text_input(
        "Your name", st.query_params.get("owner", ""), max_chars=MAX_NAME_CHARS, key="owner", persist_state="session",
        placeholder="To find your runs again",
    )  # fmt: skip
    return name, owner


def allowed_key(parent: str, config: RunConfig) -> str:
    """The box to tick for a fork onto a text of which the run's vocabulary knows little."""
    return f"{parent} onto {config.corpus}"


def order(store: Store, begin: Beginning, config: RunConfig) -> str:
    """Queue what was chosen, with somebody to train it. Returns the run's id."""
    if begin.parent is None or begin.epoch is None:
        run_id = queueing.queue(store, config)
    else:
        changes = {key: after for key, (_, after) in differences([begin.base, config]).items()}
        named = {"name": config.name} if config.name else {}
        allowed = bool(st.session_state.get(allowed_key(begin.parent, config)))
        run_id = queueing.fork(store, begin.parent, begin.epoch, changes | named, allow_unknown=allowed)
    scheduler.ensure_running(store)
    reads.runs.clear()
    return run_id
