"""A play of any size, made up from a seed: people who come and go, letters read aloud, songs, asides.

There is something to follow over long stretches: only who has entered speaks, and who was addressed by name answers;
quotes and brackets close, also inside others and many lines later; the thing of a scene has one owner, until it is
handed on; who is of rank speaks in lines of VERSE characters. The words are in play.json. Knows no network.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from rnnkit.texts.made import whole
from rnnkit.texts.made.grammar import Grammar, data, pick, sample

VERSE = 44  # characters of a line, at most
CAST = 7
ACTS, SCENES = 3, (3, 5)  # of a play
_DATA = data("play.json")
GRAMMAR = Grammar(_DATA["rules"])
NOUNS: list[str] = _DATA["rules"]["noun"]
NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")


class Person(NamedTuple):
    """Somebody of the cast; `verse`: of rank."""

    name: str
    trade: str
    he: str
    his: str
    verse: bool


@dataclass
class Scene:
    """Who is on stage, who is not, which thing it is about and who has it; who was addressed, who spoke last."""

    stage: list[Person]
    away: list[Person]
    thing: str
    owner: Person
    asked: Person | None = None
    last: Person | None = None

    def speaker(self, rng: random.Random) -> Person:
        """Who was addressed, else anybody on stage but who spoke last."""
        found, self.asked = self.asked or self.other(rng, self.last), None
        return found

    def other(self, rng: random.Random, *than: Person | None) -> Person:
        """Somebody else on stage."""
        return pick(rng, [one for one in self.stage if one not in than])

    def speech(self, speaker: Person, words: str) -> str:
        """The name on a line of its own, then what is said: in one line, or in lines of verse."""
        self.last = speaker
        return f"{speaker.name.upper()}:\n{_verse(words) if speaker.verse else words}\n"


def write(chars: int, seed: int = 0) -> str:
    """Whole scenes, `chars` characters or a little more. The same text on every Python version."""
    return whole(scenes(random.Random(seed)), chars)


def scenes(rng: random.Random) -> Iterator[str]:
    """Scenes without end, play after play; before the first of each stand its title and its cast."""
    while True:
        cast = _cast(rng)
        title = GRAMMAR.write("title", rng, {"trade": pick(rng, cast).trade}).upper()
        head = f"{title}\n\nPersons: {'; '.join(f'{one.name}, {one.trade}' for one in cast)}.\n\n"
        for act in range(1, ACTS + 1):
            for number in range(1, SCENES[0] + int(rng.random() * (SCENES[1] - SCENES[0] + 1)) + 1):
                yield f"{head}ACT {act}, SCENE {number}. {_scene(cast, rng)}"
                head = ""


def _cast(rng: random.Random) -> list[Person]:
    women, men = sample(rng, _DATA["women"], CAST // 2), sample(rng, _DATA["men"], CAST - CAST // 2)
    trades = {kind: sample(rng, _DATA[f"{kind}_trades"], CAST) for kind in ("verse", "prose")}
    found = []
    for i, name in enumerate([*women, *men]):
        kind = "verse" if i % 3 == 0 else "prose"
        he, his = ("she", "her") if name in women else ("he", "his")
        found.append(Person(name, trades[kind][i], he, his, kind == "verse"))
    return sample(rng, found, CAST)


def _scene(cast: list[Person], rng: random.Random) -> str:
    """Where it is, who enters, what they say and do, and that they leave."""
    people = sample(rng, cast, len(cast))
    count = 2 + int(rng.random() * 2)
    scene = Scene(people[:count], people[count:], pick(rng, NOUNS), people[0])
    where = GRAMMAR.write("room", rng)
    parts = [f"{where[0].upper()}{where[1:]}, {GRAMMAR.write('hour', rng)}.\n"]
    names = [one.name for one in scene.stage]
    a_thing = GRAMMAR.fill(f"a {scene.thing}", rng)
    parts.append(f"[Enter {', '.join(names[1:])} and {names[0]}, with {a_thing}.]\n")
    for _ in range(6 + int(rng.random() * 9)):
        parts.extend(pick(rng, BEATS)(scene, rng))
    parts.append("[Exeunt.]\n" if rng.random() < 0.8 else "[The curtain falls.]\n")
    return "\n".join(parts) + "\n"


# ---- what happens in a scene: each gives blocks of text


def _exchange(scene: Scene, rng: random.Random) -> Iterator[str]:
    """A question to somebody by name, and that person's answer."""
    asker = scene.speaker(rng)
    asked = scene.other(rng, asker)
    yield scene.speech(asker, _said("question", scene, rng, asker, asked))
    yield scene.speech(asked, _said("answer", scene, rng, asked, asker))


def _remark(scene: Scene, rng: random.Random) -> Iterator[str]:
    """Something said to somebody, who is next."""
    speaker = scene.speaker(rng)
    scene.asked = scene.other(rng, speaker)
    yield scene.speech(speaker, _said("remark", scene, rng, speaker, scene.asked))


def _aside(scene: Scene, rng: random.Random) -> Iterator[str]:
    """Thoughts in brackets, some with brackets inside; a manner before, now and then."""
    speaker = scene.speaker(rng)
    other = scene.other(rng, speaker)
    if rng.random() < 0.5:
        manner = _said("manner", scene, rng, speaker, other)
        yield scene.speech(speaker, f"({manner}) {_said('remark', scene, rng, speaker, other)}")
        scene.asked = other
        return
    thoughts = " ".join(_said("thought", scene, rng, speaker, other) for _ in range(1 + int(rng.random() * 3)))
    yield scene.speech(speaker, f"[Aside: {thoughts}]")


