"""A Keras script that trains the network of a run again, from a file or two, without a line of ours.

It is bundled from the modules of standalone/ with the settings of the run: it has the run's own seeds, first weights
and order of batches. Knows no store and no task by name, and runs nothing.
"""

from __future__ import annotations

from typing import Any

from rnnkit import tasks
from rnnkit.architectures import chosen, reads_windows
from rnnkit.errors import ExportError
from rnnkit.metrics import UNITS, stored
from rnnkit.sharing import cards
from rnnkit.sharing.bundle import bundle, defaults
from rnnkit.sharing.manifest import Manifest
from rnnkit.store import Run
from rnnkit.training import schedules
from rnnkit.training.learner import BFLOAT16

MOST_FIGURES = 100  # epochs whose figures stand in the script, to be compared with
DIGITS = 4  # of a figure of the run
CELLS = {"simple_rnn": "SimpleRNN", "gru": "GRU", "lstm": "LSTM"}
NETWORKS = (*CELLS, "unrolled", "convolution")
OPTIMIZERS = {"adam": "Adam", "adamw": "AdamW", "rmsprop": "RMSprop", "sgd": "SGD"}
BEFORE_KERAS = """
os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
"""


def script(run: Run, manifest: Manifest) -> bytes:
    """The script, UTF-8. `python FILE DATA` trains the network and prints its figures beside the run's.

    Raises ExportError: the run learned from pairs, or its network is not made of Keras's own layers.
    """
    config = manifest.config
    of_task = tasks.of(config).script
    if of_task is None or config.model.architecture not in NETWORKS:
        raise ExportError(
            f"run {run.id}: expected a language model, a text classification or a series with {', '.join(NETWORKS)} "
            f"for a script, got a {config.task} with {config.model.architecture}"
        )
    chosen(config)  # the architecture goes with the batches
    own = of_task(config, manifest.tokenizer, manifest.epochs[-1].model_dump())
    figures = {"RUN_FIGURES": _figures(manifest, own.metrics)}
    made = bundle(own.program, {**_settings(manifest), **own.settings, **figures})
    imports = _sorted({*made.own_imports, "import os"}), BEFORE_KERAS, _sorted(made.imports)
    parts = _head(run, manifest, made.docstring), *imports, "", made.code, ""
    return "\n".join(parts).encode("utf-8", "replace")


def _head(run: Run, manifest: Manifest, how_to: str) -> str:
    """Comments. Their first two lines say nothing of the run: Python looks there for the file's encoding."""
    config, seconds = manifest.config, manifest.config.training.seconds
    unit = UNITS[stored(tasks.of(config).units(config))].words
    facts = {"run": f"{run.id}, {config.name}", **cards.facts(manifest), "losses": unit}
    if seconds is not None:
        facts["epochs"] += f", in the {seconds} seconds of training it was given"
    lines = [*how_to.splitlines(), "", *(f"{name}: {value}" for name, value in facts.items())]
    if run.parent:
        lines += ["", f"The run was forked from epoch {run.parent_epoch} of another one; this script begins anew."]
    return "\n".join(f"# {_printable(line)}".rstrip() for line in lines) + "\n"


def _printable(text: str) -> str:
    """`text` as a part of one line: line ends and all else that cannot be printed are spaces."""
    return "".join(letter if letter.isprintable() else " " for letter in text)


def _sorted(imports: set[str]) -> str:
    """Modules before names out of them."""
    return "\n".join(sorted(imports, key=lambda line: (line.startswith("from"), line)))


def _figures(manifest: Manifest, metrics: tuple[str, ...]) -> dict[int, dict[str, float]]:
    """Of the first epochs those that the script measures too, by the names that they have there."""
    names = [f"{prefix}{metric}" for prefix in ("", "val_", "test_") for metric in metrics]
    epochs = [epoch.model_dump() for epoch in manifest.epochs[:MOST_FIGURES]]
    return {
        epoch["epoch"]: {name: round(epoch[name], DIGITS) for name in names if epoch.get(name) is not None}
        for epoch in epochs
    }


def _settings(manifest: Manifest) -> dict[str, Any]:
    """Those of the config by its own names, then what goes by another name in Keras, or is known to this run only."""
    config, plan = manifest.config, manifest.provenance.plan
    parts = config.tokenizer, config.batches, config.model, config.training
    named = {name.upper(): value for part in parts for name, value in part if name.upper() in defaults()}
    return named | {
        "STREAMS": not reads_windows(config),
        "CELL": CELLS.get(config.model.architecture, ""),
        "EPOCHS": config.training.epochs if config.training.seconds is None else len(manifest.epochs),
        "STEPS": None if config.training.seconds is None or plan is None else plan.steps,
        "LOSS": tasks.of(config).loss(config),
        "OPTIMIZER": OPTIMIZERS[config.training.optimizer],
        "FALLS_TO": schedules.FALLS_TO.get(config.training.schedule, 1.0),
        "WARM_UP": schedules.warm_up(config.training),
        "WEIGHTS_BY_NUMPY": manifest.provenance.first_weights == "numpy",
        # On the processor the learner asks TensorFlow for the same sums in the same order, and so can the script.
        "DETERMINISTIC": (manifest.device or "").startswith("CPU"),
        "BFLOAT16": plan is not None and plan.precision == BFLOAT16,
        "TEXT_SHA256": manifest.provenance.corpus.sha256,
    }
