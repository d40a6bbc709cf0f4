"""Film reviews with their verdicts, made up from a seed: most of what a review says is for its verdict, not all of it.

Praise is said by praising, by denying the opposite, against others' opinions and in spite of faults; so no word alone
gives the verdict away, and a plot may be about terrible or wonderful things. The words, plain English, are in
reviews.json. Knows no network.
"""

from __future__ import annotations

import random
from collections.abc import Iterator

from rnnkit.texts.made.grammar import Grammar, data, pick

OPINIONS = (3, 7)  # in a review; fewer than half of them are against its verdict
_DATA = data("reviews.json")
_SIDES = (("bad", "good"), ("disliked", "liked"), ("blame", "praise"))


def _grammar(verdict: int) -> Grammar:
    """Of opinions for this verdict, 1 for good: `same` words are on its side, `other` on the other side."""
    rules = dict(_DATA["rules"])
    for names, kind in zip(_SIDES, ("", "_verb", "_noun"), strict=True):
        rules[f"same{kind}"], rules[f"other{kind}"] = _DATA[names[verdict]], _DATA[names[1 - verdict]]
    rules["opinion"] = _DATA["opinions"] + _DATA["only_good" if verdict else "only_bad"]
    return Grammar(rules)


GRAMMARS = (_grammar(0), _grammar(1))


def reviews(rng: random.Random) -> Iterator[tuple[str, int]]:
    """Reviews without end, none twice, each with its verdict: 1 for good. As many good as bad ones."""
    seen = set()
    while True:
        verdict = int(rng.random() * 2)
        text = _review(verdict, rng)
        if text not in seen:
            seen.add(text)
            yield text, verdict


def write(count: int, seed: int = 0) -> tuple[list[str], list[int]]:
    """The first `count` of them. The same on every Python version."""
    found = reviews(random.Random(seed))
    made = [next(found) for _ in range(count)]
    return [text for text, _ in made], [verdict for _, verdict in made]


def _review(verdict: int, rng: random.Random) -> str:
    fewest, most = OPINIONS
    count = fewest + int(rng.random() * (most - fewest + 1))
    against = int(rng.random() * ((count + 1) // 2))
    said = [GRAMMARS[verdict].write("opinion", rng) for _ in range(count - against)]
    said += [GRAMMARS[1 - verdict].write("opinion", rng) for _ in range(against)]
    said += [GRAMMARS[verdict].write("plot", rng) for _ in range(1 + int(rng.random() * 3))]
    shuffled = [said.pop(int(rng.random() * len(said))) for _ in range(len(said))]
    if rng.random() < 0.2:
        shuffled.append(pick(rng, _DATA["see" if verdict else "avoid"]))
    return " ".join(shuffled)
