"""One run as one HTML page that needs nothing else: no network, no script, no font. Its template is report.html.

Everything that people or networks wrote is escaped and shown letter by letter. Knows no store.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import groupby
from operator import attrgetter
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from rnnkit import metrics, tasks
from rnnkit.metrics import ON_HELD_OUT, ON_TRAINING, UNITS
from rnnkit.runs import progress
from rnnkit.sharing import cards
from rnnkit.sharing.line_chart import Line, svg
from rnnkit.sharing.manifest import Manifest
from rnnkit.store import Point, Run

MOST_DOTS = 60  # more lie on one another


def html(run: Run, manifest: Manifest, points: Sequence[Point], link: str = "") -> bytes:
    """The page, UTF-8: what the run is, its curve, the figures and samples of every kept epoch, its config."""
    kept = {checkpoint.epoch for checkpoint in manifest.checkpoints}
    written = [sample for sample in manifest.samples if sample.epoch in kept]
    last_first = sorted(written, key=attrgetter("epoch"), reverse=True)
    titles, rows = cards.figures(manifest)
    unit = tasks.of(manifest.config).units(manifest.config)[0]
    lines = _curves(run, manifest, points, unit)
    page = PAGES.get_template("report.html").render(
        config=manifest.config, manifest=manifest, facts=cards.facts(manifest, link), is_address=_is_address,
        lines=lines, unit=UNITS[unit].heading, chart=Markup(svg(lines, "epochs", UNITS[unit].words)),
        titles=titles, rows=rows, prompts=dict.fromkeys(sample.prompt for sample in written),
        samples=[
            (metrics.moment(epoch, step).capitalize(), list(samples))
            for (epoch, step), samples in groupby(last_first, attrgetter("epoch", "step"))
        ],
        command=cards.command(manifest.config),
        config_json=json.dumps(manifest.config.model_dump(mode="json"), indent=2, ensure_ascii=False),
    )  # fmt: skip
    return page.encode("utf-8", "replace")


def _printable(value: object) -> object:
    """Before it is escaped: control characters, which HTML cannot hold, as U+FFFD."""
    if not isinstance(value, str) or isinstance(value, Markup):
        return value
    return "".join(letter if letter >= " " or letter in "\n\t" else "\ufffd" for letter in value)


PAGES = Environment(
    loader=FileSystemLoader(Path(__file__).parent), autoescape=True, finalize=_printable, undefined=StrictUndefined,
    trim_blocks=True,
)  # fmt: skip


def _is_address(value: str) -> bool:
    """Whether it may be a link: anything else is text."""
    return value.startswith(("https://", "http://")) and not any(letter.isspace() for letter in value)


def _curves(run: Run, manifest: Manifest, points: Sequence[Point], unit: str) -> list[Line]:
    epochs, moments = ([one.model_dump() for one in some] for some in (manifest.epochs, manifest.moments))
    table = progress.curve(run, points, epochs, unit=unit, moments=moments)
    lines = []
    for part, style in ((ON_TRAINING, "training"), (ON_HELD_OUT, "held-out")):
        rows = table[table["part"] == part]
        marked = part == ON_HELD_OUT and len(rows) <= MOST_DOTS
        places = list(zip(rows["at"], rows["value"], strict=True))
        lines.append(Line(part, style, places, dots=marked or len(rows) == 1))
    return lines
