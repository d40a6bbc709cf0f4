"""What a teacher sets for a class: each setting one field with its label, help and range.

Stored as JSON in the row of the class. Knows no store and no page.
"""

from __future__ import annotations

import json
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from rnnkit.errors import ConfigError, did_you_mean

MOST_SECONDS = 300  # that a new run starts with
MOST_CHARS = 4_000  # of the JSON of what pages keep here: a lesson's step, the wall's order, a quiz


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True)


# fmt: off
class Budget(_Part):
    """What each pupil may use."""

    seconds: int = Field(
        600, ge=5, le=86_400, title="Training time in seconds", description="For all runs of one pupil together.")
    runs: int = Field(
        4, ge=1, le=100, title="Runs at once",
        description="Of one pupil, those that wait and those that train; a duel has two to four.")
    units: int = Field(
        256, ge=1, le=4096, title="Units", description="Largest hidden state of a layer.")
    text_kb: int = Field(
        1_000, ge=1, le=100_000, title="Text size in kB", description="Of a text that one brings; thousand characters.")
    checkpoints: int = Field(
        400, ge=10, le=100_000, title="Kept checkpoints",
        description="Of all runs of one pupil. Who has more deletes a run before starting another.")
    disk_mb: int = Field(
        100, ge=1, le=100_000, title="Disk in MB", description="What texts and checkpoints of one pupil may take.")


class ClassSettings(_Part):
    """All of them, with the values that a new class has."""

    seconds: int = Field(
        2_700, ge=300, le=86_400, title="Length of the lesson",
        description="Seconds. A pupil's part of it is the training time that a new run starts with.")
    budget: Budget = Budget()
    guests: bool = Field(
        False, title="Guests", description="Whoever has the code may look on without a name, and change nothing.")
    address: str = Field(
        "", max_length=253, pattern=r"^[\w.:-]*$", title="Address",
        description="At which others reach this machine. Empty: each address that it has on the local network.")
    listening: tuple[Annotated[str, Field(max_length=253)], ...] = Field(
        (), max_length=50, title="Listening", description="Addresses at which a dashboard answers others just now.")
    ending: bool = Field(False, title="Ending", description="Others are let go, before what they made is deleted.")
    paused: bool = Field(False, title="Pause all", description="Nothing trains until this is taken back.")
    shown: dict[str, Any] | None = Field(None, title="Shown on everybody's screen")
    lesson: dict[str, Any] | None = Field(None, title="Lesson")
    wall: dict[str, Any] = Field(default_factory=dict, title="Wall")
    quiz: dict[str, Any] | None = Field(None, title="Quiz")

    @field_validator("shown", "lesson", "wall", "quiz")
    @classmethod
    def _small(cls, value: dict[str, Any] | None) -> dict[str, Any] | None:
        if len(json.dumps(value)) > MOST_CHARS:
            raise ValueError(f"expected at most {MOST_CHARS:,} characters")
        return value
# fmt: on


def parse(values: dict[str, Any]) -> ClassSettings:
    """Settings from JSON. Raises ConfigError: one is unknown, or out of its range."""
    try:
        return ClassSettings.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(map(str, first["loc"]))
        if first["type"] == "extra_forbidden":
            known = [*ClassSettings.model_fields, *(f"budget.{field}" for field in Budget.model_fields)]
            raise ConfigError(
                f"class: expected one of {', '.join(known)}, got {name}{did_you_mean(name, known)}"
            ) from None
        given = str(first["input"])[:60]
        said = first["msg"].removeprefix("Value error, ").replace("Input should be", "expected").replace("valid ", "")
        raise ConfigError(f"{name}: {said[0].lower()}{said[1:]}, got {given}") from None


def changed(values: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """`values` with `changes`: a dict is merged into the one that is there, anything else takes its place."""
    found = dict(values)
    for name, value in changes.items():
        both = isinstance(value, dict) and isinstance(found.get(name), dict)
        found[name] = found[name] | value if both else value
    return parse(found).model_dump(mode="json")


_SAID = {  # a setting that is a deed of the teacher's: what giving it is called, and what taking it back is
    "paused": ("pause all", "go on"), "shown": ("show to everybody", "show no longer"),
    "lesson": ("lead a lesson", "end the lesson"), "quiz": ("ask the quiz", "end the quiz"),
    "wall": ("change the wall", "change the wall"),
}  # fmt: skip


def told(before: dict[str, Any], after: dict[str, Any]) -> list[tuple[str, str]]:
    """What a teacher did who changed one into the other, as it is written down: what each deed is called, and details.

    No name and no text is among them: of what is shown the page alone.
    """
    changes = {name for name in {*before, *after} if before.get(name) != after.get(name)} - {"listening", "ending"}
    acts = [(_SAID[name][not after.get(name)], _details(name, after.get(name))) for name in _SAID if name in changes]
    flat = _flat({name: after.get(name) for name in changes - {*_SAID}})
    was = _flat({name: before.get(name) for name in changes - {*_SAID}})
    moved = [f"{name} {was.get(name, '')} → {value}" for name, value in sorted(flat.items()) if was.get(name) != value]
    return acts + [("change settings", ", ".join(moved))] * bool(moved)


def _details(name: str, value: Any) -> str:
    if name == "shown" and value:
        return str(value.get("address", "")).partition("?")[0]
    if name == "lesson" and value:
        return f"{value.get('name', '')}, step {value.get('step', 1)}{', free' * bool(value.get('free'))}"
    return ""


def _flat(values: dict[str, Any]) -> dict[str, Any]:
    """Of a part each setting by its dotted name."""
    parts = {name: value for name, value in values.items() if isinstance(value, dict)}
    inside = {f"{name}.{key}": one for name, value in parts.items() for key, one in value.items()}
    return {name: value for name, value in values.items() if name not in parts} | inside


def share(settings: ClassSettings, members: int) -> int:
    """Seconds that a new run starts with: the lesson divided by its members, at most what the budget allows.

    Of few members each may choose more; that the first run takes all of it would leave nothing to try again with.
    """
    return max(5, min(settings.budget.seconds, MOST_SECONDS, settings.seconds // max(1, members)))
