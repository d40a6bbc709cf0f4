"""Whether a line repeats a text word for word: what no wall may show of a text that is somebody's own. Knows no run."""

from __future__ import annotations

FEWEST = 20  # characters that make a passage


def folded(text: str) -> str:
    """The text as it is compared: in small letters, all spaces and line ends alike."""
    return " ".join(text.casefold().split())


def quotes(line: str, text: str) -> bool:
    """Whether a passage of FEWEST characters of `line` stands in `text`, which is `folded`."""
    line = folded(line)
    return any(line[at : at + FEWEST] in text for at in range(len(line) - FEWEST + 1))
