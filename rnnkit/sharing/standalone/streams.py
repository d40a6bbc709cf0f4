"""Streams: BATCH_SIZE rows read a sequence side by side, and the network is asked for the next step at every step."""

from collections.abc import Callable

import keras
import numpy as np

from .held_out import pieces_of, rows_of
from .network import network
from .settings import *


def streams(ids: np.ndarray, epoch: int) -> tuple[np.ndarray, np.ndarray]:
    """PASSES over the sequence. Inputs and targets, (batches * BATCH_SIZE, LENGTH), batch after batch."""
    if RANDOM_OFFSET:
        begun = [np.random.default_rng((SEED, epoch, reading)).integers(len(ids)) for reading in range(PASSES)]
        read = [one_pass(np.roll(ids, -offset)) for offset in begun]
    else:
        read = [one_pass(ids)] * PASSES
    return np.concatenate([inputs for inputs, _ in read]), np.concatenate([targets for _, targets in read])


def one_pass(ids: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """BATCH_SIZE rows that read the sequence side by side; each row of a batch goes on in the same row of the next."""
    columns = (len(ids) - 1) // BATCH_SIZE
    size = BATCH_SIZE * columns
    inputs = ids[:size].reshape(BATCH_SIZE, columns)
    targets = ids[1 : size + 1].reshape(BATCH_SIZE, columns)
    whole = columns // LENGTH * LENGTH
    return in_batches(inputs[:, :whole]), in_batches(targets[:, :whole])


def in_batches(rows: np.ndarray) -> np.ndarray:
    """(BATCH_SIZE, batches * LENGTH) -> (batches * BATCH_SIZE, LENGTH)"""
    return rows.reshape(BATCH_SIZE, -1, LENGTH).swapaxes(0, 1).reshape(-1, LENGTH)


def batches_in(ids: np.ndarray) -> int:
    """Batches in one epoch."""
    return PASSES * ((len(ids) - 1) // BATCH_SIZE // LENGTH)


def forget(model: keras.Model) -> None:
    """Empty the states that the layers carry from batch to batch."""
    for layer in model.layers:
        if getattr(layer, "stateful", False):
            layer.reset_state()


def learn(model: keras.Model, trained: np.ndarray, epoch: int) -> dict[str, float]:
    """All passes over the sequence of this `epoch`; the last one may end early."""
    forget(model)
    inputs, targets = streams(trained, epoch)
    if STEPS:
        most = BATCH_SIZE * (STEPS - (epoch - 1) * batches_in(trained))
        inputs, targets = inputs[:most], targets[:most]
    if NUMBERS:
        targets = targets[..., None]  # Keras takes the last axis for one answer
    history = model.fit(inputs, targets, batch_size=BATCH_SIZE, shuffle=False, verbose=0).history
    return {"loss": history["mean_loss"][0]}


def measure(model: keras.Model, ids: np.ndarray, cut: int) -> dict[str, float]:
    """The loss on ids[cut:], which were never trained on; none where nothing was held out."""
    total, steps, pieces = 0.0, 0.0, pieces_of(len(ids) - cut)
    for first in range(0, len(pieces), BATCH_SIZE):
        inputs, targets, weights = map(in_batches, rows_of(ids, cut, pieces[first : first + BATCH_SIZE]))
        if NUMBERS:
            targets = targets[..., None]
        forget(model)
        found = model.evaluate(inputs, targets, BATCH_SIZE, sample_weight=weights, verbose=0, return_dict=True)
        total, steps = total + found["mean_loss"] * weights.sum(), steps + weights.sum()
    return {"val_loss": total / steps} if steps else {}


def write(model: keras.Model, prompt: np.ndarray, length: int, choose: Callable[[np.ndarray], float]) -> list:
    """`length` steps after those of `prompt`; `choose` makes one of the network's answer."""
    writer = network(model.output_shape[-1], batch_size=1, length=1)
    writer.set_weights(model.get_weights())
    for step in prompt:
        answer = writer.predict_on_batch(np.array([[step]]))[0, 0]
    written: list = []
    for _ in range(length):
        written.append(choose(answer))
        answer = writer.predict_on_batch(np.array([[written[-1]]]))[0, 0]
    return written


def answers(model: keras.Model, ids: np.ndarray, first: int) -> np.ndarray:
    """What the network answers before it sees each of ids[first:]; it reads on from MEMORY steps before."""
    before = ids[max(0, first - MEMORY) : -1]
    reader = network(model.output_shape[-1], batch_size=1, length=len(before))
    reader.set_weights(model.get_weights())
    return reader.predict_on_batch(before[None])[0, first - len(ids) :]
