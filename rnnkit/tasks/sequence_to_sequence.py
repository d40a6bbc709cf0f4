"""From one sequence to another: dates in many spellings to ISO dates, or one symbol to a whole line of a text.

Knows pairs, their one vocabulary for both sides, batches and the NumPy engine; no Keras and no page.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import NamedTuple

import numpy as np

from rnnkit import engine
from rnnkit.architectures.parts.sequences import END, PAD, START
from rnnkit.config import PairsConfig, RunConfig, join_corpora
from rnnkit.errors import ConfigError, CorpusError, DamagedCheckpoint, PromptError, TooShort
from rnnkit.metrics import EpochMetrics
from rnnkit.store import Sample, Store
from rnnkit.tasks.task import Arrays, Batch, Does, Measure, Report, Task, TaskData, TokenizerState, text_file
from rnnkit.texts import corpora, dates
from rnnkit.texts.batches import BatchPlan
from rnnkit.texts.corpora import CorpusInfo
from rnnkit.texts.decoding import checksum
from rnnkit.texts.downloads import OnProgress

DATES = "dates"
SPECIAL = ("(padding)", "(start)", "(end)")  # the names of PAD, START and END
MOST_SOURCES = 10
RARE = 20  # symbols seen less often in the lines of all texts: lines with one are left out
MIXED = 6  # symbols by which sources in one batch may differ in length, and more where they are rare
REPORTED = 300  # unseen pairs that are translated after each epoch
SHOWN = 8  # of them, and lines, that are kept as samples


class Pair(NamedTuple):
    """What is read, symbol by symbol, and what should be written."""

    source: Sequence[str]
    target: str


class Pairs(NamedTuple):
    """What is learned from, what is never learned from, and the symbols of both; `choices` are the only sources."""

    seen: list[Pair]
    unseen: list[Pair]
    symbols: tuple[str, ...]
    choices: tuple[str, ...] | None


@dataclass(frozen=True)
class PairCodec:
    """One vocabulary for both sides: id i is `symbols[i]`, the first three are SPECIAL.

    `choices` are the single symbols that can be asked for; None where any text can.
    """

    symbols: tuple[str, ...]
    choices: tuple[str, ...] | None

    @property
    def vocab_size(self) -> int:
        return len(self.symbols)

    @cached_property
    def index(self) -> dict[str, int]:
        return {symbol: i for i, symbol in enumerate(self.symbols)}

    def to_json(self) -> TokenizerState:
        return {"symbols": list(self.symbols), "choices": None if self.choices is None else list(self.choices)}

    def split(self, text: str) -> tuple[str, ...]:
        """A choice is one symbol; of any other text each character is."""
        return (text,) if self.choices and text in self.choices else tuple(text)

    def source(self, text: str, longest: int) -> list[int]:
        """The ids to translate. Raises PromptError: nothing, symbols never read, or more than the network reads."""
        if not text:
            raise PromptError("text: expected something to translate, got nothing")
        if self.choices and text not in self.choices:
            raise PromptError(f"choice: expected one of {', '.join(map(repr, self.choices))[:300]}, got {text[:40]!r}")
        symbols = self.split(text)
        if len(symbols) > longest:
            raise PromptError(
                f"text: expected at most {longest} tokens, which is what the network reads, got {len(symbols):,}"
            )
        unknown = list(dict.fromkeys(symbol for symbol in symbols if symbol not in self.index))
        if unknown:
            named = ", ".join(map(repr, unknown[:8])) + (", …" if len(unknown) > 8 else "")
            raise PromptError(f"text: expected tokens that the network has read before, got {named}")
        return [self.index[symbol] for symbol in symbols]

    def target(self, text: str) -> list[int]:
        """The ids of an answer, without START and END."""
        return [self.index[symbol] for symbol in text]

    def decode(self, ids: Iterable[int]) -> str:
        """What was written, up to END."""
        ids = list(ids)
        until = ids.index(END) if END in ids else len(ids)
        return "".join(self.symbols[i] for i in ids[:until] if i not in (PAD, START))


def decode(state: TokenizerState) -> PairCodec:
    """The codec that `to_json` wrote. Raises DamagedCheckpoint: it is not what `to_json` writes."""
    try:
        symbols, choices = tuple(state["symbols"]), state["choices"]
    except (TypeError, KeyError) as error:
        raise DamagedCheckpoint(f"vocabulary: expected symbols and choices, got {type(error).__name__}") from None
    fine = all(isinstance(symbol, str) and symbol.isprintable() and symbol for symbol in symbols)
    if not fine or symbols[: len(SPECIAL)] != SPECIAL or len(set(symbols)) != len(symbols):
        raise DamagedCheckpoint("vocabulary: expected different symbols after those for padding, start and end")
    if choices is not None and not (choices and set(choices) <= set(symbols)):
        raise DamagedCheckpoint("vocabulary: expected choices among the symbols, got others or none")
    return PairCodec(symbols, None if choices is None else tuple(choices))


# ---- pairs


def pairs(config: RunConfig, store: Store | None = None) -> Pairs:
    """All pairs of a run: of its dates, or of the lines of its texts. Raises CorpusError; TooShort: too few lines."""
    if config.corpora == (DATES,):
        return _dates(config.pairs)
    return _lines(config.corpora, config.pairs, store)


@lru_cache(maxsize=4)
def _dates(config: PairsConfig) -> Pairs:
    days, _ = dates.split(config.examples, config.held_out, config.seed)
    seen = [Pair(*pair) for pair in dates.pairs(days, 2 * config.seed, config.spellings)]
    return Pairs(seen, unseen_dates(config), tuple(dates.ALPHABET), None)


@lru_cache(maxsize=16)
def unseen_dates(config: PairsConfig) -> list[Pair]:
    """The pairs of days that no run with these settings learns from."""
    _, days = dates.split(config.examples, config.held_out, config.seed)
    return [Pair(*pair) for pair in dates.pairs(days, 2 * config.seed + 1, config.spellings)]


@lru_cache(maxsize=4)
def _lines(texts: tuple[str, ...], config: PairsConfig, store: Store | None) -> Pairs:
    """Several texts: from the name of one to a line of it. One text: from a line's first symbol to the line."""
    if DATES in texts or not 1 <= len(texts) <= MOST_SOURCES:
        got = join_corpora(texts)[:60]
        raise CorpusError(f"corpus: expected {DATES}, or 1 to {MOST_SOURCES} texts joined by +, got {got!r}")
    lines = {name: _lines_of(corpora.load(name, store), config.longest_output) for name in texts}
    counts = Counter(symbol for part in lines.values() for line in part for symbol in line)
    known = {symbol for symbol, count in counts.items() if count >= RARE}
    seen, unseen = [], []
    for place, (name, part) in enumerate(lines.items()):
        usable = [line for line in part if known.issuperset(line)]
        held_out, learned = config.held_out // len(texts) or 1, config.examples // len(texts) or 1
        if len(usable) <= held_out:
            raise TooShort(
                f"pairs.held_out: expected fewer than the {len(usable):,} different lines of at most "
                f"{config.longest_output} symbols in {name}, for each text, got {held_out:,}"
            )
        order = np.random.default_rng((config.seed, place)).permutation(len(usable))
        drawn = [Pair((name,) if len(texts) > 1 else (usable[i][0],), usable[i]) for i in order]
        unseen += drawn[:held_out]
        # Each text is read as often as the others: one of few lines has them more than once in an epoch.
        times = learned if len(texts) > 1 else min(learned, len(drawn) - held_out)
        seen += [drawn[held_out:][i] for i in np.resize(np.arange(len(drawn) - held_out), times)]
    choices = tuple(sorted({pair.source[0] for pair in seen}))
    symbols = (*sorted(known), *(choice for choice in choices if choice not in known))
    return Pairs(seen, [pair for pair in unseen if pair.source[0] in choices], symbols, choices)


