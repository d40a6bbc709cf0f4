"""Every choice of network that a person can make, small."""

from __future__ import annotations

import itertools

import pytest

from rnnkit.architectures import ARCHITECTURES
from rnnkit.config import ANSWERS, ModelConfig, RunConfig, parse

VOCAB_SIZE = 7


def config(architecture: str = "lstm", kind: str = "streams", task: str = "language-model", **model) -> RunConfig:
    sizes = {"units": 6, "embedding_size": 4, "classes": 3, **model}
    batches = {"kind": kind, "length": 5, "batch_size": 3}
    return parse({"task": task, "batches": batches, "model": {"architecture": architecture, **sizes}})


def every_choice() -> dict[str, RunConfig]:
    """All architectures with all that changes their layers, as far as it goes together."""
    choices = {
        "kind": ("windows", "streams"),
        "task": ("language-model", "classification"),
        "layers": (1, 3),
        "bidirectional": (False, True),
        "embedding_size": (0, 4),
        "dropout": (0.0, 0.3),
        "recurrent_dropout": (0.0, 0.2),
    }
    found = {}
    for name, *values in itertools.product(ARCHITECTURES, *choices.values()):
        chosen = dict(zip(choices, values, strict=True))
        if _goes_together(name, chosen):
            found["-".join([name, *(str(value) for value in values)])] = config(name, **chosen)
    return found


def _goes_together(name: str, chosen: dict) -> bool:
    architecture, plain = ARCHITECTURES[name], ModelConfig().model_dump()
    unused = set(chosen) & set(plain) - set(architecture.fields)
    on_streams = chosen["kind"] == "streams"
    return (
        ANSWERS[chosen["task"]] in architecture.answers
        and all(chosen[field] == plain[field] for field in unused)
        and not (on_streams and chosen["bidirectional"])
        and not (on_streams and architecture.needs_windows)
    )


# The network of document 004 in small, and numbers in place of symbols.
REVIEWS = {
    "embedding_dropout": 0.2, "input_dropout": 0.2, "recurrent_dropout": 0.2, "hidden_units": 5, "dropout": 0.2,
    "classes": 1,
}  # fmt: skip


CHOICES = every_choice() | {
    "lstm-reviews": config("lstm", "windows", "classification", **REVIEWS),
    "gru-hidden-layers": config("gru", hidden_units=5, dropout=0.2, layers=2),
    "lstm-numbers": config("lstm", inputs="numbers"),
    "unrolled-numbers": config("unrolled", "windows", inputs="numbers"),
    "fully_recurrent-numbers": config("fully_recurrent", "windows", inputs="numbers"),
    "convolution-hidden-layers": config(
        "convolution", "windows", hidden_units=5, dropout=0.2, layers=3, kernel_width=9
    ),
}


# Building a Keras model takes a tenth of a second: these are the plainest and the fullest of every kind.
BUILT = {
    name: choice
    for name, choice in CHOICES.items()
    if ("-1-" in name and name.endswith("-0-0.0-0.0"))
    or ("-3-" in name and name.endswith("-4-0.3-0.2"))
    or not name[-1].isdigit()
    or "unrolled" in name
}


each_choice = pytest.mark.parametrize("config", BUILT.values(), ids=BUILT.keys())


each_architecture = pytest.mark.parametrize("name", ARCHITECTURES)
