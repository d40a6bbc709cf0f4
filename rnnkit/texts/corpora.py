"""The texts to learn from: seven known ones, those made on this machine, and those that people bring.

`load` gives normalised text: no byte-order mark, line ends as "\\n", no lone surrogates. A known text is taken from
the folder RNNKIT_CORPORA, else downloaded once and checked by hash. Knows no tokenizer and no network; the store only
as the place of people's own texts.
"""

from __future__ import annotations

import platform
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from rnnkit.errors import CorpusError, did_you_mean
from rnnkit.texts import cookbook, downloads, made, own
from rnnkit.texts.decoding import checksum, normalise
from rnnkit.texts.downloads import OnProgress
from rnnkit.texts.made import memory, play, standard_library

if TYPE_CHECKING:
    from rnnkit.store import Store, TextRow

NO_LANGUAGE = "none"
MADE_CHARS, MOST_MADE_CHARS = 500_000, 20_000_000  # of a text made here: usually, and at most


@dataclass(frozen=True)
class Corpus:
    """An entry of a table: what a text is called, where it comes from and under what terms."""

    name: str
    title: str
    source: str
    licence: str


@dataclass(frozen=True)
class FileCorpus(Corpus):
    """A text that comes as a file; `sha256` is of its normalised text, `url` None where it has no address.

    `size`: of the download, in bytes; 0 where nobody knows it.
    """

    filename: str
    sha256: str
    url: str | None = None
    language: str = "English"
    size: int = 0


@dataclass(frozen=True)
class BuiltInCorpus(Corpus):
    """A text that is made on this machine: `write(name)` returns it.

    `most`: the largest size, in `unit`, that may stand in its name; 0 where it has one size alone.
    """

    write: Callable[[str], str]
    language: str = "English"
    most: int = 0
    unit: str = "characters"


class CorpusInfo(NamedTuple):
    """What a chooser shows. The figures are measured; None where the text is not on this machine yet.

    `available`: can be loaded without a network. `problem`: the sentence why a file that is here cannot be used.
    `download_bytes`: what comes over the network where it is not here, 0 where nobody knows; None where it has no
    address, and somebody has to bring its `file`.
    """

    name: str
    title: str
    chars: int | None
    vocab: int | None
    sha256: str | None
    source: str
    licence: str
    language: str
    built_in: bool
    available: bool
    problem: str | None = None
    encoding: str | None = None  # that a text of one's own was read in
    kept: bool = False  # whether its file is here, to be read in another
    download_bytes: int | None = None
    file: str = ""

    @property
    def missing(self) -> str:
        """How a text that is not here can come here, in a few words; empty for one that is."""
        if self.available:
            return ""
        if self.download_bytes is None:
            return f"needs the file {self.file}"
        return f"to be downloaded{f', {self.download_bytes / 1e6:.1f} MB' if self.download_bytes else ''}"

    @property
    def own(self) -> bool:
        """Brought by a person and kept in the store."""
        return own.is_own(self.name)

    def to_json(self) -> dict[str, Any]:
        """What the command line says of one text."""
        keys = ("name", "title", "chars", "vocab", "sha256", "source", "licence", *(("encoding",) if self.own else ()))
        return {key: getattr(self, key) for key in keys}


class Figures(NamedTuple):
    """What is measured of a normalised text."""

    chars: int
    vocab: int
    sha256: str


# ---- loading


def load(name: str, store: Store | None = None, progress: OnProgress | None = None) -> str:
    """The normalised text of a corpus: a name of CORPORA, with a size as `play-9000`; name or title of one in `store`.

    Raises:
        CorpusError: no such corpus, no network and no file, or a file that is not the text it should be.
    """
    name = named(name, store)
    if own.is_own(name):
        if store is None:
            raise CorpusError(f"corpus: expected the store that holds {name[:60]!r}, got none")
        return store.text(name)
    return read(_entry(name), name, progress)


def read(corpus: FileCorpus | BuiltInCorpus, name: str, progress: OnProgress | None = None) -> str:
    """The normalised text of a table's entry: made here, from the corpora folder, or downloaded once.

    Args:
        name: as it was asked for; it may hold a size.

    Raises:
        CorpusError: no network and no file, or a file that is not the text it should be.
    """
    if isinstance(corpus, BuiltInCorpus):
        return corpus.write(name)
    return _read_file(corpus, _file_here(corpus) or _download(corpus, progress))


def catalogue(store: Store | None = None) -> list[CorpusInfo]:
    """All corpora that can be chosen: the table, then the texts in `store`. Downloads nothing."""
    return [info_here(corpus) for corpus in CORPORA.values()] + [
        info_of_row(row) for row in (store.texts() if store else ())
    ]


def info(name: str, store: Store | None = None, progress: OnProgress | None = None) -> CorpusInfo:
    """One corpus with its figures; it is downloaded if need be.

    Raises:
        CorpusError: as `load`.
    """
    name = named(name, store)
    if own.is_own(name):
        found = next((entry for entry in catalogue(store) if entry.name == name), None)
        if found is None:
            raise CorpusError(f"corpus: expected the name of a stored text, got {name[:60]!r}")
        return found
    return _info(_entry(name), _measured(load(name, store, progress)))._replace(name=name)


