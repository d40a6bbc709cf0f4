"""From a run in the store to texts: its vocabulary, its kept epochs, one prompt and seed for all of them.

Knows no page and no training; how a network writes is the engine's business.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np

from rnnkit import engine, tasks
from rnnkit.config import RunConfig
from rnnkit.errors import ConfigError, PromptError, UnknownEpoch
from rnnkit.store import Run, Store
from rnnkit.texts import tokenizers

MAX_LENGTH = 20_000
LAST = "last"


class Written(NamedTuple):
    """What one epoch of one run wrote after the prompt, at one temperature."""

    run: str
    epoch: int
    temperature: float
    text: str


class Writing(NamedTuple):
    """All texts of one order, and how it went.

    `prompt` is what was gone on from; `unknown` is a sentence when the vocabulary does
    not know all of it; `chars_per_second` counts the characters of all texts together.
    """

    prompt: str
    unknown: str | None
    texts: list[Written]
    seconds: float
    chars_per_second: float


def write(
    store: Store, run_id: str, *, epochs: Iterable[int | str] | str = LAST,
    temperatures: Sequence[float] = (0.3, 0.7, 1.0), prompt: str | None = None, length: int = 300, seed: int = 0,
    top_k: int = 0, top_p: float = 1.0, greedy: bool = False,
) -> Writing:  # fmt: skip
    """Let kept epochs of a run write `length` symbols each, at each temperature, all from one prompt and seed.

    Args:
        epochs: kept epochs or "last", in the order wanted.
        prompt: None for the one of the run's own samples.

    Raises:
        UnknownRun, UnknownEpoch: there is no such run or kept epoch.
        PromptError: the vocabulary knows nothing of the prompt.
        ConfigError: a setting is out of range, or the run is a classifier.
        DamagedCheckpoint: the stored arrays are not those of the run's network.
    """
    *_, whole = stream(
        store, run_id, epochs=epochs, temperatures=temperatures, prompt=prompt, length=length, seed=seed,
        top_k=top_k, top_p=top_p, greedy=greedy, every=length,
    )  # fmt: skip
    return whole


def stream(
    store: Store, run_id: str, *, epochs: Iterable[int | str] | str = LAST,
    temperatures: Sequence[float] = (0.3, 0.7, 1.0), prompt: str | None = None, length: int = 300, seed: int = 0,
    top_k: int = 0, top_p: float = 1.0, greedy: bool = False, every: int = 10,
) -> Iterator[Writing]:  # fmt: skip
    """The same as `write` while it is written: each time the texts so far, `every` symbols longer than before."""
    check(length, seed)
    run = store.run(run_id)
    tokenizer = tokenizer_of(run)
    prompt = default_prompt(store, run, tokenizer) if prompt is None else prompt
    encoding = encoded(run, tokenizer, prompt)
    kept = chosen_epochs(run.id, store.checkpoint_epochs(run.id), epochs)
    places = [(epoch, temperature) for epoch in kept for temperature in temperatures]
    networks = {epoch: network_of(store, run, epoch) for epoch in kept}
    requests = [
        engine.Request(networks[epoch], encoding.ids, engine.Sampler(temperature, top_k, top_p, greedy), seed)
        for epoch, temperature in places
    ]
    began = time.perf_counter()
    for texts in arriving(tokenizer, requests, length, every):
        seconds = time.perf_counter() - began
        written = [Written(run.id, *place, text) for place, text in zip(places, texts, strict=True)]
        yield Writing(prompt, encoding.sentence(), written, seconds, sum(map(len, texts)) / max(seconds, 1e-9))


def arriving(
    tokenizer: tokenizers.Tokenizer, requests: Sequence[engine.Request], length: int, every: int
) -> Iterator[list[str]]:
    """The texts of `requests` so far, in one vocabulary, each time `every` symbols longer; the prompts left out."""
    texts = [""] * len(requests)
    last = [int(request.prompt[-1]) for request in requests]
    for block in engine.stream(requests, length, every):
        for row, ids in enumerate(block):
            texts[row] += "".join(tokenizer.pieces(ids, after=last[row]))
            last[row] = int(ids[-1])
        yield list(texts)


def several(
    store: Store, run: Run, epoch: int, *, count: int, length: int, temperature: float, prompt: str | None = None,
    seed: int = 0,
) -> list[str]:  # fmt: skip
    """`count` texts of one kept epoch after one prompt, with the seeds from `seed` on.

    Args:
        prompt: None for the one of the run's own samples.

    Raises:
        ConfigError, PromptError, UnknownEpoch, DamagedCheckpoint: as `write`.
    """
    check(length, seed)
    tokenizer = tokenizer_of(run)
    ids = encoded(run, tokenizer, default_prompt(store, run, tokenizer) if prompt is None else prompt).ids
    network, sampler = network_of(store, run, epoch), engine.Sampler(temperature)
    requests = [engine.Request(network, ids, sampler, seed + number) for number in range(count)]
    *_, texts = arriving(tokenizer, requests, length, every=length)
    return texts


def default_prompt(store: Store, run: Run, tokenizer: tokenizers.Tokenizer | None = None) -> str:
    """The prompt of the run's own samples; where it has none, one symbol that its vocabulary knows."""
    own = run.config.sampling.prompt or next((sample.prompt for sample in store.samples(run.id)), "")
    known = (tokenizer or tokenizer_of(run)).symbols
    return own or next((symbol for symbol in ("\n", " ") if symbol in known), known[0])


