"""The texts to learn from: seven known ones, two built in, and those that people bring.

`load` gives normalised text: no byte-order mark, line ends as "\\n", no lone surrogates. A
known text is taken from the folder RNNKIT_CORPORA, else downloaded once and checked by hash.
Knows no tokenizer and no network; the store only as the place of people's own texts.
"""

from __future__ import annotations

import hashlib
import logging
import platform
import re
import sysconfig
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

import numpy as np

from rnnkit import settings
from rnnkit.errors import CorpusError
from rnnkit.texts import cookbook
from rnnkit.texts.decoding import decode, normalise

if TYPE_CHECKING:
    from rnnkit.store import Store, TextRow

Progress = Callable[[int, int], None]  # bytes so far, bytes in all (0 if the server does not say)

OWN = "text-"  # how the names of stored texts begin
MAX_DISTINCT = 20_000  # characters; a Chinese novel has about 5,000
MAX_TITLE_CHARS = 80
MAX_COOKBOOK_CHARS = 20_000_000
PYTHON_CHARS = 1_000_000  # as much as the plays: an epoch in a minute or two without a GPU
COOKBOOK_CHARS = 500_000
TIMEOUT_SECONDS = 10.0
PART_CHARS = 1_000_000


@dataclass(frozen=True)
class Corpus:
    """An entry of the table. `sha256` is of the normalised text in UTF-8; None if it depends on this machine."""

    name: str
    title: str
    source: str
    licence: str
    sha256: str | None = None
    url: str | None = None
    filename: str | None = None
    language: str = "English"
    built_in: bool = False


_TABLE = (
    Corpus(
        "sherlock",
        "The Adventures of Sherlock Holmes (shortened)",
        "Arthur Conan Doyle, 1892; the file of the RNN and LSTM course",
        "public domain",
        "0de39325d8c80e6fda204a37a9c4314a0d1626a0f1088123fcccae346d4ab05b",
        "https://raw.githubusercontent.com/bloominstituteoftechnology/data-science-practice-datasets/main/unit_4/sherlock.txt",
        "sherlock.txt",
    ),
    Corpus(
        "nietzsche",
        "Beyond Good and Evil",
        "Friedrich Nietzsche, translated by Helen Zimmern, 1906; the file of the Keras and fast.ai examples",
        "public domain",
        "dea01ca2da603db6736fd856c585d073ccf3dca68efe4a59c5e73242cdf0b028",
        "https://s3.amazonaws.com/text-datasets/nietzsche.txt",
        "nietzsche.txt",
    ),
    Corpus(
        "tinyshakespeare",
        "Tiny Shakespeare",
        "plays of William Shakespeare, put together by Andrej Karpathy for char-rnn",
        "public domain",
        "86c4e6aa9db7c042ec79f339dcb96d42b0075e16b8fc2e86bf0ca57e2dc565ed",
        "https://raw.githubusercontent.com/karpathy/char-rnn/master/data/tinyshakespeare/input.txt",
        "tinyshakespeare.txt",
    ),
    Corpus(
        "sonnets",
        "154 Sonnets",
        "William Shakespeare, 1609",
        "public domain",
        "df0d4d705ba06386397cc854278b38f063946e59d1d77bad770e4bf45adcc7ba",
        None,
        "sonnets.txt",
    ),
    Corpus(
        "recipes",
        "1,086 Recipes",
        "recipes from the web, in the layout of the recurrent networks lecture",
        "their authors'; for study, not to be passed on",
        "125ebd4b442e6c16f138192ce54e8c693fe14996c91aa97e7371ac53abb82c11",
        None,
        "recipes.txt",
    ),
    Corpus(
        "meditations",
        "What stands in the way becomes the way",
        "Marcus Aurelius, Meditations, one paragraph; the text of the words article",
        "a short quotation, for study",
        "2b223c4b552f98060c6563d4ce2c91b54d22d947d16b8503f97904dca8d07752",
        None,
        "meditations.txt",
    ),
    Corpus(
        "verse",
        "Les Fleurs du mal",
        "Charles Baudelaire, 1857-1868",
        "public domain",
        "7f90b8c08d4517a955f7ca2ec82f6afdec8b73fbf867e72be844a323e087c844",
        "https://raw.githubusercontent.com/Zenor27/poetry/c79a5eed3aff1f927ede3312a2c4d3043016e19b/baudelaire.txt",
        "baudelaire.txt",
        "French",
    ),
    Corpus(
        "python",
        f"Python's standard library ({platform.python_version()})",
        "the modules of the Python that runs this program",
        "PSF License",
        language="Python",
        built_in=True,
    ),
    Corpus(
        "cookbook",
        "A cookbook made up by a grammar",
        "written by rnnkit; cookbook-2000000 is the same of about 2,000,000 characters",
        "the same as rnnkit's",
        built_in=True,
    ),
)
CORPORA: dict[str, Corpus] = {corpus.name: corpus for corpus in _TABLE}


