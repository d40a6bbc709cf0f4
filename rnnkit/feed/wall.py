"""The wall: a tile for everybody who trains, read once a tick for all who look on, with nothing private on it.

No prompt ever; a text that is its maker's alone has no title here, and what learned from it shows no line. In a class
what the teacher hides, freezes and makes nameless is so in the answer already. Knows no route and no page.
"""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Mapping, Sequence
from typing import Any

from rnnkit.feed.answer import Answer
from rnnkit.feed.counting import ThreeGrams
from rnnkit.feed.tiles import Place, Tile, as_it_was, place_of
from rnnkit.people import known
from rnnkit.store import Listed, Member, OpenClass, Run, Store
from rnnkit.texts import corpora, own

TICK_SECONDS, TEXTS_SECONDS = 1.0, 5.0
MOST_TILES, MOST_LOOKED = 40, 400  # tiles; runs among which they are chosen
OWN_TEXT, TEACHER = "own text", "Teacher"
Told = dict[str, Any]
Frozen = dict[str, Place]  # run -> where it was; the setting `wall.frozen` of a class


class Wall:
    """The wall of a store. Threads may share it."""

    def __init__(self, store: Store):
        self._store, self._lock = store, threading.Lock()
        self._made_at, self._answer = -1e9, Answer("", b"", None)
        self._tiles: dict[str, Tile] = {}
        self._of_class = False
        self._frozen: Frozen | None = None
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
        tiles = self._read(opened, members, look.get("frozen"))
        hidden, nameless = set(look.get("hidden") or ()), bool(look.get("anonymous"))
        seen = [_nameless(tile) if nameless else tile for tile in tiles if tile["id"] not in hidden]
        at_work = {tile["person"] for tile in tiles}
        return {
            "runs": [{name: value for name, value in tile.items() if name != "person"} for tile in seen],
            "of_class": opened is not None, "hidden": len(tiles) - len(seen), "anonymous": nameless,
            "frozen": self._frozen is not None, "sort": look.get("sort"), "open": bool(look.get("open")),
            "paused": bool(opened and opened.settings.get("paused")),
            "waiting": sum(one.role == "pupil" and one.id not in at_work for one in members.values()),
        }  # fmt: skip

    # ---- reading

    def _read(self, opened: OpenClass | None, members: Mapping[str, Member], frozen: Frozen | None) -> list[Told]:
        """The tiles: as they were when the wall was frozen, else as they are."""
        self._of_class = opened is not None
        if frozen != self._frozen:
            self._frozen, self._tiles = frozen, {}
        listed = self._store.newest(MOST_LOOKED, since=opened.opened_at if opened else 0.0)
        ids = [one.id for one in _chosen(listed, self._of_class)] if frozen is None else [*frozen]
        runs = {run.id: run for run in self._store.runs(ids=ids)}
        if frozen is not None:
            runs = {run.id: as_it_was(run, frozen[run.id]) for run in runs.values()}
        self._tiles = {run.id: self._tiles.get(run.id) or Tile(run, ends=frozen is not None) for run in runs.values()}
        asked = [(tile, tile.asks(runs[run_id])) for run_id, tile in self._tiles.items()]
        found = self._store.several(one for _, one in asked if one)
        for tile, one in asked:
            if one:
                tile.take(found)
        self._read_texts()
        numbers = _numbers(listed, members, self._of_class)
        return [self._told(tile, members, numbers) for tile in self._tiles.values()]

    def _read_texts(self) -> None:
        """What texts are called, and which are their makers' alone: all that nobody has shared, in a class."""
        if time.monotonic() - self._texts_at >= TEXTS_SECONDS or self._texts_at < 0:
            self._texts_at = time.monotonic()
            texts = self._store.texts()
            self._titles = {text.name: text.title for text in texts}
            self._private = frozenset(text.name for text in texts if self._of_class and not text.shared)

    def _told(self, tile: Tile, members: Mapping[str, Member], numbers: Mapping[str, int]) -> Told:
        run, person = tile.run, _person(tile.run)
        name = run.owner or (TEACHER if self._of_class else run.name)
        if person in members:
            name = members[person].nickname
        private = bool(known.known(self._store).private_texts(run)) if self._of_class else False
        line, text = ("", "") if private else (tile.line, tile.text)
        return tile.told(self._three.of(tile)) | {
            "person": person, "name": name, "number": numbers.get(person, 0), "title": self._title(run),
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


def places(store: Store) -> Frozen:
    """Where the runs are that a wall of the open class has a tile for: what it needs to be frozen there."""
    opened = store.open_class()
    listed = store.newest(MOST_LOOKED, since=opened.opened_at if opened else 0.0)
    return {run.id: place_of(run) for run in store.runs(ids=[one.id for one in _chosen(listed, opened is not None)])}


def _numbers(listed: Sequence[Listed], members: Mapping[str, Member], of_class: bool) -> dict[str, int]:
    """The number behind "Student": in a class a pupil's own, others have none; else by the order of first runs."""
    if of_class:
        return {one.id: one.number for one in members.values() if one.role == "pupil"}
    people = dict.fromkeys(_person(one) for one in reversed(listed))
    return {person: number for number, person in enumerate(people, 1)}


def _nameless(tile: Told) -> Told:
    return tile | {"name": f"Student {tile['number']}" if tile["number"] else TEACHER}
