"""Trains the network of one rnnkit run again, without rnnkit.

    python -m venv keras && keras/bin/pip install tensorflow
    keras/bin/python THIS_FILE texts/*.txt

Each text is a file, and what the network learns is from which of them a line is. Those of the run are written by:

    python -m rnnkit take RUN texts.zip
    python -m zipfile -e texts.zip texts
"""

import sys
from collections import Counter
from pathlib import Path

import numpy as np

from .reading import text_of
from .rows import Texts, train_on
from .settings import *


def lines_of(text: str) -> list[str]:
    """The lines of a text, each once, LEAST_WORDS or more words long; after MOST_WORDS words they are cut."""
    words, found = [], []
    for line in text.split("\n"):
        words += line.split()
        while len(words) >= LEAST_WORDS:
            found.append(" ".join(words[:MOST_WORDS]))
            words = words[MOST_WORDS:]
    return list(dict.fromkeys(found))


def lines_of_each(texts: list[str]) -> list[list[str]]:
    """Lines that no other text has, of each text as many, spread evenly from its beginning to its end."""
    found = [lines_of(text) for text in texts]
    times = Counter(line for lines in found for line in lines)
    own = [[line for line in lines if times[line] == 1] for lines in found]
    fewest = min(len(lines) for lines in own)
    return [[lines[i] for i in np.linspace(0, len(lines), fewest + 1).astype(int)[:-1]] for lines in own]


def examples(*text_files: str) -> tuple[list[str], Texts, dict[str, Texts]]:
    """The classes, the lines to train on, and those that are only measured."""
    lines = lines_of_each([text_of(file) for file in text_files])
    cut = len(lines[0]) - int(len(lines[0]) * VALIDATION_FRACTION)
    trained = [(line, i) for i, of_text in enumerate(lines) for line in of_text[:cut]]
    held_out = [(line, i) for i, of_text in enumerate(lines) for line in of_text[cut:]]
    return [Path(file).stem for file in text_files], trained, {"val": held_out}


if __name__ == "__main__":
    if not 2 <= len(sys.argv) - 1 <= max(OUTPUTS, 2):
        sys.exit(f"Give 2 to {max(OUTPUTS, 2)} text files, one for each class")
    train_on(*examples(*sys.argv[1:]))