def random_prompt(tokenizer: tokenizers.Tokenizer, count: int, seed: int) -> str:
    """`count` symbols of the vocabulary, each as likely as any other: how document 003 begins its recipes.

    Raises:
        ConfigError: a number is out of range.
    """
    check(count, seed)
    known = tokenizer.symbols[: tokenizer.unknown_id]
    return tokenizer.decode(np.random.default_rng(seed).integers(0, len(known), count))


def chosen_epochs(run_id: str, kept: Sequence[int], asked: Iterable[int | str] | str) -> list[int]:
    """The epochs asked for, each once; "last" is the last one kept.

    Raises:
        UnknownEpoch: one is not kept, or none is yet.
    """
    if not kept:
        raise UnknownEpoch(f"epoch of run {run_id}: expected a run with a finished epoch, got one without; wait for it")
    chosen = {str(epoch): epoch for epoch in kept} | {LAST: kept[-1]}
    wanted = [str(epoch).strip() for epoch in ([asked] if isinstance(asked, str) else asked)]
    for epoch in wanted:
        if epoch not in chosen:
            listed = ", ".join(chosen)
            raise UnknownEpoch(f"epoch of run {run_id}: expected one that is kept ({listed}), got {epoch[:20]!r}")
    return list(dict.fromkeys(chosen[epoch] for epoch in wanted))


def spread(epochs: Sequence[int], count: int) -> list[int]:
    """At most `count` of the epochs, the first and the last among them, the steps between growing like the epochs."""
    if len(epochs) <= count:
        return list(epochs)
    places = np.geomspace(1, len(epochs), count).round().astype(int) - 1
    places = np.maximum.accumulate(np.maximum(places, np.arange(count)))  # never the same one twice
    return [epochs[place] for place in np.minimum(places, len(epochs) - 1)]


def encoded(run: Run, tokenizer: tokenizers.Tokenizer, prompt: str) -> tokenizers.Encoding:
    """The ids of the prompt, and what of the prompt is unknown.

    Raises:
        PromptError: all of it is.
    """
    encoding = tokenizer.encode(prompt)
    if not len(encoding.ids):
        raise PromptError(f"prompt: expected something that run {run.id} has in its vocabulary, got {prompt[:60]!r}")
    return encoding


def tokenizer_of(run: Run) -> tokenizers.Tokenizer:
    """The vocabulary of a run that writes.

    Raises:
        ConfigError: its task is another. UnknownEpoch: it has not read its text yet.
    """
    if not tasks.of(run.config).writes:
        raise ConfigError(f"run {run.id}: expected one that writes, got one that learned {run.config.task}")
    if run.tokenizer is None:
        raise UnknownEpoch(
            f"run {run.id}: expected one with a finished epoch, got one that is {run.status} and has none; wait for it"
        )
    return tokenizers.from_json(run.tokenizer)


def network_of(store: Store, run: Run, epoch: int) -> engine.Network:
    """The network of a run as it was after a kept epoch.

    Raises:
        UnknownEpoch: not kept. DamagedCheckpoint: the stored arrays are not those of the run's network.
    """
    config: RunConfig = run.config
    return engine.network(config, run.vocab_size or 0, store.checkpoint(run.id, epoch))


def check(length: int, seed: int) -> None:
    """Raises ConfigError where a length or a seed is out of range."""
    if not 1 <= length <= MAX_LENGTH:
        raise ConfigError(f"length: expected 1 to {MAX_LENGTH:,} symbols, got {length:,}")
    if not 0 <= seed < 2**63:
        raise ConfigError(f"seed: expected a whole number of at least 0, got {seed}")
