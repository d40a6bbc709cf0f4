"""What must hold before a run is queued, for the page and the command line alike.

`queue` and `fork` refuse, with one sentence, whatever a trainer could only fail at later; `measure` is
what a form needs to know of a text while its sliders move. Knows no page, no queue and no trainer.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from rnnkit import architectures, settings, tasks
from rnnkit.config import MAX_NAME_CHARS, RunConfig, differences, with_settings
from rnnkit.errors import ConfigError, CorpusError
from rnnkit.metrics import EpochMetrics, epoch_number
from rnnkit.store import Restored, Run, Status, Store, Wanted
from rnnkit.tasks import Measure, TokenizerState
from rnnkit.texts import corpora, own
from rnnkit.training import cost, launchers

# What a fork may change: nothing that the shape of the arrays or the meaning of an id depends on.
FORK_FIELDS = ("name", "owner", "preset", "corpus", "model.dropout", "model.recurrent_dropout", "pairs.spellings")
MOST_UNKNOWN = 0.5  # of the tokens of another text: what is left of more is hardly that text
FORK_PARTS = ("training.", "batches.", "sampling.")
# What may change where a fork takes the optimizer's state along; all else may give it another shape.
NO_STEP_FIELDS = ("name", "owner", "preset")
STATE_FIELDS = (
    *NO_STEP_FIELDS, "corpus", "batches.step", "batches.passes", "batches.validation_fraction",
    "training.epochs", "training.seconds", "training.learning_rate", "training.clip_norm", "training.patience",
    "training.seed",
)  # fmt: skip


def measure(config: RunConfig, store: Store | None = None, tokenizer_state: TokenizerState | None = None) -> Measure:
    """The data of a run as its network would read it, with a vocabulary of its own or the one given.

    Quick the second time. Raises ConfigError: a task that does not train. CorpusError: the data cannot be found,
    fetched or used. TooShort: it is shorter than one batch.
    """
    return tasks.of(config).measure(config, store, tokenizer_state)


def vocab_size(config: RunConfig, store: Store | None = None) -> int:
    """Symbols that the network tells apart: of some tasks those that are given, else the text's. Raises CorpusError."""
    if tasks.of(config).fixed_vocab_size and config.tokenizer.vocab_size:
        return config.tokenizer.vocab_size
    return measure(config, store).vocab_size


def check(config: RunConfig, store: Store | None = None, tokenizer_state: TokenizerState | None = None) -> Measure:
    """Everything that can be known before training starts. Returns the measured text.

    Raises ConfigError: an unknown architecture, or one that needs other batches. CorpusError: the text cannot be found,
    fetched or used; TooShort: it is shorter than one batch. PromptError: the vocabulary knows nothing of the prompt.
    TooLarge: the network does not fit into memory, or not into that of the GPU on which it would be trained.
    """
    architectures.chosen(config)
    measured = measure(config, store, tokenizer_state)
    cost.check_fits(config, measured.vocab_size)
    if config.training.device != "cpu" and (slot := _gpu_slot(store)) is not None:
        cost.check_fits_gpu(config, measured.vocab_size, slot)
    tasks.of(config).check(config, measured)
    return measured


