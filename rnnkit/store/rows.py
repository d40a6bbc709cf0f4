"""The records that the store gives and takes, and values on their way to a column. Knows no query."""

from __future__ import annotations

import json
import math
import re
import secrets
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, fields
from functools import cached_property, lru_cache
from typing import Any, NamedTuple

import numpy as np
import sqlalchemy as sa

from rnnkit.config import RunConfig, parse, split_corpora
from rnnkit.errors import ConfigError, StoreDamaged, UnknownRun
from rnnkit.store.status import ACTIVE, RESUMABLE, WAITING_OR_ACTIVE, Status, Wanted

NO_TAGS = "[]"
MOST_TAGS, MOST_TAG_CHARS = 20, 40
UNREAD = ""  # stands for a vocabulary that was not asked for
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")


@dataclass(frozen=True)
class Run:
    """One row of the runs table. Times are Unix seconds by the database's clock."""

    id: str
    name: str
    owner: str
    preset: str | None
    corpus: str
    config_json: str = field(repr=False)
    status: Status
    pretrained: bool  # came with the program
    imported: bool  # came from a file: it can be sampled and forked, but not resumed
    parent: str | None
    parent_epoch: int | None
    parent_step: int | None  # of a fork from inside an epoch
    created_at: float
    queued_at: float | None
    started_at: float | None
    ended_at: float | None
    vocab_size: int | None
    params: int | None
    provenance: dict[str, Any] | None  # what it was made with: {"versions": ..., "corpus": ...}
    device: str | None
    message: str | None
    log: str | None
    attempts: int
    wanted: Wanted
    trainer: str | None
    device_id: str | None  # the slot that its trainer holds
    asked_device: str | None  # of its config: auto, cpu, gpu
    race: str | None  # the runs of one are trained by turns, by one trainer
    member: str | None  # who ordered it in a class; None: whoever the machine belongs to
    goes_first: bool  # nobody else trains while it does
    heartbeat_at: float | None
    epochs_done: int
    step: int
    steps: int
    loss: float | None
    chars_per_second: float | None
    train_seconds: float
    tags: tuple[str, ...]  # words that people gave it
    task: str | None
    best_loss: float | None  # of its best epoch, on text that was never trained on
    best_bits: float | None  # the same in bits per character, where its task has them
    tokenizer_json: str | None = field(repr=False)
    read_at: float = field(compare=False)  # when the row was read

    @classmethod
    def of(cls, row: sa.Row) -> Run:
        """Raises StoreDamaged: the row is not as it was written."""
        with readable(f"run {row.id}"):
            return cls._of(row)

    @classmethod
    def _of(cls, row: sa.Row) -> Run:
        values = row._asdict()
        values["config_json"] = values["config"]
        values["tags"] = tuple(json.loads(values["tags"]))
        values["status"] = Status(values["status"])
        values["wanted"] = Wanted(values["wanted"])
        values["provenance"] = json.loads(values["provenance"]) if values["provenance"] else None
        values["tokenizer_json"] = values["tokenizer"]
        return cls(**{field.name: values[field.name] for field in fields(cls)})

    @cached_property
    def config(self) -> RunConfig:
        """What it was told to be; parsed when somebody asks, which takes longer than all else. Raises StoreDamaged."""
        with readable(f"run {self.id}"):
            return _config(self.config_json)

    @cached_property
    def tokenizer(self) -> dict[str, Any] | None:
        """The vocabulary, None before a trainer has read the text. It may be long, so lists of runs come without."""
        if self.tokenizer_json == UNREAD:
            raise RuntimeError(
                f"run {self.id}: expected one from Store.run(), which reads the vocabulary, got a listed one"
            )
        with readable(f"vocabulary of run {self.id}"):
            return None if self.tokenizer_json is None else json.loads(self.tokenizer_json)

    @property
    def person(self) -> str:
        """Whose it is, where shares and limits are counted: a member of a class, or the name that somebody typed."""
        return self.member or self.owner

    @property
    def active(self) -> bool:
        return self.status in ACTIVE

    @property
    def live(self) -> bool:
        """Something may still change without anybody asking."""
        return self.status in WAITING_OR_ACTIVE

    @property
    def silent_seconds(self) -> float:
        """Since the last sign of life of its trainer; 0 without one."""
        return 0.0 if self.heartbeat_at is None or not self.active else max(0.0, self.read_at - self.heartbeat_at)

    @property
    def resumable(self) -> bool:
        """It ended before its last epoch and was trained in this store, which holds the optimizer's state."""
        return self.status in RESUMABLE and not self.imported


@lru_cache(maxsize=1024)
def _config(text: str) -> RunConfig:
    """Lists of runs are read every second, and a config never changes but with its text."""
    return parse(json.loads(text))


class Listed(NamedTuple):
    """A run as lists show it: small columns of its row, so that thousands are read at once."""

    id: str
    name: str
    owner: str
    preset: str | None
    corpus: str
    task: str
    status: Status
    pretrained: bool
    imported: bool
    parent: str | None
    created_at: float
    ended_at: float | None
    params: int | None
    wanted: Wanted
    epochs_done: int
    train_seconds: float
    best_loss: float | None
    best_bits: float | None
    race: str | None
    member: str | None
    goes_first: bool
    tags: tuple[str, ...]

    @classmethod
    def of(cls, row: sa.Row) -> Listed:
        """Raises StoreDamaged: the row is not as it was written."""
        with readable(f"run {row.id}"):
            tags = () if row.tags == NO_TAGS else tuple(map(str, json.loads(row.tags)))
            return cls(*row)._replace(status=Status(row.status), wanted=Wanted(row.wanted), tags=tags)

    @property
    def live(self) -> bool:
        """Something may still change without anybody asking."""
        return self.status in WAITING_OR_ACTIVE

    @property
    def active(self) -> bool:
        """A trainer has it."""
        return self.status in ACTIVE

    @property
    def resumable(self) -> bool:
        """As of a whole run."""
        return self.status in RESUMABLE and not self.imported

    @property
    def person(self) -> str:
        """As of a whole run."""
        return self.member or self.owner

    @property
    def corpora(self) -> tuple[str, ...]:
        """Its texts."""
        return split_corpora(self.corpus)