def _lines_of(text: str, longest: int) -> list[str]:
    """The different lines that have something in them and are not too long, in their order."""
    lines = (line.rstrip() for line in text.split("\n"))
    return list(dict.fromkeys(line for line in lines if 0 < len(line) <= longest and line.isprintable()))


# ---- what a trainer gets


def measure(config: RunConfig, store: Store | None = None, state: TokenizerState | None = None) -> Measure:
    """Characters of all pairs, symbols in an epoch, the one vocabulary. Raises CorpusError; TooShort: too few lines."""
    found, used = _read(config, store, state)
    plan = _plan(config, found)
    return Measure(plan.symbols_per_epoch - len(found.seen), plan.symbols_per_epoch, used, used.vocab_size, plan)


def _plan(config: RunConfig, found: Pairs) -> BatchPlan:
    """What is read and written of the pairs that are seen, END among it."""
    rows, symbols = config.batches.batch_size, sum(len(pair.source) + len(pair.target) + 1 for pair in found.seen)
    return BatchPlan(math.ceil(len(found.seen) / rows), symbols)


def _read(config: RunConfig, store: Store | None, state: TokenizerState | None) -> tuple[Pairs, PairCodec]:
    """The pairs, with the run's own vocabulary once it has one."""
    found = pairs(config, store)
    if state is None:
        return found, PairCodec(SPECIAL + found.symbols, found.choices)
    codec = decode(state)
    if missing := {*found.symbols, *(found.choices or ())} - {*codec.symbols}:
        named = ", ".join(map(repr, sorted(missing)[:8]))
        raise CorpusError(f"corpus: expected lines in tokens that the run's vocabulary has, got others: {named}")
    return found, codec


