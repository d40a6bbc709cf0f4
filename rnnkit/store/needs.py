"""Which runs need a text that somebody brought: the one answer, for the page, the command line and the library.

A run names its texts in its config, alone or joined (`a+b`), by their names or titles; a classifier also in its
vocabulary. Knows no file, and of known texts nothing: they cannot be deleted.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import sqlalchemy as sa

from rnnkit.config import split_corpora
from rnnkit.errors import CorpusError
from rnnkit.store import schema
from rnnkit.store.rows import storable
from rnnkit.store.status import RESUMABLE, WAITING_OR_ACTIVE, Status

PREFIX = "text-"  # how the names of stored texts begin
AFTERWARDS = (  # of runs that were trained on a text that goes
    "they keep their weights and write as before, but can no longer be forked on it, scored on its held-out part, or "
    "searched for copied passages"
)
NAMED = 5  # runs that a sentence names


class Need(NamedTuple):
    """A run that names a text. `trains`: it reads it to train, now or once it is resumed; else it has been trained."""

    run: str
    name: str
    status: Status
    trains: bool


def of_text(tx: sa.Connection, name: str) -> list[Need]:
    """The runs that name the stored text `name`, those that train on it first. Those in the trash need nothing.

    Raises:
        CorpusError: there is none of this name.
    """
    runs, text = schema.runs, one_text(tx, name)
    columns = (runs.c.id, runs.c.name, runs.c.status, runs.c.imported, runs.c.corpus)
    in_vocabulary = runs.c.tokenizer.contains(f'"{text.name}"', autoescape=True).label("in_vocabulary")
    query = sa.select(*columns, in_vocabulary).where(runs.c.deleted_at.is_(None)).order_by(runs.c.created_at)
    found = [
        Need(row.id, row.name, Status(row.status), _trains(row))
        for row in tx.execute(query)
        if row.in_vocabulary or text.name in named(row.corpus, [text])
    ]
    return sorted(found, key=lambda need: not need.trains)  # else in the order in which they were made


def _trains(run: sa.Row) -> bool:
    return run.status in WAITING_OR_ACTIVE or (run.status in RESUMABLE and not run.imported)


def named(corpus: str, texts: Iterable[sa.Row]) -> set[str]:
    """The names of those `texts` that the corpus of a run stands for: `a`, `a+b`, a title, titles joined."""
    parts = {*split_corpora(corpus), corpus}
    titles = {" ".join(part.split()).casefold() for part in parts}
    return {text.name for text in texts if text.name in parts or text.title.casefold() in titles}


def one_text(tx: sa.Connection, name: str, *, deleted: bool = False, locked: bool = False) -> sa.Row:
    """Name and title of a stored text that is here, or in the trash. Raises CorpusError where there is none."""
    texts = schema.texts
    there = texts.c.deleted_at.is_not(None) if deleted else texts.c.deleted_at.is_(None)
    query = sa.select(texts.c.name, texts.c.title).where(texts.c.name == storable(name), there)
    row = tx.execute(query.with_for_update() if locked else query).one_or_none()
    if row is None:
        raise CorpusError(f"corpus: expected the name of a stored text, got {name[:60]!r}")
    return row


def hold_texts(tx: sa.Connection, corpora: Sequence[str], *, lock: bool = True) -> None:
    """Keep the stored texts of a run that is about to be queued from being deleted before it is.

    One that was never here is another's matter: a task says what its texts may be.

    Args:
        lock: in a transaction that writes; else one only looks.

    Raises:
        CorpusError: one of them was deleted.
    """
    texts = schema.texts
    wanted = sorted(name for name in corpora if name.startswith(PREFIX))
    for name in wanted:
        query = sa.select(texts.c.title, texts.c.deleted_at).where(texts.c.name == storable(name))
        row = tx.execute(query.with_for_update(read=True) if lock else query).one_or_none()
        if row is not None and row.deleted_at is not None:
            raise CorpusError(
                f"corpus: expected a text that is here, got {name} (“{row.title}”), which was deleted; "
                f"`undelete {name}` brings it back"
            )


def sentence(needs: Sequence[Need]) -> str:
    """The runs, for a sentence: up to five by id and status, and how many more."""
    shown = ", ".join(f"{need.run} ({need.status})" for need in needs[:NAMED])
    return shown + (f" and {len(needs) - NAMED} more" if len(needs) > NAMED else "")