class CorpusInfo(NamedTuple):
    """What a chooser shows. The figures are measured; None where the text is not on this machine yet.

    `available`: can be loaded without a network. `problem`: the sentence why a file that is here cannot be used.
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

    @property
    def own(self) -> bool:
        """Brought by a person and kept in the store."""
        return self.name.startswith(OWN)


# ---- loading


def load(name: str, store: Store | None = None, progress: Progress | None = None) -> str:
    """The normalised text of a corpus: a name of CORPORA, `cookbook-<characters>`, or `text-...` in `store`.

    Raises:
        CorpusError: no such corpus, no network and no file, or a file that is not the text it should be.
    """
    if name.startswith(OWN):
        if store is None:
            raise CorpusError(f"corpus: expected the store that holds {name[:60]!r}, got none")
        return store.text(name)
    corpus = _entry(name)
    return _WRITERS[corpus.name](name) if corpus.built_in else load_known(corpus, progress)


def load_known(corpus: Corpus, progress: Progress | None = None) -> str:
    """The normalised text of a table's entry that is not built in: from the corpora folder, else downloaded once.

    Raises:
        CorpusError: no network and no file, or a file that is not the text it should be.
    """
    path = _file_here(corpus)
    if path is not None:
        return _read(corpus, path)
    return _download(corpus, progress)


def names(store: Store | None = None) -> list[CorpusInfo]:
    """All corpora that can be chosen: the table, then the texts in `store`. Downloads nothing."""
    return [info_here(corpus) for corpus in CORPORA.values()] + [
        info_of_row(row) for row in (store.texts() if store else ())
    ]


def info(name: str, store: Store | None = None, progress: Progress | None = None) -> dict[str, Any]:
    """name, title, chars, vocab, sha256, source and licence of one corpus; downloads it if need be.

    Raises:
        CorpusError: as `load`.
    """
    if name.startswith(OWN):
        found = next((entry for entry in names(store) if entry.name == name), None)
        if found is None:
            raise CorpusError(f"corpus: expected the name of a stored text, got {name[:60]!r}")
        entry = found._asdict()
    else:
        corpus = _entry(name)
        entry = {**vars(corpus), **_figures(load(name, store, progress)), "name": name}
    return {key: entry[key] for key in ("name", "title", "chars", "vocab", "sha256", "source", "licence")}


def offline_names() -> list[str]:
    """Names that load without a network: built in, in the folder RNNKIT_CORPORA, or downloaded before."""
    return [entry.name for entry in names() if entry.available]


def _entry(name: str) -> Corpus:
    sized = re.fullmatch(r"cookbook-(\d{1,9})", name)
    if sized and 1 <= int(sized[1]) <= MAX_COOKBOOK_CHARS:
        return CORPORA["cookbook"]
    if sized:
        raise CorpusError(f"corpus: expected a cookbook of 1 to {MAX_COOKBOOK_CHARS:,} characters, got {name!r}")
    if name not in CORPORA:
        raise CorpusError(f"corpus: expected one of {', '.join(CORPORA)}, or a stored text, got {name[:60]!r}")
    return CORPORA[name]


def _file_here(corpus: Corpus) -> Path | None:
    """The file in the corpora folder, else a downloaded one that is whole."""
    folder = settings.value("RNNKIT_CORPORA")
    if folder and (path := Path(folder).expanduser() / corpus.filename).is_file():
        return path
    path = download_folder() / corpus.filename
    return path if path.is_file() and _figures_of_file(*_stamp(path))["sha256"] == corpus.sha256 else None


def download_folder() -> Path:
    """Where downloaded files are kept."""
    return settings.home() / "corpora"


def _read(corpus: Corpus, path: Path) -> str:
    try:
        text = _decode_known(path.read_bytes())
    except OSError as error:
        raise CorpusError(f"corpus {corpus.name}: expected to read {path}, got {error.strerror}") from None
    return _checked(corpus, text, path)


def _decode_known(data: bytes) -> str:
    """The known texts are UTF-8, but for the French verse, which is Windows-1252."""
    try:
        return normalise(data.decode("utf-8"))
    except UnicodeDecodeError:
        return normalise(data.decode("cp1252", "replace"))


def _checked(corpus: Corpus, text: str, place: Path) -> str:
    got = _sha256(text)
    if got != corpus.sha256:
        raise CorpusError(_mismatch(corpus, got, place))
    return text


def _mismatch(corpus: Corpus, got: str, place: Path | str) -> str:
    return (
        f"corpus {corpus.name}: expected a text with SHA-256 {corpus.sha256[:16]}..., got {got[:16]}... in {place}; "
        f"a changed text can be added as one of your own"
    )


def _download(corpus: Corpus, progress: Progress | None) -> str:
    """Fetch, check and keep the file."""
    if corpus.url is None:
        raise CorpusError(
            f"corpus {corpus.name}: has no known address to fetch it from: put {corpus.filename} into the folder "
            f"that RNNKIT_CORPORA names. {_what_works()}"
        )
    path = fetch_file(corpus.name, corpus.url, corpus.filename, progress)
    got = _figures_of_file(*_stamp(path))["sha256"]
    if got != corpus.sha256:
        path.unlink(missing_ok=True)
        raise CorpusError(f"{_mismatch(corpus, got, corpus.url)}. Nothing was kept. {_what_works()}")
    return _read(corpus, path)


def fetch_file(name: str, url: str, filename: str, progress: Progress | None = None) -> Path:
    """Download a file of the corpus `name` to where downloads are kept; one that is there is replaced.

    Raises:
        CorpusError: no network, no such file there, or no room for it here.
    """
    import pooch  # here, since most commands never download
    import requests

    pooch.get_logger().setLevel(logging.WARNING)
    downloader = pooch.HTTPDownloader(
        progressbar=_Bar(progress) if progress else False, chunk_size=2**15, timeout=TIMEOUT_SECONDS
    )
    try:
        folder = download_folder()
        (folder / filename).unlink(missing_ok=True)  # a damaged one would be taken for the download
        return Path(pooch.retrieve(url, None, filename, folder, downloader=downloader))
    except requests.exceptions.HTTPError as error:
        raise CorpusError(
            f"corpus {name}: expected a text at {url}, got status {error.response.status_code}. {_what_works()}"
        ) from None
    except requests.exceptions.RequestException as error:
        raise CorpusError(
            f"corpus {name}: is not on this machine and {urlsplit(url).hostname} cannot be reached "
            f"({type(error).__name__}): is there a network? {_what_works()}. Or put {filename} into "
            f"the folder that RNNKIT_CORPORA names"
        ) from None
    except OSError as error:
        raise CorpusError(
            f"corpus {name}: expected to keep the text in {download_folder()}, got {error.strerror or error}"
        ) from None


def _what_works() -> str:
    return f"Without a network these work: {', '.join(offline_names())}"


class _Bar:
    """The interface that pooch asks of a progress bar, passed on to a `Progress`."""

    def __init__(self, progress: Progress):
        self._progress, self._done, self.total = progress, 0, 0

    def update(self, count: int) -> None:
        self._done += count  # pooch counts whole chunks, the last one too
        self._progress(min(self._done, int(self.total) or self._done), int(self.total))

    def reset(self) -> None:
        self._done = 0

    def close(self) -> None:
        pass


# ---- built-in texts


def _python_sources(name: str) -> str:
    """The standard library's top modules in alphabetical order, whole files, up to PYTHON_CHARS characters.

    Files with anything but printable ASCII and line ends are left out, to keep the vocabulary near 100.
    """
    parts, size = [], 0
    for path in sorted(Path(sysconfig.get_path("stdlib")).glob("*.py")):
        text = _plain_ascii(path)
        if text and not path.name.startswith("_sysconfigdata") and size + len(text) <= PYTHON_CHARS:
            parts.append(text)
            size += len(text)
    if not parts:
        raise CorpusError("corpus python: expected the standard library's sources beside this Python, got none")
    return "".join(parts)


def _plain_ascii(path: Path) -> str | None:
    try:
        data = path.read_bytes()
    except OSError:
        return None
    text = normalise(data.decode("latin-1"))
    return text if text.isascii() and text.replace("\n", "").isprintable() else None


def _cookbook(name: str) -> str:
    _, _, chars = name.partition("-")
    return cookbook.write(int(chars) if chars else COOKBOOK_CHARS)


_WRITERS: dict[str, Callable[[str], str]] = {"python": _python_sources, "cookbook": _cookbook}


# ---- texts of one's own


def check_text(text: str) -> None:
    """Refuse what cannot be learned from or stored; `text` is normalised.

    Raises:
        CorpusError: empty, one distinct character, too large, NUL, lone surrogates, or too many distinct characters.
    """
    limit = settings.integer("RNNKIT_MAX_TEXT_MB")
    if len(text) > limit * 1_000_000 or len(text.encode("utf-8", "surrogatepass")) > limit * 1_000_000:
        raise CorpusError(f"text: expected at most {limit} MB (RNNKIT_MAX_TEXT_MB), got {_megabytes(len(text))}")
    if not text.strip():
        raise CorpusError("text: expected something to read, got an empty text")
    distinct = set(text)
    if "\0" in distinct:
        raise CorpusError(f"text: expected plain text, got a NUL character at place {text.index(chr(0)) + 1:,}")
    if any("\ud800" <= symbol <= "\udfff" for symbol in distinct):
        raise CorpusError("text: expected whole characters, got lone surrogates")
    if len(distinct) < 2:
        raise CorpusError(f"text: expected at least 2 different characters, got only {text[0]!r}")
    if len(distinct) > MAX_DISTINCT:
        raise CorpusError(
            f"text: expected at most {MAX_DISTINCT:,} different characters, got {len(distinct):,}; "
            f"take out the rare ones first, nothing can be learned from them"
        )


def add(store: Store, text: str | bytes, title: str = "") -> str:
    """Check a text (bytes are decoded first), store it once by its content, and return its name `text-...`.

    Raises:
        CorpusError: as `decode` and `check_text`.
    """
    text = decode(text).text if isinstance(text, bytes) else normalise(text)
    check_text(text)
    title = " ".join(_printable(normalise(title)).split())[:MAX_TITLE_CHARS]
    return store.add_text(_sha256(text), title or "Untitled text", text)


def _printable(text: str) -> str:
    return "".join(" " if unicodedata.category(symbol) in ("Cc", "Cs") else symbol for symbol in text)


def _megabytes(size: int) -> str:
    return f"{size / 1e6:,.0f} MB"


# ---- statistics


@dataclass(frozen=True)
class TextStatistics:
    """What a text is made of. Words are what stands between spaces; lengths are (length, how many), ascending."""

    chars: int
    vocab: int
    lines: int
    words: int
    distinct_words: int
    frequencies: list[tuple[str, int]]  # every character with its count, most frequent first
    common_words: list[tuple[str, int]]  # the 100 most frequent
    line_lengths: list[tuple[int, int]]  # characters per line
    words_per_line: list[tuple[int, int]]
    word_lengths: list[tuple[int, int]]  # characters per word


def statistics(text: str) -> TextStatistics:
    """Count a text, a part at a time, so that 50 MB take little memory; 1.5 MB take about 0.2 s."""
    code_points = np.zeros(0x110000, dtype=np.int64)
    words: Counter[str] = Counter()
    line_lengths: Counter[int] = Counter()
    words_per_line: Counter[int] = Counter()
    for part in _parts(text):
        code_points += np.bincount(np.frombuffer(part.encode("utf-32-le"), dtype="<u4"), minlength=0x110000)
        lines = part.removesuffix("\n").split("\n")
        words_by_line = [line.split() for line in lines]
        words.update(chain.from_iterable(words_by_line))
        line_lengths.update(map(len, lines))
        words_per_line.update(map(len, words_by_line))
    word_lengths: Counter[int] = Counter()
    for word, count in words.items():
        word_lengths[len(word)] += count
    frequencies = _ranked({chr(point): int(code_points[point]) for point in np.flatnonzero(code_points)})
    return TextStatistics(
        chars=len(text),
        vocab=len(frequencies),
        lines=line_lengths.total(),
        words=words.total(),
        distinct_words=len(words),
        frequencies=frequencies,
        common_words=_ranked(words)[:100],
        line_lengths=sorted(line_lengths.items()),
        words_per_line=sorted(words_per_line.items()),
        word_lengths=sorted(word_lengths.items()),
    )


def _parts(text: str) -> Iterator[str]:
    """The text in pieces of whole lines, about PART_CHARS each."""
    start = 0
    while start < len(text):
        end = text.find("\n", start + PART_CHARS) + 1 or len(text)
        yield text[start:end]
        start = end


def visible(symbol: str) -> str:
    """A character as a reader can see it: `␣` for the space, `⏎` for the line end, `U+00A0` for what has no shape."""
    if symbol in _SHAPES:
        return _SHAPES[symbol]
    return symbol if symbol.isprintable() and not unicodedata.combining(symbol) else f"U+{ord(symbol):04X}"


def binned(lengths: Sequence[tuple[int, int]], most: int = 50) -> tuple[list[tuple[int, int]], int]:
    """((start of bin, how many), ...) and the width of a bin: at most `most` bins, none left out."""
    longest = lengths[-1][0] if lengths else 0
    width = longest // most + 1
    counts = Counter()
    for length, count in lengths:
        counts[length // width * width] += count
    return [(start, counts[start]) for start in range(0, longest + 1, width)], width


_SHAPES = {" ": "␣", "\n": "⏎", "\t": "⇥"}


def _ranked(counts: Mapping[str, int]) -> list[tuple[str, int]]:
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))


# ---- figures


def _figures(text: str) -> dict[str, Any]:
    return {"chars": len(text), "vocab": len(set(text)), "sha256": _sha256(text)}


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


@lru_cache(maxsize=64)
def _figures_of_file(path: Path, changed_ns: int, size: int) -> dict[str, Any]:
    return _figures(_decode_known(path.read_bytes()))


@lru_cache(maxsize=8)
def _figures_of_built_in(name: str) -> dict[str, Any]:
    return _figures(_WRITERS[name](name))


def _stamp(path: Path) -> tuple[Path, int, int]:
    stat = path.stat()
    return path, stat.st_mtime_ns, stat.st_size


def info_here(corpus: Corpus) -> CorpusInfo:
    """What is known of an entry of a table, measured where its text is on this machine. Downloads nothing."""
    figures, problem = {}, None
    try:
        if corpus.built_in:
            figures = _figures_of_built_in(corpus.name)
        elif path := _file_here(corpus):
            figures = _figures_of_file(*_stamp(path))
            if figures["sha256"] != corpus.sha256:
                figures, problem = {}, _mismatch(corpus, figures["sha256"], path)
    except (CorpusError, OSError) as error:
        problem = str(error)
    return CorpusInfo(
        corpus.name,
        corpus.title,
        figures.get("chars"),
        figures.get("vocab"),
        figures.get("sha256"),
        corpus.source,
        corpus.licence,
        corpus.language,
        corpus.built_in,
        available=bool(figures),
        problem=problem,
    )


def info_of_row(row: TextRow) -> CorpusInfo:
    """The same of a text that somebody brought."""
    source, licence = "brought by a person", "its author's"
    return CorpusInfo(
        row.name, row.title, row.chars, row.vocab, row.sha256, source, licence, "", built_in=False, available=True
    )
