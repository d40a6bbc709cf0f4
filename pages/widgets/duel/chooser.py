"""Choosing among the duels that were started here. The chosen one stands in the address as `?runs=A,B`."""

from __future__ import annotations

from pages.widgets.shared import reads, run_chooser
from rnnkit.runs import duel
from rnnkit.store import Run, Store


def show(store: Store) -> list[str]:
    """Ids of the runs in the address, none while a new duel is being chosen."""
    duels = duel.found(reads.runs(store)).items()
    lines = {",".join(run.id for run in runs): _line(mark, runs) for mark, runs in duels}
    chosen = run_chooser.opened("runs", lines, "duel")
    return [name for name in (chosen or "").split(",") if name]


def _line(mark: str, runs: list[Run]) -> str:
    """Nothing that changes by itself: a browser names options by their lines."""
    first = runs[0].config
    titles = ", ".join(duel.title(run.config) for run in runs)
    return " · ".join([mark, titles, first.corpus, f"seed {first.training.seed}"])
