"""A predictive keyboard: the words and symbols that a network expects after what somebody has typed.

What was read stays read: states are kept by the text before them, so that one more key costs one step.
Knows no page.
"""

from __future__ import annotations

import hashlib
import heapq
import re
import threading
import unicodedata
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from typing import NamedTuple

import numpy as np

from rnnkit import engine
from rnnkit.architectures.architecture import State
from rnnkit.engine.network import runner, unchecked
from rnnkit.engine.samplers import Sampler, probabilities
from rnnkit.errors import CorpusError, PromptError
from rnnkit.store import Run, Store
from rnnkit.studies import sampling
from rnnkit.texts import batches, corpora
from rnnkit.texts.symbols import visible
from rnnkit.texts.tokenizers import Tokenizer

MAX_CHARS = 20_000
WORDS, SYMBOLS = 5, 6  # offers of each kind
TAKEN_FROM = 3  # of the offers a person is thought to look at; phones show three
MEASURED_CHARS = 2_000

LONGEST_WORD = 24
AT_ONCE = 8  # unfinished words read on together: up to here rows cost little more than one (arithmetic.product)
MOST_ROUNDS = 24  # of those; a network that expects everything alike would never come to an end
UNLIKELY = 1e-4  # words below this chance are not looked for
DRAWN = 16  # words drawn, of which the different ones are offered

EVERY = 32  # symbols between two states kept on the way through a long text
KEPT_BYTES = 4 << 20  # of states, for each network


class Offer(NamedTuple):
    """What can be put where the text ends, how it looks on its key, and the chance that the text goes on so."""

    text: str
    label: str
    probability: float


class Offers(NamedTuple):
    """Whole words and single symbols, the likeliest first, or in the order in which they were drawn.

    `unknown` is a sentence where the vocabulary does not know all of the text; `read` counts the symbols that
    had to be read for these offers.
    """

    words: list[Offer]
    symbols: list[Offer]
    unknown: str | None
    read: int


def keyboard(store: Store, run_id: str, epoch: int) -> Keyboard:
    """A kept epoch of a run as a keyboard.

    Raises:
        UnknownRun, UnknownEpoch, DamagedCheckpoint: as `sampling.write`. ConfigError: the run is a classifier.
    """
    run = store.run(run_id)
    return Keyboard(sampling.network_of(store, run, epoch), sampling.tokenizer_of(run))


@dataclass(frozen=True, eq=False)
class Keyboard:
    """A network that offers how a text may go on. Threads may share it."""

    network: engine.Network
    tokenizer: Tokenizer

    def offers(self, text: str, temperature: float = 1.0, *, words: int = WORDS, seed: int | None = None) -> Offers:
        """What may follow `text`, which may end within a word: then the word is completed.

        Args:
            words: how many words to offer.
            seed: None for the likeliest words; else they are drawn, and another seed draws others.

        Raises:
            PromptError: more than MAX_CHARS characters.
            ConfigError: the temperature is out of range.
            DamagedCheckpoint: the network's numbers are no longer finite.
        """
        if len(text) > MAX_CHARS:
            raise PromptError(f"text: expected at most {MAX_CHARS:,} characters to go on from, got {len(text):,}")
        return _KINDS[self.tokenizer.config.kind](self, text, Sampler(temperature), words, seed)

    @cached_property
    def read(self) -> Reading:
        """The states of texts that were asked about."""
        return Reading(self.network)

    @cached_property
    def in_words(self) -> np.ndarray:
        """(V,) bool: the symbols that words are made of."""
        return np.array([_of_word(symbol) for symbol in self.tokenizer.symbols])

    @cached_property
    def start(self) -> int:
        """The symbol that every text is thought to stand after: a network has no opinion before its first one."""
        known = self.tokenizer.symbols
        return next((known.index(symbol) for symbol in ("\n", " ") if symbol in known), 0)

    def ids(self, text: str) -> tuple[np.ndarray, str | None]:
        """`text` after the start symbol, (N,) int32, and the sentence about what is unknown in it."""
        encoding = self.tokenizer.encode(text)
        return np.concatenate([np.array([self.start], np.int32), encoding.ids]), encoding.sentence()

    def after(self, state: State, sampler: Sampler) -> np.ndarray:
        """The distributions that follow states of one or more texts, (rows, V) float64; nothing is ever unknown."""
        rows = len(state[0])
        with unchecked():
            expected = probabilities(sampler, runner([self.network], [rows]).logits(state))
        if self.tokenizer.unknown_id is not None:
            expected[:, self.tokenizer.unknown_id] = 0
        return expected


