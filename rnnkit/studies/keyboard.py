"""A predictive keyboard: the words and symbols that a network expects after what somebody has typed.

What was read stays read: states are kept by the text before them, so that one more key costs one step.
Knows no page.
"""

from __future__ import annotations

import heapq
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from rnnkit import engine
from rnnkit.architectures.architecture import State
from rnnkit.engine import Reader, Sampler
from rnnkit.errors import CorpusError, PromptError
from rnnkit.store import Run, Store
from rnnkit.studies.checkpoint import At, codec_of, load, text_of
from rnnkit.tasks import Does
from rnnkit.texts import batches
from rnnkit.texts.symbols import visible
from rnnkit.texts.tokenizers import Tokenizer

MAX_CHARS = 20_000
WORDS, SYMBOLS = 5, 6  # offers of each kind
TAKEN_FROM = 3  # of the offers a person is thought to look at; phones show three
MEASURED_CHARS = 2_000

LONGEST_WORD = 24
AT_ONCE = 8  # unfinished words read on together: up to here rows cost little more than one (arithmetic.product)
MOST_ROUNDS = 24  # of those; a network that expects everything alike would never come to an end
UNLIKELY = 1e-4  # words below this probability are not looked for
DRAWN = 16  # words drawn, of which the different ones are offered


class Offer(NamedTuple):
    """What can be put where the text ends, how it looks on its key, and the probability that the text goes on so."""

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


def keyboard(store: Store, run_id: str, at: At) -> Keyboard:
    """A checkpoint of a run that writes, as a keyboard. Raises as `checkpoint.load`."""
    checkpoint = load(store, run_id, at, does=Does.WRITES)
    return Keyboard(checkpoint.network, checkpoint.codec)


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
            raise PromptError(f"text: expected at most {MAX_CHARS:,} characters to continue, got {len(text):,}")
        offers = _whole_words if self.tokenizer.config.kind == "characters" else _next_words
        return offers(self, text, Sampler(temperature), words, seed)

    @cached_property
    def prefixes(self) -> engine.PrefixReader:
        """What was read of the texts that were asked about."""
        return engine.PrefixReader(self.network)

    @cached_property
    def in_words(self) -> np.ndarray:
        """(V,) bool: the symbols that words are made of."""
        return np.array([_of_word(symbol) for symbol in self.tokenizer.symbols])

    @cached_property
    def start(self) -> int:
        """The symbol that stands before every text: a network predicts nothing before its first one."""
        known = self.tokenizer.symbols
        return next((known.index(symbol) for symbol in ("\n", " ") if symbol in known), 0)

    def ids(self, text: str) -> tuple[np.ndarray, str | None]:
        """`text` after the start symbol, (N,) int32, and the sentence about what is unknown in it."""
        encoding = self.tokenizer.encode(self.tokenizer.in_its_form(text))
        return np.concatenate([np.array([self.start], np.int32), encoding.ids]), encoding.sentence()

    def after(self, reader: Reader, sampler: Sampler) -> np.ndarray:
        """The distributions after what was read, (rows, V) float64; the unknown symbol has no probability."""
        expected = engine.probabilities(sampler, reader.logits)
        if self.tokenizer.unknown_id is not None:
            expected[:, self.tokenizer.unknown_id] = 0
        return expected


# ---- a network of characters: whole words, letter by letter


class WordBeginning(NamedTuple):
    """The beginning of a word: its probability, what it adds to the text, and the state before its last letter."""

    probability: float
    text: str
    state: State
    row: int
    symbol: int


def _whole_words(board: Keyboard, text: str, sampler: Sampler, count: int, seed: int | None) -> Offers:
    ids, unknown = board.ids(text)
    reader, read = board.prefixes.read(ids)
    expected, symbols = board.after(reader, sampler)[0], board.tokenizer.symbols
    lead = text != "" and not text[-1].isspace()  # a letter goes on with the word; or a space, before the next word
    allowed = [i for i, symbol in enumerate(symbols) if board.in_words[i] or (lead and symbol == " ")]
    first = [WordBeginning(float(expected[i]), symbols[i], reader.state, 0, i) for i in allowed]
    if seed is None:
        words = _likeliest(board, first, sampler, count)
    else:
        words = _drawn(board, first, sampler, count, np.random.default_rng(seed))
    best = np.argsort(-expected, kind="stable")[:SYMBOLS]
    shown = [(symbols[i], expected[i]) for i in best if expected[i] > 0]
    return Offers(_labelled(words), _labelled(shown), unknown, read)


