"""Several runs beside each other: results, differences and a verdict, as tables and sentences.

Reads runs and their metrics as the store gives them. Knows no chart, no page and no network.
"""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import pandas as pd

from rnnkit import metrics, tasks
from rnnkit.architectures import parameter_table
from rnnkit.config import RunConfig, differences, fields
from rnnkit.errors import ConfigError
from rnnkit.metrics import ON_HELD_OUT, ON_TRAINING, UNITS, EpochMetrics, Unit
from rnnkit.store import Run, Store

LETTERS = "ABCD"  # at most four runs can be told apart on a wall


def units(configs: Iterable[RunConfig]) -> dict[str, Unit]:
    """Those of UNITS in which all of these runs can be read, in the order of the first; nats where there is none."""
    first, *others = [tasks.of(config).units(config) for config in configs] or [()]
    shared = [name for name in first if all(name in other for other in others)]
    return {name: UNITS[name] for name in shared or ["nats"]}


class Compared(NamedTuple):
    """A run with its place in the comparison: a letter that stands for it in charts and tables."""

    letter: str
    run: Run
    epochs: list[dict[str, Any]]
    moments: Sequence[dict[str, Any]] = ()  # what was measured inside them

    @property
    def label(self) -> str:
        """Letter and name, short enough for the head of a column."""
        name = self.run.name if len(self.run.name) <= 28 else f"{self.run.name[:27]}…"
        return f"{self.letter} · {name}"


def load(store: Store, run_ids: Iterable[str]) -> list[Compared]:
    """The runs in the order given, lettered from A; each once, four at most. Raises UnknownRun."""
    ids = list(dict.fromkeys(run_ids))[: len(LETTERS)]
    pairs = zip(LETTERS, ids, strict=False)
    return [Compared(letter, store.run(run), store.epochs(run), store.moments(run)) for letter, run in pairs]


# Tables


def results(compared: Sequence[Compared]) -> pd.DataFrame:
    """One row per run: its best held-out loss, when it came, how fast it trained, how large it is."""
    return pd.DataFrame([_result(one) for one in compared])


def _result(one: Compared) -> dict[str, Any]:
    best = metrics.best(one.epochs)
    seconds = {epoch["epoch"]: elapsed for epoch, elapsed in metrics.timed(one.epochs)}
    speeds = [speed for epoch in one.epochs if (speed := metrics.value(epoch, "chars_per_second"))]
    return {
        "Run": one.label,
        "State": one.run.status,
        "Best loss": metrics.shown(best, "loss") if best else None,
        "Bits/char": metrics.shown(best, "bits_per_char") if best else None,
        "Measured on": _measured_on(best) if best else None,
        "At epoch": best["epoch"] if best else None,
        "After s": seconds[best["epoch"]] if best else None,
        "Epochs": one.run.epochs_done,
        "Chars/s": statistics.fmean(speeds) if speeds else None,
        "Parameters": one.run.params,
        "Device": one.run.device,
    }


def _measured_on(best: EpochMetrics) -> str:
    """The text that the best loss is quoted on; where that chose the epoch too, it says so."""
    if not metrics.is_unseen(best):
        return ON_TRAINING
    return f"{ON_HELD_OUT}, {metrics.CHOSEN_THERE}" if "val_loss" in best else ON_HELD_OUT


def what_differs(compared: Sequence[Compared]) -> pd.DataFrame:
    """One row per setting in which the runs differ, with the words of the form; one column per run."""
    rows = differences([one.run.config for one in compared])
    rows.pop("owner", None)
    table = {setting_title(key): [_shown(value) for value in values] for key, values in rows.items()}
    return pd.DataFrame.from_dict(table, orient="index", columns=[one.label for one in compared]).rename_axis("Setting")


def setting_title(key: str) -> str:
    """`model.units` -> `Units`, the words of the form; the part before it where two settings share a title."""
    titles = {key: field.title or key.capitalize() for key, field in fields().items()}
    title = titles[key]
    return title if [*titles.values()].count(title) == 1 else f"{title} ({key.partition('.')[0]})"


