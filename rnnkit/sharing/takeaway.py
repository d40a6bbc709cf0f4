"""Exports: what one can carry away from a run besides the run itself. One entry in WAYS for each.

Everything is made from the store, the moment it is asked for. Knows no page; Keras is imported only
by the process that writes a network's file.
"""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Callable
from functools import cached_property
from pathlib import Path, PurePath
from typing import NamedTuple

from rnnkit import tasks
from rnnkit.errors import ConfigError, ExportError
from rnnkit.sharing import archive, cards, curve_files, keras_file, report, script
from rnnkit.sharing.manifest import Manifest, of_run
from rnnkit.sharing.onnx_file import file as onnx
from rnnkit.sharing.webpage import page
from rnnkit.store import Point, Run, Store
from rnnkit.studies.checkpoint import LAST, At


class Parts:
    """What a takeaway is made of, read when it is needed. `link`: the address of the run's page, where it is known.

    `at` and `bits`: the checkpoint, and how many bits of each weight, for the ways that hold one network.
    """

    def __init__(self, store: Store, run_id: str, link: str = "", at: At = LAST, bits: int = 32):
        self.store, self.run, self.link, self.at, self.bits = store, store.run(run_id), link, at, bits

    @cached_property
    def manifest(self) -> Manifest:
        """All of the run but its arrays. Raises ExportError before the first epoch is finished."""
        return of_run(self.store, self.run.id)

    @cached_property
    def points(self) -> list[Point]:
        """The curve inside the epochs; none for a run from a file."""
        return self.store.points(self.run.id)


class Way(NamedTuple):
    """One thing to take: its words, the name and kind of its file, and the function that makes the bytes.

    `endings` are those by which its file is known; where there are several, a run has one of them.
    """

    title: str
    help: str
    icon: str
    file: str
    endings: tuple[str, ...]
    mime: str
    make: Callable[[Parts], bytes]
    one_network: bool = False  # it holds one checkpoint, which may be chosen


_DATA_ENDINGS = tuple({task.data_ending: None for task in tasks.TASKS.values()})
WAYS: dict[str, Way] = {
    "html": Way(
        "Report", "One page with curve and samples, to keep or to send. Needs no network.", "article",
        "rnnkit-{run}.html", (".html",), "text/html",
        lambda parts: report.html(parts.run, parts.manifest, parts.points, parts.link),
    ),
    "card": Way(
        "Recipe card", "All it takes to make this run again, as Markdown.", "receipt_long",
        "rnnkit-{run}.md", (".md",), "text/markdown",
        lambda parts: cards.card(parts.manifest, parts.link).encode("utf-8", "replace"),
    ),
    "script": Way(
        "Keras script", "Trains the same network from the run's data, with nothing but TensorFlow.", "code",
        "train_{run}.py", (".py",), "text/x-python", lambda parts: script.script(parts.run, parts.manifest),
    ),
    "text": Way(
        "Data", "What the run was trained on, for the script: a text, a series, or several texts as a zip.",
        "description", "{corpus}{ending}", _DATA_ENDINGS, "application/octet-stream",
        lambda parts: tasks.of(parts.run.config).data_file(parts.store, parts.run),
    ),
    "keras": Way(
        "Network", "The last epoch as a .keras file, for `keras.models.load_model`. Takes some seconds.", "hub",
        "rnnkit-{run}.keras", (".keras",), "application/octet-stream",
        lambda parts: keras_file.last_epoch(parts.store, parts.manifest),
    ),
    "page": Way(
        "Page that writes", "One HTML file in which the network writes by itself, in any browser and without a server.",
        "web", "rnnkit-{run}-writes.html", ("-writes.html",), "text/html",
        lambda parts: page.page(parts.store, parts.run.id, parts.at, parts.bits), one_network=True,
    ),
    "onnx": Way(
        "ONNX file", "The network for other programs and languages: its weights as an ONNX graph.", "account_tree",
        "rnnkit-{run}.onnx", (".onnx",), "application/octet-stream",
        lambda parts: onnx.onnx_file(parts.store, parts.run.id, parts.at, parts.bits), one_network=True,
    ),
    "csv": Way(
        "Curve as CSV", "Every figure of every epoch, for a spreadsheet.", "table",
        "rnnkit-{run}.csv", (".csv",), "text/csv", lambda parts: curve_files.csv(parts.manifest, parts.points),
    ),
    "tensorboard": Way(
        "Curve for TensorBoard", "An event file: put it into the folder that TensorBoard shows.", "show_chart",
        "events.out.tfevents.{time}.rnnkit-{run}", (), "application/octet-stream",
        lambda parts: curve_files.tensorboard(parts.manifest, parts.points),
    ),
}  # fmt: skip


