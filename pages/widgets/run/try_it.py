"""Try it out: what one does with a network that does not write, by what its task does."""

from __future__ import annotations

from collections.abc import Callable

from pages.widgets.forecast import views as forecast
from pages.widgets.translate import views as translate
from pages.widgets.verdict import classification
from rnnkit import tasks
from rnnkit.store import Run, Store
from rnnkit.tasks import Does

TOOLS: dict[Does, Callable[[Store, Run], None]] = {
    Does.CLASSIFIES: classification.show,
    Does.FORECASTS: forecast.show,
    Does.TRANSLATES: translate.show,
}


def show(store: Store, run: Run) -> None:
    """The tool of the run's task."""
    TOOLS[tasks.of(run.config).does](store, run)