def clean_tags(tags: Iterable[str]) -> list[str]:
    """Tags as they are stored: without spaces round them, each once, in order. Raises ConfigError for what is none."""
    cleaned = list(dict.fromkeys(" ".join(str(tag).split()) for tag in tags))
    for tag in cleaned:
        if not tag or len(tag) > MOST_TAG_CHARS or "," in tag or not storable(tag).isprintable():
            raise ConfigError(
                f"tag: expected a few words of at most {MOST_TAG_CHARS} characters without a comma, got {tag[:60]!r}"
            )
    if len(cleaned) > MOST_TAGS:
        raise ConfigError(f"tag: expected at most {MOST_TAGS} for one run, got {len(cleaned)}")
    return [storable(tag) for tag in cleaned]


class Kept(NamedTuple):
    """A checkpoint without its arrays: batches since the run began, epochs since then (0.25, or a whole number)."""

    step: int
    epoch: float
    sha256: str
    pinned: bool = False  # a person keeps it

    @property
    def finished(self) -> bool:
        """Whether it stands at the end of an epoch."""
        return is_finished(self.epoch)


class Sample(NamedTuple):
    """What the network of one checkpoint wrote after the prompt, at one temperature and seed."""

    epoch: float
    temperature: float
    prompt: str
    seed: int
    text: str
    step: int = 0  # the store fills it in


class Point(NamedTuple):
    """One point of the live curve: batches and training seconds since the run began, mean loss since the last point."""

    step: int
    seconds: float
    loss: float | None


class ResumeState(NamedTuple):
    """Where training goes on: after `epoch` finished epochs and `step` batches of the next."""

    epoch: int
    step: int
    state: dict[str, Any]
    arrays: dict[str, np.ndarray]


class ImportedRun(NamedTuple):
    """A run that was trained elsewhere, without its checkpoints. `epochs` and `moments` are metrics with `epoch` and
    `step`."""

    id: str
    config: RunConfig
    status: Status
    tokenizer: dict[str, Any]
    vocab_size: int
    epochs: list[dict[str, Any]]
    moments: list[dict[str, Any]]
    samples: list[Sample]
    params: int | None
    device: str | None
    message: str | None
    provenance: dict[str, Any]
    created_at: float
    started_at: float | None
    ended_at: float | None
    steps: int
    train_seconds: float
    parent: str | None
    parent_epoch: int | None
    parent_step: int | None
    tags: Sequence[str] = ()


class Pretrained(NamedTuple):
    """A run that comes with the program: its folder's name, the checksum of its description, and what is in it."""

    name: str
    sha256: str
    run: ImportedRun
    checkpoints: Sequence[tuple[Kept, bytes]]


def new_run_id() -> str:
    """Eight letters and digits, no vowels and nothing that reads like another: nobody's id is a word."""
    return "".join(secrets.choice("23456789bcdfghjkmnpqrstvwxz") for _ in range(8))


def check_run_id(run: str) -> str:
    """The id, if it has the form of one. Raises UnknownRun for anything else, a path for example."""
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,39}", str(run)):
        raise UnknownRun(f"run: expected an id of letters, digits and dashes, got {str(run)[:60]!r}")
    return run


def is_member(person: str) -> bool:
    """Whether this is the id of a member of a class, which tells people nothing, and no name that somebody typed."""
    return re.fullmatch("[0-9a-f]{64}", person) is not None


def is_finished(epoch: float) -> bool:
    """Whether so many epochs stand at the end of one: neither inside it nor before the first."""
    return epoch >= 1 and epoch == int(epoch)


def whole(epoch: float) -> float:
    """A number of epochs: an int where it is one, as people write it."""
    return int(epoch) if epoch == int(epoch) else epoch


@contextmanager
def readable(what: str) -> Iterator[None]:
    """Raises StoreDamaged where a row of `what` is not as it was written."""
    try:
        yield
    except (ConfigError, ValueError, TypeError, LookupError, zlib.error) as error:
        raise StoreDamaged(f"{what}: expected what was written, got a row that cannot be read ({error})") from error


# ---- values for columns


def storable(text: str) -> str:
    """A text that both databases take: no NUL (PostgreSQL), no lone surrogate. U+FFFD stands for them."""
    return _UNSTORABLE.sub("\ufffd", text)


def storable_columns(columns: Mapping[str, Any]) -> dict[str, Any]:
    """Every value as both databases take it."""
    return {name: storable(v) if isinstance(v, str) else finite(v) for name, v in columns.items()}


def finite(value: Any) -> Any:
    """`value` for a number column or JSON: None where it is not finite, NumPy's numbers as Python's."""
    if isinstance(value, np.generic):
        value = value.item()
    return None if isinstance(value, float) and not math.isfinite(value) else value


def to_json(values: Any) -> str:
    """JSON in which a number that is not finite is null."""
    return json.dumps(_plain(values))


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    return finite(value)