def parameters(compared: Sequence[Compared]) -> pd.DataFrame:
    """Layers from the input to the output, one column per run, and the sums. Runs that never started are left out."""
    columns = {one.label: _layers(one.run) for one in compared if one.run.vocab_size}
    roles = sorted({role: None for layers in columns.values() for role in layers}, key=_depth)
    table = {label: [layers.get(role, "") for role in roles] for label, layers in columns.items()}
    return pd.DataFrame(table, index=pd.Index(roles, name="Layer", dtype="str"))


# What stands at the same place in two networks stands in the same row, whatever it is made of.
_ROLES = {"Embedding": "Tokens in", "OneHot": "Tokens in"}
_ORDER = ("Tokens in", "Recurrent", "Dropout", "Dense", "Sum")


def _layers(run: Run) -> dict[str, str]:
    try:
        layers = parameter_table(run.config, run.vocab_size or 0)
    except ConfigError:  # written by a newer program, with an architecture that this one does not know
        return {"Sum": f"{run.params or 0:,}"}
    seen: Counter[str] = Counter()
    rows = {}
    for layer in layers:
        role = "Recurrent" if layer.recurrent else _ROLES.get(layer.kind, layer.kind)
        seen[role] += 1
        shape = ", ".join("any" if size is None else str(size) for size in layer.output_shape)
        rows[f"{role} {seen[role]}"] = f"{layer.kind} ({shape}): {layer.params:,}"
    rows["Sum"] = f"{sum(layer.params for layer in layers):,}"
    return rows


def _depth(role: str) -> tuple[int, str]:
    kind = role.rstrip("0123456789 ")
    return (_ORDER.index(kind) if kind in _ORDER else _ORDER.index("Dense"), role)


