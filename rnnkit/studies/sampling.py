"""Samples: what the checkpoints of a run write after a prompt, with one seed for all of them.

Knows no page and no training; how a network writes is the engine's business.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeVar

import numpy as np

from rnnkit import engine
from rnnkit.errors import ConfigError, PromptError
from rnnkit.store import Run, Store
from rnnkit.studies.checkpoint import LAST, At, Checkpoint, codec_of, several
from rnnkit.tasks import Does
from rnnkit.texts.tokenizers import Tokenizer

MAX_LENGTH = 20_000
Number = TypeVar("Number", int, float)


def check(length: int, seed: int, most: int = MAX_LENGTH) -> None:
    """Raises ConfigError where a length or a seed is out of range."""
    if not 1 <= length <= most:
        raise ConfigError(f"length: expected 1 to {most:,} tokens, got {length:,}")
    if not 0 <= seed < 2**63:
        raise ConfigError(f"seed: expected a whole number of at least 0, got {seed}")


@dataclass(frozen=True)
class SampleSettings:
    """What samples are written with: after which prompt (None: the run's own), how many symbols, and how each of
    them is chosen, once for each temperature.

    Raises:
        ConfigError: a setting is out of range.
    """

    prompt: str | None = None
    temperatures: Sequence[float] = (0.3, 0.7, 1.0)
    length: int = 300
    seed: int = 0
    top_k: int = 0
    top_p: float = 1.0
    greedy: bool = False

    def __post_init__(self) -> None:
        check(self.length, self.seed)
        _ = self.samplers

    @property
    def samplers(self) -> list[engine.Sampler]:
        """One for each temperature."""
        return [engine.Sampler(temperature, self.top_k, self.top_p, self.greedy) for temperature in self.temperatures]


DEFAULTS = SampleSettings()


class WrittenText(NamedTuple):
    """What one epoch of one run wrote after the prompt, at one temperature."""

    run: str
    epoch: float
    temperature: float
    text: str
    step: int


class Writing(NamedTuple):
    """All texts that were asked for, and how it went.

    `prompt` is what they continue; `unknown` is a sentence when the vocabulary does not know all of it;
    `chars_per_second` counts the characters of all texts together.
    """

    prompt: str
    unknown: str | None
    texts: list[WrittenText]
    seconds: float
    chars_per_second: float


class EncodedPrompt(NamedTuple):
    """A prompt as the ids (N,) of a run's vocabulary; `unknown` says what of it the vocabulary does not know."""

    text: str
    ids: np.ndarray
    unknown: str | None
    tokenizer: Tokenizer

    def continuation(self, ids: np.ndarray) -> str:
        """What `ids` add to the prompt, as text."""
        return "".join(self.tokenizer.pieces(ids, after=int(self.ids[-1])))


def encode_prompt(run_id: str, tokenizer: Tokenizer, prompt: str) -> EncodedPrompt:
    """The prompt in a run's vocabulary. Raises PromptError: all of it is unknown, or it is empty."""
    prompt = tokenizer.in_its_form(prompt)
    encoding = tokenizer.encode(prompt)
    if not len(encoding.ids):
        raise PromptError(f"prompt: expected something that run {run_id} has in its vocabulary, got {prompt[:60]!r}")
    return EncodedPrompt(prompt, encoding.ids, encoding.sentence(), tokenizer)


def write(store: Store, run_id: str, settings: SampleSettings = DEFAULTS, *, ats: At | Iterable[At] = LAST) -> Writing:
    """Let checkpoints of a run write after one prompt and seed, once at each temperature.

    Args:
        ats: moments as `checkpoint.load` takes them, in the order wanted.

    Raises:
        UnknownRun, UnknownEpoch, ConfigError, DamagedCheckpoint: as `checkpoint.load`.
        PromptError: the vocabulary knows nothing of the prompt.
    """
    *_, whole = stream(store, run_id, settings, ats=ats, every=settings.length)
    return whole


def stream(
    store: Store, run_id: str, settings: SampleSettings = DEFAULTS, *, ats: At | Iterable[At] = LAST, every: int = 10
) -> Iterator[Writing]:
    """The same as `write` while it is written: each time the texts so far, `every` symbols longer than before."""
    checkpoints = several(store, run_id, ats, does=Does.WRITES)
    prompt = prompt_of(store, checkpoints[0], settings.prompt)
    pairs = [(checkpoint, sampler) for checkpoint in checkpoints for sampler in settings.samplers]
    requests = [engine.Request(one.network, prompt.ids, sampler, settings.seed) for one, sampler in pairs]
    began = time.perf_counter()
    for texts in _arriving(prompt, requests, settings.length, every):
        seconds = time.perf_counter() - began
        each = zip(pairs, texts, strict=True)
        written = [WrittenText(of.run.id, of.epoch, how.temperature, text, of.step) for (of, how), text in each]
        yield Writing(prompt.text, prompt.unknown, written, seconds, sum(map(len, texts)) / max(seconds, 1e-9))


def _arriving(
    prompt: EncodedPrompt, requests: Sequence[engine.Request], length: int, every: int
) -> Iterator[list[str]]:
    """The texts of `requests` so far, all after one prompt, each time `every` symbols longer; without the prompt."""
    texts, last = [""] * len(requests), [int(prompt.ids[-1])] * len(requests)
    for block in engine.stream(requests, length, every):
        for row, ids in enumerate(block):
            texts[row] += "".join(prompt.tokenizer.pieces(ids, after=last[row]))
            last[row] = int(ids[-1])
        yield list(texts)


def drafts(store: Store, checkpoint: Checkpoint[Tokenizer], settings: SampleSettings, count: int) -> list[str]:
    """`count` texts of one checkpoint after one prompt at the first temperature, with the seeds from `seed` on.

    Raises:
        PromptError, DamagedCheckpoint: as `write`.
    """
    prompt, sampler = prompt_of(store, checkpoint, settings.prompt), settings.samplers[0]
    seeds = range(settings.seed, settings.seed + count)
    requests = [engine.Request(checkpoint.network, prompt.ids, sampler, seed) for seed in seeds]
    *_, texts = _arriving(prompt, requests, settings.length, every=settings.length)
    return texts


def generate(
    checkpoint: Checkpoint[Tokenizer], prompt: str, length: int = 300, temperature: float = 0.7, *, seed: int = 0,
    top_k: int = 0, top_p: float = 1.0,
) -> str:  # fmt: skip
    """What a checkpoint writes after `prompt`, `length` symbols: the library's shortest way to a text.

    Raises:
        PromptError: the vocabulary knows nothing of the prompt. ConfigError: a setting is out of range.

    Example:
        print(generate(load_checkpoint("k3m9x2pq"), "To be", temperature=0.5))
    """
    settings = SampleSettings(prompt, (temperature,), length, seed, top_k, top_p)
    encoded = encode_prompt(checkpoint.run.id, checkpoint.codec, prompt)
    [ids] = engine.generate([engine.Request(checkpoint.network, encoded.ids, settings.samplers[0], seed)], length)
    return encoded.continuation(ids)


# ---- prompts


def prompt_of(store: Store, checkpoint: Checkpoint[Tokenizer], prompt: str | None = None) -> EncodedPrompt:
    """A prompt for a checkpoint; None for the one that the run's own samples continue. Raises PromptError."""
    text = default_prompt(store, checkpoint.run, checkpoint.codec) if prompt is None else prompt
    return encode_prompt(checkpoint.run.id, checkpoint.codec, text)


def default_prompt(store: Store, run: Run, tokenizer: Tokenizer | None = None) -> str:
    """What the run's own samples continue; where it has none, one symbol that its vocabulary knows."""
    own = run.config.sampling.prompt or next((sample.prompt for sample in store.samples(run.id)), "")
    known = (tokenizer or codec_of(run, Does.WRITES)).symbols
    return own or next((symbol for symbol in ("\n", " ") if symbol in known), known[0])


def random_prompt(tokenizer: Tokenizer, count: int, seed: int) -> str:
    """`count` symbols of the vocabulary, each as likely as any other: how document 003 begins its recipes.

    Raises:
        ConfigError: a number is out of range.
    """
    check(count, seed)
    known = tokenizer.symbols[: tokenizer.unknown_id]
    return tokenizer.decode(np.random.default_rng(seed).integers(0, len(known), count))


def spread(epochs: Sequence[Number], count: int) -> list[Number]:
    """At most `count` of the epochs, the first and the last among them, the steps between growing like the epochs."""
    if len(epochs) <= count:
        return list(epochs)
    places = np.geomspace(1, len(epochs), count).round().astype(int) - 1
    places = np.maximum.accumulate(np.maximum(places, np.arange(count)))  # never the same one twice
    return [epochs[place] for place in np.minimum(places, len(epochs) - 1)]
