"""All of a run but its arrays: what run.json of an export says, made from the store.

Knows no file. `archive` writes and reads it; cards, reports and scripts are made of it. One of an older format
is brought up to date while it is read, one of a newer is refused.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    FiniteFloat,
    ValidationError,
    field_validator,
    model_validator,
)

from rnnkit.config import RunConfig
from rnnkit.errors import ConfigError, ExportError
from rnnkit.store import ENDED, Run, Status, Store
from rnnkit.store.rows import MOST_TAGS, clean_tags, is_finished, whole
from rnnkit.training import provenance

FORMAT: Literal["rnnkit run"] = "rnnkit run"
FORMAT_VERSION = 2
# What a stranger's run.json may hold: as much as the longest run, and no more.
MAX_EPOCHS, MAX_METRICS = 10_000, 60
MAX_SAMPLES = 6 * MAX_EPOCHS
MAX_VALUES = 3_000_000  # brackets, commas and colons: what stands between two takes up to 100 bytes of memory
MAX_SYMBOL_CHARS = 100_000  # a text without spaces, by words, has long ones
Step = Annotated[int, Field(ge=0, le=2**62)]  # batches since the run began
Epochs = Annotated[int | FiniteFloat, AfterValidator(whole)]  # 0.25: inside the first
Seconds = Annotated[FiniteFloat, Field(ge=0, le=32_503_680_000)]  # Unix time up to the year 3000, which dates can show


class _Part(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class _Epoch(_Part):
    """Metrics of one epoch; what they are called may grow."""

    model_config = ConfigDict(extra="allow", frozen=True)
    __pydantic_extra__: dict[str, FiniteFloat | None]
    epoch: int
    step: Step

    @model_validator(mode="after")
    def _has_few_metrics(self) -> Self:
        if len(self.model_extra or {}) > MAX_METRICS:
            raise ValueError(f"expected at most {MAX_METRICS} metrics")
        return self


class _Moment(_Epoch):
    """The same of a checkpoint inside an epoch."""

    epoch: Epochs  # type: ignore[assignment]


class _Sample(_Part):
    epoch: Epochs
    step: Step
    temperature: float = Field(ge=0, le=10)
    prompt: str = Field(max_length=100_000)
    seed: int = Field(ge=0, le=2**31 - 1)
    text: str = Field(max_length=1_000_000)


class Checkpoint(_Part):
    """A kept moment, and the checksum of its arrays as they lie in a file."""

    epoch: Epochs
    step: Step
    sha256: str = Field(pattern="^[0-9a-f]{64}$")


class _Corpus(_Part):
    """What the text was: its licence goes wherever the network goes."""

    title: str = Field("", max_length=500)
    source: str = Field("", max_length=2000)
    licence: str = Field("", max_length=2000)
    sha256: str | None = Field(None, max_length=64)


class _Plan(_Part):
    """What decided the steps of the run, as training/planning.py has it."""

    steps: int = Field(ge=0, le=2**62)
    engine: str = Field(max_length=40)
    threads: int = Field(ge=1, le=2**20)
    precision: str = Field("float32", max_length=40)
    seconds: int | None = Field(None, ge=0, le=1_000_000)
    steps_per_second: FiniteFloat | None = Field(None, ge=0)
    faster: FiniteFloat | None = Field(None, ge=0)


class _Provenance(_Part):
    versions: dict[Annotated[str, Field(max_length=100)], Annotated[str, Field(max_length=200)]] = Field(
        {}, max_length=50
    )
    corpus: _Corpus = _Corpus()
    first_weights: Literal["keras", "numpy"] = "keras"  # who drew them; runs of older versions do not say
    plan: _Plan | None = None  # runs of older versions have none


class _Parent(_Part):
    """The run that this one was forked from, and where."""

    run: str = Field(pattern="^[a-z0-9][a-z0-9-]{0,39}$")
    epoch: int
    step: Step | None = None  # where it was inside the epoch that follows


class Manifest(_Part):
    """run.json, whole."""

    format: Literal["rnnkit run"] = FORMAT
    format_version: int = FORMAT_VERSION
    id: str = Field(max_length=200)
    config: RunConfig
    status: Status
    parent: _Parent | None = None
    message: str | None = Field(None, max_length=10_000)
    device: str | None = Field(None, max_length=500)
    provenance: _Provenance = _Provenance()
    tags: list[str] = Field([], max_length=MOST_TAGS)
    created_at: Seconds
    started_at: Seconds | None = None
    ended_at: Seconds | None = None
    train_seconds: Seconds = 0.0
    steps: int = Field(0, ge=0, le=2**31 - 1)
    params: int | None = Field(None, ge=0, le=2**31 - 1)
    vocab_size: int = Field(le=10**15)
    tokenizer: dict[str, Any]
    epochs: list[_Epoch] = Field(min_length=1, max_length=MAX_EPOCHS, fail_fast=True)
    moments: list[_Moment] = Field([], max_length=MAX_EPOCHS, fail_fast=True)
    samples: list[_Sample] = Field([], max_length=MAX_SAMPLES, fail_fast=True)
    checkpoints: list[Checkpoint] = Field(min_length=1, max_length=MAX_EPOCHS, fail_fast=True)

    @field_validator("status")
    @classmethod
    def _has_ended(cls, status: Status) -> Status:
        if status not in ENDED:
            raise ValueError(f"expected one of {', '.join(ENDED)}")
        return status

    @field_validator("tags")
    @classmethod
    def _are_tags(cls, tags: list[str]) -> list[str]:
        try:
            return clean_tags(tags)
        except ConfigError as error:
            raise ValueError(str(error)) from None

    @field_validator("tokenizer")
    @classmethod
    def _is_plain(cls, tokenizer: dict[str, Any]) -> dict[str, Any]:
        """Flat, and of texts that can be shown and stored."""
        parts = [one for key, value in tokenizer.items() for one in (key, *_parts(value))]
        if any(isinstance(one, list | dict) for one in parts):
            raise ValueError("expected lists of symbols")
        texts = [one for one in parts if isinstance(one, str)]
        if any(len(text) > MAX_SYMBOL_CHARS for text in texts):
            raise ValueError(f"expected symbols of at most {MAX_SYMBOL_CHARS:,} characters")
        if any("\ud800" <= letter <= "\udfff" for text in texts if not text.isascii() for letter in text):
            raise ValueError("expected whole characters, no lone surrogates")
        return tokenizer


def _parts(value: Any) -> list[Any]:
    """What stands in a list or an object; any other value by itself."""
    return [*value, *value.values()] if isinstance(value, dict) else value if isinstance(value, list) else [value]


def parse(data: bytes) -> Manifest:
    """A run.json of this format or an older one. Raises ExportError for anything else, or where a part does not fit."""
    found = sum(data.count(mark) for mark in (b"[", b"{", b",", b":"))
    if found > MAX_VALUES:
        raise ExportError(f"run.json: expected at most {MAX_VALUES:,} values, got {found:,} marks between them")
    try:
        values = json.loads(data)
        version = values["format_version"] if values["format"] == FORMAT else None
    except (ValueError, KeyError, TypeError, RecursionError):
        raise ExportError("run.json: expected the description of an rnnkit run, got something else") from None
    if not isinstance(version, int) or version < 1:
        raise ExportError(f"run.json: expected format version 1 to {FORMAT_VERSION}, got {str(version)[:20]}")
    if version > FORMAT_VERSION:
        raise ExportError(
            f"run.json: expected format version {FORMAT_VERSION} or older, got {str(version)[:20]}, a newer one; "
            "update rnnkit"
        )
    for upgrade in UPGRADES[version - 1 :]:
        upgrade(values)
    try:
        return Manifest.model_validate({**values, "format_version": FORMAT_VERSION})
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(map(str, first["loc"]))[:100]
        raise ExportError(
            f"run.json: expected a fitting {where}, got {str(first['input'])[:60]!r} ({first['msg'][:200]})"
        ) from None


def _add_steps(values: dict[str, Any]) -> None:
    """From format 1: checkpoints were known by their epoch. What does not fit is left for the check that follows."""
    steps, found = values.get("steps", 0), dict[int, int]()
    if not isinstance(steps, int) or not 0 <= steps < 2**31:
        return
    for part in ("epochs", "samples", "checkpoints"):
        rows = values.get(part)
        for row in rows if isinstance(rows, list) else []:
            if isinstance(row, dict) and isinstance(epoch := row.get("epoch"), int):
                share = row.get("epoch_share")  # of the last epoch, where the seconds of a run were used up
                missing = steps - round(share * steps) if isinstance(share, float) and 0 < share < 1 else 0
                row["step"] = found.setdefault(epoch, max(1, epoch * max(1, steps) - missing))


UPGRADES: tuple[Callable[[dict[str, Any]], None], ...] = (_add_steps,)  # from format 1, 2, ... to the one after it


def of_run(store: Store, run_id: str) -> Manifest:
    """What run.json of an export would say now; reads no array. Raises UnknownRun; ExportError before an epoch ends."""
    kept = [one._asdict() for one in store.kept(run_id)]
    return up_to(store, store.run(run_id), [Checkpoint(**one) for one in kept])


def up_to(store: Store, run: Run, checkpoints: list[Checkpoint]) -> Manifest:
    """The same up to the last epoch of `checkpoints`. Raises ExportError where there is none."""
    last = max((one.epoch for one in checkpoints if is_finished(one.epoch)), default=0)
    if not last:
        raise ExportError(f"run {run.id}: expected a run with a finished epoch, got one with none")
    kept = ("id", "message", "device", "created_at", "started_at", "ended_at", "train_seconds", "steps", "params",
            "vocab_size", "tokenizer", "tags", "config")  # fmt: skip
    return Manifest.model_validate(
        {
            **{name: getattr(run, name) for name in kept},
            "status": status_elsewhere(run.status),
            "parent": run.parent and {"run": run.parent, "epoch": run.parent_epoch, "step": run.parent_step},
            "provenance": provenance_of(store, run),
            "epochs": [metrics for metrics in store.epochs(run.id) if metrics["epoch"] <= last],
            "moments": [metrics for metrics in store.moments(run.id) if metrics["epoch"] <= last],
            "samples": [sample._asdict() for sample in store.samples(run.id) if sample.epoch <= last],
            "checkpoints": [one for one in checkpoints if one.epoch <= last],
        }
    )


def provenance_of(store: Store, run: Run) -> dict[str, Any]:
    """As its trainer wrote it down; what that did not know of the text is looked up."""
    known = run.provenance or {}
    text = dict(known.get("corpus", {}))
    if "source" not in text:  # only its name was known
        text.pop("title", None)
    return {**known, "corpus": {**provenance.corpus(store, run.config), **text}}


def status_elsewhere(status: Status) -> Status:
    """Nobody can go on with a run from a file, so it is never shown as one that waits."""
    return status if status in ENDED and status != Status.PAUSED else Status.STOPPED
