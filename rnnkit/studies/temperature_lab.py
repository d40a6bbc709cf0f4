"""One epoch of one run under the lens: what it believed at each symbol it wrote, other turns, other ways to choose.

Texts are those of sampling.py, symbol for symbol. Knows no page.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from rnnkit import engine
from rnnkit.engine import Sampler, Trace
from rnnkit.errors import ConfigError
from rnnkit.store import Store
from rnnkit.studies import sampling
from rnnkit.texts.symbols import visible
from rnnkit.texts.tokenizers import Tokenizer

MAX_LENGTH = 300
SHOWN = 12  # symbols of a distribution that get bars of their own
NATS_PER_BIT = math.log(2)
OTHERS = "all others"
BEFORE, AFTER = (
    "model distribution",
    "sampling distribution",
)  # what a distribution is called before and after the rules


class Bench(NamedTuple):
    """A network ready to write, and what it goes on from; `unknown` says what of the prompt it does not know."""

    run: str
    network: engine.Network
    tokenizer: Tokenizer
    prompt: str
    ids: np.ndarray
    unknown: str | None

    def request(self, sampler: Sampler, seed: int = 0) -> engine.Request:
        return engine.Request(self.network, self.ids, sampler, seed)

    def text(self, ids: np.ndarray) -> str:
        """What `ids` add to the prompt."""
        return "".join(self.tokenizer.pieces(ids, after=int(self.ids[-1])))


class Column(NamedTuple):
    """A way to choose, what it wrote, and the sum of the logarithms of its symbols' probabilities, in nats."""

    title: str
    text: str
    log_probability: float


def bench(store: Store, run_id: str, epoch: int | str, prompt: str | None = None) -> Bench:
    """A kept epoch of a run, or "last". Raises what `sampling.write` raises."""
    run = store.run(run_id)
    tokenizer = sampling.tokenizer_of(run)
    prompt = sampling.default_prompt(store, run, tokenizer) if prompt is None else prompt
    encoding = sampling.encoded(run, tokenizer, prompt)
    [kept] = sampling.chosen_epochs(run.id, store.checkpoint_epochs(run.id), [epoch])
    network = sampling.network_of(store, run, kept)
    return Bench(run.id, network, tokenizer, prompt, encoding.ids, encoding.sentence())


def trace(at: Bench, sampler: Sampler, *, length: int, seed: int, turns: Mapping[int, int] | None = None) -> Trace:
    """One text of at most MAX_LENGTH symbols with all that was believed; `turns` as `engine.trace` takes them."""
    sampling.check(length, seed)
    if length > MAX_LENGTH:
        raise ConfigError(f"length: expected 1 to {MAX_LENGTH} symbols under the lens, got {length:,}")
    return engine.trace(at.request(sampler, seed), length, turns)


def symbols(at: Bench, written: Trace) -> pd.DataFrame:
    """One row per symbol written.

    Columns: symbol (visible), before and after (bits of entropy), probability (of having been drawn), gap (a space
    stands before it) and line_end (it is one).
    """
    pieces = at.tokenizer.pieces(written.ids, after=int(at.ids[-1]))
    names = [at.tokenizer.symbols[i] for i in written.ids]
    return pd.DataFrame(
        {
            "symbol": [visible(name) for name in names],
            "before": engine.entropy(written.before),
            "after": engine.entropy(written.after),
            "probability": written.after[np.arange(len(names)), written.ids],
            "gap": [len(piece) > len(name) for piece, name in zip(pieces, names, strict=True)],
            "line_end": [name == "\n" for name in names],
        }
    )


def distribution(at: Bench, written: Trace, place: int) -> pd.DataFrame:
    """The likeliest symbols at a place before the rules, what was written there, and all others together.

    Columns: id (-1 for the others), symbol (visible), before, after (probabilities) and chosen.
    """
    before, after, chosen = written.before[place], written.after[place], int(written.ids[place])
    best = np.argsort(-before, kind="stable")[:SHOWN].tolist()
    if chosen not in best:
        best[-1:] = [chosen]
    rows = [(i, visible(at.tokenizer.symbols[i]), before[i], after[i], i == chosen) for i in best]
    if len(before) > len(best):
        rest = [max(0.0, 1 - values[best].sum()) for values in (before, after)]
        rows.append((-1, OTHERS, *rest, False))
    return pd.DataFrame(rows, columns=["id", "symbol", "before", "after", "chosen"])


def temperatures(at: Bench, samplers: Sequence[Sampler], *, length: int, seed: int) -> list[Column]:
    """One text for each sampler, all with the same seed."""
    return [
        _column(at, f"Temperature {sampler.temperature:g}", trace(at, sampler, length=length, seed=seed))
        for sampler in samplers
    ]


def ways(at: Bench, sampler: Sampler, *, length: int, seed: int, width: int) -> list[Column]:
    """The same prompt gone on from greedily, by beam search, and by drawing."""
    greedy = trace(at, Sampler(greedy=True), length=length, seed=seed)
    best = engine.beam_search(at.request(sampler), length, width)[0]
    return [
        _column(at, "Greedy", greedy),
        Column(f"Beam search, {width} beams", at.text(best.ids), best.log_probability),
        _column(at, f"Drawn at temperature {sampler.temperature:g}", trace(at, sampler, length=length, seed=seed)),
    ]


def _column(at: Bench, title: str, written: Trace) -> Column:
    return Column(title, at.text(written.ids), written.log_probability)


def read_turns(written: str) -> dict[int, int]:
    """Turns as an address holds them: "17:42,60:3" is symbol 42 as the 17th one written, and 3 as the 60th.

    Raises:
        ConfigError: it is not of this form.
    """
    if not written:
        return {}
    if len(written) > 4000 or not re.fullmatch(r"\d{1,3}:\d{1,6}(,\d{1,3}:\d{1,6})*", written, re.ASCII):
        raise ConfigError(f"branch: expected places and symbols as in 17:42,60:3, got {written[:40]!r}")
    pairs = (pair.split(":") for pair in written.split(","))
    return {int(place) - 1: int(symbol) for place, symbol in pairs}


def write_turns(turns: Mapping[int, int]) -> str:
    """What `read_turns` reads, in the order of the text."""
    return ",".join(f"{place + 1}:{symbol}" for place, symbol in sorted(turns.items()))


def turned(turns: Mapping[int, int], place: int, symbol: int) -> dict[int, int]:
    """`turns` up to a place, then this one: later ones belonged to a text that is no more."""
    return {at: other for at, other in turns.items() if at < place} | {place: symbol}