def _shown(value: Any) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(_shown(each) for each in value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "none" if value in (None, "") else str(value)


# Sentences


def verdict(compared: Sequence[Compared]) -> str | None:
    """Which run is lower and by how much, in the unit that is shown at first.

    None when fewer than two runs have finished an epoch.
    """
    unit = first_unit(compared)
    scored = _scored(compared, unit)
    if len(scored) < 2:
        return None
    if odd := _measured_otherwise(scored):
        return f"{odd} No run is called lower: `rnnkit score` measures both alike."
    (low, first), (high, second), *others = scored
    words = UNITS[unit].words
    if high - low < 0.0005:
        return f"{first.letter} and {second.letter} are equal: {low:.3f} {words}."
    less = f"{high - low:.3f} ({(high - low) / high:.0%}) less than {second.letter} with {high:.3f}"
    rest = f" Then {', '.join(f'{one.letter} {value:.3f}' for value, one in others)}." if others else ""
    return f"{first.letter} is {'lowest' if others else 'lower'}: {low:.3f} {words}, {less}.{rest}"


def race(compared: Sequence[Compared]) -> str | None:
    """How long the lowest run took to what the second reached at its best, in seconds of training.

    None where the second was not passed, or one symbol is not the same thing for all.
    """
    scored = _scored(compared, "nats")
    if len(scored) < 2 or scored[0][0] == scored[1][0]:
        return None
    if common_unit(compared) != "nats" or _measured_otherwise(scored):
        return None
    (_low, first), (high, second) = scored[:2]
    ahead, needed = (seconds_to(one.epochs, high) for one in (first, second))
    a, b = first.letter, second.letter
    return f"{a} reached the best loss of {b} after {ahead:.1f} s of training; {b} took {needed:.1f} s."


def _measured_otherwise(scored: Sequence[tuple[float, Compared]]) -> str | None:
    """The sentence that some held-out losses are those of an older version; None where all were measured alike."""
    held_out = {one.letter: best for _, one in scored if (best := metrics.best(one.epochs)) and "val_loss" in best}
    older = sorted(letter for letter, best in held_out.items() if not metrics.is_warm(best))
    if len(older) in (0, len(held_out)) or not any(tasks.of(one.run.config).writes for _, one in scored):
        return None
    return f"The held-out loss of {', '.join(older)} was measured by an older version, in rows from an empty state."


def _scored(compared: Sequence[Compared], unit: str) -> list[tuple[float, Compared]]:
    """What each reached at its best, the lowest first; without those that have no finished epoch."""
    found = [(value, one) for one in compared if (value := best_figure(one.epochs, unit)) is not None]
    return sorted(found, key=lambda pair: pair[0])


def seconds_to(epochs: Sequence[EpochMetrics], loss: float) -> float | None:
    """Seconds of training until the loss was this low at the end of an epoch; None if it never was."""
    alike = {epoch["epoch"] for epoch in metrics.measured_alike(epochs)}
    timed = [(epoch, seconds) for epoch, seconds in metrics.timed(epochs) if epoch["epoch"] in alike]
    found = ((metrics.shown(epoch, "loss"), seconds) for epoch, seconds in timed)
    return next((seconds for reached, seconds in found if reached is not None and reached <= loss), None)


def common_unit(compared: Sequence[Compared]) -> str:
    """A key of UNITS in which all can be set against each other: nats where one symbol is the same thing for all."""
    shared = units(one.run.config for one in compared)
    if "bits" not in shared:  # no language models
        return "error" if "error" in shared else metrics.stored(shared)
    return "nats" if len({_symbols(one.run.config) for one in compared}) == 1 else "bits"


def first_unit(compared: Sequence[Compared]) -> str:
    """The key of UNITS in which their losses are shown at first: bits per character of language models."""
    common = common_unit(compared)
    return "bits" if common == "nats" and "bits" in units(one.run.config for one in compared) else common


def caveats(compared: Sequence[Compared]) -> list[str]:
    """Why the losses may not be set against each other, one sentence each."""
    configs = [one.run.config for one in compared]
    checks = {
        "They learn different tasks, so their losses say nothing about one another.": lambda c: c.task,
        "They read different texts, so a lower loss may only mean an easier text.": lambda c: c.corpus,
        "Different parts of the text are held out, so the losses were not measured on the same tokens.": lambda c: (
            c.batches.validation_fraction
        ),
        "One token is not the same thing for all of them: only bits per character can be compared.": _symbols,
        "One has a loss at every token of a stream, the other only after a whole window: the second has always seen "
        "enough before it must guess.": lambda c: c.batches.kind,
    }
    said = [sentence for sentence, of in checks.items() if len({of(config) for config in configs}) > 1]
    of_words = [one.letter for one in compared if one.run.config.tokenizer.kind == "words"]
    if of_words and len(of_words) < len(compared):
        said.append(
            f"{', '.join(of_words)} {'reads' if len(of_words) == 1 else 'read'} words: capitals, spaces and unknown "
            "words cost nothing there, which makes the bits per character look lower than they are."
        )
    unmeasured = [one.letter for one in compared if one.epochs and not any(map(metrics.is_unseen, one.epochs))]
    if unmeasured and len(unmeasured) < len(compared):
        said.append(f"Nothing was held out for {', '.join(unmeasured)}: its training loss is used instead.")
    moving = [one.letter for one in compared if one.run.live]
    if moving:
        said.append(f"{', '.join(moving)} still {'trains' if len(moving) == 1 else 'train'}: this may change.")
    return said


def _symbols(config: RunConfig) -> tuple:
    """What one symbol is for this run: two runs with the same answer count the same symbols.

    Other tasks count answers, whatever they read.
    """
    if not tasks.of(config).writes:
        return (config.task,)
    tokenizer = config.tokenizer.model_dump(exclude=set() if config.tokenizer.kind == "words" else {"word_rules"})
    return tuple(tokenizer.items())


# Metrics


def that_write(compared: Iterable[Compared]) -> list[Compared]:
    """Those whose networks continue a prompt."""
    return [one for one in compared if tasks.of(one.run.config).writes]


def best_figure(epochs: Sequence[EpochMetrics], unit: str = "nats") -> float | None:
    """What the best epoch reached, in a key of UNITS; None before the first epoch."""
    best = metrics.best(epochs)
    return None if best is None else metrics.figure(best, unit)