def take(store: Store, run_id: str, way: str, link: str = "", at: At | None = None, bits: int = 32) -> bytes:
    """The file of this run, made now: of the checkpoint `at` where the way holds one network, the last when None.

    Raises UnknownRun: there is none. ConfigError: no such way. ExportError: no epoch is finished, or the run cannot be
    taken this way. CorpusError: its text is not here (`text` only).
    """
    known, parts = _known(way), Parts(store, run_id, link, LAST if at is None else at, bits)
    if at is None:
        _ = parts.manifest  # as with the others: after the first epoch
    elif not known.one_network:
        raise ConfigError(f"take: expected a file of one network for --at, got {way}")
    return known.make(parts)


def file_name(run: Run, way: str) -> str:
    """What to call it, on any machine; a run from a file may name its text as it likes."""
    corpus = re.sub(r"[^\w-]", "-", run.corpus)[:80]
    begun = int(run.started_at or run.created_at)
    return _known(way).file.format(run=run.id, corpus=corpus, time=begun, ending=tasks.of(run.config).data_ending)


def write(
    store: Store, run_id: str, path: str | Path, way: str | None = None, *, force: bool = True, at: At | None = None,
    bits: int = 32,
) -> Path:  # fmt: skip
    """Make the file at `path` (in it, if it is a folder or ends with a slash) and return where it is.

    Raises ConfigError: no way is given, and the name does not tell. ExportError: the place cannot be written, or holds
    another file and there is no `force`. And what `take` raises.
    """
    target, as_folder, run = Path(path), Path(path).is_dir() or str(path).endswith(("/", os.sep)), store.run(run_id)
    way = way or _way_of(run, "" if as_folder else target.name)
    made = take(store, run_id, way, at=at, bits=bits)
    try:
        if as_folder:
            target.mkdir(parents=True, exist_ok=True)
            target /= file_name(run, way)
        if not force and run_id not in target.name and not _holds(target, made):
            archive.check_free("take", target)
        beside = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
        beside.write_bytes(made)
        os.replace(beside, target)
    except OSError as error:
        raise ExportError(
            f"take: expected a place that can be written, got {str(path)!r} ({error.strerror or error})"
        ) from None
    return target


def _holds(file: Path, data: bytes) -> bool:
    return file.is_file() and file.stat().st_size == len(data) and file.read_bytes() == data


def _way_of(run: Run, name: str) -> str:
    """The way that makes this file of the run. Raises ConfigError where none does."""
    way = way_of_file(name)
    wanted = PurePath(file_name(run, way)).suffix
    if len(WAYS[way].endings) > 1 and PurePath(name).suffix.lower() != wanted:
        raise ConfigError(f"take: expected a file that ends in {wanted} for what run {run.id} read, got {name!r}")
    return way


def way_of_file(name: str) -> str:
    """The way that makes files like this one, by its ending or `tfevents` in its name. Raises ConfigError."""
    if "tfevents" in name:
        return "tensorboard"
    endings = {ending: key for key, way in WAYS.items() for ending in way.endings}
    for ending in sorted(endings, key=len, reverse=True):  # a page that writes is an HTML file, too
        if name.lower().endswith(ending):
            return endings[ending]
    raise ConfigError(
        f"take: expected a file that ends in {', '.join(endings)}, or --as and one of {', '.join(WAYS)}, got {name!r}"
    )


def _known(way: str) -> Way:
    if way not in WAYS:
        raise ConfigError(f"take: expected one of {', '.join(WAYS)}, got {way!r}")
    return WAYS[way]
