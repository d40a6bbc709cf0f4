"""What a class made as one ZIP: a page with all members, a table, and every run's report and export.

Everything that people or networks wrote is escaped; names are safe as names of files. Knows no page.
"""

from __future__ import annotations

import csv
import io
import os
import secrets
import tempfile
import zipfile
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from markupsafe import Markup

from rnnkit import system
from rnnkit.errors import ExportError, PersonError
from rnnkit.metrics import value
from rnnkit.sharing import archive, takeaway
from rnnkit.sharing.curve_files import harmless
from rnnkit.sharing.line_chart import Line, svg
from rnnkit.sharing.report import PAGES
from rnnkit.store import Run, Store

COLUMNS = (
    "nickname", "run", "name", "text", "architecture", "layers", "units", "parameters", "epochs", "status",
    "loss", "bits_per_char", "seconds",
)  # fmt: skip
FILE_CHARS = 40  # of a name as part of a file's name
OnProgress = Callable[[int, int], object]


class Collected(NamedTuple):
    """How many runs are in the file, its bytes, and the runs without a finished epoch, which are in the table only."""

    runs: int
    bytes: int
    without_files: list[str]


class _Row(NamedTuple):
    """A run on the page: the member's name, the run, its cells by `COLUMNS`, its curve, and its files' folder."""

    nickname: str
    run: Run
    cells: dict[str, Any]
    chart: Markup
    folder: str | None


def collect(store: Store, path: str | Path, on: OnProgress = lambda done, total: None) -> Collected:
    """Write the runs of all members to a ZIP at `path`, whole or not at all.

    Raises NoClass: none is open. ExportError: the place cannot be written.

    Args:
        on: is told how many runs are done, and of how many.
    """
    names = {one.id: one.nickname for one in store.members()}
    runs = [run for run in store.runs() if run.member in names]
    runs.sort(key=lambda run: (names[str(run.member)].casefold(), run.created_at))
    titles = {text.name: text.title for text in store.texts()}
    target = Path(path)
    beside = target.absolute().with_name(f".{target.name}.{secrets.token_hex(4)}")
    try:
        with zipfile.ZipFile(beside, "x", zipfile.ZIP_STORED) as file:
            rows = _put_runs(store, file, runs, names, titles, on)
            file.writestr("table.csv", _table(row.cells for row in rows), zipfile.ZIP_DEFLATED)
            silent = sorted(set(names.values()) - {row.nickname for row in rows} - {""})
            page = PAGES.get_template("class.html").render(rows=rows, columns=COLUMNS, silent=silent)
            file.writestr("index.html", page.encode("utf-8", "replace"), zipfile.ZIP_DEFLATED)
        os.replace(beside, target)
    except OSError as error:
        raise ExportError(
            f"collect: expected a place that can be written, got {str(path)!r} ({error.strerror or error})"
        ) from None
    finally:
        beside.unlink(missing_ok=True)
    without = [row.run.id for row in rows if row.folder is None]
    return Collected(len(rows), target.stat().st_size, without)


def _put_runs(
    store: Store, file: zipfile.ZipFile, runs: list[Run], names: dict[str, str], titles: dict[str, str], on: OnProgress
) -> list[_Row]:
    rows = []
    on(0, len(runs))
    for done, run in enumerate(runs, 1):
        nickname = names[str(run.member)]
        folder: str | None = (
            f"{system.file_name(nickname, FILE_CHARS)}/{system.file_name(run.name, FILE_CHARS)}-{run.id}"
        )
        try:
            report, exported = takeaway.take(store, run.id, "html"), _exported(store, run.id)
        except PersonError:  # no epoch is finished, or somebody deletes it at this moment
            folder = None
        else:
            file.writestr(f"{folder}/report.html", report, zipfile.ZIP_DEFLATED)
            file.writestr(f"{folder}/{run.id}.rnnkit", exported)
        rows.append(_row(store, run, nickname, titles, folder))
        on(done, len(runs))
    return rows


def _exported(store: Store, run_id: str) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        return archive.export_run(store, run_id, Path(folder) / "run.rnnkit").read_bytes()


def _row(store: Store, run: Run, nickname: str, titles: dict[str, str], folder: str | None) -> _Row:
    epochs: list[dict[str, Any]] = []
    with suppress(PersonError):
        epochs = store.epochs(run.id)
    lines = []
    for name, style in (("loss", "training"), ("val_loss", "held-out")):
        found = [(float(one["epoch"]), value(one, name)) for one in epochs]
        lines.append(Line(name, style, [(at, loss) for at, loss in found if loss is not None], dots=len(epochs) < 20))
    model = run.config.model
    text = " + ".join(titles.get(name, name) for name in run.config.corpora)
    cells = dict(zip(COLUMNS, (
        nickname, run.id, run.name, text, model.architecture, model.layers, model.units, run.params, run.epochs_done,
        run.status.value, run.best_loss, run.best_bits, round(run.train_seconds, 1),
    ), strict=True))  # fmt: skip
    return _Row(nickname, run, cells, Markup(svg(lines, "epochs", "nats")), folder)


def _table(rows: Iterable[dict[str, Any]]) -> bytes:
    """UTF-8 with the mark by which spreadsheets know it; no cell is a formula."""
    file = io.StringIO(newline="")
    writer = csv.DictWriter(file, COLUMNS, lineterminator="\r\n")
    writer.writeheader()
    writer.writerows({name: harmless(cell) for name, cell in row.items()} for row in rows)
    return file.getvalue().encode("utf-8-sig", "replace")
