"""Texts that are shown letter by letter."""

from __future__ import annotations

import pytest
import shown
from streamlit.testing.v1 import AppTest


def drawn(text: str, prompt: str = "") -> str:
    """What a page shows of the text after the prompt."""

    def page(text: str, prompt: str) -> None:
        from pages.widgets.shared import generated_text

        generated_text.show(text, prompt=prompt, height=100)

    app = AppTest.from_function(page, kwargs={"text": text, "prompt": prompt}).run()
    assert not app.exception
    (found,) = shown.letters(app)
    return found


@pytest.mark.parametrize("text", ["", "\n\nA line", "<b>&lt;</b> **x** </pre>", "été 日本語\t x  ", "\ud7ff\ufffd"])
def test_letters_stay_as_they_are(text: str):
    assert drawn(text) == text
    assert drawn(text, "<i>") == f"<i>{text}"


def test_of_a_long_prompt_the_last_words_stand_before_the_text():
    prompt = "It is a capital mistake to theorise before one has data"
    assert drawn(" more", prompt) == "…mistake to theorise before one has data more"
    assert drawn("c", "ab" * 50) == f"…{'ab' * 20}c"
