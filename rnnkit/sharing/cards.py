"""The card of an exported run: what it was trained on, under which licence, how, and what it writes.

Knows no store. Whatever people or networks wrote is shown letter by letter, never as Markdown.
"""

from __future__ import annotations

import json
import re
import shlex
import time
from collections.abc import Iterable
from typing import Any

from rnnkit import metrics, tasks
from rnnkit.config import RunConfig, differences
from rnnkit.presets import ONE_MINUTE, PRESETS
from rnnkit.sharing.manifest import Manifest
from rnnkit.texts.symbols import harmless

# Metrics of the table, those that the epochs have.
COLUMNS = (
    "loss", "val_loss", "val_loss_full", "bits_per_char", "val_bits_per_char", "accuracy", "val_accuracy",
    "test_accuracy", "val_exact", "val_mae", "val_persistence_mae", "elapsed_seconds",
)  # fmt: skip
NOT_MADE_BY_SETTINGS = ("name", "owner", "preset")  # say who and what for, and change no weight


def card(manifest: Manifest, link: str = "", bits: int = 32) -> str:
    """README.md of an exported run. Its samples are those of the last epoch, at every temperature it has.

    `link` is the address of the run's page, where it is known; `bits` is how many each weight has.
    """
    parts = (
        f"# {_shown(manifest.config.name)}",
        f"Run `{manifest.id}` of rnnkit, status {manifest.status}.",
        _table(("", ""), [(name, _shown(value)) for name, value in facts(manifest, link).items()]),
        "## The epochs that are kept",
        _table(*figures(manifest)),
        *_samples(manifest),
        "## Limits",
        "\n".join(f"* {limit}" for limit in limits(manifest, bits)),
        "## The command that made it",
        *(
            ["Save the config below as `config.json`; then:"]
            if command(manifest.config).endswith("config.json")
            else []
        ),
        _fence(command(manifest.config)),
        "## Its config",
        _fence(json.dumps(manifest.config.model_dump(mode="json"), indent=2), "json"),
    )
    return harmless("\n\n".join(parts) + "\n")


def facts(manifest: Manifest, link: str = "") -> dict[str, str]:
    """What the run is and where it comes from, as it was written: to be escaped by whoever shows it."""
    corpus, model, batches = manifest.provenance.corpus, manifest.config.model, manifest.config.batches
    reads_values = tasks.of(manifest.config).reads_values
    found = {
        "page": link,
        "text": corpus.title,
        "source of the text": corpus.source,
        "licence of the text": corpus.licence,
        "SHA-256 of the text": corpus.sha256,
        "network": f"{model.architecture}, {model.layers} x {model.units} units",
        "parameters": manifest.params and f"{manifest.params:,}",
        "vocabulary": "" if reads_values else f"{manifest.vocab_size:,} {manifest.config.tokenizer.kind}",
        "batches": f"{batches.kind}, {batches.batch_size} rows of {batches.length}",
        "epochs": str(len(manifest.epochs)),
        "training seconds": f"{manifest.train_seconds:,.1f}",
        "trained on": manifest.device,
        "trained with": ", ".join(f"{name} {version}" for name, version in manifest.provenance.versions.items()),
        "begun": time.strftime("%Y-%m-%d", time.gmtime(manifest.created_at)),
    }
    return {name: value for name, value in found.items() if value}


def figures(manifest: Manifest) -> tuple[list[str], list[list[str]]]:
    """Titles and rows, as text: what was measured at each kept epoch."""
    kept = {checkpoint.epoch for checkpoint in manifest.checkpoints}
    measured = sorted([*manifest.epochs, *manifest.moments], key=lambda one: one.step)
    rows = [one.model_dump() for one in measured if one.epoch in kept]
    columns = [name for name in COLUMNS if any(row.get(name) is not None for row in rows)]
    cells = [[metrics.epoch_number(row["epoch"]), *(metrics.written(row, name) for name in columns)] for row in rows]
    return ["epoch", *(metrics.metric(name).title for name in columns)], cells


def limits(manifest: Manifest, bits: int = 32) -> list[str]:
    """What this run cannot do, or did not show, as its figures say; a sentence each."""
    said, done, wanted = [_overfit(manifest)], len(manifest.epochs), manifest.config.training.epochs
    if done < wanted and not manifest.message:
        said.append(f"It was stopped after {done} of {wanted} epochs.")
    if often := {16: "a sample may differ in rare places", 8: "a sample may soon differ"}.get(bits):
        said.append(f"Its weights were rounded to {bits} bits after these figures were measured: {often}.")
    return [tasks.of(manifest.config).knows, *said]


def _overfit(manifest: Manifest) -> str:
    """What the held-out losses say of the last epoch."""
    epochs = [epoch.model_dump() for epoch in manifest.epochs]
    measured = [epoch for epoch in epochs if metrics.value(epoch, "val_loss") is not None]
    best = metrics.best(measured)
    if best is None:
        return "Nothing was held out: its losses say how well it recalls what it read, not how well it predicts."
    last = measured[-1]
    if best is last:
        return "The held-out loss was still falling at the last epoch: longer training might have made it better."
    return (
        f"The held-out loss was lowest after epoch {best['epoch']} ({best['val_loss']:.4f}, {metrics.CHOSEN_THERE}); "
        f"by epoch {last['epoch']} it was {last['val_loss']:.4f}: it has been overfitting since."
    )


def _samples(manifest: Manifest) -> list[str]:
    """By rule, not by taste: what the last epoch wrote, whatever it is."""
    last = manifest.epochs[-1].epoch
    written = [sample for sample in manifest.samples if sample.epoch == last]
    if not written:
        return []
    parts = [f"## What it writes after epoch {last}", "The prompt:", _fence(written[0].prompt)]
    for sample in written:
        parts += [f"Temperature {sample.temperature:g}, seed {sample.seed}:", _fence(sample.text)]
    return parts


def command(config: RunConfig) -> str:
    """One line for a shell that queues the same run; it names config.json where no preset is behind it."""
    if config.preset not in PRESETS or config.preset == ONE_MINUTE:  # that one would be fitted anew
        return "python -m rnnkit train --config config.json"
    words = ["python", "-m", "rnnkit", "train", "--preset", config.preset]
    for key, (_, value) in differences([PRESETS[config.preset].config, config]).items():
        if key not in NOT_MADE_BY_SETTINGS:
            words += ["--set", f"{key}={_setting(value)}"]
    return shlex.join(words)


def _setting(value: Any) -> str:
    """A value as `--set` reads it."""
    if isinstance(value, list):
        return ",".join(map(str, value))
    return str(value).lower() if value is None or isinstance(value, bool) else str(value)


def _table(titles: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    lines = [titles := list(titles), ["---"] * len(titles), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _fence(text: str, language: str = "") -> str:
    """A code block that `text` cannot end."""
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{text}\n{fence}"


def _shown(text: str) -> str:
    """One line that Markdown shows letter by letter. Addresses stay readable: dots, dashes and slashes do no harm."""
    return re.sub(r"([\\`*_{}\[\]()<>#|!~$&])", r"\\\1", " ".join(text.split()))
