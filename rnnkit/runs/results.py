"""RESULTS.md: what each document reports, beside what the stored runs of its preset reached.

Every figure is read from a run; a preset without a run says so. Knows no page and trains nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from rnnkit import metrics, tasks
from rnnkit.config import differences
from rnnkit.metrics import EpochMetrics
from rnnkit.presets import PRESETS, Preset
from rnnkit.runs import progress
from rnnkit.store import FAILURES, Run, Status, Store
from rnnkit.training import cost


class Reported(NamedTuple):
    """What a document says of its system, and the preset that stands beside it: a better or a cheaper way."""

    figure: str
    beside: str | None = None


NO_FIGURE = "none given"
REPORTED: dict[str, Reported] = {
    "rnn-classifier": Reported("64,000 + 24,704 + 1,290 = 89,994 parameters", "who-wrote-this"),
    "lstm-classifier": Reported("164,106 parameters, 98,816 of them in the LSTM", "who-wrote-this"),
    "sherlock-bilstm": Reported("loss 2.5776, 2.2019, 2.0714, 1.9853, 1.9195 in epochs 1-5", "sherlock-streams"),
    "sherlock-deeper": Reported("a challenge: better than the row above"),
    "sonnets-lstm": Reported("154 poems; no loss given"),
    "nietzsche-unrolled": Reported("600,901 characters, 85 + 1 symbols; no loss given", "nietzsche-lstm"),
    "nietzsche-rnn": Reported(NO_FIGURE),
    "nietzsche-lstm": Reported(NO_FIGURE),
    "nietzsche-gru": Reported(NO_FIGURE),
    "numpy-rnn": Reported("derived by hand; no figure given"),
    "series-rnn": Reported("better than “tomorrow = today”", "series-regression"),
    "verse-lstm": Reported(NO_FIGURE),
    "sentences-rnn": Reported(NO_FIGURE),
    "many-to-one": Reported(NO_FIGURE, "many-to-many"),
    "bidirectional": Reported(NO_FIGURE, "many-to-many"),
    "one-to-many": Reported(NO_FIGURE),
    "encoder-decoder": Reported(NO_FIGURE, "attention"),
    "attention": Reported(NO_FIGURE),
    "recipes-lstm": Reported(
        "loss 4.3052, 3.3269 in epochs 1-2, 0.0722 in epoch 200 (training text, 4,869 recipes)", "recipes-adam"
    ),
    "recipes-peephole": Reported(NO_FIGURE),
    "recipes-coupled": Reported(NO_FIGURE),
    "meditations-lstm": Reported("accuracy above 95 % after 50,000 steps", "meditations-better"),
    "imdb-lstm": Reported("85.05 % of the 25,000 test reviews", "imdb-better"),
}
HEAD = """# Results

What the five source documents report, and what this program reached on the machine that each row names.
Made from the stored runs by `python -m rnnkit results RESULTS.md`. The runs are in `pretrained/`; open one
in the dashboard at `/Run?run=ID`.

Held-out losses are nats per token, the lowest of all epochs, the epoch chosen on that text; where the text is
large, they are of a fixed part of it, and those of the whole stand beside. The other losses are of the training text.
Seconds are those of training alone. A machine that does other things meanwhile takes longer: most of these
runs were trained beside others.
"""
TITLES = ("preset", "document", "the document's figure", "ours", "seconds", "device", "run")


def markdown(store: Store) -> str:
    """The whole file: a table of the documents' systems, one of ours, and one line for each run that is not as its
    preset says."""
    runs = _runs(store)
    documented = list(dict.fromkeys(tuple(row) for name in REPORTED for row in _rows(store, PRESETS[name], runs)))
    beside = {reported.beside for reported in REPORTED.values()}
    ours = [
        _row(store, preset, runs.get(name), "")
        for name, preset in PRESETS.items()
        if name not in REPORTED and name not in beside and name in runs
    ]
    changed = [line for name, run in runs.items() if (line := _changed(PRESETS[name], run))]
    parts = [HEAD, _table(documented)]
    if ours:
        parts += ["## Ours", _table(ours)]
    if changed:
        parts += ["## Not quite the preset", "\n".join(changed)]
    return "\n\n".join(part.strip() for part in parts) + "\n"


def _runs(store: Store) -> dict[str, Run]:
    """For each preset the run that trained longest; those that came with the program first."""
    found: dict[str, Run] = {}
    for run in sorted(store.runs(), key=lambda run: (run.pretrained, run.epochs_done)):
        if run.preset in PRESETS and run.epochs_done and run.status not in FAILURES and not run.parent:
            found[run.preset] = run
    return found


def _rows(store: Store, preset: Preset, runs: Mapping[str, Run]) -> Iterable[list[str]]:
    """The faithful preset, and below it the one beside it."""
    reported = REPORTED[preset.name]
    yield _row(store, preset, runs.get(preset.name), reported.figure)
    if reported.beside in PRESETS and reported.beside not in REPORTED:
        yield _row(store, PRESETS[reported.beside], runs.get(reported.beside), "", beside=True)


def _row(store: Store, preset: Preset, run: Run | None, figure: str, beside: bool = False) -> list[str]:
    name = f"beside it: `{preset.name}`" if beside else f"`{preset.name}`"
    if run is None:
        return [name, preset.source, figure, "no run stored", "", "", ""]
    epochs = store.epochs(run.id)
    seconds = f"{run.train_seconds:,.0f} in {run.epochs_done} epoch{'s' if run.epochs_done > 1 else ''}"
    return [name, preset.source, figure, reached(run, epochs), seconds, run.device or "", f"`{run.id}`"]


def reached(run: Run, epochs: Sequence[EpochMetrics]) -> str:
    """What a run reached, in the figures of its task."""
    best = metrics.best(epochs)
    said = tasks.of(run.config).results(epochs, best or epochs[-1])
    return "; ".join([*said, f"{cost.params(run.config, run.vocab_size or 0):,} parameters"])


def _changed(preset: Preset, run: Run) -> str:
    """One line of what the run's settings are that the preset's are not."""
    rows = differences([preset.config, run.config])
    said = [f"{key}={after} (preset: {before})" for key, (before, after) in rows.items() if key not in ("owner",)]
    if run.status != Status.FINISHED and run.epochs_done < run.config.training.epochs:
        said.append(f"{run.epochs_done} epochs so far, {progress.spoken(run.train_seconds)} of training")
    return f"* `{preset.name}`, run `{run.id}`: {'; '.join(said)}" if said else ""


def _table(rows: Iterable[Sequence[str]]) -> str:
    lines = [TITLES, ["---"] * len(TITLES), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)
