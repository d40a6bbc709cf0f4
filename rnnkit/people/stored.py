"""What is stored about a member of a class, in plain words: the page What is stored and docs/privacy.md are made of it.

What it says is held by tests: of what is deleted, of what others see, of addresses in logs. Knows no store.
"""

from __future__ import annotations

from typing import NamedTuple


class Part(NamedTuple):
    """A question that somebody has, and the answers, a sentence or two each."""

    title: str
    icon: str
    answers: tuple[str, ...]


PARTS = (
    Part("What is stored about you", "inventory_2", (
        "The nickname that you chose. Nobody asks for your name.",
        "Where you sign in with an account of your school: the nickname and the role that it gives, and a checksum in "
        "place of the account. Nothing else of what the school's server tells.",
        "A random number in a cookie of your browser, so that you are still you after a pause. Only its checksum is "
        "stored here.",
        "The texts that you bring, and the networks that you train: their settings, their curves and what they wrote.",
        "What you did and when: start, stop, rename, share, delete. And your answers to the quiz.",
    )),
    Part("Where", "laptop_mac", (
        "On one computer: the one that your teacher opened the class on. Nothing is sent to the internet.",
        "Others who use that computer under another name cannot read it. Its disk is not encrypted by this program.",
    )),
    Part("Who sees it", "visibility", (
        "Your texts: you and your teacher. The class sees one only after you share it, and no longer when you take "
        "that back.",
        "Networks trained on a text that is not shared: you and your teacher, with all that they write.",
        "Networks trained on public texts: everybody in the class, with your nickname.",
        "On the wall: your nickname and the curve of your newest network; of a text that is not shared no title and no "
        "word.",
        "What you did: you and your teacher.",
    )),
    Part("How long", "schedule", (
        "Until your teacher ends the class; a day after it was opened it ends by itself. Then everything of yours is "
        "deleted for good.",
        "What you delete yourself can be brought back for a day; then it is gone for good.",
    )),
    Part("How to have it deleted", "delete_forever", (
        "At any time, with *Delete all of mine*: texts, networks, what you did, your answers, logs and what was in the "
        "trash. Nothing brings it back. Afterwards the program searches its folder for what was yours, and shows what "
        "it found.",
        "Networks that others trained on a text that you had shared go too, as they may have learned passages of it.",
        "What somebody has downloaded before, and copies that your teacher made (`rnnkit backup`, the file of the "
        "class), are not reached: ask your teacher.",
    )),
    Part("What is never stored", "block", (
        "Your name, your e-mail address, a password, the address of your phone or laptop, where you are, what else "
        "you do with your browser.",
        "What you type for a network to continue. It stands in the address of your own browser only.",
        "Anything from before the class, or from other websites.",
    )),
)  # fmt: skip
HEAD = (
    "# What is stored in a class\n"
    "\n"
    "For a school's records, and for those who ask. This page is made by `python -m rnnkit.people.stored > "
    "docs/privacy.md` from what the page *What is stored* shows to everybody in a class, who also see there how "
    "much of theirs there is.\n"
)
FOOT = (
    "\n"
    "## For those who run it\n"
    "\n"
    "* Purpose: lessons about how networks learn to write. Nothing is used for anything else, and no part of it "
    "decides about people.\n"
    "* Before a text is kept, e-mail addresses, telephone and account numbers, postal addresses and web addresses"
    " with a user name in it are counted and highlighted, and can be replaced. That is a hint: names are not "
    "found.\n"
    "* Without a class everything belongs to whoever owns the machine, and whoever can open the dashboard sees "
    "it.\n"
    "* The store is a file in `RNNKIT_HOME`, closed to other people of the machine. What is deleted is "
    "overwritten (SQLite's `secure_delete`) and the file is written anew. A disk may keep old blocks, and "
    "PostgreSQL a log of its own: these are not reached.\n"
    "* The store names the computers that train, never those that look on. The server writes no line for a "
    "request, and leaves addresses out of what it says of faults.\n"
)


def markdown() -> str:
    """docs/privacy.md."""
    parts = (f"\n## {part.title}\n\n" + "".join(f"* {answer}\n" for answer in part.answers) for part in PARTS)
    return HEAD + "".join(parts) + FOOT


if __name__ == "__main__":
    print(markdown(), end="")
