"""What a person can do wrong, one class each; `str(error)` is the sentence to show.

Every sentence has three parts: the argument, what was expected, what came. A page
shows the sentence, the command line prints it and exits with status 2. Knows nothing
of the modules that raise these.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class PersonError(Exception):
    """Something a person can mend. Its text is one plain sentence, ready to show."""


class ConfigError(PersonError):
    """A setting is unknown, out of range, or does not go with another setting."""


class CorpusError(PersonError):
    """A text cannot be found, fetched, read or used."""


class TooShort(CorpusError):
    """The text has too few tokens for the chosen window, batch or validation part."""


class PromptError(PersonError):
    """A prompt is empty where one is needed, or holds nothing the vocabulary knows."""


class TooLarge(PersonError):
    """The choice needs more memory than there is; names the largest that fits."""


class UnknownRun(PersonError):
    """No run has this id, or the id is not of the form that ids have."""


def no_run(run_id: str) -> str:
    """What a page says where a run was that is not there, or not any more."""
    return f"There is no run “{run_id[:40]}” here: it may have been deleted."


class NotAllowed(PersonError):
    """Somebody else's, or more than one's role in the class allows."""


class UnknownEpoch(PersonError):
    """The run has no checkpoint kept for this epoch."""


class WrongStatus(PersonError):
    """The run cannot do this now: stopping what has ended, deleting what trains."""


class QueueFull(PersonError):
    """An owner, or all together, have as many runs in the queue as one may have."""


class DamagedCheckpoint(PersonError):
    """Stored arrays do not match their checksum, or do not fit the network's config."""


class ExportError(PersonError):
    """A file is not an exported run, or a damaged one."""


class StoreError(PersonError):
    """The store cannot be opened, is of a newer version, or cannot be written."""


class StoreAway(StoreError):
    """The database does not answer: it may in a moment."""


class StoreBusy(StoreAway):
    """Somebody holds the lock of the database for longer than any write takes."""


class StoreFull(StoreError):
    """The disk (or the quota) that holds the store is full; nothing was written."""


class StoreDamaged(StoreError):
    """The store's file, or a row in it, cannot be read as it was written; says how to save the rest."""

    def __init__(self, found: str):
        super().__init__(
            f"{found}; `python -m rnnkit backup FILE --salvage` copies what can still be read and names the rest, "
            "`python -m rnnkit restore FILE --force` puts that in its place"
        )


class BackupError(PersonError):
    """A backup cannot be written, is none, or does not go into this store."""


class NoClass(PersonError):
    """Something of a class is asked for, and none is open."""


class Taken(PersonError):
    """Somebody else of the class has this nickname."""


class OverBudget(PersonError):
    """More than the teacher lets one pupil use: of time, runs, units, text, checkpoints or disk."""


class TooManyTries(PersonError):
    """Wrong codes or PINs came too fast; says how long to wait."""


class LessonError(PersonError):
    """A lesson's file cannot be read, or leads to what is not there."""


def did_you_mean(given: str, names: Iterable[str]) -> str:
    """The end of a sentence for a mistyped name, e.g. `; did you mean model.units?`; empty where none is close."""
    close = difflib.get_close_matches(given[:80], list(names), n=1)
    return f"; did you mean {close[0]}?" if close else ""
