"""Writing: many texts at once, each with its own network, prompt, seed and sampler.

Works in ids and gives them out as they are written; the caller turns them into text.
A text is the same to the last symbol whatever else is written beside it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from rnnkit.architectures.architecture import Runner, State
from rnnkit.config import Answers
from rnnkit.engine.network import Network, checked_ids, runner, unchecked
from rnnkit.engine.reader import Reader
from rnnkit.engine.samplers import BatchedSampler, Sampler, finite
from rnnkit.errors import ConfigError, PromptError

# Weights of networks run together; measured with 32 MB of cache shared by two cores.
CACHED_BYTES = 8 << 20


class PromptState(NamedTuple):
    """A prompt that was read: the state after it, arrays of one row, and what the network expects next."""

    state: State
    logits: np.ndarray  # (outputs,) float32


@dataclass(frozen=True, eq=False)
class Request:
    """One text to be written: it continues `prompt` (ids, at least one).

    `prompt_state` is what `read_prompt(network, prompt)` gave, where that was asked for: the prompt is not read again.
    """

    network: Network
    prompt: Sequence[int] | np.ndarray
    sampler: Sampler = field(default_factory=Sampler)
    seed: int = 0
    prompt_state: PromptState | None = None


def read_prompt(network: Network, prompt: Sequence[int] | np.ndarray) -> PromptState:
    """The network after reading `prompt`, ids.

    Raises:
        PromptError, ConfigError: as `stream` does. DamagedCheckpoint: its numbers are no longer finite.
    """
    reader = Reader(network).read_all([checked_prompt(Request(network, prompt))])
    return PromptState(reader.state, finite(reader.logits[0]))


def generate(requests: Sequence[Request], length: int) -> list[np.ndarray]:
    """The `length` ids that follow each request's prompt, (length,) int32 each, in the order of `requests`."""
    chunks = list(stream(requests, length, every=max(length, 1))) or [np.empty((len(requests), 0), np.int32)]
    return list(chunks[0])


def stream(requests: Sequence[Request], length: int, every: int = 1) -> Iterator[np.ndarray]:
    """The same ids as they are written: (requests, n) int32, n is `every`, or less at the end.

    Raises:
        PromptError: a prompt is empty, as the first symbol needs one before it.
        ConfigError: a network is a classifier, which writes nothing.
        DamagedCheckpoint: a network's numbers are no longer finite (raised while it writes).
    """
    prompts = [checked_prompt(request) for request in requests]
    return _stream(requests, prompts, length, every) if requests else iter(())


def checked_prompt(request: Request) -> np.ndarray:
    """The prompt that a request continues, (N,) int32. Raises as `stream` does."""
    if request.network.config.answers is Answers.CLASS:
        raise ConfigError(
            "network: expected a language model to write with, got a classifier, which knows no next token"
        )
    if not len(request.prompt):
        raise PromptError("prompt: expected at least one token to continue, got none")
    return checked_ids(request.prompt, request.network.vocab_size)


def _stream(
    requests: Sequence[Request], prompts: Sequence[np.ndarray], length: int, every: int
) -> Iterator[np.ndarray]:
    groups = _groups(requests)
    batches = [_BatchedRequests([requests[i] for i in group], [prompts[i] for i in group], length) for group in groups]
    with _together(batches) as on_all:
        for start in range(0, length, every):
            count = min(every, length - start)
            written = np.empty((len(requests), count), np.int32)
            chunks = on_all(lambda batch, start=start, count=count: batch.write(start, count), batches)
            for group, ids in zip(groups, chunks, strict=True):
                written[group] = ids
            yield written


def uniforms(seed: int, length: int) -> np.ndarray:
    """Numbers from [0, 1), (length,): the n-th symbol of a text takes the n-th of its seed, whoever else is writing."""
    return np.random.Generator(np.random.PCG64(seed)).random(length)


@contextmanager
def _together(batches: Sequence[_BatchedRequests]) -> Iterator[Callable]:
    """A `map` over the batches: on all cores when most of the time goes into products, which leave Python's lock."""
    if len(batches) < 2 or sum(batch.bytes for batch in batches) <= CACHED_BYTES:
        yield map
        return
    with ThreadPoolExecutor(os.cpu_count()) as threads:
        yield threads.map


def _groups(requests: Sequence[Request]) -> list[list[int]]:
    """Indices of requests that are written as one, each network's texts in a row.

    Networks of one form share the Python around each step; but only as many as stay in the
    processor's cache together, or each step would fetch all their weights from memory.
    """
    by_network: dict[int, list[int]] = {}
    for index, request in enumerate(requests):
        by_network.setdefault(id(request.network), []).append(index)
    groups: list[list[int]] = []
    open_groups: dict[tuple, tuple[list[int], int]] = {}
    for indices in by_network.values():
        network = requests[indices[0]].network
        group, size = open_groups.get(network.form, ([], CACHED_BYTES))
        if size + network.bytes > CACHED_BYTES:
            group, size = [], 0
            groups.append(group)
        group += indices
        open_groups[network.form] = group, size + network.bytes
    return groups


class _BatchedRequests:
    """The texts of one group, written in step."""

    def __init__(self, requests: Sequence[Request], prompts: Sequence[np.ndarray], length: int):
        networks = [request.network for request in requests]
        self.runner: Runner = runner(*_by_network(networks))
        self.bytes = sum(network.bytes for network in _distinct(networks))
        self.sampler = BatchedSampler([request.sampler for request in requests])
        self.uniforms = np.stack([uniforms(request.seed, length) for request in requests], axis=1)  # (length, texts)
        self.state = _after_prompts(requests, prompts)

    def write(self, start: int, count: int) -> np.ndarray:
        """The next `count` ids of each text, (texts, count)."""
        written = np.empty((self.uniforms.shape[1], count), np.int32)
        with unchecked():
            for n in range(count):
                ids = self.sampler(self.runner.logits(self.state), self.uniforms[start + n])
                self.runner.advance(ids, self.state)
                written[:, n] = ids
        return written


def _after_prompts(requests: Sequence[Request], prompts: Sequence[np.ndarray]) -> State:
    """The state of each text after its prompt; twenty temperatures of one network read it once."""
    keys = [(id(request.network), prompt.tobytes()) for request, prompt in zip(requests, prompts, strict=True)]
    known = {
        key: request.prompt_state.state for key, request in zip(keys, requests, strict=True) if request.prompt_state
    }
    first = {key: index for index, key in reversed(list(enumerate(keys))) if key not in known}
    readers = sorted(first.values())  # texts whose prompt is really read, still network by network
    if readers:
        reader = Reader(*_by_network([requests[i].network for i in readers])).read_all([prompts[i] for i in readers])
        known |= {keys[i]: [array[row : row + 1] for array in reader.state] for row, i in enumerate(readers)}
    return [np.concatenate(rows) for rows in zip(*(known[key] for key in keys), strict=True)]


def _by_network(networks: Sequence[Network]) -> tuple[list[Network], list[int]]:
    """The different networks of texts that lie in their order, and how many texts each has."""
    distinct = _distinct(networks)
    return distinct, [sum(network is other for other in networks) for network in distinct]


def _distinct(networks: Sequence[Network]) -> list[Network]:
    return list({id(network): network for network in networks}.values())
