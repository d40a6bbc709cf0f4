"""A text letter by letter, as a network wrote it: never read as Markdown or HTML.

In plain HTML: for `st.code` a browser first fetches 1.5 MB that colour the words of programs, and it cannot set what a
prompt apart from the generated text. Where a text is there to be copied, `st.code` has the button for it.
"""

from __future__ import annotations

import html

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

PROMPT_CHARS = 40  # of a longer prompt at most so many stand before a text


def show(text: str, *, prompt: str = "", height: int | None = None, place: DeltaGenerator | None = None) -> None:
    """`text`, after the end of `prompt` in paler letters; what is longer scrolls.

    Args:
        text, prompt: may hold any letters.
        height: of the text on the page, in pixels; as high as it needs to be without.
        place: where; the page itself without.
    """
    before = prompt
    if len(prompt) > PROMPT_CHARS:
        cut, space, words = prompt[-PROMPT_CHARS:].partition(" ")
        before = "…" + (words if space else cut)
    pale = f'<span class="prompt">{html.escape(before)}</span>' if before else ""
    style = f' style="height: {height}px"' if height else ""
    box = f'<pre class="letters" tabindex="0" role="group" aria-label="Text"{style}>'
    (place or st).html(f"{box}\n{pale}{html.escape(text)}</pre>")  # a line end right after the tag is swallowed
