"""Film reviews with their verdicts: the Large Movie Review Dataset (IMDB; Maas et al., 2011), 25,000 + 25,000; and
made-up ones, as many as one likes.

The first are taken from the folder RNNKIT_CORPORA (imdb-train.csv.gz and imdb-test.csv.gz, columns label and review),
else downloaded once as the archive of its authors and read from there without unpacking. Knows no words and no network.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import tarfile
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np

from rnnkit.errors import CorpusError
from rnnkit.texts import corpora, downloads, made
from rnnkit.texts.corpora import CorpusInfo
from rnnkit.texts.downloads import OnProgress
from rnnkit.texts.made import reviews as made_reviews

NAME = "imdb"
LABELS = ("negative", "positive")
PARTS = ("train", "test")
FILES = {part: f"imdb-{part}.csv.gz" for part in PARTS}
ARCHIVE = "aclImdb_v1.tar.gz"
URL = "https://ai.stanford.edu/~amaas/data/sentiment/aclImdb_v1.tar.gz"
ARCHIVE_BYTES = 84_125_825
MD5 = "7c2ac02c03563afcf9b574c7e56c153a"
CHARS = 65_465_796  # in both parts: counting them would read all of it for a list
MADE = "reviews"
MADE_COUNT, MOST_MADE, TESTED = 8_000, 200_000, 4  # to learn from; for the test a quarter of them more


class LabelledTexts(NamedTuple):
    """Texts, each with the number of its class: `labels` is (N,) int32."""

    texts: list[str]
    labels: np.ndarray


@dataclass(frozen=True)
class _MadeUp:
    """Of the made-up reviews, what `made.entry` asks."""

    most: int = MOST_MADE
    unit: str = "reviews"


def known(name: str) -> bool:
    """Whether `name` is that of reviews. Raises CorpusError: a number of made-up ones that is out of range."""
    return name in (NAME, MADE) or made.entry(name, {MADE: _MadeUp()}) is not None


def sources() -> list[CorpusInfo]:
    """What a chooser shows of the reviews. Reads and downloads nothing."""
    here = _folder() is not None or _archive() is not None
    found = CorpusInfo(
        NAME, "Film reviews: positive or negative (IMDB)", CHARS if here else None, None, None,
        "Andrew Maas and others, Large Movie Review Dataset, 2011", "for study; the reviews are their authors'",
        "English", built_in=False, available=here, download_bytes=ARCHIVE_BYTES, file=ARCHIVE,
    )  # fmt: skip
    texts = [text for part in PARTS for text in _made(MADE, part).texts]
    words = CorpusInfo(
        MADE, "Film reviews made up by a grammar: positive or negative", sum(map(len, texts)), None, None,
        "written by rnnkit; reviews-20000 are 20,000 of them, reviews-20000-7 others of the kind",
        "the same as rnnkit's", "English", built_in=True, available=True,
    )  # fmt: skip
    return [found, words]


def load(part: str, progress: OnProgress | None = None, name: str = NAME) -> LabelledTexts:
    """The reviews of `train` or `test`, downloaded if need be.

    They come in the order of their checksums, the same wherever they were read from: any part of them is
    a fair draw of both verdicts.

    Raises:
        CorpusError: not on this machine and no network; or a file that is not what it should be.
    """
    if name != NAME:
        return _made(name, part)
    folder = _folder()
    if folder is not None:
        return _in_order(*_read_table(folder / FILES[part]))
    return _in_order(*_read_archive(_archive() or _download(progress), part))


@lru_cache(maxsize=4)
def _made(name: str, part: str) -> LabelledTexts:
    """One part of the made-up reviews; no review is in both."""
    asked = made.asked(name) or made.Asked(name, MADE_COUNT)
    texts, labels = made_reviews.write(asked.size + asked.size // TESTED + 1, asked.seed)
    chosen = slice(asked.size) if part == "train" else slice(asked.size, None)
    return _in_order(texts[chosen], labels[chosen])


def files(name: str = NAME, progress: OnProgress | None = None) -> dict[str, bytes]:
    """Both tables by the names that they have in a corpora folder, made from the archive where there is no such folder.

    Raises:
        CorpusError: as `load`.
    """
    folder = _folder()
    if name == NAME and folder is not None:
        return {file: (folder / file).read_bytes() for file in FILES.values()}
    return {file.replace(NAME, name): _table(load(part, progress, name)) for part, file in FILES.items()}


def fetch(name: str, progress: OnProgress | None = None) -> None:
    """Have the reviews on this machine. Raises CorpusError as `load`."""
    if name == NAME and _folder() is None and _archive() is None:
        _download(progress)


def _folder() -> Path | None:
    """The corpora folder, where it holds both parts."""
    return downloads.given_folder() if all(downloads.given(name) for name in FILES.values()) else None


def _archive() -> Path | None:
    """The archive, in the corpora folder or downloaded before."""
    return downloads.given(ARCHIVE) or downloads.kept(ARCHIVE)


def _download(progress: OnProgress | None) -> Path:
    path = downloads.fetch(NAME, URL, ARCHIVE, progress, corpora.what_works)
    with path.open("rb") as file:
        got = hashlib.file_digest(file, "md5").hexdigest()
    if got != MD5:
        path.unlink()
        raise CorpusError(f"corpus {NAME}: expected a file with MD5 {MD5}, got {got} from {URL}. Nothing was kept")
    return path


def _read_table(path: Path) -> tuple[list[str], list[int]]:
    import pandas as pd  # here: a trainer loads in half the time without it

    try:
        table = pd.read_csv(path, dtype={"review": str}, keep_default_na=False)
    except (OSError, ValueError) as error:
        raise CorpusError(f"corpus {NAME}: expected a table that can be read in {path}, got {error}") from None
    if not {"label", "review"} <= set(table) or not set(table["label"]) <= {0, 1} or table.empty:
        raise CorpusError(f"corpus {NAME}: expected columns label (0 or 1) and review in {path}, got {list(table)}")
    return table["review"].tolist(), table["label"].tolist()


def _table(labelled: LabelledTexts) -> bytes:
    written = io.StringIO(newline="")
    rows = csv.writer(written, lineterminator="\n")
    rows.writerow(("label", "review"))
    rows.writerows(zip(labelled.labels.tolist(), labelled.texts, strict=True))
    return gzip.compress(written.getvalue().encode("utf-8", "replace"), mtime=0)


def _read_archive(path: Path, part: str) -> tuple[list[str], list[int]]:
    """Members such as aclImdb/train/pos/0_9.txt; the folder unsup has no verdicts."""
    folders = {f"aclImdb/{part}/{folder}": label for label, folder in enumerate(("neg", "pos"))}
    texts, labels = [], []
    try:
        with tarfile.open(path) as archive:
            for member in archive:
                folder, _, file = member.name.removeprefix("./").rpartition("/")
                if folder not in folders or not member.isfile() or not file.endswith(".txt"):
                    continue
                if content := archive.extractfile(member):
                    texts.append(content.read().decode("utf-8", "replace"))
                    labels.append(folders[folder])
    except (OSError, EOFError, tarfile.TarError) as error:
        raise CorpusError(f"corpus {NAME}: expected a whole archive in {path}, got {error}") from None
    if set(labels) != {0, 1}:
        raise CorpusError(f"corpus {NAME}: expected reviews of both verdicts under {', '.join(folders)}, got none")
    return texts, labels


def _in_order(texts: list[str], labels: list[int]) -> LabelledTexts:
    order = sorted(range(len(texts)), key=lambda i: hashlib.sha1(texts[i].encode("utf-8", "replace")).digest())
    return LabelledTexts([texts[i] for i in order], np.array([labels[i] for i in order], np.int32))