def named(name: str, store: Store | None) -> str:
    """`name` where it is one of the table or of a stored text, else that of the stored text with this title.

    Raises:
        CorpusError: several stored texts have this title.
    """
    if store is None or name in CORPORA or own.is_own(name):
        return name
    return own.named(name, store)


def offline_names() -> list[str]:
    """Names that load without a network: built in, in the folder RNNKIT_CORPORA, or downloaded before."""
    return [entry.name for entry in catalogue() if entry.available]


def written_names() -> list[str]:
    """Those of `offline_names` that are written in some language, and no exercise."""
    return [name for name in offline_names() if CORPORA[name].language != NO_LANGUAGE]


def what_works() -> str:
    """The sentence for when there is no network."""
    return f"Without a network these work: {', '.join(offline_names())}"


def _entry(name: str) -> FileCorpus | BuiltInCorpus:
    if sized := made.entry(name, MADE):
        return sized
    if name not in CORPORA:
        said = f"corpus: expected one of {', '.join(CORPORA)}, or a stored text, got {name[:60]!r}"
        raise CorpusError(said + did_you_mean(name, CORPORA))
    return CORPORA[name]


def _file_here(corpus: FileCorpus) -> Path | None:
    """The file in the corpora folder, else a downloaded one that is whole."""
    if path := downloads.given(corpus.filename):
        return path
    path = downloads.kept(corpus.filename)
    return path if path and _figures_of_file(*_stamp(path)).sha256 == corpus.sha256 else None


def _read_file(corpus: FileCorpus, path: Path) -> str:
    try:
        text = _decode_known(path.read_bytes())
    except OSError as error:
        raise CorpusError(f"corpus {corpus.name}: expected to read {path}, got {error.strerror}") from None
    if (got := checksum(text)) != corpus.sha256:
        raise CorpusError(_mismatch(corpus, got, path))
    return text


def _decode_known(data: bytes) -> str:
    """The known texts are UTF-8, but for the French verse, which is Windows-1252."""
    try:
        return normalise(data.decode("utf-8"))
    except UnicodeDecodeError:
        return normalise(data.decode("cp1252", "replace"))


def _mismatch(corpus: FileCorpus, got: str, place: Path | str) -> str:
    return (
        f"corpus {corpus.name}: expected a text with SHA-256 {corpus.sha256[:16]}..., got {got[:16]}... in {place}; "
        f"a changed text can be added as one of your own"
    )


def _download(corpus: FileCorpus, progress: OnProgress | None) -> Path:
    """Fetch, check and keep the file."""
    if corpus.url is None:
        raise CorpusError(
            f"corpus {corpus.name}: has no known address to fetch it from: put {corpus.filename} into the folder "
            f"that RNNKIT_CORPORA names. {what_works()}"
        )
    path = downloads.fetch(corpus.name, corpus.url, corpus.filename, progress, what_works)
    got = _figures_of_file(*_stamp(path)).sha256
    if got != corpus.sha256:
        path.unlink(missing_ok=True)
        raise CorpusError(f"{_mismatch(corpus, got, corpus.url)}. Nothing was kept. {what_works()}")
    return path


# ---- figures


def info_here(corpus: FileCorpus | BuiltInCorpus) -> CorpusInfo:
    """What is known of an entry of a table, measured where its text is on this machine. Downloads nothing."""
    try:
        if isinstance(corpus, BuiltInCorpus):
            return _info(corpus, _figures_of_built_in(corpus))
        path = _file_here(corpus)
        figures = _figures_of_file(*_stamp(path)) if path else None
        if path and figures and figures.sha256 != corpus.sha256:
            return _info(corpus, None, _mismatch(corpus, figures.sha256, path))
        return _info(corpus, figures)
    except (CorpusError, OSError) as error:
        return _info(corpus, None, str(error))


def info_of_row(row: TextRow) -> CorpusInfo:
    """The same of a text that somebody brought."""
    source, licence = "brought by a person", "its author's"
    return CorpusInfo(
        row.name, row.title, row.chars, row.vocab, row.sha256, source, licence, "", built_in=False, available=True,
        encoding=row.encoding, kept=row.kept,
    )  # fmt: skip


def _info(corpus: FileCorpus | BuiltInCorpus, figures: Figures | None, problem: str | None = None) -> CorpusInfo:
    chars, vocab, sha256 = figures or (None, None, None)
    built_in, available = isinstance(corpus, BuiltInCorpus), figures is not None
    size, file = None, ""
    if isinstance(corpus, FileCorpus):
        size, file = corpus.size if corpus.url else None, corpus.filename
    return CorpusInfo(
        corpus.name, corpus.title, chars, vocab, sha256, corpus.source, corpus.licence, corpus.language, built_in,
        available, problem, download_bytes=size, file=file,
    )  # fmt: skip


