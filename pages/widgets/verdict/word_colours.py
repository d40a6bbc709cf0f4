"""A text in which every word has the colour and the underline of what it did to the verdict.

A component of its own: Streamlit has no text with a colour of any strength behind each word. Words come in as text
nodes only. Knows no network.
"""

from __future__ import annotations

from collections.abc import Sequence

from pages.widgets.shared import page
from rnnkit.studies.classifier import WordAttribution

_FRAME = '<div class="legend"></div><div class="words"></div>'
_TEXT = page.component("rnnkit_verdict_text", __file__, _FRAME)


def show(attribution: WordAttribution, labels: Sequence[str], *, key: str) -> None:
    """Draw the words of `attribution`; blue ones moved the verdict toward one class, orange ones away from it."""
    toward = labels[attribution.toward]
    against = f"speaks for {labels[0]}" if len(labels) == 2 else f"speaks against {toward}"
    columns = {name: attribution.words[name].tolist() for name in ("word", "gap", "moved", "points", "known")}
    after = attribution.probabilities[1:, attribution.toward].tolist()
    most = max(0.3, attribution.words["moved"].abs().max())  # where nothing moves, nothing is coloured strongly
    legend = {"label": toward, "toward": f"speaks for {toward}", "away": against}
    _TEXT(key=key, data={**columns, **legend, "after": after, "most": most, "tail": attribution.tail})
