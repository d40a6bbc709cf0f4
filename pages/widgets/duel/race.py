"""The race: who is ahead, all curves in one chart, and a lane for each network with the newest that it wrote.

A component that lives from the feeds of its runs: a viewer costs no rerun. Python is asked once more when one of them
begins or ends.
"""

from __future__ import annotations

from pages.widgets.shared import page, reads
from rnnkit.runs import duel
from rnnkit.runs.comparison import Compared

_FRAME = """<div class="race"><h2 class="verdict" aria-live="polite"></h2><p class="terms"></p>
<div class="chart"></div><div class="lanes"></div></div>"""
_RACE = page.component("rnnkit_race", __file__, _FRAME)


def show(compared: list[Compared], unit: str, headline: str | None) -> None:
    """Draw the race of these runs in `unit`.

    Args:
        headline: what stands above it in place of the verdict on these runs alone.
    """
    seconds = {one.run.config.training.seconds for one in compared}
    ids = [one.run.id for one in compared]
    lanes = [
        {"id": one.run.id, "letter": one.letter, "title": duel.title(one.run.config), "params": one.run.params,
         "units": one.run.config.model.units}
        for one in compared
    ]  # fmt: skip
    _RACE(
        key=f"race {ids}",
        data={
            "lanes": lanes, "unit": unit, "headline": headline,
            "seconds": seconds.pop() if len(seconds) == 1 else None,
            "stands": [stands(one) for one in compared],
        },
        on_changed_change=_look_again,
    )  # fmt: skip


def _look_again() -> None:
    reads.compared.clear()


def stands(one: Compared) -> str:
    """What the still parts of the page depend on: whether a trainer has the run, and how it has ended."""
    return "active" if one.run.active else one.run.status
