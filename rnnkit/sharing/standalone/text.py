"""Trains the network of one rnnkit run again, without rnnkit.

    python -m venv keras && keras/bin/pip install tensorflow
    keras/bin/python THIS_FILE TEXT_FILE

The text file of the run is written by: python -m rnnkit take RUN text.txt
"""

import sys
from collections import Counter

import numpy as np

from .reading import check, text_of, tokens_of
from .sampling import sampler
from .settings import *
from .training import train

if STREAMS:
    from .streams import batches_in, learn, measure, write
else:
    from .windows import batches_in, learn, measure, write


def vocabulary_of(tokens: list[str]) -> list[str]:
    """The tokens that the network knows, in order: number i is vocabulary[i]."""
    counts = Counter(tokens)
    if UNKNOWN:
        counts.pop(UNKNOWN, None)
    known = sorted(counts)
    if MINIMUM_COUNT > 1:
        known = [token for token in known if counts[token] >= MINIMUM_COUNT]
    if VOCAB_SIZE:
        known = sorted(sorted(known, key=lambda token: -counts[token])[:VOCAB_SIZE])
    if UNKNOWN:
        known.append(UNKNOWN)
    return known


def ids_of(tokens: list[str], vocabulary: list[str]) -> np.ndarray:
    """Numbers in place of tokens, (N,). Those that are not in the vocabulary are UNKNOWN, or left out."""
    numbers = {token: i for i, token in enumerate(vocabulary)}
    if UNKNOWN:
        return np.array([numbers.get(token, numbers[UNKNOWN]) for token in tokens], np.int32)
    else:
        return np.array([numbers[token] for token in tokens if token in numbers], np.int32)


def main(text_file: str) -> None:
    """Read the text, train, and continue its held-out part."""
    text = text_of(text_file)
    check(text)
    tokens = tokens_of(text)
    vocabulary = vocabulary_of(tokens)
    ids = ids_of(tokens, vocabulary)
    cut = len(ids) - int(len(ids) * VALIDATION_FRACTION)
    trained, held_out = ids[:cut], ids[cut:]
    print(f"{len(ids):,} tokens, {len(vocabulary):,} different")

    model = train(
        len(vocabulary),
        batches_in(trained),
        lambda model, epoch: learn(model, trained, epoch),
        lambda model: measure(model, ids, cut),
    )
    prompt = (held_out if len(held_out) > LENGTH else trained)[:LENGTH]
    written = [vocabulary[i] for i in [*prompt, *write(model, prompt, 300, sampler(temperature=0.7))]]
    if TOKENS == "characters":
        print("".join(written))
    else:
        print(" ".join(written))


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("Give the text file to train on")
    main(sys.argv[1])