def _letter(scene: Scene, rng: random.Random) -> Iterator[str]:
    """A letter read aloud: one quote over several lines, in which others are quoted."""
    reader = scene.speaker(rng)
    writer, reached = pick(rng, scene.away or scene.stage), scene.other(rng, reader)
    lines = [f"{_said('greeting', scene, rng, writer, reader)},"]
    for _ in range(2 + int(rng.random() * 4)):
        lines.append(_said("saying", scene, rng, writer, reader).replace('"', "'"))
    lines.append(f"{_said('farewell', scene, rng, writer, reader)} {writer.name}.")
    scene.asked = reached
    letter, scene.last = "\n".join(lines), reader
    yield f'{reader.name.upper()}:\n(reads) "{letter}"\n{_said("remark", scene, rng, reader, reached)}\n'


def _song(scene: Scene, rng: random.Random) -> Iterator[str]:
    """Couplets that rhyme, in one quote; each line begins with two spaces."""
    singer = scene.speaker(rng)
    known = _known(scene, rng, singer, scene.other(rng, singer))
    lines = []
    for _ in range(2 + int(rng.random() * 2)):
        for rhyme in sample(rng, pick(rng, _DATA["rhymes"]), 2):
            line = GRAMMAR.write("song", rng, {**known, "rhyme": rhyme})
            lines.append(f"  {line[0].upper()}{line[1:]}")
    song, scene.last = ",\n".join(lines).removeprefix("  "), singer
    yield f'{singer.name.upper()}:\n(sings)\n  "{song}."\n'


def _owner(scene: Scene, rng: random.Random) -> Iterator[str]:
    """Who has the thing? The answer is true."""
    asker = scene.other(rng, scene.owner)
    asked = scene.other(rng, asker)
    yield scene.speech(asker, f"Who has the {scene.thing}, {asked.name}?")
    name = scene.owner.name
    mine = ("I have it", f"I have the {scene.thing} here", f"I, {asker.name}, and nobody else")
    theirs = (f"{name} has it", f"{name}, not I", f"{name} has had it since {scene.owner.he} came")
    said = pick(rng, mine if asked is scene.owner else theirs)
    yield scene.speech(asked, f"{said}. {_said('sentence', scene, rng, asked, asker)}")


def _hand_on(scene: Scene, rng: random.Random) -> Iterator[str]:
    """Whoever has the thing gives it to somebody on stage."""
    if scene.owner not in scene.stage:
        return
    new = scene.other(rng, scene.owner)
    yield f"[{scene.owner.name} gives the {scene.thing} to {new.name}.]\n"
    scene.owner = scene.asked = new
    scene.last = None


def _count(scene: Scene, rng: random.Random) -> Iterator[str]:
    """Counting up, one at a time, to a number that was named before."""
    speaker = scene.speaker(rng)
    other, last = scene.other(rng, speaker), 3 + int(rng.random() * 8)
    counted = ", ".join(NUMBERS[1 : last + 1])
    said = f"Count to {NUMBERS[last]}, {other.name}, and then give me the {scene.thing}."
    yield scene.speech(speaker, said)
    yield scene.speech(other, f"{counted[0].upper()}{counted[1:]}. {_said('sentence', scene, rng, other, speaker)}")


def _business(scene: Scene, rng: random.Random) -> Iterator[str]:
    """Something that is seen or heard."""
    one = pick(rng, scene.stage)
    written = GRAMMAR.write("business", rng, {"my_name": one.name, **_known(scene, rng, one, one)})
    yield f"[{written[0].upper()}{written[1:]}.]\n"


def _come_or_go(scene: Scene, rng: random.Random) -> Iterator[str]:
    """Somebody enters, or leaves where more than two are there."""
    if scene.away and (len(scene.stage) == 2 or rng.random() < 0.5):
        new = scene.away.pop(int(rng.random() * len(scene.away)))
        yield f"[Enter {new.name}.]\n"
        scene.stage.append(new)
        scene.asked = new
    elif len(scene.stage) > 2:
        gone = scene.stage.pop(int(rng.random() * len(scene.stage)))
        yield f"[Exit {gone.name}.]\n"
        scene.away.append(gone)
        scene.asked = None


BEATS = (
    _exchange, _exchange, _exchange, _remark, _remark, _remark, _aside, _aside, _letter, _song, _owner, _hand_on,
    _count, _business, _come_or_go, _come_or_go,
)  # fmt: skip


# ---- speaking


def _known(scene: Scene, rng: random.Random, me: Person, you: Person) -> dict[str, str]:
    """The words that this scene gives the grammar, as `me` says them to `you`; the third is somebody else."""
    others = [one for one in (*scene.stage, *scene.away) if one is not me and one is not you]
    third = pick(rng, others)
    return {
        "thing": scene.thing, "you": you.name, "third": third.name, "he": third.he, "his": third.his,
        "him": "her" if third.he == "she" else "him", "my": me.his,
    }  # fmt: skip


def _said(rule: str, scene: Scene, rng: random.Random, me: Person, you: Person) -> str:
    written = GRAMMAR.write(rule, rng, _known(scene, rng, me, you))
    return f"{written[0].upper()}{written[1:]}" if rule != "manner" else written


def _verse(words: str) -> str:
    """Lines of at most VERSE characters, each beginning with a capital."""
    lines, line = [], ""
    for word in words.split(" "):
        if line and len(line) + 1 + len(word) > VERSE:
            lines.append(line)
            line = word[0].upper() + word[1:]
        else:
            line = f"{line} {word}" if line else word
    return "\n".join([*lines, line])
