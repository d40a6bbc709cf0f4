"""What a page shows letter by letter, for tests of pages."""

from __future__ import annotations

import html
import re

from streamlit.testing.v1 import AppTest


def letters(app: AppTest) -> list[str]:
    """The texts of `pages.widgets.letters`, each after the end of its prompt."""
    bodies = [element.proto.body for element in app.get("html")]
    return [html.unescape(re.sub("<.*?>", "", body))[1:] for body in bodies if body.startswith("<pre")]