# ---- what was read stays read


class Reading:
    """A network's states after texts, for the texts asked about last: by a digest of all that stands before them."""

    def __init__(self, network: engine.Network):
        self._network = network
        self._kept: OrderedDict[bytes, State] = OrderedDict()
        self._lock = threading.Lock()
        state_bytes = sum(array.nbytes for array in network.initial_state(1))
        self._most = max(64, KEPT_BYTES // state_bytes)

    def __call__(self, ids: np.ndarray) -> tuple[State, int]:
        """The state after `ids` (N,), one row, not to be changed, and how many of them had to be read."""
        known, kept = self._longest(ids)
        if known == len(ids):
            return kept, 0
        one = runner([self._network], [1])
        state = [array.copy() for array in kept] if known else one.initial_state()
        with unchecked():
            for length in range(known + 1, len(ids) + 1):
                one.advance(ids[length - 1 : length], state)
                if length % EVERY == 0 or length == len(ids):
                    self._keep(ids[:length], state)
        return state, len(ids) - known

    def _longest(self, ids: np.ndarray) -> tuple[int, State]:
        """The longest beginning of `ids` that was read: near the end any, before that only every 32nd was kept."""
        near = max(0, len(ids) - EVERY)
        for length in chain(range(len(ids), near, -1), range(near // EVERY * EVERY, 0, -EVERY)):
            digest = _digest(ids[:length])
            with self._lock:
                if digest in self._kept:
                    self._kept.move_to_end(digest)
                    return length, self._kept[digest]
        return 0, []

    def _keep(self, ids: np.ndarray, state: State) -> None:
        with self._lock:
            self._kept[_digest(ids)] = [array.copy() for array in state]
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)


def _digest(ids: np.ndarray) -> bytes:
    return hashlib.blake2b(ids, digest_size=16).digest()


# ---- a network of characters: whole words, letter by letter


class Beginning(NamedTuple):
    """The beginning of a word: its chance so far, what it adds to the text, and the state before its last letter."""

    chance: float
    text: str
    state: State
    row: int
    symbol: int


def _whole_words(at: Keyboard, text: str, sampler: Sampler, count: int, seed: int | None) -> Offers:
    ids, unknown = at.ids(text)
    state, read = at.read(ids)
    expected = at.after(state, sampler)[0]
    first = _first_letters(at, text, state, expected)
    if seed is None:
        words = _likeliest(at, first, sampler, count)
    else:
        words = _drawn(at, first, sampler, count, np.random.default_rng(seed))
    best = np.argsort(-expected, kind="stable")[:SYMBOLS]
    symbols = [(at.tokenizer.symbols[i], float(expected[i])) for i in best if expected[i] > 0]
    return Offers(_labelled(words), _labelled(symbols), unknown, read)


def _first_letters(at: Keyboard, text: str, state: State, expected: np.ndarray) -> list[Beginning]:
    """A letter that goes on with the word; or a space, before the next word."""
    lead = text != "" and not text[-1].isspace()
    allowed = [i for i, symbol in enumerate(at.tokenizer.symbols) if at.in_words[i] or (lead and symbol == " ")]
    return [Beginning(float(expected[i]), at.tokenizer.symbols[i], state, 0, i) for i in allowed]


def _likeliest(at: Keyboard, first: Sequence[Beginning], sampler: Sampler, count: int) -> list[tuple[str, float]]:
    """The `count` likeliest words with their chances: of these letters, and of ending after them.

    The likeliest beginnings are read on first (uniform-cost search: Dijkstra, 1959). As a beginning only loses when
    it grows, the search is over when none left is likelier than the words found: no other word could be.
    """
    found: list[tuple[float, str]] = []  # a heap, the least likely in front
    waiting = _heap(first, UNLIKELY)
    for _ in range(MOST_ROUNDS):
        bar = found[0][0] if len(found) == count else UNLIKELY
        if not waiting or -waiting[0][0] <= bar:
            break
        beginnings = [heapq.heappop(waiting)[-1] for _ in range(min(AT_ONCE, len(waiting)))]
        for beginning, ended, longer in _read_on(at, beginnings, sampler, bar):
            if ended > bar:
                (heapq.heappush if len(found) < count else heapq.heappushpop)(found, (ended, beginning.text))
            for other in longer:
                heapq.heappush(waiting, _entry(other))
    return [(word, chance) for chance, word in sorted(found, key=lambda pair: (-pair[0], pair[1]))]


def _heap(beginnings: Sequence[Beginning], bar: float) -> list[tuple]:
    waiting = [_entry(one) for one in beginnings if one.chance > bar]
    heapq.heapify(waiting)
    return waiting


def _entry(one: Beginning) -> tuple[float, str, Beginning]:
    return -one.chance, one.text, one  # no two beginnings have one text: the last part is never compared


def _read_on(
    at: Keyboard, beginnings: Sequence[Beginning], sampler: Sampler, bar: float
) -> Iterator[tuple[Beginning, float, list[Beginning]]]:
    """Each beginning, the chance that it is a word and ends here, and all longer ones that are likelier than `bar`."""
    state, expected = _step(at, beginnings, sampler)
    for row, one in enumerate(beginnings):
        chances = one.chance * expected[row]
        if len(one.text) >= LONGEST_WORD:
            yield one, one.chance, []
            continue
        ended = float(chances[~at.in_words].sum()) if one.text != " " else 0.0
        longer = np.flatnonzero(at.in_words & (chances > bar))
        yield (
            one, ended,
            [Beginning(float(chances[i]), one.text + at.tokenizer.symbols[i], state, row, int(i)) for i in longer],
        )  # fmt: skip


def _step(at: Keyboard, beginnings: Sequence[Beginning], sampler: Sampler) -> tuple[State, np.ndarray]:
    """Read the last letters of beginnings: the states after them, and what is expected then, (rows, V)."""
    parts = len(beginnings[0].state)
    state = [np.stack([one.state[part][one.row] for one in beginnings]) for part in range(parts)]
    with unchecked():
        ids = np.array([one.symbol for one in beginnings], np.int32)
        runner([at.network], [len(beginnings)]).advance(ids, state)
    return state, at.after(state, sampler)


def _drawn(
    at: Keyboard, first: Sequence[Beginning], sampler: Sampler, count: int, random: np.random.Generator
) -> list[tuple[str, float]]:
    """Up to `count` different words in the order drawn, letter by letter as the network would write them."""
    chances = np.array([one.chance for one in first])
    if not chances.sum() > 0:
        return []
    writing = {row: first[i] for row, i in enumerate(random.choice(len(first), DRAWN, p=chances / chances.sum()))}
    found: dict[int, tuple[str, float]] = {}
    while writing:
        state, expected = _step(at, list(writing.values()), sampler)
        rows, writing = writing, {}
        for place, (row, one) in enumerate(rows.items()):
            following = np.where(at.in_words, expected[place], 0.0)
            ended = 0.0 if one.text == " " else max(0.0, float(expected[place].sum() - following.sum()))
            weights = np.append(following, ended)
            if not weights.sum() > 0:
                continue
            symbol = int(random.choice(len(weights), p=weights / weights.sum()))
            if symbol == len(following) or len(one.text) >= LONGEST_WORD:
                found[row] = one.text, one.chance * ended
            else:
                text = one.text + at.tokenizer.symbols[symbol]
                writing[row] = Beginning(one.chance * following[symbol], text, state, place, symbol)
    return list(dict(found[row] for row in sorted(found)).items())[:count]


# ---- a network of words


def _next_words(at: Keyboard, text: str, sampler: Sampler, count: int, seed: int | None) -> Offers:
    """Words that complete the one being typed, and words after it, each with its chance given the letters typed."""
    typed = re.search(r"[\w'\u2019]*$", text)[0]
    ids, unknown = at.ids(text[: len(text) - len(typed)])
    state, read = at.read(ids)
    pairs, symbols = [], at.tokenizer.symbols
    share = 1.0  # of the chance that the word typed is whole, or that none was begun
    if typed:
        expected = at.after(state, sampler)[0]
        whole, longer = _completions(symbols, typed.lower())
        total = expected[[*whole, *longer]].sum()
        pairs += [(symbols[i], symbols[i][len(typed) :], expected[i] / total) for i in longer if expected[i] > 0]
        share = expected[whole].sum() / total if total > 0 else 1.0
        ids, unknown = at.ids(text)
        state, new = at.read(ids)
        read += new
    if share > 0:
        pairs += [(symbols[i], piece, share * chance) for i, piece, chance in _following(at, text, ids, state, sampler)]
    words = [(piece, chance) for symbol, piece, chance in pairs if _is_word(symbol)]
    signs = [(piece, chance) for symbol, piece, chance in pairs if not _is_word(symbol)]
    if seed is not None:
        words = _drawn_of(words, count, np.random.default_rng(seed))
    return Offers(_labelled(_best(words, count, seed)), _labelled(_best(signs, SYMBOLS)), unknown, read)


def _completions(symbols: Sequence[str], typed: str) -> tuple[list[int], list[int]]:
    """The id of the word `typed`, if it is one, and those of the words that begin with it."""
    begun = [i for i, symbol in enumerate(symbols) if symbol.startswith(typed)]
    return [i for i in begun if symbols[i] == typed], [i for i in begun if symbols[i] != typed]


def _following(
    at: Keyboard, text: str, ids: np.ndarray, state: State, sampler: Sampler
) -> Iterator[tuple[int, str, float]]:
    """Each symbol that may follow, with the space that belongs before it, and its chance; no second space."""
    expected = at.after(state, sampler)[0]
    spaced = not text or text[-1].isspace()
    for i in np.argsort(-expected, kind="stable")[: 4 * (WORDS + SYMBOLS + DRAWN)]:
        if expected[i] > 0:
            [piece] = at.tokenizer.pieces([i], after=int(ids[-1]))
            yield int(i), piece.removeprefix(" ") if spaced else piece, float(expected[i])


def _drawn_of(words: Sequence[tuple[str, float]], count: int, random: np.random.Generator) -> list[tuple[str, float]]:
    """`count` different ones, each drawn by its chance among those that are left."""
    chances = np.array([chance for _, chance in words])
    likely = np.flatnonzero(chances > 0)
    if not len(likely):
        return []
    weights = chances[likely] / chances[likely].sum()
    return [words[i] for i in random.choice(likely, min(count, len(likely)), replace=False, p=weights)]


def _best(offers: Sequence[tuple[str, float]], count: int, seed: int | None = None) -> list[tuple[str, float]]:
    """The likeliest; drawn ones stay in their order."""
    return list(offers) if seed is not None else sorted(offers, key=lambda offer: -offer[1])[:count]


_KINDS: dict[str, Callable[[Keyboard, str, Sampler, int, int | None], Offers]] = {
    "characters": _whole_words,
    "words": _next_words,
}


# ---- what words are


def _of_word(symbol: str) -> bool:
    """Letters, digits and their marks; an apostrophe and an underline do not end a word."""
    return symbol.isalnum() or symbol in "'\u2019_" or unicodedata.category(symbol[0])[0] == "M"


def _is_word(symbol: str) -> bool:
    return any(letter.isalnum() for letter in symbol)


def _labelled(offers: Sequence[tuple[str, float]]) -> list[Offer]:
    return [Offer(text, visible(text), float(chance)) for text, chance in offers]


# ---- keystrokes saved


def held_out(store: Store, run: Run) -> str:
    """The first MEASURED_CHARS characters that the run never learned from, as its vocabulary reads them.

    Raises:
        CorpusError: the text cannot be had or is another one by now, or the run holds nothing out.
    """
    text = corpora.load(run.corpus, store)
    read = (run.provenance or {}).get("corpus", {}).get("sha256")
    if read and read != hashlib.sha256(text.encode()).hexdigest():
        raise CorpusError(f"text: expected {run.corpus} as run {run.id} has read it, got another version of it here")
    tokenizer = sampling.tokenizer_of(run)
    _, ids = batches.split(tokenizer.encode(text).ids, run.config.batches.validation_fraction)
    if not len(ids):
        raise CorpusError(f"held-out part of run {run.id}: expected some text to type, got none")
    return tokenizer.decode(ids[:MEASURED_CHARS])[:MEASURED_CHARS]


def saved(store: Store, run_id: str, epoch: int) -> float:
    """The share of the keys for the held-out text that offers save, 0 to 1. Raises as `keyboard` and `held_out`."""
    text = held_out(store, store.run(run_id))
    return 1 - keystrokes(keyboard(store, run_id, epoch), text) / len(text)


def keystrokes(at: Keyboard, text: str) -> int:
    """Keys that a person needs for `text` who takes an offer, with one key, whenever the right word is among the
    first TAKEN_FROM, and types a letter where it is not."""
    keys = place = 0
    while place < len(text):
        words = at.offers(text[:place], words=TAKEN_FROM).words
        place += max((len(offer.text) for offer in words if _right(offer.text, text, place)), default=1)
        keys += 1
    return keys


def _right(word: str, text: str, place: int) -> bool:
    """Whether `word` stands at `place` of the text, and ends there too."""
    end = place + len(word)
    return text.startswith(word, place) and (end >= len(text) or not _of_word(text[end]))