class PairData(TaskData):
    """Pairs as batches: sources filled up on the right, and targets, which while learning are also read (shifted).

    The loss is nats per token of the answer, the accuracy the share of its symbols that are right when all before
    them are.
    """

    def __init__(self, config: RunConfig, store: Store | None = None, state: TokenizerState | None = None):
        found, codec = _read(config, store, state)
        self.config, self.codec, self.unseen = config, codec, found.unseen
        self.tokenizer_state, self.vocab_size = codec.to_json(), codec.vocab_size
        self.plan = _plan(config, found)
        self.sha256 = checksum("\n".join(f"{''.join(source)}\t{target}" for source, target in found.seen))
        self.chars_per_symbol = 1.0
        self.message = None
        self._seen, self._unseen = self._arrays(found.seen), self._arrays(found.unseen)
        self.held_out = {"val_": self.validation}

    def _arrays(self, some: Sequence[Pair]) -> tuple[np.ndarray, np.ndarray]:
        """Sources (N, Tx), and with START before it and END after it what should be written (N, Ty + 1), int32."""
        reads, writes = self.config.batches.length, self.config.pairs.longest_output + 2
        index = self.codec.index
        sources, targets = np.full((len(some), reads), PAD, np.int32), np.full((len(some), writes), PAD, np.int32)
        for row, (source, target) in enumerate(some):
            sources[row, : len(source)] = [index[symbol] for symbol in source]
            targets[row, : len(target) + 2] = [START, *self.codec.target(target), END]
        return sources, targets

    def training(self, epoch: int, first: int) -> Iterator[Batch]:
        """Inputs (B, Tx) and (B, Ty), targets (B, Ty).

        Sources of about one length go together, as a batch is as wide as its longest: reading 20,000 dates takes
        a third of the steps then. Which ones, and the order of the batches, are the epoch's own.
        """
        random = np.random.default_rng((self.config.training.seed, epoch))
        lengths = (self._seen[0] != PAD).sum(axis=1)
        batches = self._cut(np.argsort(lengths + random.uniform(0, MIXED, len(lengths))))
        order = random.permutation(len(batches))
        return (self._batch(self._seen, batches[i]) for i in order[first:])

    def validation(self) -> Iterator[Batch]:
        """All unseen pairs."""
        return (self._batch(self._unseen, rows) for rows in self._cut(np.arange(len(self._unseen[0]))))

    def _cut(self, order: np.ndarray) -> list[np.ndarray]:
        size = self.config.batches.batch_size
        return [order[start : start + size] for start in range(0, len(order), size)]

    def _batch(self, arrays: tuple[np.ndarray, np.ndarray], rows: np.ndarray) -> Batch:
        sources, targets = arrays[0][rows], arrays[1][rows]
        width = (sources != PAD).any(axis=0).sum()
        answers = targets[:, 1:]
        return Batch((sources[:, :width], targets[:, :-1]), answers, (answers != PAD).astype(np.float32))

    def report(self, epoch: float, arrays: Arrays) -> Report:
        """Unseen dates translated, and how many of them whole and right; or a line for each choice and temperature."""
        yield
        network = engine.network(self.config, self.vocab_size, arrays)
        if (choices := self.codec.choices) is not None:
            return {}, self._lines(epoch, network, choices[:SHOWN])
        tried = self.unseen[:REPORTED]
        written = write(network, self.codec, [pair.source for pair in tried])
        right = [answer == pair.target for answer, pair in zip(written, tried, strict=True)]
        shown = "\n".join(_line(pair, answer) for pair, answer in zip(tried[:SHOWN], written, strict=False))
        return {"val_exact": sum(right) / len(right)}, [Sample(epoch, 0.0, "", 0, shown)]

    def _lines(self, epoch: float, network: engine.Network, shown: Sequence[str]) -> list[Sample]:
        samples, seed = [], self.config.sampling.seed
        for temperature in dict.fromkeys(self.config.sampling.temperatures):
            lines = write(network, self.codec, [(one,) for one in shown], temperature, seed)
            samples.append(Sample(epoch, temperature, "", seed, "\n".join(map("{} → {}".format, shown, lines))))
        return samples


