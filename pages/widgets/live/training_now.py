"""The runs that train or wait, as a list that moves by itself: name, bar, loss, newest line, place in the queue.

Costs no rerun; the page is drawn again once when a run has begun or ended, or when somebody opens one. Knows no store.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from pages.widgets.shared import navigation, page
from rnnkit.store import Listed, Run

_LIST = page.component("rnnkit_training_now", __file__)


def show(
    live: Sequence[Run | Listed], title: str = "Training now", *, only: Collection[str] | None = None, most: int = 200,
    compact: bool = False, key: str = "training_now",
) -> None:  # fmt: skip
    """Draw the list; nothing, and no title, where nothing trains or waits.

    Args:
        live: those that train or wait now, drawn at once, so that nothing moves when the list begins to.
        title: above it; empty for none.
        only: the ids of the runs to show; all without.
        most: runs that are shown; the others are a link to the page of all runs.
        compact: a line for each run instead of a card.
    """
    shown = sorted((run for run in live if only is None or run.id in only), key=lambda run: not run.active)
    first = [{"id": run.id, "name": run.name, "owner": run.owner, "progress": 0, "place": None} for run in shown]
    wanted = None if only is None else sorted(only)
    data = {"title": title, "only": wanted, "most": most, "page": navigation.RUN, "first": first, "compact": compact}
    asked = _LIST(key=key, data=data, on_opened_change=lambda: None, on_changed_change=lambda: None)
    if asked.opened == "":
        navigation.leave_for("Runs")
    if isinstance(asked.opened, str):  # whatever the browser has sent: the page it leads to looks for itself
        navigation.leave_for(navigation.RUN, run=asked.opened, tab="watch")
