"""Lines of networks that have read a text of somebody's own: which of them repeat it. Knows no class and no role."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection

from rnnkit.errors import PersonError
from rnnkit.store import Run, Store
from rnnkit.texts import own, quoted

MOST_TEXTS, MOST_CHARS = 64, 20_000_000  # that are held to be compared with
MOST_PARENTS = 20


class OwnLines:
    """What runs have read, and whether a line stands there word for word."""

    def __init__(self, store: Store):
        self._store = store
        self._read: dict[str, frozenset[str]] = {}  # run -> texts that went into it, its parents' too
        self._texts: OrderedDict[str, str] = OrderedDict()
        self._known: dict[tuple[str, frozenset[str]], bool] = {}

    def private(self, run: Run, private: Collection[str]) -> frozenset[str]:
        """The texts that went into this run, its parents' too, and are private."""
        if run.id not in self._read:
            self._read[run.id] = frozenset(self._lineage(run))
        return frozenset(name for name in self._read[run.id] if name in private or not name)

    def _lineage(self, run: Run | None) -> set[str]:
        """Names of texts; an empty one for a parent that is gone, of which nobody knows what it has read."""
        names = set[str]()
        for _ in range(MOST_PARENTS):
            if run is None:
                return names | {""}
            names |= {name for name in run.config.corpora if own.is_own(name)}
            if run.parent is None:
                return names
            run = next(iter(self._store.runs(ids=[run.parent])), None)
        return names | {""}

    def repeats(self, line: str, texts: frozenset[str]) -> bool:
        """Whether a passage of the line stands in one of the texts; also where one of them cannot be read."""
        key = (line, texts)
        if key not in self._known:
            if len(self._known) > 1000:
                self._known.clear()
            self._known[key] = any(self._stands_in(line, name) for name in texts)
        return self._known[key]

    def _stands_in(self, line: str, name: str) -> bool:
        if name not in self._texts:
            try:
                self._texts[name] = quoted.folded(self._store.text(name))
            except PersonError:
                return len(line) >= quoted.FEWEST
            while len(self._texts) > MOST_TEXTS or sum(map(len, self._texts.values())) > MOST_CHARS:
                gone, text = self._texts.popitem(last=False)
                if gone == name:  # longer than all that may be held
                    return quoted.quotes(line, text)
        return quoted.quotes(line, self._texts[name])
