"""Gradients of one run: what is left of them back through time, and what clipping does to its batches."""

from __future__ import annotations

from pages.widgets.gradients import views
from pages.widgets.shared import choices, navigation, run_chooser
from rnnkit.store import Run, Store

VIEWS = {"Back through time": views.through_time, "Clipping": views.clipping}


def show(store: Store, run: Run) -> None:
    """As in the lesson, of this run alone."""
    run_chooser.kept(store, run)
    choices.view(VIEWS, key="part")(store, [run.id])
    navigation.link("Gradients", "The lesson: other cells beside it, and one that explodes", runs=run.id)
