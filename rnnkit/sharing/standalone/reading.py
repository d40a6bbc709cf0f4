"""Reads a text file, says whether it is the text of the run, and cuts it into tokens by the rules of the run."""

import hashlib
import re
import unicodedata

from .settings import *


def text_of(text_file: str) -> str:
    """The text in a file, all line ends alike."""
    with open(text_file, encoding="utf-8-sig", newline="") as file:
        return file.read().replace("\r\n", "\n").replace("\r", "\n")


def check(text: str) -> None:
    """Say so where this is not the text that the run has read."""
    if TEXT_SHA256 and hashlib.sha256(text.encode()).hexdigest() != TEXT_SHA256:
        print("This is not the text that the run was trained on: the losses will be others.")


# A run of dashes is a word; apostrophes and slashes inside words are none, nor points and commas inside numbers.
APART = re.compile(
    r"[-\u2010-\u2015]+"
    r"|(?<![^\W_])['\u2019/]|['\u2019/](?![^\W_])"
    r"|(?<!\d)[.,]|[.,](?!\d)"
)
LEFT_ALONE = "'\u2019/.,-\u2010\u2011\u2012\u2013\u2014\u2015"
BETWEEN_WORDS = str.maketrans(dict.fromkeys('!"#$%&()*+,-./:;<=>?@[\\]^_`{|}~\t\n', " "))


def tokens_of(text: str) -> list[str]:
    """The text, token by token."""
    if NEWLINES_AS_SPACES:
        text = text.replace("\n", " ")
    if TOKENS == "characters":
        return list(text)
    elif TOKENS == "words":
        return words_of(text.lower())
    elif TOKENS == "spaced words":
        return text.split()
    else:
        return [word for word in text.lower().translate(BETWEEN_WORDS).split(" ") if word]


def words_of(text: str) -> list[str]:
    """Words; punctuation marks and line ends are words too."""
    text = APART.sub(r" \g<0> ", text)
    text = text.translate({ord(letter): spaced(letter) for letter in set(text)})
    return [word for word in text.split(" ") if word]


def spaced(letter: str) -> str:
    """What a letter becomes before the split at spaces."""
    if letter == "\n":
        return " \n "
    category = unicodedata.category(letter)
    if letter.isspace() or category in ("Cc", "Cs"):
        return " "
    if letter in LEFT_ALONE:
        return letter
    return f" {letter} " if category[0] in "PS" else letter
