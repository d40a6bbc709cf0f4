"""What a run was trained on, as the file that its Keras script reads: a text, a series, or several files as a zip.

Knows no page and no network.
"""

from __future__ import annotations

import io
import re
import zipfile

from rnnkit.config import RunConfig
from rnnkit.errors import ExportError
from rnnkit.store import Run, Store
from rnnkit.studies import forecast
from rnnkit.tasks import classification
from rnnkit.texts import corpora, reviews

ENDINGS = (".txt", ".zip")
_NO_NAME = re.compile(r"[^\w-]")  # what stands in no name of a file on any machine


def ending(config: RunConfig) -> str:
    """Of the file of a run like this, one of ENDINGS."""
    return ".zip" if config.task == "classification" else ".txt"


def file(store: Store, run: Run) -> bytes:
    """The text in UTF-8; of a series its values, one a line; of a classifier all texts in a zip, one file each.

    Raises:
        CorpusError: the data can no longer be had. ExportError: no epoch says yet which texts those are.
    """
    if run.config.task == "series":
        return "".join(f"{value!r}\n" for value in forecast.data_of(store, run).values.tolist()).encode()
    if run.config.task == "classification":
        return _zipped(_texts(store, run))
    return corpora.load(run.corpus, store).encode()


def _texts(store: Store, run: Run) -> dict[str, bytes]:
    """By the name of their file. Texts that are told apart are in the order of their classes by name, too."""
    if run.tokenizer is None:
        raise ExportError(f"run {run.id}: expected a run with a finished epoch, got one with none")
    learned = classification.decode(run.tokenizer)
    if learned.corpora == (reviews.NAME,):
        return reviews.files()
    names = [f"{i}-{_NO_NAME.sub('-', label)[:80]}.txt" for i, label in enumerate(learned.labels)]
    return {file: corpora.load(name, store).encode() for file, name in zip(names, learned.corpora, strict=True)}


def _zipped(files: dict[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, data in files.items():
            kind = zipfile.ZIP_STORED if name.endswith(".gz") else zipfile.ZIP_DEFLATED
            archive.writestr(name, data, kind)
    return packed.getvalue()
