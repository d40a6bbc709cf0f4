"""The language model: after each symbol of a text, which one comes next?

Knows texts, vocabularies, batches and the NumPy engine; no Keras and no page.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache, partial
from typing import Any

import numpy as np

from rnnkit import architectures, engine, metrics
from rnnkit.config import RunConfig, TokenizerConfig
from rnnkit.errors import PromptError, TooShort
from rnnkit.metrics import VALIDATION, EpochMetrics
from rnnkit.store import Sample, Store
from rnnkit.tasks.task import (
    Arrays,
    Batch,
    Does,
    Measure,
    Report,
    Script,
    Task,
    TokenizerState,
    WholeText,
    text_file,
)  # fmt: skip
from rnnkit.texts import batches, corpora, encoded, held_out, tokenizers
from rnnkit.texts.tokenizers import Tokenizer

AT_ONCE = 50  # symbols of each text, before others have a turn
PROMPT_SYMBOLS = 40  # of the held-out text, when the config gives no prompt


def measure(config: RunConfig, store: Store | None = None, state: TokenizerState | None = None) -> Measure:
    """Characters, symbols and vocabulary of the text, and the epochs it gives. Raises CorpusError, TooShort."""
    if state is None:
        reader = store and store.reader_of(config.corpora)
        chars, symbols, tokenizer = read_text(config.corpus, config.tokenizer, reader)
        return Measure(chars, symbols, tokenizer, tokenizer.vocab_size, batches.plan(symbols, config.batches))
    text = encoded.read(config.corpus, config.tokenizer, store, state)
    tokenizer, encoding = text.tokenizer, text.encoding
    unknown = encoding.unknown_count / max(1, encoding.tokens)
    try:
        planned = batches.plan(len(encoding.ids), config.batches)
    except TooShort as error:
        raise (
            TooShort(f"{error}; {unknown:.0%} of its tokens are not in the vocabulary") if unknown else error
        ) from None
    return Measure(text.chars, len(encoding.ids), tokenizer, tokenizer.vocab_size, planned, unknown)


@lru_cache(maxsize=16)
def read_text(corpus: str, tokenizer: TokenizerConfig, store: Store | None) -> tuple[int, int, Tokenizer]:
    """Characters, symbols and a new vocabulary of a text. The slow part (a second for 2 MB of words) is kept."""
    text = encoded.read(corpus, tokenizer, store)
    return text.chars, len(text.encoding.ids), text.tokenizer


class TextData:
    """The ids of a text as batches, for both kinds of batches.

    With the run's own vocabulary once it has one: a fork on another text keeps reading the same symbols.
    """

    def __init__(self, config: RunConfig, store: Store | None = None, state: TokenizerState | None = None):
        text = encoded.read(config.corpus, config.tokenizer, store, state)
        self.config, self.sha256, tokenizer, encoding = config, text.sha256, text.tokenizer, text.encoding
        self.tokenizer, self.chars_per_symbol = tokenizer, text.chars_per_symbol
        self.tokenizer_state, self.vocab_size = tokenizer.to_json(), tokenizer.vocab_size
        said = (encoding.sentence(), tokenizer.without_spaces)
        self.message = ". ".join(filter(None, said)) or None
        self.plan = batches.plan(encoding.ids, config.batches)
        self.trained, self.held_out_ids = batches.split(encoding.ids, config.batches.validation_fraction)
        beginning = self.held_out_ids if len(self.held_out_ids) else self.trained
        self.prompt = config.sampling.prompt or tokenizer.decode(beginning[:PROMPT_SYMBOLS])
        self.batches = TextBatches(self.trained, self.held_out_ids, config)
        self.training = self.batches.training
        self.held_out = self.batches.held_out_sets()

    def whole(self) -> WholeText | None:
        """The whole held-out part, where `val_loss` is measured on a part of it."""
        return self.batches.whole()

    def measures(self, prefix: str, loss: float, metric: float) -> dict[str, float]:
        """Nats per token in the units people compare: bits per character, perplexity. `metric` is the accuracy."""
        return {
            f"{prefix}loss": loss,
            f"{prefix}accuracy": metric,
            f"{prefix}bits_per_char": metrics.bits_per_char(loss, self.chars_per_symbol),
            f"{prefix}perplexity": metrics.perplexity(loss),
        } | self.batches.counted(prefix)

    def report(self, epoch: float, arrays: Arrays) -> Report:
        """A text for each temperature of the config."""
        asked = self.config.sampling
        if asked.length == 0:
            return {}, []
        network = engine.network(self.config, self.vocab_size, arrays)
        prompt = self.tokenizer.encode(self.prompt).ids
        temperatures = dict.fromkeys(asked.temperatures)
        requests = [engine.Request(network, prompt, engine.Sampler(at), asked.seed) for at in temperatures]
        written = []
        for part in engine.stream(requests, asked.length, every=AT_ONCE):
            written.append(part)
            yield
        return {}, [
            Sample(epoch, temperature, self.prompt, asked.seed, self.tokenizer.decode(ids))
            for temperature, ids in zip(temperatures, np.concatenate(written, axis=1), strict=True)
        ]


class TextBatches:
    """Symbols (ids, or the numbers of a series) as batches for training and for the held-out part."""

    def __init__(self, trained: np.ndarray, unread: np.ndarray, config: RunConfig):
        self.config, self.trained, self.held_out = config.batches, trained, unread
        self.kind_of_step = architectures.kind_of_step(config)  # ids, or numbers made of them
        self._training: batches.Windows | batches.Streams
        if self.config.kind == "windows":
            self._training = batches.Windows(trained, self.config, config.training.seed)
        else:
            self._training = batches.Streams(trained, self.config, seed=config.training.seed)
        self.steps = self._training.steps

    def training(self, epoch: int, first: int) -> Iterator[Batch]:
        """Inputs (B, T), targets (B,) of windows or (B, T) of streams."""
        whole = self._training
        in_order = whole.epoch(epoch).batch if isinstance(whole, batches.Windows) else partial(whole.batch, epoch=epoch)
        for i in range(first, self.steps):
            yield self._batch(*in_order(i))

    def validation(self, whole: bool = False) -> Iterator[Batch]:
        """Batches of the part that val_loss is measured on, or of the whole held-out text; see texts/held_out.py."""
        if self.config.kind == "windows":
            starts = held_out.places(len(self.held_out), self.config, whole=whole) - self.config.length
            windows = batches.WindowEpoch(self.held_out, starts, self.config.length, self.config.batch_size)
            yield from (self._batch(*windows.batch(i)) for i in range(len(windows)))
        else:
            rows = held_out.streams(self.trained, self.held_out, self.config, whole=whole)
            yield from (self._batch(*one) for one in rows)

    def held_out_sets(self) -> dict[str, Callable[[], Iterator[Batch]]]:
        """As TaskData has them."""
        return {VALIDATION: self.validation} if len(self.held_out) else {}

    def whole(self) -> WholeText | None:
        """The whole held-out text, where `validation` reads a part of it."""
        part, whole = (len(held_out.places(len(self.held_out), self.config, whole=all_)) for all_ in (False, True))
        return WholeText(whole, partial(self.validation, whole=True)) if part < whole else None

    def counted(self, prefix: str) -> dict[str, float]:
        """How many symbols a loss on held-out text is a mean over."""
        places = held_out.places(len(self.held_out), self.config) if prefix == VALIDATION else ()
        return {f"{prefix}tokens": len(places)} if len(places) else {}

    def _batch(
        self, inputs: np.ndarray, targets: np.ndarray, weights: np.ndarray | None = None, begin: bool = False
    ) -> Batch:
        targets = targets if targets.dtype.kind == "f" else targets.astype(np.int32, copy=False)
        return Batch((inputs.astype(self.kind_of_step, copy=False),), targets, weights, begin)


def check(config: RunConfig, measured: Measure) -> None:
    """Raises PromptError where the vocabulary knows nothing of the prompt."""
    prompt = config.sampling.prompt
    if prompt and not len(measured.codec.encode(prompt).ids):
        raise PromptError(f"sampling.prompt: expected tokens that the text has too, got none in {prompt[:60]!r}")


def script(config: RunConfig, _state: TokenizerState, _last: Mapping[str, Any]) -> Script:
    """Reads the text, and writes on in the end."""
    tokenizer = config.tokenizer
    words = {"lecture": "words", "spaces": "spaced words"}[tokenizer.word_rules]
    settings = {
        "TOKENS": words if tokenizer.kind == "words" else "characters",
        "NEWLINES_AS_SPACES": tokenizer.newlines == "space",
        "MINIMUM_COUNT": tokenizer.minimum_count if tokenizer.kind == "words" else 1,
        "UNKNOWN": "\ufffd" if tokenizer.unknown_symbol else None,
    }
    return Script("text", settings)


SHOWN_LOSSES = 5


def results(epochs: Sequence[EpochMetrics], best: EpochMetrics) -> Iterable[str]:
    """What the best epoch reached on held-out text; how the training loss fell where nothing was held out."""
    if best.get("val_loss") is not None:
        yield f"held-out loss {best['val_loss']:.4f}"
        if metrics.value(best, "val_loss_full") not in (None, best["val_loss"]):
            yield f"{best['val_loss_full']:.4f} on the whole text"
        yield f"{best['val_bits_per_char']:.3f} bits per character"
        yield f"epoch {best['epoch']}"
        return
    yield "loss " + ", ".join(f"{epoch['loss']:.4f}" for epoch in epochs[:SHOWN_LOSSES])
    if len(epochs) > SHOWN_LOSSES:
        yield f"{epochs[-1]['loss']:.4f} in the last epoch"
    yield f"accuracy {epochs[-1]['accuracy']:.2%}"


LANGUAGE_MODEL = Task(
    name="language-model", title="Language model",
    summary="Reads a text token by token and learns which one comes next; then it writes.",
    parts=("tokenizer", "batches", "model", "training", "sampling"),
    sources=corpora.catalogue, fetch=corpora.load,
    measure=measure, read=TextData, check=check, decode=tokenizers.from_json, loss=lambda config: "softmax",
    units=lambda config: ("bits", "perplexity", "nats"),
    does=Does.WRITES,
    knows="It knows this one text: what it writes looks like it and means nothing. Names, opinions and errors are the "
    "text's.",
    results=results, data_file=text_file, script=script,
)  # fmt: skip
