"""Commands that keep the whole store in a file, bring it back, and save what can be read of a damaged one."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from rnnkit.cli.answer import Answer
from rnnkit.errors import StoreDamaged

if TYPE_CHECKING:
    from rnnkit.store.backup import OnProgress

Force = Annotated[bool, Parameter(help="replace what is there")]


def backup(file: str, /, *, salvage: bool = False, force: Force = False) -> Answer:
    """Write the whole store to a file, while it is in use.

    python -m rnnkit backup rnnkit-monday.backup
    python -m rnnkit backup saved.backup --salvage

    Args:
        file: where to: a new file
        salvage: of a store that is damaged: copy what can still be read, and name the rest
    """
    from rnnkit import settings
    from rnnkit.people import acting
    from rnnkit.store import Store
    from rnnkit.store import salvage as rest

    lost: tuple[str, ...] = ()
    with _progress() as on:
        if salvage:
            made, lost = rest.salvage(settings.store_url(), file, force=force, on=on)
        else:
            with closing(Store()) as store:
                made = acting.of_machine(store).backup(file, force=force, on=on)
    in_trash = f", {made.deleted} in the trash" if made.deleted else ""
    said = f"{file}: {made.runs} runs, {made.texts} texts{in_trash}, {made.bytes / 1e6:,.1f} MB."
    document = made._asdict() | ({"lost": list(lost)} if salvage else {})
    return Answer(document, "\n".join([said, *(["Lost:", *lost] if lost else [])]))


def restore(file: str, /, *, force: Force = False) -> Answer:
    """Put a backup into the store, which has to be empty.

    python -m rnnkit restore rnnkit-monday.backup
    python -m rnnkit restore rnnkit-monday.backup --force

    Args:
        file: a backup, also one of an older version
        force: into a store that is not empty, or is damaged: what was there is kept beside it
    """
    from rnnkit import settings
    from rnnkit.store import Store
    from rnnkit.store import backup as files

    notes = []
    with _progress() as on:
        try:
            store = Store()
        except StoreDamaged:
            if not force:
                raise
            files.verify(file, keep=settings.home())
            notes = [f"The damaged store is now {files.put_aside(settings.store_url())}."]
            store = Store()
        with closing(store):
            made = store.restore(file, force=force, on=on)
    notes += made.notes
    said = f"{file} is restored: {made.runs} runs, {made.texts} texts."
    return Answer(made._asdict() | {"notes": notes}, " ".join([said, *notes]))


@contextmanager
def _progress() -> Iterator[OnProgress]:
    """A bar where a person looks."""
    from tqdm import tqdm

    with tqdm(disable=not sys.stderr.isatty(), dynamic_ncols=True, unit="", leave=False) as bar:

        def moved(what: str, done: int, total: int) -> None:
            bar.total, bar.n = total, done
            bar.set_description(what, refresh=False)
            bar.refresh()

        yield moved
