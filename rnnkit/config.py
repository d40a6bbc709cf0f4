"""What a run is: corpus, tokenizer, batches, model, training, sampling.

Every setting a person can make is one field here, with its label (`title`), its help
(`description`) and its range. The form on the Train page, the `--set` of the command
line and the check before a run is queued all read these fields; nothing else lists
them. Knows no text, no network and no store.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from enum import StrEnum
from typing import Annotated, Any, Literal, get_args

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    field_serializer,
    field_validator,
    model_validator,
)
from pydantic.fields import FieldInfo

from rnnkit.errors import ConfigError, did_you_mean

MAX_NAME_CHARS = 80
MAX_WORD_CHARS = 200  # names of presets and corpora
MAX_CORPORA = 100
LARGEST_SEED = 2**31 - 1
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


# One value in place of a tuple is a tuple of it.
OneOrMore = BeforeValidator(lambda value: (value,) if isinstance(value, int | float | str) else value)


class Part(BaseModel):
    """Base of every part: unknown keys are refused, values are immutable."""

    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True)


# fmt: off
# Label, help and range of a field in as few lines as they fit.
class TokenizerConfig(Part):
    """How a text becomes tokens."""

    kind: Literal["characters", "words"] = Field(
        "characters", title="Tokens", description="What the network reads and writes, one at a time.")
    word_rules: Literal["lecture", "spaces"] = Field(
        "lecture", title="Word splitting",
        description="Lecture: the rules of the recipe lecture, which lower the case and make punctuation and line "
        "ends words too. Spaces: whatever stands between them is a word, unchanged (words only).")
    newlines: Literal["keep", "space"] = Field(
        "keep", title="Line ends", description="Keep line ends as a token of their own, or read each as one space.")
    minimum_count: int = Field(
        1, ge=1, le=1000, title="Minimum word count",
        description="Rarer words are removed from the text (words only; the recipe lecture uses 5).")
    vocab_size: int | None = Field(
        None, ge=2, le=100_000, title="Maximum vocabulary size",
        description="Keep only this many of the most frequent tokens. Empty: all of them.")
    unknown_symbol: bool = Field(
        False, title="Unknown token",
        description="One more entry of the vocabulary, for every token that is not in it.")


class BatchConfig(Part):
    """How tokens become inputs and targets."""

    kind: Literal["streams", "windows"] = Field(
        "streams", title="Batches",
        description="Streams: the text runs through the network in order, the state is carried from batch to batch "
        "and every step has a loss (sequence-to-sequence). Windows: the network sees one window at a time and "
        "predicts the one token after it (many-to-one).")
    length: int = Field(
        100, ge=1, le=2000, title="Length", description="Tokens the network is unrolled over, in one batch row.")
    step: int = Field(
        1, ge=1, le=1000, title="Step", description="Tokens from the start of one window to the next (windows only).")
    passes: int = Field(
        1, ge=1, le=10_000, title="Passes per epoch",
        description="How often the text is read in one epoch (windows only). A text of 89 words is read in no time.")
    batch_size: int = Field(32, ge=1, le=4096, title="Batch size", description="Rows trained on at once.")
    validation_fraction: float = Field(
        0.1, ge=0.0, le=0.5, title="Validation fraction",
        description="The last part of the text is held out, never trained on; val_loss is measured there.")


class ModelConfig(Part):
    """The network. From this alone come the parameter table, the Keras network and the NumPy one."""

    architecture: str = Field(
        "lstm", max_length=MAX_NAME_CHARS, title="Architecture",
        description="The recurrent cell, or a whole network.")
    units: int = Field(128, ge=1, le=4096, title="Units", description="Size of the hidden state of each layer.")
    layers: int = Field(1, ge=1, le=4, title="Layers", description="Stacked recurrent layers or convolutions.")
    inputs: Literal["symbols", "numbers"] = Field(
        "symbols", title="Input encoding",
        description="Symbols: a vector for each token, learned or one-hot. Numbers: the raw value itself, as in a "
        "time series; of a text, the index of each token in the vocabulary.")
    embedding_size: int = Field(
        64, ge=0, le=2048, title="Embedding",
        description="Size of the learned vector of each token. 0: one-hot, no embedding.")
    bidirectional: bool = Field(
        False, title="Bidirectional",
        description="A second network reads the window backwards. Windows only: in a stream it would see the answer.")
    dropout: float = Field(
        0.0, ge=0.0, le=0.9, title="Dropout",
        description="Fraction of each layer's outputs zeroed during training, to reduce overfitting.")
    recurrent_dropout: float = Field(
        0.0, ge=0.0, le=0.9, title="Recurrent dropout",
        description="The same for the recurrent state. Leaves the GPU's fast path.")
    embedding_dropout: float = Field(
        0.0, ge=0.0, le=0.9, title="Embedding dropout", description="The same for the embedding vectors.")
    input_dropout: float = Field(
        0.0, ge=0.0, le=0.9, title="Input dropout",
        description="The same for the inputs of each recurrent layer, with one mask for all steps of a row.")
    kernel_width: int = Field(
        3, ge=1, le=25, title="Kernel width", description="Neighbouring tokens that a convolution sees at once.")
    hidden_units: int = Field(
        0, ge=0, le=4096, title="Dense layer",
        description="Units of one more layer, with ReLU, between the recurrent layers and the output. 0: none.")
    classes: int = Field(
        10, ge=1, le=1000, title="Classes",
        description="Outputs of a classifier (text classification only). 1: a single output for two classes.")


class TrainingConfig(Part):
    """How the network learns."""

    epochs: int = Field(10, ge=1, le=10_000, title="Epochs", description="Passes over the whole training text.")
    seconds: int | None = Field(
        None, ge=1, le=1_000_000, title="Time limit in seconds",
        description="Training ends after this time, in the middle of an epoch too: that epoch is then evaluated and "
        "kept as it is. Empty: no limit, it ends after the last epoch.")
    optimizer: Literal["adam", "rmsprop", "sgd"] = Field(
        "adam", title="Optimizer", description="The rule that turns gradients into updates of the weights.")
    learning_rate: float = Field(
        0.002, gt=0.0, allow_inf_nan=False, title="Learning rate",
        description="Size of each update; if it is too large, the loss diverges.")
    schedule: Literal["constant", "cosine", "exponential"] = Field(
        "constant", title="Learning rate schedule",
        description="Constant, or decaying to a twentieth over the run, along a cosine or exponentially.")
    clip_norm: float = Field(
        1.0, ge=0.0, le=1000.0, title="Gradient clipping",
        description="Largest allowed global norm of the gradients. 0: no clipping.")
    patience: int = Field(
        0, ge=0, le=1000, title="Early stopping patience",
        description="Epochs without a better val_loss after which training ends. 0: no early stopping.")
    seed: int = Field(
        0, ge=0, le=LARGEST_SEED, title="Seed", description="Same seed, same initial weights and order of batches.")
    device: Literal["auto", "cpu", "gpu"] = Field("auto", title="Device", description="Auto: the GPU if there is one.")
    engine: Literal["auto", "compiled", "keras"] = Field(
        "auto", title="Training engine",
        description="Auto: compiled loops for recurrent stacks on a processor, Keras for all else.")


class PairsConfig(Part):
    """The pairs that a network from one sequence to another learns from."""

    examples: int = Field(
        30_000, ge=1, le=1_000_000, title="Pairs",
        description="Pairs per epoch: generated dates, or lines of the texts, the same number from each.")
    held_out: int = Field(
        500, ge=1, le=10_000, title="Validation pairs",
        description="Further pairs, never trained on: none of their dates or lines is among the others.")
    longest_output: int = Field(
        10, ge=1, le=500, title="Maximum output length",
        description="Tokens of an output. An ISO date has 10; longer lines are left out.")
    seed: int = Field(
        0, ge=0, le=LARGEST_SEED, title="Seed of the pairs",
        description="Same seed, same training and validation pairs.")


class SamplingConfig(Part):
    """The texts that each epoch writes while training."""

    prompt: str = Field(
        "", max_length=2000, title="Prompt",
        description="The text that the network continues. Empty: the start of the held-out text.")
    length: int = Field(
        300, ge=0, le=5000, title="Sample length", description="Tokens generated per temperature after each epoch.")
    temperatures: Annotated[tuple[float, ...], OneOrMore] = Field(
        (0.3, 0.7, 1.0), min_length=1, max_length=6, title="Temperatures",
        description="0 always takes the most probable token; 1 samples from the model's distribution.")
    seed: int = Field(0, ge=0, le=LARGEST_SEED, title="Sampling seed", description="Same seed, same text.")

    @field_validator("temperatures")
    @classmethod
    def _finite(cls, value: tuple[float, ...]) -> tuple[float, ...]:
        for temperature in value:
            if not (math.isfinite(temperature) and 0.0 <= temperature <= 10.0):
                raise ValueError(f"each temperature must be between 0 and 10, got {temperature}")
        return value


class SeriesConfig(Part):
    """What of a table is forecast, and how."""

    column: str = Field(
        "", max_length=60, title="Column",
        description="Name of the column to forecast. Empty: the first one of numbers that is not a row counter.")
    decimal: Literal["auto", ".", ","] = Field(
        "auto", title="Decimal sign", description="Auto: by the shape of all numbers in the column.")
    dates: Literal["auto", "day-first", "month-first"] = Field(
        "auto", title="Order of dates", description="Whether 01/02/2021 begins with the day. Auto: by all rows.")
    head: Literal["classes", "regression"] = Field(
        "classes", title="Output",
        description="Classes: the range of values is divided into bins, and the network gives each a probability. "
        "Regression: it predicts one number.")
    classes: int = Field(40, ge=2, le=1000, title="Bins", description="Number of bins for the values.")
    binning: Literal["equal", "quantiles"] = Field(
        "equal", title="Binning",
        description="Equal: bins of the same width. Quantiles: bins with the same number of values each.")
# fmt: on


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
        ("sherlock",), alias="corpus", title="Text", description="Names from the page Corpora."
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