def _measured(text: str) -> Figures:
    return Figures(len(text), len(set(text)), checksum(text))


@lru_cache(maxsize=64)
def _figures_of_file(path: Path, _changed_ns: int, _size: int) -> Figures:
    return _measured(_decode_known(path.read_bytes()))


@lru_cache(maxsize=8)
def _figures_of_built_in(corpus: BuiltInCorpus) -> Figures:
    return _measured(corpus.write(corpus.name))


def _stamp(path: Path) -> tuple[Path, int, int]:
    stat = path.stat()
    return path, stat.st_mtime_ns, stat.st_size


# ---- the table


# fmt: off
_TABLE: tuple[FileCorpus | BuiltInCorpus, ...] = (
    FileCorpus(
        "sherlock", "The Adventures of Sherlock Holmes (shortened)",
        "Arthur Conan Doyle, 1892; the file of the RNN and LSTM course",
        "public domain", filename="sherlock.txt",
        sha256="0de39325d8c80e6fda204a37a9c4314a0d1626a0f1088123fcccae346d4ab05b",
        url="https://raw.githubusercontent.com/bloominstituteoftechnology/data-science-practice-datasets/main/unit_4/sherlock.txt",
        size=287_347),
    FileCorpus(
        "nietzsche", "Beyond Good and Evil",
        "Friedrich Nietzsche, translated by Helen Zimmern, 1906; the file of the Keras and fast.ai examples",
        "public domain", filename="nietzsche.txt",
        sha256="dea01ca2da603db6736fd856c585d073ccf3dca68efe4a59c5e73242cdf0b028",
        url="https://s3.amazonaws.com/text-datasets/nietzsche.txt",
        size=600_901),
    FileCorpus(
        "tinyshakespeare", "Tiny Shakespeare",
        "plays of William Shakespeare, put together by Andrej Karpathy for char-rnn",
        "public domain", filename="tinyshakespeare.txt",
        sha256="86c4e6aa9db7c042ec79f339dcb96d42b0075e16b8fc2e86bf0ca57e2dc565ed",
        url="https://raw.githubusercontent.com/karpathy/char-rnn/master/data/tinyshakespeare/input.txt",
        size=1_115_394),
    FileCorpus(
        "sonnets", "154 Sonnets",
        "William Shakespeare, 1609",
        "public domain", filename="sonnets.txt",
        sha256="df0d4d705ba06386397cc854278b38f063946e59d1d77bad770e4bf45adcc7ba"),
    FileCorpus(
        "recipes", "1,086 Recipes",
        "recipes from the web, in the layout of the recurrent networks lecture",
        "their authors'; for study, not to be passed on", filename="recipes.txt",
        sha256="125ebd4b442e6c16f138192ce54e8c693fe14996c91aa97e7371ac53abb82c11"),
    FileCorpus(
        "meditations", "What stands in the way becomes the way",
        "Marcus Aurelius, Meditations, one paragraph; the text of the words article",
        "a short quotation, for study", filename="meditations.txt",
        sha256="2b223c4b552f98060c6563d4ce2c91b54d22d947d16b8503f97904dca8d07752"),
    FileCorpus(
        "verse", "Les Fleurs du mal",
        "Charles Baudelaire, 1857-1868",
        "public domain", filename="baudelaire.txt", language="French",
        sha256="7f90b8c08d4517a955f7ca2ec82f6afdec8b73fbf867e72be844a323e087c844",
        url="https://raw.githubusercontent.com/Zenor27/poetry/c79a5eed3aff1f927ede3312a2c4d3043016e19b/baudelaire.txt",
        size=148_816),
    BuiltInCorpus(
        "python", f"Python's standard library ({platform.python_version()})",
        "the modules of the Python that runs this program",
        "PSF License", standard_library.sources, "Python"),
    BuiltInCorpus(
        "cookbook", "A cookbook made up by a grammar",
        "written by rnnkit; cookbook-2000000 is the same of about 2,000,000 characters",
        "the same as rnnkit's", made.writer(cookbook.write, MADE_CHARS), most=MOST_MADE_CHARS),
    BuiltInCorpus(
        "play", "A play made up by a grammar: speakers, letters, songs, asides",
        "written by rnnkit; play-2000000 is the same of about 2,000,000 characters, play-2000000-7 another of the kind",
        "the same as rnnkit's", made.writer(play.write, MADE_CHARS), most=MOST_MADE_CHARS),
    BuiltInCorpus(
        "memory", "Letters to remember: a letter, dots, the letter again",
        "written by rnnkit; memory-2000000 is the same of about 2,000,000 characters, memory-2000000-7 another of the "
        "kind", "the same as rnnkit's", made.writer(memory.write, MADE_CHARS), NO_LANGUAGE, MOST_MADE_CHARS),
)
# fmt: on
CORPORA: dict[str, FileCorpus | BuiltInCorpus] = {corpus.name: corpus for corpus in _TABLE}
MADE = {name: corpus for name, corpus in CORPORA.items() if isinstance(corpus, BuiltInCorpus)}
