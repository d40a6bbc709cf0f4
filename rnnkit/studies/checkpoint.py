"""A trained network at a kept moment of its run: a run has checkpoints, and a checkpoint can be asked.

The one place that opens one. The questions are the other files of this room; knows none of them, and no page.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from rnnkit import engine, metrics, tasks
from rnnkit.errors import ConfigError, CorpusError, UnknownEpoch
from rnnkit.store import Kept, Run, Store
from rnnkit.store.rows import whole
from rnnkit.tasks import Does
from rnnkit.texts import corpora

LAST, BEST = "last", "best"
At = float | str  # LAST, BEST, an epoch (a whole number, or 0.25 as it is shown), or "step:N"
Codec = TypeVar("Codec")


@dataclass(frozen=True, eq=False)
class Checkpoint(Generic[Codec]):
    """A trained network and what maps the outside to its ids and back: its task's codec, a Tokenizer for one that
    writes. Immutable, so that threads may share it."""

    run: Run
    step: int
    epoch: float
    network: engine.Network
    codec: Codec

    def text(self, store: Store) -> str:
        """The text that the run has read. Raises CorpusError as `text_of`."""
        return text_of(store, self.run)


def load(store: Store, run: Run | str, at: At = LAST, *, does: Does | None = None) -> Checkpoint[Any]:
    """The checkpoint of a run at a kept moment.

    Args:
        run: its id, or the run as `Store.run` gives it.
        at: "last", "best" (by the loss that is judged), an epoch, or "step:N".
        does: what the run must be able to do; None for anything.

    Raises:
        UnknownRun, UnknownEpoch: there is no such run, or no such checkpoint. ConfigError: its task is another.
        DamagedCheckpoint: the stored arrays are not those of the run's network.

    Example:
        load(store, "k3m9x2pq", "best", does=Does.WRITES).codec.encode("To be")
    """
    [checkpoint] = several(store, run, [at], does=does)
    return checkpoint


def several(store: Store, run: Run | str, ats: At | Iterable[At], *, does: Does | None = None) -> list[Checkpoint[Any]]:
    """The checkpoints of a run at these moments, each once, in the order wanted. Raises as `load`."""
    run = store.run(run) if isinstance(run, str) else run
    codec = codec_of(run, does)
    kept = chosen(store, run, ats)
    networks = [engine.network(run.config, run.vocab_size or 0, store.weights(run.id, one.step)) for one in kept]
    return [Checkpoint(run, one.step, one.epoch, net, codec) for one, net in zip(kept, networks, strict=True)]


# ---- what can be opened


def codec_of(run: Run, does: Does | None = None) -> Any:
    """What maps the outside to a run's ids and back.

    Raises:
        ConfigError: the run was trained for another task. UnknownEpoch: it has not read its data yet.
    """
    learned = tasks.of(run.config)
    if does not in (None, learned.does):
        raise ConfigError(f"run {run.id}: expected one that {does}, got one that learned {learned.name}")
    if run.tokenizer is None:
        raise _none_yet(run)
    return learned.decode(run.tokenizer)


def chosen(store: Store, run: Run, ats: At | Iterable[At]) -> list[Kept]:
    """The kept moments asked for, each once, in the order wanted.

    Raises:
        UnknownEpoch: one is not kept, or none is yet.
    """
    moments = store.kept(run.id)
    if not moments:
        raise _none_yet(run)
    asked = [ats] if isinstance(ats, float | int | str) else ats
    wanted = [at.strip() if isinstance(at, str) else str(whole(at)) for at in asked]
    # Of two that are shown alike the first is meant.
    shown = {metrics.epoch_number(moment.epoch): moment for moment in reversed(moments)}
    named = {LAST: moments[-1], BEST: _best(store, run, moments) if BEST in wanted else moments[-1]}
    exact = {name: moment for moment in moments for name in (str(moment.epoch), f"step:{moment.step}")}
    known = shown | exact | named
    for at in wanted:
        if at not in known:
            listed = ", ".join([*reversed(shown), *named])
            raise UnknownEpoch(f"epoch of run {run.id}: expected one that is kept ({listed}), got {at[:20]!r}")
    return list(dict.fromkeys(known[at] for at in wanted))


def _best(store: Store, run: Run, moments: list[Kept]) -> Kept:
    """The kept epoch with the lowest judged loss; the last moment where no loss is finite, or none has ended."""
    by_epoch = {moment.epoch: moment for moment in moments}
    best = metrics.best_kept(store.epochs(run.id), by_epoch)
    return by_epoch[best["epoch"]] if best else moments[-1]


def _none_yet(run: Run) -> UnknownEpoch:
    return UnknownEpoch(
        f"run {run.id}: expected one with a finished epoch, got one that is {run.status} and has none; wait for it"
    )


# ---- the text it was trained on


def read_sha256(run: Run) -> str | None:
    """The checksum of the text that a run has read; None where nobody wrote it down."""
    return ((run.provenance or {}).get("corpus") or {}).get("sha256")


def text_of(store: Store, run: Run) -> str:
    """The text that a run has read; of a fork its own, not that of its parents.

    Raises:
        CorpusError: the text is not here, or it is another one than the run has read.
    """
    text = corpora.load(run.corpus, store)
    read, found = read_sha256(run), hashlib.sha256(text.encode()).hexdigest()
    if read and read != found:
        raise CorpusError(
            f"corpus {run.corpus}: expected the text that run {run.id} has read, with SHA-256 {read[:16]}..., "
            f"got {found[:16]}... on this machine"
        )
    return text
