"""The temperature lab: a text with the distribution of each of its symbols, other symbols, other ways to choose.

Texts are those of sampling.py, symbol for symbol. Knows no page.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import pandas as pd

from rnnkit import engine
from rnnkit.engine import Sampler, Trace
from rnnkit.errors import ConfigError
from rnnkit.store import Store
from rnnkit.studies.checkpoint import At, load
from rnnkit.studies.sampling import EncodedPrompt, SampleSettings, check, prompt_of
from rnnkit.tasks import Does
from rnnkit.texts.symbols import visible

MAX_LENGTH = 300
SHOWN = 12  # symbols of a distribution that get bars of their own
NATS_PER_BIT = math.log(2)
OTHERS = "all others"
BEFORE, AFTER = "model distribution", "sampling distribution"  # before the rules, and after them


class PromptedNetwork(NamedTuple):
    """A checkpoint's network ready to write, and the prompt that it continues."""

    run: str
    network: engine.Network
    prompt: EncodedPrompt

    def request(self, sampler: Sampler, seed: int = 0) -> engine.Request:
        return engine.Request(self.network, self.prompt.ids, sampler, seed)


class Column(NamedTuple):
    """A way to choose, what it wrote, and the sum of the logarithms of its symbols' probabilities, in nats."""

    title: str
    text: str
    log_probability: float


def prompted(store: Store, run_id: str, at: At, prompt: str | None = None) -> PromptedNetwork:
    """A checkpoint of a run, and a prompt. Raises what `sampling.write` raises."""
    checkpoint = load(store, run_id, at, does=Does.WRITES)
    return PromptedNetwork(checkpoint.run.id, checkpoint.network, prompt_of(store, checkpoint, prompt))


def trace(of: PromptedNetwork, settings: SampleSettings, overrides: Mapping[int, int] | None = None) -> Trace:
    """One text at the first temperature with all its distributions; `overrides` as `engine.trace` takes them.

    Raises:
        ConfigError: more than MAX_LENGTH symbols, or an override outside the text or the vocabulary.
    """
    check(settings.length, settings.seed, MAX_LENGTH)
    return engine.trace(of.request(settings.samplers[0], settings.seed), settings.length, overrides)


def symbols(of: PromptedNetwork, written: Trace) -> pd.DataFrame:
    """One row per symbol written.

    Columns: symbol (visible), before and after (bits of entropy), probability (of having been drawn), gap (a space
    stands before it) and line_end (it is one).
    """
    pieces = of.prompt.tokenizer.pieces(written.ids, after=int(of.prompt.ids[-1]))
    names = [of.prompt.tokenizer.symbols[i] for i in written.ids]
    columns = {
        "symbol": [visible(name) for name in names],
        "before": engine.entropy(written.before),
        "after": engine.entropy(written.after),
        "probability": written.after[np.arange(len(names)), written.ids],
        "gap": [len(piece) > len(name) for piece, name in zip(pieces, names, strict=True)],
        "line_end": [name == "\n" for name in names],
    }
    return pd.DataFrame(columns)


def distribution(of: PromptedNetwork, written: Trace, place: int) -> pd.DataFrame:
    """The likeliest symbols at a place before the rules, what was written there, and all others together.

    Columns: id (-1 for the others), symbol (visible), before, after (probabilities) and chosen.
    """
    before, after, chosen = written.before[place], written.after[place], int(written.ids[place])
    best = np.argsort(-before, kind="stable")[:SHOWN].tolist()
    if chosen not in best:
        best[-1:] = [chosen]
    rows = [(i, visible(of.prompt.tokenizer.symbols[i]), before[i], after[i], i == chosen) for i in best]
    if len(before) > len(best):
        rest = [max(0.0, 1 - values[best].sum()) for values in (before, after)]
        rows.append((-1, OTHERS, *rest, False))
    return pd.DataFrame(rows, columns=["id", "symbol", "before", "after", "chosen"])


def temperatures(of: PromptedNetwork, settings: SampleSettings) -> list[Column]:
    """One text for each temperature, all with the same seed."""
    return [_drawn(of, f"Temperature {value:g}", settings, value) for value in settings.temperatures]


def ways(of: PromptedNetwork, settings: SampleSettings, width: int) -> list[Column]:
    """The same prompt continued greedily, by beam search, and by drawing at the first temperature."""
    temperature = settings.temperatures[0]
    best = engine.beam_search(of.request(settings.samplers[0]), settings.length, width)[0]
    return [
        _drawn(of, "Greedy", settings, 0.0),
        Column(f"Beam search, {width} beams", of.prompt.continuation(best.ids), best.log_probability),
        _drawn(of, f"Drawn at temperature {temperature:g}", settings, temperature),
    ]


def _drawn(of: PromptedNetwork, title: str, settings: SampleSettings, temperature: float) -> Column:
    written = trace(of, replace(settings, temperatures=(temperature,)))
    return Column(title, of.prompt.continuation(written.ids), written.log_probability)


def read_overrides(written: str) -> dict[int, int]:
    """Overrides as an address holds them: "17:42,60:3" is symbol 42 as the 17th one written, and 3 as the 60th.

    Raises:
        ConfigError: it is not of this form.
    """
    if not written:
        return {}
    if len(written) > 4000 or not re.fullmatch(r"\d{1,3}:\d{1,6}(,\d{1,3}:\d{1,6})*", written, re.ASCII):
        raise ConfigError(f"branch: expected places and tokens as in 17:42,60:3, got {written[:40]!r}")
    pairs = (pair.split(":") for pair in written.split(","))
    return {int(place) - 1: int(symbol) for place, symbol in pairs}


def write_overrides(overrides: Mapping[int, int]) -> str:
    """What `read_overrides` reads, in the order of the text."""
    return ",".join(f"{place + 1}:{symbol}" for place, symbol in sorted(overrides.items()))


def overridden(overrides: Mapping[int, int], place: int, symbol: int) -> dict[int, int]:
    """`overrides` up to a place, then this one: later ones belonged to a text that is no more."""
    return {earlier: other for earlier, other in overrides.items() if earlier < place} | {place: symbol}