def _likeliest(
    board: Keyboard, first: Sequence[WordBeginning], sampler: Sampler, count: int
) -> list[tuple[str, float]]:
    """The `count` likeliest words with their probabilities: of these letters, and of ending after them.

    The likeliest beginnings are read on first (uniform-cost search: Dijkstra, 1959). As a beginning only loses when
    it grows, the search is over when none left is likelier than the words found: no other word could be.
    """
    found: list[tuple[float, str]] = []  # a heap, the least likely in front
    waiting = sorted(_entry(one) for one in first if one.probability > UNLIKELY)  # a heap too
    for _ in range(MOST_ROUNDS):
        bar = found[0][0] if len(found) == count else UNLIKELY
        if not waiting or -waiting[0][0] <= bar:
            break
        beginnings = [heapq.heappop(waiting)[-1] for _ in range(min(AT_ONCE, len(waiting)))]
        for beginning, ended, longer in _read_on(board, beginnings, sampler, bar):
            if ended > bar:
                (heapq.heappush if len(found) < count else heapq.heappushpop)(found, (ended, beginning.text))
            for other in longer:
                heapq.heappush(waiting, _entry(other))
    return [(word, probability) for probability, word in sorted(found, key=lambda pair: (-pair[0], pair[1]))]


def _entry(one: WordBeginning) -> tuple[float, str, WordBeginning]:
    return -one.probability, one.text, one  # no two beginnings have one text: the last part is never compared


def _read_on(
    board: Keyboard, beginnings: Sequence[WordBeginning], sampler: Sampler, bar: float
) -> Iterator[tuple[WordBeginning, float, list[WordBeginning]]]:
    """Each beginning, the probability that it is a word and ends here, and all longer ones likelier than `bar`."""
    state, expected = _step(board, beginnings, sampler)
    for row, one in enumerate(beginnings):
        probabilities = one.probability * expected[row]
        if len(one.text) >= LONGEST_WORD:
            yield one, one.probability, []
            continue
        ended = float(probabilities[~board.in_words].sum()) if one.text != " " else 0.0
        likely, symbols = np.flatnonzero(board.in_words & (probabilities > bar)).tolist(), board.tokenizer.symbols
        longer = [WordBeginning(float(probabilities[i]), one.text + symbols[i], state, row, i) for i in likely]
        yield one, ended, longer


def _step(board: Keyboard, beginnings: Sequence[WordBeginning], sampler: Sampler) -> tuple[State, np.ndarray]:
    """Read the last letters of beginnings: the states after them, and what is expected then, (rows, V)."""
    parts = len(beginnings[0].state)
    state = [np.stack([one.state[part][one.row] for one in beginnings]) for part in range(parts)]
    reader = Reader(board.network, len(beginnings), state).read(np.array([one.symbol for one in beginnings], np.int32))
    return state, board.after(reader, sampler)


def _drawn(
    board: Keyboard, first: Sequence[WordBeginning], sampler: Sampler, count: int, random: np.random.Generator
) -> list[tuple[str, float]]:
    """Up to `count` different words in the order drawn, letter by letter as the network would write them."""
    probabilities = np.array([one.probability for one in first])
    if not probabilities.sum() > 0:
        return []
    drawn = random.choice(len(first), DRAWN, p=probabilities / probabilities.sum())
    writing = {row: first[i] for row, i in enumerate(drawn)}
    found: dict[int, tuple[str, float]] = {}
    while writing:
        state, expected = _step(board, list(writing.values()), sampler)
        rows, writing = writing, {}
        for place, (row, one) in enumerate(rows.items()):
            following = np.where(board.in_words, expected[place], 0.0)
            ended = 0.0 if one.text == " " else max(0.0, float(expected[place].sum() - following.sum()))
            weights = np.append(following, ended)
            if not weights.sum() > 0:
                continue
            symbol = int(random.choice(len(weights), p=weights / weights.sum()))
            if symbol == len(following) or len(one.text) >= LONGEST_WORD:
                found[row] = one.text, one.probability * ended
            else:
                text = one.text + board.tokenizer.symbols[symbol]
                writing[row] = WordBeginning(one.probability * following[symbol], text, state, place, symbol)
    return list(dict(found[row] for row in sorted(found)).items())[:count]


# ---- a network of words


