"""All runs as a table: those that were looked for, sorted, in groups, with what lists show of them.

Reads `Listed` as the store gives it. Knows no page, no config and no network.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import pandas as pd

from rnnkit.store import Listed
from rnnkit.tasks import TASKS, Does

NO_TAG, NOBODY = "no tag", "nobody"
_IN_BITS = (Does.CLASSIFIES, Does.TRANSLATES)  # their loss is in nats per answer
_LATE = math.inf  # where there is nothing to sort by: last, whichever way


class Asked(NamedTuple):
    """What somebody looks for. Empty: everything. Of one kind any will do, of different kinds all must hold.

    `words` are looked for in names, texts, owners, tags, presets and ids.
    """

    words: str = ""
    texts: Sequence[str] = ()
    owners: Sequence[str] = ()
    tasks: Sequence[str] = ()
    statuses: Sequence[str] = ()
    tags: Sequence[str] = ()


def bits(run: Listed) -> float | None:
    """The best held-out loss in bits: per character, or per answer; None for numbers that are forecast."""
    if run.best_bits is not None or run.best_loss is None:
        return run.best_bits
    task = TASKS.get(run.task)
    return run.best_loss / math.log(2) if task and task.does in _IN_BITS else None


def _least(value: float | None) -> float:
    return _LATE if value is None else value


# What the table can be sorted by: its title, and the key by which the first is the least.
SORTS: dict[str, tuple[str, Callable[[Listed], Any]]] = {
    "newest": ("Newest first", lambda run: -run.created_at),
    "oldest": ("Oldest first", lambda run: run.created_at),
    "loss": ("Lowest loss", lambda run: (_least(bits(run)), _least(run.best_loss))),
    "name": ("Name", lambda run: run.name.casefold()),
    "small": ("Fewest parameters", lambda run: _least(run.params)),
    "large": ("Most parameters", lambda run: -(run.params or 0)),
    "epochs": ("Most epochs", lambda run: -run.epochs_done),
    "time": ("Longest training", lambda run: -run.train_seconds),
}
GROUPS = {"": "No groups", "text": "By text", "task": "By task", "tag": "By tag"}


def found(runs: Iterable[Listed], asked: Asked, titles: Mapping[str, str], sort: str = "newest") -> list[Listed]:
    """The runs that were asked for, sorted by a key of SORTS; those alike stay in their order.

    Args:
        titles: of texts by their names; words are looked for there too.
    """
    words = asked.words.casefold().split()
    kept = [run for run in runs if _is_asked(run, asked) and all(word in _said(run, titles) for word in words)]
    return sorted(kept, key=SORTS[sort][1])


def _is_asked(run: Listed, asked: Asked) -> bool:
    return (
        (not asked.texts or run.corpus in asked.texts)
        and (not asked.owners or (run.owner or NOBODY) in asked.owners)
        and (not asked.tasks or run.task in asked.tasks)
        and (not asked.statuses or run.status in asked.statuses)
        and (not asked.tags or any(tag in asked.tags for tag in run.tags or (NO_TAG,)))
    )


def _said(run: Listed, titles: Mapping[str, str]) -> str:
    parts = (run.name, run.corpus, text_of(run, titles), run.owner, run.preset or "", run.id, *run.tags)
    return "\n".join(parts).casefold()


def text_of(run: Listed, titles: Mapping[str, str]) -> str:
    """What its texts are called; how many, where they are more than two."""
    names = run.corpora
    return " + ".join(titles.get(name, name) for name in names) if len(names) < 3 else f"{len(names)} texts"


def grouped(runs: Sequence[Listed], by: str, titles: Mapping[str, str]) -> dict[str, list[Listed]]:
    """The runs by a key of GROUPS, in their order; the group of the first comes first. One with two tags is in both."""
    groups: defaultdict[str, list[Listed]] = defaultdict(list)
    names: dict[str, Callable[[Listed], Sequence[str]]] = {
        "text": lambda run: (text_of(run, titles),),
        "task": lambda run: (task_title(run.task),),
        "tag": lambda run: run.tags or (NO_TAG,),
    }
    for run in runs:
        for name in names[by](run):
            groups[name].append(run)
    return groups


def task_title(name: str) -> str:
    """A task by what people call it."""
    return TASKS[name].title if name in TASKS else name


def frame(runs: Sequence[Listed], titles: Mapping[str, str], states: Mapping[str, str]) -> pd.DataFrame:
    """One row for each run, in their order.

    Args:
        states: words for each status.
    """
    columns: dict[str, Any] = {
        "Name": [run.name for run in runs],
        "Status": [states[run.status] for run in runs],
        "Bits": [bits(run) for run in runs],
        "Text": [text_of(run, titles) for run in runs],
        "Tags": [list(run.tags) for run in runs],
        "Preset": [run.preset or "" for run in runs],
        "Parameters": [run.params for run in runs],
        "Epochs": [run.epochs_done for run in runs],
        "Minutes": [run.train_seconds / 60 for run in runs],
        "Started": pd.to_datetime([run.created_at for run in runs], unit="s", utc=True),
        "Owner": [run.owner for run in runs],
        "Loss": [run.best_loss for run in runs],
        "Task": [task_title(run.task) for run in runs],
        "Run": [run.id for run in runs],
    }
    kinds = {"Bits": "float64", "Loss": "float64", "Parameters": "Int64"}
    return pd.DataFrame(columns).astype(kinds)
