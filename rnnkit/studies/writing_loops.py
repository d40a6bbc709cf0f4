"""Three loops that write with one network: document 000's own, the same mended, and the engine's. Knows no page.

The mended loop is what `model.predict` in a loop does: for each token all that the network looks at is read anew. The
engine carries states and reads one token; of windows it carries one state for each place that a window can begin at.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import NamedTuple

import numpy as np

from rnnkit import engine
from rnnkit.config import RunConfig
from rnnkit.engine import Network, Request, Sampler
from rnnkit.errors import ConfigError

DOCUMENT_READS = 10  # tokens that the document's loop shows the network, whatever it learned to read
LONGEST = 1_000  # tokens
SECONDS = 0.4  # that a slow loop may take

Window = Callable[[RunConfig, list[int], int], list[int]]  # the tokens that are read for the next one


class Loop(NamedTuple):
    """What a loop has written, (N,) ids, and how many tokens a second it wrote on this machine, just now."""

    ids: np.ndarray
    tokens_per_second: float


def written(
    network: Network, prompt: Sequence[int] | np.ndarray, length: int, sampler: Sampler, seed: int = 0,
    seconds: float = SECONDS,
) -> dict[str, Loop]:  # fmt: skip
    """What each loop writes after `prompt` (N,), from the same weights and the same numbers of the seed.

    "document", where the network learned windows, "anew" and "engine". The first two end after `seconds` each, with as
    many tokens as they have written by then; the engine writes `length`.

    Raises:
        ConfigError: a network that writes nothing by itself, or too long a text. PromptError: there is no prompt.
    """
    if not 1 <= length <= LONGEST:
        raise ConfigError(f"length: expected 1 to {LONGEST:,} tokens, got {length:,}")
    request = Request(network, np.asarray(prompt), sampler, seed)
    engine.read_prompt(network, request.prompt)  # refuses what cannot be read, and warms up
    windows = {"document": _from_the_first, "anew": _the_last}
    if not reads_windows(network.config):
        del windows["document"]
    numbers = engine.uniforms(seed, length)
    found = {name: _timed(partial(_looped, request, numbers, of, seconds)) for name, of in windows.items()}
    return found | {"engine": _timed(lambda: engine.generate([request], length)[0])}


def reads_windows(config: RunConfig) -> bool:
    """Whether a network looks at so many tokens and no others."""
    return config.batches.kind == "windows"


def _timed(loop: Callable[[], Iterable[int]]) -> Loop:
    started = time.perf_counter()
    ids = np.fromiter(loop(), np.int32)
    return Loop(ids, len(ids) / max(1e-9, time.perf_counter() - started))


def _looped(request: Request, numbers: np.ndarray, window: Window, seconds: float) -> Iterator[int]:
    """For each token a window is read from its beginning, and one drawn from what the network expects after it."""
    network, ids = request.network.reading_whole_windows(), [int(one) for one in request.prompt]
    until = time.perf_counter() + seconds
    for start, number in enumerate(numbers):
        logits = engine.answers(network, np.array([window(request.network.config, ids, start)]))
        ids.append(engine.draw(request.sampler, logits, number))
        yield ids[-1]
        if time.perf_counter() > until:
            return


def _from_the_first(_config: RunConfig, ids: list[int], start: int) -> list[int]:
    """As the document has it: the window moves on from the first token of the prompt, not from its last ones.

    What it takes for the token after a prompt of 128 is the one after the first 10, which is known already: every
    answer stands 118 places too late.
    """
    return ids[start : start + DOCUMENT_READS]


def _the_last(config: RunConfig, ids: list[int], _start: int) -> list[int]:
    return ids[-config.batches.length :] if reads_windows(config) else ids


def first_difference(one: np.ndarray, other: np.ndarray) -> int | None:
    """The first place at which two texts (N,) differ; None where all that both have is the same."""
    both = min(len(one), len(other))
    places = np.flatnonzero(one[:both] != other[:both])
    return int(places[0]) if len(places) else None
