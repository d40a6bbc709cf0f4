"""What a 3-gram makes of a run's held-out text: counted once for each text, in a thread, told when it is known.

Knows no page and no class.
"""

from __future__ import annotations

import logging
from collections.abc import Hashable
from concurrent.futures import ThreadPoolExecutor

from rnnkit.errors import PersonError
from rnnkit.feed.tiles import Tile
from rnnkit.runs import progress
from rnnkit.store import Store
from rnnkit.studies import baselines
from rnnkit.texts import corpora, own

MOST_COUNTED = 2_000_000  # symbols of a text in which n-grams are counted in passing
MOST_RUNS, MOST_TEXTS = 1000, 256
_log = logging.getLogger("rnnkit.feed")


class ThreeGrams:
    """The 3-gram's loss for the runs of a store, nats per token."""

    def __init__(self, store: Store):
        self._store, self._pool = store, ThreadPoolExecutor(1, "feed counts")
        self._of: dict[str, float | None] = {}  # run -> its text's; None: there is none, or it is being counted
        self._known: dict[Hashable, float | None] = {}

    def of(self, tile: Tile) -> float | None:
        """Of the run of this tile; None where it is not known (yet)."""
        run_id = tile.run.id
        if run_id not in self._of and tile.counts:
            if len(self._of) >= MOST_RUNS:
                self._of.clear()
            self._of[run_id] = None
            self._pool.submit(self._count, run_id)
        return self._of.get(run_id)

    def _count(self, run_id: str) -> None:
        try:
            run = self._store.run(run_id)
            here = own.is_own(run.corpus) or run.corpus.partition("-")[0] in corpora.offline_names()
            if not here or progress.symbols(run) > MOST_COUNTED:
                return  # a download is for those who ask for one
            ground = hash(baselines.ground(run))
            if ground not in self._known:
                if len(self._known) >= MOST_TEXTS:
                    self._known.clear()
                self._known[ground] = baselines.ngram(run, self._store)
            self._of[run_id] = self._known[ground]
        except PersonError:
            return  # the text is gone, or another one: no baseline
        except Exception:
            _log.exception("counting 3-grams failed")