def _gpu_slot(store: Store | None) -> int | None:
    """The memory that a run has on the largest GPU; None where there is none, or one does not say how much it has."""
    said = store.scheduler()["state"].get("devices", []) if store else []
    devices = [launchers.Device(**one) for one in said] or launchers.devices()
    sizes = [one.memory_bytes and one.memory_bytes // one.slots for one in devices if one.id.startswith("gpu")]
    return None if None in sizes else max(filter(None, sizes), default=None)


def queue(store: Store, config: RunConfig) -> str:
    """Queue a run of `config` and return its id. Raises what `check` and `order` raise: nothing is queued then.

    The run names each of its texts: what is here today may not be all that is here tomorrow. The caller then has
    `scheduler.ensure_running(store)` see to it that somebody trains it.
    """
    check(config, store)
    named = tasks.of(config).named(config.corpora, store)
    named = tuple(corpora.named(name, store) for name in named)  # another text may get the same title
    return order(store, [config.model_copy(update={"corpora": named})])[0]


def order(store: Store, configs: Sequence[RunConfig], races: Sequence[str | None] | None = None) -> list[str]:
    """Queue runs that were checked, all or none; their ids. Raises QueueFull: the person has enough waiting.

    `races`: a mark for each; one trainer trains those of the same mark by turns.
    """
    return store.create_runs(configs, races=races, most_queued=_most())


def resume(store: Store, run_id: str) -> None:
    """Queue a run that ended before its last epoch.

    Raises what `Store.resume_run` raises, QueueFull, and CorpusError: a text that it has read is no longer here.
    """
    here = {row.name for row in store.texts()}
    gone = [name for name in store.run(run_id).config.corpora if own.is_own(name) and name not in here]
    if gone and store.run(run_id).resumable:
        store.text(gone[0])  # says whether it can be brought back
    store.resume_run(run_id, most_queued=_most())


def undelete(store: Store, name: str) -> Restored:
    """Bring back a deleted run or text. A queued run for which the queue of its person has no room left is stopped.

    Raises what `Store.undelete` raises.
    """
    back = store.undelete(name)
    queued = store.runs(statuses=[Status.QUEUED])
    mine = next((run for run in queued if run.id == back.id), None)
    if mine is None or sum(run.person == mine.person for run in queued) <= _most():
        return back
    store.ask(mine.id, Wanted.STOP)
    return back._replace(notes=("The queue has no room for it: it is stopped, to be resumed later.", *back.notes[1:]))


def _most() -> int:
    return settings.integer("RNNKIT_QUEUED_PER_OWNER")


def fork(store: Store, run_id: str, epoch: float, changes: dict[str, Any], *, allow_unknown: bool = False) -> str:
    """Queue a run that continues from a kept epoch of another (0.25: inside one) with changed settings. Returns its id.

    The vocabulary stays the parent's, on another text too. Where `keeps_optimizer` says so, a fork with nothing changed
    trains the very weights that the parent did. `changes` are dotted fields, as `--set` takes them. Raises UnknownRun,
    UnknownEpoch: there is no such checkpoint. ConfigError: a change that the weights do not allow, or no epoch left to
    train. CorpusError: most of another text is not in the vocabulary, unless `allow_unknown`. And what `check` raises.
    """
    parent = store.run(run_id)
    store.checkpoint(run_id, epoch)
    config = _forked(parent, epoch, changes)
    _check_fork(parent.config, config, epoch, store.epochs(run_id))
    measured = check(config, store, parent.tokenizer)
    if mostly_unknown(parent, config, measured) and not allow_unknown:
        raise CorpusError(
            f"corpus: expected a text in tokens that run {run_id} has learned, got {config.corpus[:80]}, of which "
            f"{measured.unknown:.0%} are not in its vocabulary; --allow-unknown trains on it all the same"
        )
    keep = keeps_optimizer(store, parent, epoch, changes)
    unchanged = all(field in NO_STEP_FIELDS or field.startswith("sampling.") for field in _changed(parent, config))
    plan = (parent.provenance or {}).get("plan") if keep and unchanged else None  # as many steps as the parent took
    return store.fork_run(run_id, epoch, config, keep_optimizer=keep, plan=plan, most_queued=_most())


def mostly_unknown(parent: Run, config: RunConfig, measured: Measure) -> bool:
    """Whether a fork is onto another text, and most of its tokens are not in the parent's vocabulary."""
    return config.corpora != parent.config.corpora and measured.unknown > MOST_UNKNOWN


def _forked(parent: Run, epoch: float, changes: dict[str, Any]) -> RunConfig:
    named = {"name": f"{parent.name} from {epoch_number(epoch)}"[:MAX_NAME_CHARS]}
    return with_settings(parent.config, named | changes)


def _changed(parent: Run, config: RunConfig) -> Iterable[str]:
    return differences([parent.config, config])


def keeps_optimizer(store: Store, parent: Run, epoch: float, changes: dict[str, Any]) -> bool:
    """Whether a fork goes on with the optimizer's state: the store has that of the last, the best and pinned epochs.

    Else its averages begin anew, and the learning rate keeps its place in the schedule.
    """
    changed = _changed(parent, _forked(parent, epoch, changes))
    fits = all(field in STATE_FIELDS or field.startswith("sampling.") for field in changed)
    return fits and epoch in store.state_epochs(parent.id)


def said_of_optimizer(kept: bool) -> str:
    """The sentence for people of what `keeps_optimizer` says."""
    if kept:
        return "The optimizer's state is taken along: with nothing changed it trains the same weights as the run did."
    return "The optimizer's averages begin anew; the learning rate keeps its place in the schedule."


def may_change(field: str) -> bool:
    """Whether a fork may set this dotted field; the others are what the weights mean."""
    return field in FORK_FIELDS or field.startswith(FORK_PARTS)


def _check_fork(old: RunConfig, new: RunConfig, epoch: float, epochs: Sequence[EpochMetrics]) -> None:
    for key, (was, wanted) in differences([old, new]).items():
        if not may_change(key):
            raise ConfigError(
                f"{key}: expected {was!r} as in the run it is forked from, as the weights depend on it; got {wanted!r}"
            )
    if new.training.epochs <= epoch:
        done = epoch_number(epoch)
        raise ConfigError(
            f"training.epochs: expected more than the {done} epochs already trained, got {new.training.epochs}"
        )
    # The seconds that a fork may train count from the first epoch of its parent.
    limit = new.training.seconds
    used = sum(metrics.get("seconds") or 0.0 for metrics in epochs if metrics["epoch"] <= epoch)
    if limit is not None and limit <= used:
        raise ConfigError(
            f"training.seconds: expected more than the {used:.1f} seconds already trained, or none, got {limit}"
        )
