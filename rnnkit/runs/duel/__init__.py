"""Duels: two to four architectures on one text, which one is ahead, and how much of that is chance.

Others take all of it by the names here.
"""

from rnnkit.runs.duel.entrants import (
    FEWEST,
    MOST,
    MOST_EPOCHS,
    MOST_UNITS,
    Entrant,
    candidates,
    expected_seconds,
    found,
    order,
    order_each,
    plan,
    takes_turns,
    title,
    units_for,
    with_units,
)
from rnnkit.runs.duel.seeds import (
    Repeated,
    again,
    band,
    ended_seeds,
    over_seeds,
    repeats,
    seeds_table,
    seeds_verdict,
    with_seed,
)
from rnnkit.runs.duel.verdict import (
    Place,
    Standing,
    before_anybody_leads,
    explanations,
    ranking,
    results,
    standing,
    terms,
    unfinished,
    usual_unit,
    verdict,
)

__all__ = [
    "FEWEST", "MOST", "MOST_EPOCHS", "MOST_UNITS", "Entrant", "Place", "Repeated", "Standing", "again", "band",
    "before_anybody_leads", "candidates", "ended_seeds", "expected_seconds", "explanations", "found", "order",
    "order_each", "over_seeds", "plan", "ranking", "repeats", "results", "seeds_table", "seeds_verdict", "standing",
    "takes_turns", "terms", "title", "unfinished", "units_for", "usual_unit", "verdict", "with_seed", "with_units",
]  # fmt: skip
