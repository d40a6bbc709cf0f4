"""Texts with classes: the last LENGTH tokens of each in a row, classified as a whole."""

import math
from collections import Counter
from collections.abc import Iterable

import keras
import numpy as np
import tensorflow as tf

from .reading import check, tokens_of
from .sampling import probabilities
from .settings import *
from .training import train

Texts = list[tuple[str, int]]  # each with the number of its class
PADDING, START, UNKNOWN_ID = 0, 1, 2


def vocabulary_of(texts: Iterable[str]) -> list[str]:
    """The tokens that the network knows, the most frequent first, after four that stand in no text."""
    counts = Counter(token for text in texts for token in tokens_of(text))
    known = [token for token, count in counts.most_common() if count >= MINIMUM_COUNT]
    vocabulary = ["<padding>", "<start>", "<unknown>", "<unused>", *known]
    if VOCAB_SIZE:  # a smaller vocabulary is filled up
        vocabulary = (vocabulary + ["<unused>"] * VOCAB_SIZE)[:VOCAB_SIZE]
    return vocabulary


def rows_of(texts: Texts, vocabulary: list[str]) -> tuple[np.ndarray, np.ndarray]:
    """Numbers of the last tokens of each text, filled up in front, (N, LENGTH); and of its class, (N,) or (N, 1)."""
    numbers = {token: i for i, token in enumerate(vocabulary)}
    rows = np.full((len(texts), LENGTH), PADDING, np.int32)
    for row, (text, _) in zip(rows, texts, strict=True):
        read = [START, *(numbers.get(token, UNKNOWN_ID) for token in tokens_of(text))][-LENGTH:]
        row[-len(read) :] = read
    labels = [label for _, label in texts]
    if OUTPUTS == 1:
        return rows, np.array(labels, np.float32)[:, None]
    else:
        return rows, np.array(labels, np.int32)


# Measured: from arrays that fill all batches Keras makes another graph, which rounds otherwise; a simple RNN then parts
# from the run within an epoch.
def learn(model: keras.Model, trained: tuple[np.ndarray, np.ndarray], epoch: int) -> dict[str, float]:
    """Once through all texts, in another order in every `epoch`, the same in every run of this script."""
    rows, classes = trained
    order = np.random.default_rng((SEED, epoch)).permutation(len(rows))
    batches = tf.data.Dataset.from_tensor_slices((rows[order], classes[order])).batch(BATCH_SIZE)
    history = model.fit(batches, shuffle=False, verbose=0).history
    return {"loss": history["mean_loss"][0], "accuracy": history["accuracy"][0]}


def measure(model: keras.Model, held_out: dict[str, tuple[np.ndarray, np.ndarray]]) -> dict[str, float]:
    """Loss and accuracy on each set of texts that were never trained on."""
    figures: dict[str, float] = {}
    for name, (rows, classes) in held_out.items():
        found = model.evaluate(rows, classes, batch_size=256, verbose=0, return_dict=True)
        figures |= {f"{name}_loss": found["mean_loss"], f"{name}_accuracy": found["accuracy"]}
    return figures


def train_on(labels: list[str], trained: Texts, held_out: dict[str, Texts]) -> None:
    """Train on texts, then classify one of those that were held out."""
    check("\n".join(text for text, _ in trained))
    vocabulary = vocabulary_of(text for text, _ in trained)
    rows = rows_of(trained, vocabulary)
    measured = {name: rows_of(found, vocabulary) for name, found in held_out.items() if found}
    print(f"{len(trained):,} texts to learn from, {len(labels)} classes, {len(vocabulary):,} tokens")

    model = train(
        len(vocabulary),
        math.ceil(len(trained) / BATCH_SIZE),
        lambda model, epoch: learn(model, rows, epoch),
        lambda model: measure(model, measured),
    )
    text, label = [*trained, *(example for found in held_out.values() for example in found)][-1]
    logits = model.predict_on_batch(rows_of([(text, label)], vocabulary)[0])[0]
    if OUTPUTS == 1:
        logits = np.append(0, logits)
    chances = probabilities(logits[: len(labels)])
    print(f"{text[-300:]}\n{labels[chances.argmax()]}: {chances.max():.1%} (truth: {labels[label]})")