def _next_words(board: Keyboard, text: str, sampler: Sampler, count: int, seed: int | None) -> Offers:
    """Words that complete the one being typed, and words after it, with their probabilities given what was typed."""
    typed = text[len(re.sub(r"[\w'\u2019]*$", "", text, count=1)) :]
    ids, unknown = board.ids(text[: len(text) - len(typed)])
    reader, read = board.prefixes.read(ids)
    pairs, symbols = [], board.tokenizer.symbols
    share = 1.0  # of the probability that the word typed is whole, or that none was begun
    if typed:
        expected = board.after(reader, sampler)[0]
        begun = [i for i, symbol in enumerate(symbols) if symbol.startswith(typed.lower())]
        whole = [i for i in begun if symbols[i] == typed.lower()]
        longer = [i for i in begun if symbols[i] != typed.lower()]
        total = expected[[*whole, *longer]].sum()
        pairs += [(symbols[i], symbols[i][len(typed) :], expected[i] / total) for i in longer if expected[i] > 0]
        share = expected[whole].sum() / total if total > 0 else 1.0
        ids, unknown = board.ids(text)
        reader, new = board.prefixes.read(ids)
        read += new
    if share > 0:
        pairs += [(symbols[i], piece, share * p) for i, piece, p in _following(board, text, ids, reader, sampler)]
    words = [(piece, probability) for symbol, piece, probability in pairs if _is_word(symbol)]
    signs = [(piece, probability) for symbol, piece, probability in pairs if not _is_word(symbol)]
    words = _best(words, count) if seed is None else _drawn_of(words, count, np.random.default_rng(seed))
    return Offers(_labelled(words), _labelled(_best(signs, SYMBOLS)), unknown, read)


def _following(
    board: Keyboard, text: str, ids: np.ndarray, reader: Reader, sampler: Sampler
) -> Iterator[tuple[int, str, float]]:
    """Each symbol that may follow, with the space that belongs before it, and its probability; no second space."""
    expected = board.after(reader, sampler)[0]
    spaced = not text or text[-1].isspace()
    for i in np.argsort(-expected, kind="stable")[: 4 * (WORDS + SYMBOLS + DRAWN)]:
        if expected[i] > 0:
            [piece] = board.tokenizer.pieces([i], after=int(ids[-1]))
            yield int(i), piece.removeprefix(" ") if spaced else piece, float(expected[i])


def _drawn_of(words: Sequence[tuple[str, float]], count: int, random: np.random.Generator) -> list[tuple[str, float]]:
    """`count` different ones, each drawn by its probability among those that are left."""
    probabilities = np.array([probability for _, probability in words])
    likely = np.flatnonzero(probabilities > 0)
    if not len(likely):
        return []
    weights = probabilities[likely] / probabilities[likely].sum()
    return [words[i] for i in random.choice(likely, min(count, len(likely)), replace=False, p=weights)]


def _best(offers: Sequence[tuple[str, float]], count: int) -> list[tuple[str, float]]:
    return sorted(offers, key=lambda offer: -offer[1])[:count]


# ---- what words are


def _of_word(symbol: str) -> bool:
    """Letters, digits and their marks; an apostrophe and an underline do not end a word."""
    return symbol.isalnum() or symbol in "'\u2019_" or unicodedata.category(symbol[0])[0] == "M"


def _is_word(symbol: str) -> bool:
    return any(letter.isalnum() for letter in symbol)


def _labelled(offers: Sequence[tuple[str, float]]) -> list[Offer]:
    return [Offer(text, visible(text), float(probability)) for text, probability in offers]


# ---- keystrokes saved


def held_out(store: Store, run: Run) -> str:
    """The first MEASURED_CHARS characters that the run never learned from, as its vocabulary reads them.

    Raises:
        CorpusError: the text cannot be had or is another one by now, or the run holds nothing out.
    """
    tokenizer, text = codec_of(run, Does.WRITES), text_of(store, run)
    _, ids = batches.split(tokenizer.encode(text).ids, run.config.batches.validation_fraction)
    if not len(ids):
        raise CorpusError(f"held-out part of run {run.id}: expected some text to type, got none")
    return tokenizer.decode(ids[:MEASURED_CHARS])[:MEASURED_CHARS]


def saved(store: Store, run_id: str, epoch: float) -> float:
    """The share of the keys for the held-out text that offers save, 0 to 1. Raises as `keyboard` and `held_out`."""
    text = held_out(store, store.run(run_id))
    return 1 - keystrokes(keyboard(store, run_id, epoch), text) / len(text)


def keystrokes(board: Keyboard, text: str) -> int:
    """Keys that a person needs for `text` who takes an offer, with one key, whenever the right word is among the
    first TAKEN_FROM, and types a letter where it is not."""
    keys = place = 0
    while place < len(text):
        words = board.offers(text[:place], words=TAKEN_FROM).words
        place += max((len(offer.text) for offer in words if _right(offer.text, text, place)), default=1)
        keys += 1
    return keys


def _right(word: str, text: str, place: int) -> bool:
    """Whether `word` stands at `place` of the text, and ends there too."""
    end = place + len(word)
    return text.startswith(word, place) and (end >= len(text) or not _of_word(text[end]))
