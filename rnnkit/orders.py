"""What must hold before a run is queued, for the page and the command line alike.

`order` and `fork` refuse, with one sentence, whatever a trainer could only fail at later; `measure` is
what a form needs to know of a text while its sliders move. Knows no page, no queue and no trainer.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, NamedTuple

from rnnkit import architectures, batches, corpora, estimate, tokenizers
from rnnkit.config import MAX_NAME_CHARS, RunConfig, TokenizerConfig, differences, with_settings
from rnnkit.errors import ConfigError, PromptError
from rnnkit.store import Store
from rnnkit.tokenizers import Tokenizer

TRAINABLE_TASKS = ("language-model",)
# What a fork may change: nothing that the shape of the arrays or the meaning of an id depends on.
FORK_FIELDS = ("name", "owner", "preset", "corpus", "model.dropout", "model.recurrent_dropout")
FORK_PARTS = ("training.", "batches.", "sampling.")


class Measure(NamedTuple):
    """A text as a network would read it: its characters, its symbols, and the vocabulary they come from."""

    chars: int
    symbols: int
    tokenizer: Tokenizer

    @property
    def vocab_size(self) -> int:
        return self.tokenizer.vocab_size


@lru_cache(maxsize=16)
def measure(corpus: str, tokenizer: TokenizerConfig, store: Store | None = None) -> Measure:
    """Read a text with a new vocabulary of its own. The slow part (about a second for 2 MB of words) is kept.

    Raises:
        CorpusError: the text cannot be found, fetched or used.
    """
    text = corpora.load(corpus, store)
    built = tokenizers.build(text, tokenizer)
    return Measure(len(text), len(built.encode(text).ids), built)


def vocab_size(config: RunConfig, store: Store | None = None) -> int:
    """Symbols that the network tells apart. A classifier's largest vocabulary is given; a text need not fill it.

    Raises:
        CorpusError: the text cannot be found, fetched or used.
    """
    if config.task == "classification" and config.tokenizer.vocab_size:
        return config.tokenizer.vocab_size
    return measure(config.corpus, config.tokenizer, store).vocab_size


def check(config: RunConfig, store: Store | None = None) -> Measure:
    """Everything that can be known before training starts. Returns the measured text.

    Raises:
        ConfigError: a task that does not train, or an unknown architecture, or one that needs other batches.
        CorpusError: the text cannot be found, fetched or used; TooShort: it is shorter than one batch.
        PromptError: the vocabulary knows nothing of the prompt.
        TooLarge: the network does not fit into memory.
    """
    _check_choice(config)
    measured = measure(config.corpus, config.tokenizer, store)
    _check_fit(config, measured.tokenizer, measured.symbols)
    return measured


def order(store: Store, config: RunConfig) -> str:
    """Queue a run of `config` and return its id. Raises what `check` raises: nothing is queued then.

    The caller then has `scheduler.ensure_running(store)` see to it that somebody trains it.
    """
    check(config, store)
    return store.create_run(config)


def fork(store: Store, run_id: str, epoch: int, changes: dict[str, Any]) -> str:
    """Queue a run that goes on from a kept epoch of another with changed settings, and return its id.

    The vocabulary stays the parent's, on another text too. `changes` are dotted fields, as `--set` takes them.

    Raises:
        UnknownRun, UnknownEpoch: there is no such checkpoint.
        ConfigError: a change that the weights do not allow, or no epoch left to train.
        And what `check` raises.
    """
    parent = store.run(run_id)
    store.checkpoint(run_id, epoch)
    named = {"name": f"{parent.name} from {epoch}"[:MAX_NAME_CHARS]}
    config = with_settings(parent.config, named | changes)
    _check_fork(parent.config, config, epoch)
    _check_choice(config)
    tokenizer = tokenizers.from_json(parent.tokenizer)
    symbols = len(tokenizer.encode(corpora.load(config.corpus, store)).ids)
    _check_fit(config, tokenizer, symbols)
    return store.fork_run(run_id, epoch, config)


def may_change(field: str) -> bool:
    """Whether a fork may set this dotted field; the others are what the weights mean."""
    return field in FORK_FIELDS or field.startswith(FORK_PARTS)


def _check_choice(config: RunConfig) -> None:
    if config.task not in TRAINABLE_TASKS:
        raise ConfigError(
            f"task: expected {', '.join(TRAINABLE_TASKS)}, which can be trained, got {config.task}, "
            "of which only the parameter table can be shown so far"
        )
    architectures.chosen(config)


def _check_fit(config: RunConfig, tokenizer: Tokenizer, symbols: int) -> None:
    """Text, batches, prompt, network and memory go together."""
    batches.plan(symbols, config.batches)
    estimate.check_fits(config, tokenizer.vocab_size)
    prompt = config.sampling.prompt
    if prompt and not len(tokenizer.encode(prompt).ids):
        raise PromptError(f"sampling.prompt: expected symbols that the text has too, got none in {prompt[:60]!r}")


def _check_fork(old: RunConfig, new: RunConfig, epoch: int) -> None:
    for key, (was, wanted) in differences([old, new]).items():
        if not may_change(key):
            raise ConfigError(
                f"{key}: expected {was!r} as in the run it goes on from, since the weights depend on it; got {wanted!r}"
            )
    if new.training.epochs <= epoch:
        raise ConfigError(
            f"training.epochs: expected more than the {epoch} epochs already trained, got {new.training.epochs}"
        )