def _line(pair: Pair, answer: str) -> str:
    """An unseen pair as it was translated, and what would have been right where that is not it."""
    said = dates.shown(answer) + ("" if answer == pair.target else f" ✗ {pair.target}")
    return f"{''.join(pair.source)} → {said}"


def write(
    network: engine.Network, codec: PairCodec, sources: Sequence[Sequence[str]], temperature: float = 0.0, seed: int = 0
) -> list[str]:
    """What the network writes for each source (its symbols), each text with the same seed."""
    sampler = engine.Sampler(temperature)
    requests = [
        engine.Request(network, [*(codec.index[symbol] for symbol in source), START], sampler, seed)
        for source in sources
    ]
    return [codec.decode(ids) for ids in engine.generate(requests, network.config.pairs.longest_output + 1)]


# ---- the task


def check(config: RunConfig, measured: Measure) -> None:
    """Raises ConfigError where the longest pair is longer than the network reads or writes."""
    longest = 1 if measured.codec.choices else dates.LONGEST
    if config.batches.length < longest:
        raise ConfigError(
            f"batches.length: expected at least {longest}, as long as a spelling can be, got {config.batches.length}"
        )
    if config.model.architecture == "decoder" and not measured.codec.choices:
        raise ConfigError(
            "model.architecture=decoder begins with a single symbol: expected a corpus of lines, as cookbook+python, "
            f"got {config.corpus}"
        )
    if measured.codec.choices is None and config.pairs.longest_output < dates.ISO_LENGTH:
        raise ConfigError(
            f"pairs.longest_output: expected at least {dates.ISO_LENGTH}, the tokens of an ISO date, "
            f"got {config.pairs.longest_output}"
        )


def sources(store: Store | None = None) -> list[CorpusInfo]:
    """The dates, then every text, for its lines."""
    made_up = CorpusInfo(
        name=DATES, title="Dates in many spellings", chars=None, vocab=len(dates.ALPHABET), sha256=None,
        source="made up by rnnkit: English, French, German, numbers and words, from 1600 to 2199",
        licence="the same as rnnkit's", language="several", built_in=True, available=True,
    )  # fmt: skip
    return [made_up, *corpora.catalogue(store)]


def fetch(name: str, store: Store | None = None, progress: OnProgress | None = None) -> None:
    """Bring one of `sources` to this machine; dates are made up here."""
    if name != DATES:
        corpora.load(name, store, progress)


def results(epochs: Sequence[EpochMetrics], best: EpochMetrics) -> Iterable[str]:
    """How many unseen answers were whole and right at the best epoch, or the held-out loss."""
    exact = best.get("val_exact")
    yield f"held-out loss {best['val_loss']:.4f}" if exact is None else f"{exact:.2%} of unseen ones exact"
    yield f"epoch {best['epoch']}"


SEQUENCE_TO_SEQUENCE = Task(
    name="sequence-to-sequence", title="Sequence to sequence",
    summary="Reads one sequence and writes another: a date in any spelling as an ISO date, a class as a whole line.",
    parts=("pairs", "batches", "model", "training"),
    unused=("batches.kind", "batches.passes", "batches.random_offset", "batches.validation_fraction"),
    sources=sources, fetch=fetch, most_sources=MOST_SOURCES,
    measure=measure, read=PairData, check=check, decode=decode, loss=lambda config: "softmax",
    does=Does.TRANSLATES,
    knows="It knows answers of the kind that it was trained on, and answers anything with one.",
    results=results, data_file=text_file,
)  # fmt: skip
