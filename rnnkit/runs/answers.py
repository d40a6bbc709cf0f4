"""Questions with what answers them here: trained networks, a line that one wrote, and experiments that work now.

Knows no page.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from rnnkit import metrics, tasks
from rnnkit.presets import PRESETS, Preset
from rnnkit.presets.questions import Question
from rnnkit.store import Run, Sample, Store
from rnnkit.tasks import Does
from rnnkit.texts.corpora import CorpusInfo
from rnnkit.training import cost, queueing

LEAST_SECONDS = 5.0  # of any experiment: until the first text stands
LINE = range(25, 75)  # characters of a line that a card shows
_ENDS = re.compile(r"(?<=[.!?”\"])\s+|\n+")
# What a network that does not write says of itself: words round the first or the last of its results.
_SAYS = {Does.CLASSIFIES: ("Right about {}", 0), Does.FORECASTS: ("“tomorrow = today” is beaten: {}", -1)}


class Experiment(NamedTuple):
    """A preset here: how its texts can come here, empty where they are here already."""

    preset: Preset
    missing: str

    @property
    def works(self) -> bool:
        """Whether it can be trained now, without a network."""
        return not self.missing


def experiment(preset: Preset, texts: Mapping[str, CorpusInfo], store: Store | None = None) -> Experiment:
    """A preset with what it misses among `texts`, those of its task."""
    named = tasks.of(preset.config).named(preset.config.corpora, store)
    found = [texts[name].missing for name in named if name in texts and texts[name].missing]
    return Experiment(preset, ", ".join(dict.fromkeys(found)))


def first_that_works(found: Iterable[Experiment]) -> Experiment:
    """The first that can be trained now, else the first after a download, else the first."""
    every = list(found)
    return min(every, key=lambda one: (not one.works, not one.missing.startswith("to be downloaded")))


def seconds(preset: Preset, store: Store, slower: float) -> float:
    """How long all of it takes here, about. Reads its text: the first time that takes a while.

    Raises what `queueing.measure` does.
    """
    config = preset.config
    if config.training.seconds:
        return float(config.training.seconds)
    measured = queueing.measure(config, store)
    one = cost.estimate(config, measured.vocab_size, measured.symbols, measured.plan, slower)
    return max(LEAST_SECONDS, cost.seconds_of_run(config, one))


def shown(question: Question, runs: Sequence[Run]) -> list[Run]:
    """The networks that came along and answer it, in the order that it names them; of one preset the best first."""
    found = [run for run in runs if run.pretrained and run.preset in question.shown]
    return sorted(found, key=lambda run: (question.shown.index(run.preset or ""), _rank(run)))


def best(runs: Iterable[Run]) -> Run | None:
    """The network that writes best, of those that came along: by bits per character of text that was held out.

    Made-up texts are easier to write than others, and words than characters: those are no measure of a network.
    """
    every = [run for run in runs if run.pretrained and run.best_bits is not None and tasks.of(run.config).writes]
    hard = [run for run in every if run.config.tokenizer.kind == "characters" and run.corpus not in _MADE_UP]
    return min(hard or every, key=_rank, default=None)


_MADE_UP = ("cookbook", "play", "memory")


def _rank(run: Run) -> float:
    return float("inf") if run.best_bits is None else run.best_bits


def says(run: Run, samples: Sequence[Sample], epochs: Callable[[], Sequence[dict]]) -> str | None:
    """One whole line that the network wrote, else what it can do; None where nothing is known."""
    written = samples[len(samples) // 2].text if samples else ""
    if line := a_line(written):
        return line
    task, measured = tasks.of(run.config), epochs()
    last = metrics.best(measured) if task.does in _SAYS and measured else None
    results = list(task.results(measured, last)) if last is not None else []
    words, place = _SAYS.get(task.does, ("", 0))
    return words.format(results[place]) if results else None


def a_line(text: str) -> str | None:
    """A sentence or a line of `text` that is whole and of a length to be read at a glance: not its first, broken one.

    Where none is, its beginning up to a word.
    """
    parts = [part.strip() for part in _ENDS.split(text)]
    whole = [part for part in parts[1:-1] if len(part) in LINE and part.count(" ") > 2]
    if whole or not text.strip():
        return whole[0] if whole else None
    cut = " ".join(text.split())[: LINE.stop]
    return cut if len(cut) < LINE.stop else f"{cut.rpartition(' ')[0]} …"


def presets_of(question: Question) -> list[Preset]:
    """Its experiments."""
    return [PRESETS[name] for name in question.presets]
