"""The page of all settings: `python -m docs.settings` writes docs/settings.md anew from rnnkit/settings.py."""

from __future__ import annotations

from pathlib import Path

from rnnkit.settings import SETTINGS

PAGE = Path(__file__).with_name("settings.md")
HEAD = """# Settings

Environment variables. An empty value means the default. `rnnkit doctor` says which are set, and what is wrong with one.

| variable | default | meaning |
| --- | --- | --- |
"""


def _linked(text: str) -> str:
    """Links are written as the README would have them."""
    return text.replace("](docs/", "](")


def page() -> str:
    """The whole page, as Markdown."""
    return HEAD + "".join(f"| `{name}` | `{one.default}` | {_linked(one.help)} |\n" for name, one in SETTINGS.items())


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
