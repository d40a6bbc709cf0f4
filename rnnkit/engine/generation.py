"""Writing: many texts at once, each with its own network, prompt, seed and sampler.

Works in ids and gives them out as they are written; the caller turns them into text.
A text is the same to the last symbol whatever else is written beside it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from rnnkit.architectures.architecture import Runner, State
from rnnkit.engine.network import Network, checked_ids, runner
from rnnkit.engine.samplers import Choice, Sampler
from rnnkit.errors import ConfigError, PromptError


@dataclass(frozen=True, eq=False)
class Request:
    """One text to be written: it goes on from `prompt` (ids, at least one)."""

    network: Network
    prompt: Sequence[int] | np.ndarray
    sampler: Sampler = field(default_factory=Sampler)
    seed: int = 0


def generate(requests: Sequence[Request], length: int) -> list[np.ndarray]:
    """The `length` ids that follow each request's prompt, (length,) int32 each, in the order of `requests`."""
    chunks = list(stream(requests, length, every=max(length, 1)))
    if not chunks:
        return [np.empty(0, np.int32) for _ in requests]
    return list(chunks[0])


def stream(requests: Sequence[Request], length: int, every: int = 1) -> Iterator[np.ndarray]:
    """The same ids as they are written: (requests, n) int32, n is `every`, or less at the end.

    Raises:
        PromptError: a prompt is empty, as the first symbol needs one before it.
        ConfigError: a network is a classifier, which writes nothing.
        DamagedCheckpoint: a network's numbers are no longer finite.
    """
    for request in requests:
        _check(request)
    groups = _groups(requests)
    choirs = [_Choir([requests[index] for index in group], length) for group in groups]
    for start in range(0, length, every):
        written = np.empty((len(requests), min(every, length - start)), np.int32)
        for group, choir in zip(groups, choirs, strict=True):
            written[group] = choir.write(start, written.shape[1])
        if len(requests):
            yield written


def _check(request: Request) -> None:
    if not len(request.prompt):
        raise PromptError("prompt: expected at least one symbol to go on from, got none")
    if request.network.config.task == "classification":
        raise ConfigError(
            "network: expected a language model to write with, got a classifier, which knows no next symbol"
        )


def _groups(requests: Sequence[Request]) -> list[list[int]]:
    """Indices of requests that can be run as one: networks of one form, each network's texts in a row."""
    groups: dict[tuple, dict[int, list[int]]] = {}
    for index, request in enumerate(requests):
        groups.setdefault(request.network.form, {}).setdefault(id(request.network), []).append(index)
    return [[index for of_one in by_network.values() for index in of_one] for by_network in groups.values()]


class _Choir:
    """The texts of one group, written in step."""

    def __init__(self, requests: Sequence[Request], length: int):
        self.runner = _runner([request.network for request in requests])
        self.choice = Choice([request.sampler for request in requests])
        # The n-th symbol of a text takes the n-th number of its own seed, whoever else is writing.
        self.uniforms = np.stack(
            [np.random.Generator(np.random.PCG64(r.seed)).random(length) for r in requests], axis=1
        )
        self.state = _after_prompts(requests)

    def write(self, start: int, count: int) -> np.ndarray:
        """The next `count` ids of each text, (texts, count)."""
        written = np.empty((self.uniforms.shape[1], count), np.int32)
        with np.errstate(over="ignore", invalid="ignore"):  # what is not finite is refused by the choice
            for n in range(count):
                ids = self.choice(self.runner.logits(self.state), self.uniforms[start + n])
                self.runner.advance(ids, self.state)
                written[:, n] = ids
        return written


def _runner(networks: Sequence[Network]) -> Runner:
    """One runner for texts whose networks lie in a row."""
    distinct = list({id(network): network for network in networks}.values())
    return runner(distinct, [sum(network is other for other in networks) for network in distinct])


def _after_prompts(requests: Sequence[Request]) -> State:
    """The state of each request after its prompt; twenty temperatures of one network read it once."""
    distinct: dict[tuple[int, bytes], int] = {}
    index, firsts, prompts = [], [], []
    for request in requests:
        prompt = checked_ids(request.prompt, request.network.vocab_size)
        key = (id(request.network), prompt.tobytes())
        if key not in distinct:
            distinct[key] = len(distinct)
            firsts.append(request.network)
            prompts.append(prompt)
        index.append(distinct[key])
    return [array[index] for array in _read(_runner(firsts), prompts)]


def _read(reader: Runner, prompts: Sequence[np.ndarray]) -> State:
    """Run prompts of any lengths so that all end together: a shorter one starts later, from zeros."""
    longest = max(map(len, prompts))
    aligned = np.zeros((longest, len(prompts)), np.int32)
    for row, prompt in enumerate(prompts):
        aligned[longest - len(prompt) :, row] = prompt
    starts = np.array([longest - len(prompt) for prompt in prompts])
    state = reader.initial_state()
    with np.errstate(over="ignore", invalid="ignore"):
        for t, ids in enumerate(aligned):
            for array in state:
                array[starts == t] = 0
            reader.advance(ids, state)
    return state
