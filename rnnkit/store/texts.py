"""Texts of one's own in the store, each once by its hash, compressed. Knows no rule of what a text may be."""

from __future__ import annotations

import hashlib
import zlib
from importlib import import_module
from typing import Any, NamedTuple

import sqlalchemy as sa

from rnnkit.errors import CorpusError
from rnnkit.store import needs, schema
from rnnkit.store.database import OnDatabase, now
from rnnkit.store.rows import readable, storable


class TextRow(NamedTuple):
    """A text of one's own without its content; `chars` and `vocab` count characters, all and distinct.

    `encoding` is None for a paste; `kept`: the file itself is there, to be read in another encoding. `member`: who
    brought it in a class; `shared`: the others of the class may read it.
    """

    name: str
    title: str
    sha256: str
    chars: int
    vocab: int
    created_at: float
    encoding: str | None = None
    kept: bool = False
    member: str | None = None
    shared: bool = False


class Texts(OnDatabase):
    """The store as the texts see it."""

    def add_text(
        self, sha256: str, title: str, text: str, encoding: str | None = None, original: bytes | None = None, *,
        member: str | None = None,
    ) -> str:  # fmt: skip
        """Store a text once by its hash, with the file that it was read from. Returns its name, `text-` and ten digits.

        One that is in the trash comes back from there, under the new title. What several members of a class bring are
        several texts, so that nobody learns what another has brought.

        Raises CorpusError: the text holds half a character (a lone surrogate), so it cannot be stored.
        """
        salted = hashlib.sha256(f"{sha256} {member}".encode()).hexdigest() if member else sha256
        name = f"{needs.PREFIX}{salted[:10]}"
        try:
            content = zlib.compress(text.encode(), 6)
        except UnicodeEncodeError as error:
            raise CorpusError(f"text: expected whole characters, got half a one at {error.start:,}") from None
        row = {"name": name, "sha256": sha256, "title": storable(title), "chars": len(text), "vocab": len(set(text))}
        row |= {"encoding": encoding, "original": None if original is None else zlib.compress(original, 6)}
        with self._write() as tx:
            _put_once(tx, {**row, "created_at": now(), "content": content, "member": member})
        return name

    def share_text(self, name: str, shared: bool = True) -> None:
        """Let the others of a class read a text, or no longer. Raises CorpusError: there is no such text."""
        with self._write() as tx:
            needs.one_text(tx, name, locked=True)
            tx.execute(schema.texts.update().where(schema.texts.c.name == name).values(shared=shared))

    def texts(self) -> list[TextRow]:
        kept = schema.texts.c.original.is_not(None).label("kept")
        columns = (kept if name == "kept" else schema.texts.c[name] for name in TextRow._fields)
        with self._read() as tx:
            query = sa.select(*columns).where(schema.texts.c.deleted_at.is_(None)).order_by(schema.texts.c.created_at)
            return [TextRow(*row) for row in tx.execute(query)]

    def text(self, name: str) -> str:
        """Raises CorpusError when there is none of this name, or it was deleted."""
        if (content := self._blob(name, schema.texts.c.content)) is None:
            raise CorpusError(
                f"corpus: expected the name of a stored text, got {name[:60]!r}: there is none, or no longer"
            )
        with readable(f"text {name}"):
            return content.decode()

    def original(self, name: str) -> bytes | None:
        """The file that a text was read from, None where it was not kept."""
        return self._blob(name, schema.texts.c.original)

    def _blob(self, name: str, column: sa.Column[bytes]) -> bytes | None:
        query = sa.select(column).where(schema.texts.c.name == storable(name))
        with self._read() as tx:
            needs.hold_texts(tx, [name], lock=False)
            packed: bytes | None = tx.execute(query).scalar_one_or_none()
        with readable(f"text {name}"):
            return None if packed is None else zlib.decompress(packed)


def _put_once(tx: sa.Connection, row: dict[str, Any]) -> None:
    """Insert a text unless it is there already. Somebody else may insert it at the same moment."""
    insert = import_module(f"sqlalchemy.dialects.{tx.dialect.name}").insert
    texts = schema.texts
    tx.execute(insert(texts).values(**row).on_conflict_do_nothing())
    again = (texts.c.name == row["name"], texts.c.sha256 == row["sha256"], texts.c.deleted_at.is_not(None))
    tx.execute(texts.update().where(*again).values({**row, "deleted_at": None}))
    stored = tx.execute(sa.select(texts.c.sha256).where(texts.c.name == row["name"])).scalar_one()
    if stored != row["sha256"]:
        raise CorpusError(f"text {row['name']}: expected a name of its own, got that of another text; change a letter")
