"""What a run is: corpus, tokenizer, batches, model, training, sampling.

Every setting a person can make is one field here or in parts.py. The form on the Train page, the `--set` of
the command line and the check before a run is queued all read these fields; nothing else lists them. Knows no text,
no network and no store.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import StrEnum
from typing import Annotated, Any, get_args

from pydantic import (
    ConfigDict,
    Field,
    ValidationError,
    field_serializer,
    field_validator,
    model_validator,
)
from pydantic.fields import FieldInfo

from rnnkit.config.parts import (
    MAX_NAME_CHARS,
    BatchConfig,
    ModelConfig,
    OneOrMore,
    PairsConfig,
    Part,
    SamplingConfig,
    SeriesConfig,
    TokenizerConfig,
    TrainingConfig,
)
from rnnkit.errors import ConfigError, did_you_mean

MAX_WORD_CHARS = 200  # names of presets and corpora
MAX_CORPORA = 100
_NOT_IN_A_LINE = re.compile(r"[\s\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]+")
_BETWEEN_CORPORA = "+"  # in JSON, in `--corpus` and in addresses


class Answers(StrEnum):
    """What a network answers with, which is all that texts and networks need to know of its task."""

    STEPS = "what comes after each step"  # of a window: after its last step
    CLASS = "one class for a whole text"
    SEQUENCE = "a sequence of its own"


# By the name of a task: those that a config may name.
ANSWERS: dict[str, Answers] = {
    "language-model": Answers.STEPS,
    "series": Answers.STEPS,
    "classification": Answers.CLASS,
    "sequence-to-sequence": Answers.SEQUENCE,
}


def one_line(text: str) -> str:
    """Without line ends, control characters, turned directions of writing and lone surrogates: fit to be a name."""
    text = text.encode("utf-8", "replace").decode("utf-8")
    return _NOT_IN_A_LINE.sub(" ", text).strip()


def split_corpora(text: str) -> tuple[str, ...]:
    """The names in `a+b`, each once; an address may show the plus as a space."""
    return tuple(dict.fromkeys(name for name in re.split(rf"[{_BETWEEN_CORPORA} ]", text) if name))


def join_corpora(names: Iterable[str]) -> str:
    """The names as one text that `split_corpora` reads."""
    return _BETWEEN_CORPORA.join(names)


class RunConfig(Part):
    """One run, whole. The same JSON in the store, in `--config FILE` and in an exported run.

    There the texts are one string under `corpus`, as `--corpus` and `--set corpus=` take them: `a+b`.
    """

    model_config = ConfigDict(validate_by_name=True, validate_by_alias=True, serialize_by_alias=True)

    name: str = Field("", max_length=MAX_NAME_CHARS, title="Name", description="Shown in lists. Empty: made up.")
    owner: str = Field(
        "", max_length=MAX_NAME_CHARS, title="Your name", description="The queue is shared fairly by name."
    )
    preset: str | None = Field(None, max_length=MAX_WORD_CHARS)
    task: str = Field("language-model", max_length=MAX_NAME_CHARS)
    corpora: Annotated[tuple[Annotated[str, Field(max_length=MAX_WORD_CHARS * 10)], ...], OneOrMore] = Field(
        ("sherlock",), alias="corpus", title="Text", description="Names from the page Texts."
    )
    tokenizer: TokenizerConfig = TokenizerConfig()
    batches: BatchConfig = BatchConfig()
    model: ModelConfig = ModelConfig()
    training: TrainingConfig = TrainingConfig()
    sampling: SamplingConfig = SamplingConfig()
    pairs: PairsConfig = PairsConfig()
    series: SeriesConfig = SeriesConfig()

    @field_validator("name", "owner", "preset", mode="before")
    @classmethod
    def _one_line(cls, value: Any) -> Any:
        """Names are shown everywhere."""
        return one_line(value) if isinstance(value, str) else value

    @field_validator("task")
    @classmethod
    def _is_known(cls, value: str) -> str:
        if value not in ANSWERS:
            raise ValueError(f"expected one of {', '.join(ANSWERS)}")
        return value

    @property
    def answers(self) -> Answers:
        """What its network answers with."""
        return ANSWERS[self.task]

    @field_validator("corpora")
    @classmethod
    def _each_once(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        names = split_corpora(join_corpora(value))
        if len(names) > MAX_CORPORA or any(len(name) > MAX_WORD_CHARS for name in names):
            raise ValueError(f"expected at most {MAX_CORPORA} names of at most {MAX_WORD_CHARS} characters")
        return names

    @field_serializer("corpora")
    def _joined(self, corpora: tuple[str, ...]) -> str:
        return join_corpora(corpora)

    @property
    def corpus(self) -> str:
        """All texts as one name, for lists and file names."""
        return join_corpora(self.corpora)

    @model_validator(mode="after")
    def _goes_together(self) -> RunConfig:
        in_streams = self.answers is Answers.STEPS and self.batches.kind == "streams"
        if self.model.bidirectional and in_streams:
            raise ValueError(
                "model.bidirectional needs batches.kind=windows: in a stream the backward half would read the answer"
            )
        return self


def parse(data: dict[str, Any]) -> RunConfig:
    """Check `data` and return the config. Raises ConfigError: one sentence for the first thing that is wrong."""
    try:
        return RunConfig.model_validate(data)
    except ValidationError as error:
        raise ConfigError(_sentence(error)) from None


def with_settings(config: RunConfig, settings: dict[str, Any]) -> RunConfig:
    """A copy of `config` with dotted fields replaced: `{"model.units": 256}`. Values may be strings.

    Raises:
        ConfigError: a key that is no field, or a value that does not fit.
    """
    data = config.model_dump(mode="json")
    for key, value in settings.items():
        *path, last = key.split(".")
        part: Any = data
        for name in path:
            part = part.get(name) if isinstance(part, dict) else None
        if not isinstance(part, dict) or last not in part or isinstance(part[last], dict):
            raise ConfigError(f"setting {key!r}: expected one of {', '.join(fields())}{did_you_mean(key, fields())}")
        kind = fields()[key].annotation
        is_text = key == "corpus" or kind is str or {*map(type, get_args(kind))} == {str}  # a prompt may be `1984`
        part[last] = _from_text(value) if isinstance(value, str) and not is_text else value
    return parse(data)


def fields() -> dict[str, FieldInfo]:
    """Every field a person can set under its dotted name, in the order of the form."""
    found: dict[str, FieldInfo] = {}
    for name, field in RunConfig.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, Part):
            found |= {f"{name}.{inner}": part for inner, part in field.annotation.model_fields.items()}
        else:
            found[field.alias or name] = field
    return found


def differences(configs: list[RunConfig]) -> dict[str, list[Any]]:
    """Dotted fields in which the configs are not all alike, each with its value per config."""
    dumps = [config.model_dump(mode="json") for config in configs]
    rows = {}
    for key in fields():
        part, _, inner = key.partition(".")
        values = [dump[part][inner] if inner else dump[part] for dump in dumps]
        if key != "name" and any(value != values[0] for value in values[1:]):
            rows[key] = values
    return rows


def _from_text(value: str) -> Any:
    """`--set` gives strings: an empty one or `none` is None, comma-separated numbers are a list."""
    if value.lower() in ("", "none"):
        return None
    if re.fullmatch(r"[\d.,\s]+", value) and "," in value:
        return [float(number) for number in value.split(",") if number.strip()]
    return value


def _sentence(error: ValidationError) -> str:
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"])
    what = first["msg"].removeprefix("Value error, ")
    what = what[0].lower() + what[1:]
    if not where:
        return what[0].upper() + what[1:]
    if first["type"] == "extra_forbidden":
        return f"{where}: no such setting; expected one of {', '.join(fields())}"
    return f"{where}: {what}, got {first['input']!r}"[:500]
