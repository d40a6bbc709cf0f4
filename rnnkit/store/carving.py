"""Reads the rows of an SQLite file page by page, where the tree that leads to the pages is damaged.

The form of a page, a cell and a record: https://www.sqlite.org/fileformat2.html. Knows no table of ours.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from mmap import mmap
from typing import Any

LEAF = 0x0D  # a page with rows of a table
LONGEST = 1 << 30  # bytes of a row
Value = int | float | str | bytes | None


class Carver:
    """The rows in the bytes of a file. Pages that the file says are free are passed over: what was deleted stays so."""

    def __init__(self, data: bytes | mmap):
        self.data = data
        size = int.from_bytes(data[16:18], "big")
        self.page_size = {1: 65536}.get(size, size) if size in (1, *(1 << n for n in range(9, 16))) else 4096
        self.usable = self.page_size - (data[20] if len(data) > 20 and data[20] < 32 else 0)
        self.pages = len(data) // self.page_size

    def rows(self) -> Iterator[list[Value]]:
        """The values of every row that can be read, in the order of the file."""
        free = self._free_pages()
        for number in range(1, self.pages + 1):
            if number not in free:
                yield from self._rows_of_page(number)

    def _page(self, number: int) -> bytes:
        return self.data[(number - 1) * self.page_size : number * self.page_size]

    def _free_pages(self) -> set[int]:
        free: set[int] = set()
        trunk = int.from_bytes(self.data[32:36], "big")
        while 1 < trunk <= self.pages and trunk not in free:
            free.add(trunk)
            following, count = struct.unpack(">II", self._page(trunk)[:8])
            if count > self.usable // 4 - 2:
                break
            free.update(struct.unpack(f">{count}I", self._page(trunk)[8 : 8 + 4 * count]))
            trunk = following
        return free

    def _rows_of_page(self, number: int) -> Iterator[list[Value]]:
        page, head = self._page(number), 100 if number == 1 else 0
        if page[head] != LEAF:
            return
        count = int.from_bytes(page[head + 3 : head + 5], "big")
        for place in range(head + 8, min(head + 8 + 2 * count, self.usable - 1), 2):
            try:
                payload = self._payload(page, int.from_bytes(page[place : place + 2], "big"))
                yield _record(payload)
            except (ValueError, IndexError, struct.error):
                continue

    def _payload(self, page: bytes, start: int) -> bytes:
        """The bytes of a cell's record, with those on overflow pages."""
        size, start = _varint(page, start)
        _rowid, start = _varint(page, start)
        if size > min(LONGEST, len(self.data)):
            raise ValueError("a row longer than the file")
        most = self.usable - 35
        if size <= most:
            local = size
        else:
            least = (self.usable - 12) * 32 // 255 - 23
            local = least + (size - least) % (self.usable - 4)
            local = local if local <= most else least
        parts, left = [page[start : start + local]], size - local
        following = int.from_bytes(page[start + local : start + local + 4], "big") if left else 0
        while left > 0:
            if not 1 < following <= self.pages:
                raise ValueError("a chain that ends too early")
            part = self._page(following)[4 : self.usable]
            parts.append(part[:left])
            left -= len(part)
            following = int.from_bytes(self._page(following)[:4], "big")
        return b"".join(parts)


def _record(payload: bytes) -> list[Value]:
    """The values of a record. Raises ValueError: the bytes are none."""
    end, place = _varint(payload, 0)
    kinds = []
    while place < end:
        kind, place = _varint(payload, place)
        kinds.append(kind)
    if place != end:
        raise ValueError("a header of another length")
    values: list[Value] = []
    for kind in kinds:
        value, place = _value(payload, kind, place)
        values.append(value)
    if place != len(payload) or not values:
        raise ValueError("a record of another length")
    return values


def _value(payload: bytes, kind: int, place: int) -> tuple[Value, int]:
    if kind in (0, 8, 9):
        return {0: None, 8: 0, 9: 1}[kind], place
    if kind in (10, 11):
        raise ValueError("a kind that is not in use")
    size = (kind - 12) // 2 if kind >= 12 else (1, 2, 3, 4, 6, 8, 8)[kind - 1]
    raw = payload[place : place + size]
    if len(raw) != size:
        raise ValueError("a value that ends too early")
    found: Any = raw
    if kind == 7:
        (found,) = struct.unpack(">d", raw)
    elif kind < 7:
        found = int.from_bytes(raw, "big", signed=True)
    elif kind % 2:
        found = raw.decode("utf-8")
    return found, place + size


def _varint(data: Sequence[int], place: int) -> tuple[int, int]:
    """A number of one to nine bytes, and the place after it."""
    value = 0
    for count in range(8):
        byte = data[place + count]
        value = value << 7 | byte & 0x7F
        if byte < 0x80:
            return value, place + count + 1
    return value << 8 | data[place + 8], place + 9
