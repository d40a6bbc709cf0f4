"""The parts of a run's config: tokenizer, batches, model, training, pairs, sampling, series.

Every setting a person can make is one field here or of RunConfig, with its label (`title`), its help (`description`)
and its range. Knows no text, no network and no store.
"""

from __future__ import annotations

import math
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator

MAX_NAME_CHARS = 80
LARGEST_SEED = 2**31 - 1


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
        description="How often the text is read in one epoch. A text of 89 words is read in no time.")
    random_offset: bool = Field(
        False, title="Random offset",
        description="Each pass begins at another place of the text, so that its rows are never cut at the same "
        "places (streams only).")
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
    heads: int = Field(
        4, ge=1, le=32, title="Heads", description="Views with which each block of a Transformer looks back.")
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
        None, ge=0, le=1_000_000, title="Training time in seconds",
        description="Becomes a number of steps before the first one, from the speed of this machine: the learning rate "
        "falls by then, and training ends there, in the middle of an epoch too. Sampling and validation take more "
        "time. Empty or 0: it ends after the last epoch.")
    optimizer: Literal["adam", "adamw", "rmsprop", "sgd"] = Field(
        "adam", title="Optimizer", description="The rule that turns gradients into updates of the weights.")
    weight_decay: float = Field(
        0.01, ge=0.0, le=10.0, title="Weight decay",
        description="Fraction of each weight, times the learning rate, taken away in each step (AdamW only).")
    momentum: float = Field(
        0.0, ge=0.0, le=0.999, title="Momentum",
        description="Fraction of the last update that is added to the next (SGD and RMSProp only).")
    learning_rate: float = Field(
        0.002, gt=0.0, allow_inf_nan=False, title="Learning rate",
        description="Size of each update; if it is too large, the loss diverges.")
    schedule: Literal["constant", "cosine", "exponential", "one-cycle"] = Field(
        "constant", title="Learning rate schedule",
        description="Constant; decaying to a twentieth over the run, along a cosine or exponentially; or one cycle: "
        "rising over the first tenth of the run, then falling in a straight line to a fiftieth.")
    warm_up: float = Field(
        0.0, ge=0.0, le=0.9, title="Warm-up",
        description="Share of the run's steps in which the learning rate first rises in a straight line.")
    clip_norm: float = Field(
        1.0, ge=0.0, le=1000.0, title="Gradient clipping",
        description="Largest allowed global norm of the gradients. 0: no clipping.")
    clip_value: float = Field(
        0.0, ge=0.0, le=1000.0, title="Gradient clipping by value",
        description="Largest allowed size of each single number of the gradients. 0: no clipping.")
    weight_average: float = Field(
        0.0, ge=0.0, le=0.9999, title="Weight averaging",
        description="Decay of a moving average of the weights over the steps (EMA). Checkpoints hold the average and "
        "val_loss is measured with it; training goes on with the weights themselves. 0: no averaging.")
    patience: int = Field(
        0, ge=0, le=1000, title="Early stopping patience",
        description="Epochs without a better val_loss after which training ends. 0: no early stopping.")
    seed: int = Field(
        0, ge=0, le=LARGEST_SEED, title="Seed", description="Same seed, same initial weights and order of batches.")
    device: Literal["auto", "cpu", "gpu"] = Field("auto", title="Device", description="Auto: the GPU if there is one.")
    moments: bool = Field(
        True, title="Checkpoints inside epochs",
        description="Evaluates, samples and keeps the network after steps 0, 1, 2, 5, 10, 20, 50, ... of the first "
        "epoch and every half minute of a long one, for at most a twentieth of the training time.")
    engine: Literal["auto", "compiled", "keras"] = Field(
        "auto", title="Training engine",
        description="Auto: compiled loops for recurrent stacks on a processor, Keras for all else.")
    precision: Literal["auto", "float32", "bfloat16"] = Field(
        "auto", title="Precision",
        description="Auto: float32, or bfloat16 where Keras trains a large network, this processor computes in "
        "bfloat16, and some steps show that it is faster. The run says which. Losses on held-out text are always "
        "measured in float32.")

    @field_validator("seconds")
    @classmethod
    def _or_by_epochs(cls, value: int | None) -> int | None:
        return value or None


class PairsConfig(Part):
    """The pairs that a network from one sequence to another learns from."""

    examples: int = Field(
        30_000, ge=1, le=1_000_000, title="Pairs",
        description="Pairs per epoch: generated dates, or lines of the texts, the same number from each.")
    held_out: int = Field(
        500, ge=1, le=10_000, title="Validation pairs",
        description="Further pairs, never trained on: none of their dates or lines is among the others.")
    spellings: Literal["common", "all"] = Field(
        "common", title="Spellings of dates",
        description="All: also ISO dates, and years of two digits without an apostrophe. Common: none of these, as "
        "networks of earlier versions learned.")
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
