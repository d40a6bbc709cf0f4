"""The wall: a tile for everybody who trains, read once a tick for all who look on, with nothing private on it.

No prompt ever; a text that is its maker's alone has no title here, and what learned from it shows no line. In a class
what the teacher hides, freezes and makes nameless is so in the answer already. Knows no route and no page.
"""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rnnkit.feed.answer import Answer
from rnnkit.feed.counting import ThreeGrams
from rnnkit.feed.tiles import Tile
from rnnkit.people import known
from rnnkit.store import Listed, Member, OpenClass, Run, Store
from rnnkit.texts import corpora, own

TICK_SECONDS, TEXTS_SECONDS = 1.0, 5.0
MOST_TILES, MOST_LOOKED = 40, 400  # tiles; runs among which they are chosen
OWN_TEXT, TEACHER = "own text", "Teacher"
Told = dict[str, Any]


class Wall:
    """The wall of a store. Threads may share it."""

    def __init__(self, store: Store):
        self._store, self._lock = store, threading.Lock()
        self._made_at, self._answer = -1e9, Answer("", b"", None)
        self._tiles: dict[str, Tile] = {}
        self._of_class = False
        self._numbers: dict[str, int] = {}  # of people; kept as long as this process lives
        self._frozen: tuple[str, list[Told]] | None = None  # since when, and the tiles as they were
        self._three = ThreeGrams(store)
        self._titles, self._private, self._texts_at = dict[str, str](), frozenset[str](), -1e9

    def at_hand(self) -> Answer | None:
        """What was made last, where it still holds."""
        return self._answer if time.monotonic() - self._made_at < TICK_SECONDS else None

    def look(self) -> Answer:
        """The wall as it is now. Raises StoreError."""
        with self._lock:
            if found := self.at_hand():
                return found
            value = self._value()
            tag = hashlib.sha256(repr(value).encode()).hexdigest()[:16]
            if tag != self._answer.tag:
                self._answer = Answer.of(tag, value)
            self._made_at = time.monotonic()
            return self._answer

    def _value(self) -> Told:
        opened = self._store.open_class()
        members = {one.id: one for one in self._store.members()} if opened else {}
        look = opened.settings.get("wall") or {} if opened else {}
        tiles = self._held(look.get("frozen_at"), opened, members)
        hidden, nameless = set(look.get("hidden") or ()), bool(look.get("anonymous"))
        seen = [_nameless(tile) if nameless else tile for tile in tiles if tile["id"] not in hidden]
        at_work = {tile["person"] for tile in tiles}
        return {
            "runs": [{name: value for name, value in tile.items() if name != "person"} for tile in seen],
            "of_class": opened is not None, "hidden": len(tiles) - len(seen), "anonymous": nameless,
            "frozen": bool(look.get("frozen_at")), "sort": look.get("sort"), "open": bool(look.get("open")),
            "paused": bool(opened and opened.settings.get("paused")),
            "waiting": sum(one.role == "pupil" and one.id not in at_work for one in members.values()),
        }  # fmt: skip

    def _held(self, frozen_at: object, opened: OpenClass | None, members: Mapping[str, Member]) -> list[Told]:
        """The tiles: as they were when the wall was frozen, else as they are."""
        if not frozen_at or opened is None:
            self._frozen = None
            return self._read(opened, members)
        since = f"{opened.id} {frozen_at}"
        if self._frozen is None or self._frozen[0] != since:
            self._frozen = since, self._read(opened, members)
        return self._frozen[1]

    # ---- reading

    def _read(self, opened: OpenClass | None, members: Mapping[str, Member]) -> list[Told]:
        self._of_class = opened is not None
        listed = self._store.newest(MOST_LOOKED, since=opened.opened_at if opened else 0.0)
        chosen = _chosen(listed, self._of_class)
        runs = {run.id: run for run in self._store.runs(ids=[one.id for one in chosen])}
        self._tiles = {run.id: self._tiles.get(run.id) or Tile(run) for run in runs.values()}
        asked = [(tile, tile.asks(runs[run_id])) for run_id, tile in self._tiles.items()]
        found = self._store.several(one for _, one in asked if one)
        for tile, one in asked:
            if one:
                tile.take(found)
        self._read_texts()
        pupils = (one.id for one in members.values() if one.role == "pupil")
        self._number([*pupils, *(_person(one) for one in reversed(chosen))])
        return [self._told(tile, members) for tile in self._tiles.values()]

    def _read_texts(self) -> None:
        """What texts are called, and which are their makers' alone: all that nobody has shared, in a class."""
        if time.monotonic() - self._texts_at >= TEXTS_SECONDS or self._texts_at < 0:
            self._texts_at = time.monotonic()
            texts = self._store.texts()
            self._titles = {text.name: text.title for text in texts}
            self._private = frozenset(text.name for text in texts if self._of_class and not text.shared)

    def _number(self, people: Iterable[str]) -> None:
        for person in people:
            self._numbers.setdefault(person, len(self._numbers) + 1)

    def _told(self, tile: Tile, members: Mapping[str, Member]) -> Told:
        run, person = tile.run, _person(tile.run)
        name = run.owner or (TEACHER if self._of_class else run.name)
        if person in members:
            name = members[person].nickname
        private = bool(known.known(self._store).private_texts(run)) if self._of_class else False
        line, text = ("", "") if private else (tile.line, tile.text)
        return tile.told(self._three.of(tile)) | {
            "person": person, "name": name, "number": self._numbers[person], "title": self._title(run),
            "line": line, "text": text, "withheld": private,
        }  # fmt: skip

    def _title(self, run: Run) -> str:
        """Of all texts of the run; of one that is private nothing but that."""
        named = (self._titled(name) for name in run.config.corpora)
        return ", ".join(dict.fromkeys(named))

    def _titled(self, name: str) -> str:
        if name in self._private or (own.is_own(name) and name not in self._titles):
            return OWN_TEXT
        known = corpora.CORPORA.get(name.partition("-")[0])
        return self._titles.get(name) or (known.title if known else name)


def _person(run: Run | Listed) -> str:
    return run.person or run.id


def _chosen(listed: Sequence[Listed], of_class: bool) -> list[Listed]:
    """The newest runs; in a class one for each person, the one that trains before one that waits."""
    if not of_class:
        return list(listed[:MOST_TILES])
    found: dict[str, Listed] = {}
    for one in sorted(listed, key=lambda run: (not run.active, not run.live)):  # the newest first among equals
        found.setdefault(one.person, one)
    return list(found.values())[:MOST_TILES]


def _nameless(tile: Told) -> Told:
    return tile | {"name": f"Student {tile['number']}"}
