"""One run as one HTML page that needs nothing else: no network, no script, no font.

Everything that people or networks wrote is escaped and shown letter by letter. Knows no store.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from html import escape

from rnnkit.metrics import ON_HELD_OUT, ON_TRAINING
from rnnkit.runs import progress
from rnnkit.sharing import cards
from rnnkit.sharing.line_chart import Line, svg
from rnnkit.sharing.manifest import Document
from rnnkit.store import Point, Run

MOST_DOTS = 60  # more lie on one another

# The dashboard's own colours, light and dark.
STYLE = """
:root { color-scheme: light dark; --paper: #fffdf7; --panel: #f3eee1; --ink: #101a2e; --edge: #b9b09a;
  --training: #0b57c2; --held-out: #d1490c; --link: #0b57c2 }
@media (prefers-color-scheme: dark) { :root { --paper: #0d1424; --panel: #1a2540; --ink: #fdf6e3; --edge: #4a5a82;
  --training: #7fb5ff; --held-out: #ffa24d; --link: #8fbcff } }
body { margin: 0 auto; max-width: 72rem; padding: 1.5rem; background: var(--paper); color: var(--ink);
  font: 1.05rem/1.5 system-ui, sans-serif }
h1, h2, h3 { font-family: Georgia, "Times New Roman", serif; line-height: 1.2; overflow-wrap: anywhere }
a { color: var(--link) }
table { border-collapse: collapse }
th, td { padding: .25rem .8rem; border-bottom: 1px solid var(--edge); text-align: left; vertical-align: top;
  overflow-wrap: anywhere }
.figures td, .figures th { text-align: right; font-variant-numeric: tabular-nums }
.wide { overflow-x: auto }
pre { margin: 0; padding: .8rem; border-radius: .5rem; background: var(--panel); white-space: pre-wrap;
  overflow-wrap: anywhere; unicode-bidi: isolate; font: .95rem/1.45 ui-monospace, monospace }
.samples { display: grid; gap: 1rem; grid-template-columns: repeat(auto-fit, minmax(18rem, 1fr)) }
.samples h4 { margin: 0 0 .3rem; font-weight: 600 }
svg { width: 100%; height: auto; font-size: 15px }
svg text { fill: currentColor }
svg .grid { stroke: var(--edge); opacity: .5 }
polyline { fill: none; stroke-width: 2.5; stroke-linejoin: round }
polyline.training { stroke: var(--training) } polyline.held-out { stroke: var(--held-out); stroke-dasharray: 8 4 }
circle.held-out { fill: var(--held-out) } circle.training { fill: var(--training) }
.key { display: inline-block; width: 2rem; border-top: 3px solid; margin: 0 .4rem .25rem 1rem }
.key.training { border-color: var(--training) } .key.held-out { border-color: var(--held-out); border-style: dashed }
@media print { body { max-width: none } details:not([open]) { display: none } }
"""


def html(run: Run, document: Document, points: Sequence[Point], link: str = "") -> bytes:
    """The page, UTF-8: what the run is, its curve, the figures and samples of every kept epoch, its config."""
    config = document.config
    body = (
        f"<h1 dir=auto>{_text(config.name)}</h1>",
        f"<p>Run <code>{_text(document.id)}</code> of rnnkit, {_text(document.status)} after "
        f"{len(document.epochs):,} epochs.</p>",
        _facts(cards.facts(document, link)),
        "<h2>Loss</h2>",
        _curve(run, document, points),
        "<h2>The epochs that are kept</h2>",
        _figures(document),
        "<h2>What it writes</h2>",
        *_samples(document),
        "<h2>Make it again</h2>",
        f"<pre>{_text(cards.command(config))}</pre>",
        f"<details open><summary>Its config: config.json</summary><pre>{_text(_json(document))}</pre></details>",
    )
    return PAGE.format(title=_text(config.name), style=STYLE, body="\n".join(body)).encode("utf-8", "replace")


PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
{body}
</body>
</html>
"""


def _text(text: str) -> str:
    """`text` for HTML; control characters, which it cannot hold, as U+FFFD."""
    return escape("".join(letter if letter >= " " or letter in "\n\t" else "\ufffd" for letter in text))


def _facts(facts: dict[str, str]) -> str:
    rows = "\n".join(f"<tr><th>{_text(name)}</th><td>{_linked(value)}</td></tr>" for name, value in facts.items())
    return f"<table>\n{rows}\n</table>"


def _linked(value: str) -> str:
    """An address of the web as a link, anything else as text."""
    if value.startswith(("https://", "http://")) and not any(letter.isspace() for letter in value):
        return f'<a href="{_text(value)}" rel="noreferrer">{_text(value)}</a>'
    return _text(value)


def _curve(run: Run, document: Document, points: Sequence[Point]) -> str:
    table = progress.curve(run, points, [epoch.model_dump() for epoch in document.epochs])
    lines = []
    for part, style in ((ON_TRAINING, "training"), (ON_HELD_OUT, "held-out")):
        rows = table[table["part"] == part]
        marked = part == ON_HELD_OUT and len(rows) <= MOST_DOTS
        lines.append(
            Line(part, style, list(zip(rows["at"], rows["value"], strict=True)), dots=marked or len(rows) == 1)
        )
    keys = "".join(f'<span class="key {line.style}"></span>{line.title}' for line in lines if line.points)
    return f"<p>Nats per symbol:{keys}</p>\n{svg(lines, 'epochs', 'nats per symbol')}"


def _figures(document: Document) -> str:
    titles, rows = cards.figures(document)
    head = "".join(f"<th>{_text(title)}</th>" for title in titles)
    lines = "\n".join("<tr>" + "".join(f"<td>{_text(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    return f'<div class="wide"><table class="figures">\n<tr>{head}</tr>\n{lines}\n</table></div>'


def _samples(document: Document) -> Iterable[str]:
    """Those of the kept epochs, the last first, after the prompt that they all go on from."""
    kept = [checkpoint.epoch for checkpoint in document.checkpoints]
    written = [sample for sample in document.samples if sample.epoch in kept]
    if not written:
        yield "<p>Nothing: the run was not asked to.</p>"
        return
    for prompt in dict.fromkeys(sample.prompt for sample in written):
        yield f"<p>The prompt:</p>\n<pre dir=auto>{_text(prompt)}</pre>"
    for epoch in reversed(kept):
        cells = [
            f"<div><h4>temperature {sample.temperature:g}, seed {sample.seed}</h4>"
            f"<pre dir=auto>{_text(sample.text)}</pre></div>"
            for sample in written
            if sample.epoch == epoch
        ]
        if cells:
            yield f'<h3>Epoch {epoch}</h3>\n<div class="samples">\n' + "\n".join(cells) + "\n</div>"


def _json(document: Document) -> str:
    return json.dumps(document.config.model_dump(mode="json"), indent=2, ensure_ascii=False)
