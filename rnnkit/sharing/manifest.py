"""All of a run but its arrays: what run.json of an export says, made from the store.

Knows no file. `exports` writes and reads it; cards, reports and scripts are made of it.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat

from rnnkit.config import RunConfig
from rnnkit.errors import ExportError
from rnnkit.store import ENDED, Run, Status, Store
from rnnkit.training import provenance

FORMAT, FORMAT_VERSION = "rnnkit run", 1
Seconds = Annotated[FiniteFloat, Field(ge=0, le=32_503_680_000)]  # Unix time up to the year 3000, which dates can show


class _Part(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class _Epoch(_Part):
    """Metrics of one epoch; what they are called may grow."""

    model_config = ConfigDict(extra="allow", frozen=True)
    __pydantic_extra__: dict[str, FiniteFloat | None]
    epoch: int


class _Sample(_Part):
    epoch: int
    temperature: float = Field(ge=0, le=10)
    prompt: str = Field(max_length=100_000)
    seed: int = Field(ge=0, le=2**31 - 1)
    text: str = Field(max_length=1_000_000)


class Checkpoint(_Part):
    """A kept epoch, and the checksum of its arrays as they lie in a file."""

    epoch: int
    sha256: str = Field(pattern="^[0-9a-f]{64}$")


class _Corpus(_Part):
    """What the text was: its licence goes wherever the network goes."""

    title: str = Field("", max_length=500)
    source: str = Field("", max_length=2000)
    licence: str = Field("", max_length=2000)
    sha256: str | None = Field(None, max_length=64)


class _Provenance(_Part):
    versions: dict[str, str] = Field({}, max_length=50)
    corpus: _Corpus = _Corpus()


class Document(_Part):
    """run.json, whole."""

    format: Literal["rnnkit run"] = FORMAT
    format_version: int = FORMAT_VERSION
    id: str
    config: RunConfig
    status: Literal[ENDED]
    message: str | None = Field(None, max_length=10_000)
    device: str | None = Field(None, max_length=500)
    provenance: _Provenance = _Provenance()
    created_at: Seconds
    started_at: Seconds | None = None
    ended_at: Seconds | None = None
    train_seconds: Seconds = 0.0
    steps: int = Field(0, ge=0, le=2**31 - 1)
    params: int | None = Field(None, ge=0, le=2**31 - 1)
    vocab_size: int
    tokenizer: dict[str, Any]
    epochs: list[_Epoch] = Field(min_length=1)
    samples: list[_Sample] = []
    checkpoints: list[Checkpoint] = Field(min_length=1)


def document(store: Store, run_id: str) -> Document:
    """What run.json of an export of this run would say now; no array is read for it.

    Raises:
        UnknownRun: there is none. ExportError: no epoch is finished.
    """
    run, sums = store.run(run_id), store.checkpoint_sums(run_id)
    return described(store, run, [Checkpoint(epoch=epoch, sha256=sha256) for epoch, sha256 in sums.items()])


def described(store: Store, run: Run, checkpoints: list[Checkpoint]) -> Document:
    """The same up to the last of `checkpoints`. Raises ExportError where there is none."""
    if not checkpoints:
        raise ExportError(f"run {run.id}: expected a run with a finished epoch, got one with none")
    last = checkpoints[-1].epoch
    samples = [sample._asdict() for sample in store.samples(run.id) if sample.epoch <= last]
    kept = ("id", "message", "device", "created_at", "started_at", "ended_at", "train_seconds", "steps", "params",
            "vocab_size", "tokenizer", "config")  # fmt: skip
    return Document.model_validate(
        {
            **{name: getattr(run, name) for name in kept},
            "status": status_elsewhere(run.status),
            "provenance": _provenance(store, run),
            "epochs": [metrics for metrics in store.epochs(run.id) if metrics["epoch"] <= last],
            "samples": samples,
            "checkpoints": checkpoints,
        }
    )


def _provenance(store: Store, run: Run) -> dict[str, Any]:
    """As its trainer wrote it down; what that did not know of the text is looked up."""
    known = run.provenance or {}
    text = known.get("corpus", {})
    if "source" not in text:  # only its name was known
        text = {key: value for key, value in text.items() if key != "title"}
    return {**known, "corpus": {**provenance.corpus(store, run.config), **text}}


def status_elsewhere(status: str) -> str:
    """Nobody can go on with a run from a file, so it is never shown as one that waits."""
    return status if status in ENDED and status != Status.PAUSED else Status.STOPPED
