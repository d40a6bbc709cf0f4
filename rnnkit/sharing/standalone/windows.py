"""Windows: the network reads LENGTH steps anew for each answer, which is the one step after them."""

import math
from collections.abc import Callable

import keras
import numpy as np

from .held_out import MOST_READ, drawn
from .settings import *


class Windows(keras.utils.PyDataset):
    """LENGTH steps and the one after them, from each of `starts`: inputs (B, LENGTH), targets (B,)."""

    def __init__(self, ids: np.ndarray, starts: np.ndarray):
        super().__init__()
        self.ids, self.starts = ids, starts

    def __len__(self) -> int:
        return math.ceil(len(self.starts) / BATCH_SIZE)

    def __getitem__(self, i: int) -> tuple[np.ndarray, np.ndarray]:
        starts = self.starts[i * BATCH_SIZE : (i + 1) * BATCH_SIZE]
        return self.ids[starts[:, None] + np.arange(LENGTH)], self.ids[starts + LENGTH]


def starts_of(ids: np.ndarray) -> np.ndarray:
    """Where the windows of a sequence begin."""
    return np.arange(0, len(ids) - LENGTH, STEP)


def shuffled(starts: np.ndarray, epoch: int) -> np.ndarray:
    """Another order in every pass of every epoch, the same in every run of this script."""
    random = np.random.default_rng((SEED, epoch))
    return np.concatenate([random.permutation(starts) for _ in range(PASSES)])


def batches_in(ids: np.ndarray) -> int:
    """Batches in one epoch."""
    return math.ceil(PASSES * len(starts_of(ids)) / BATCH_SIZE)


def learn(model: keras.Model, trained: np.ndarray, epoch: int) -> dict[str, float]:
    """Once through all windows, in the order of this `epoch`; the last one may end early."""
    starts = shuffled(starts_of(trained), epoch)
    if STEPS:
        starts = starts[: BATCH_SIZE * (STEPS - (epoch - 1) * batches_in(trained))]
    history = model.fit(Windows(trained, starts), shuffle=False, verbose=0).history
    return {"loss": history["mean_loss"][0]}


def measure(model: keras.Model, ids: np.ndarray, cut: int) -> dict[str, float]:
    """The loss on ids[cut:], which were never trained on; none where nothing was held out."""
    held_out = ids[cut:]
    if len(held_out) == 0:
        return {}
    starts = drawn(starts_of(held_out), MOST_READ // LENGTH)
    found = model.evaluate(Windows(held_out, starts), verbose=0, return_dict=True)
    return {"val_loss": found["mean_loss"]}


def write(model: keras.Model, prompt: np.ndarray, length: int, choose: Callable[[np.ndarray], float]) -> list:
    """`length` steps after those of `prompt`, at least LENGTH; `choose` makes one of the network's answer."""
    written = list(prompt)
    for _ in range(length):
        written.append(choose(model.predict_on_batch(np.array([written[-LENGTH:]]))[0]))
    return written[len(prompt) :]


def answers(model: keras.Model, ids: np.ndarray, first: int) -> np.ndarray:
    """What the network answers before it sees each of ids[first:]; it reads the window before."""
    starts = np.arange(first, len(ids)) - LENGTH
    return model.predict(ids[starts[:, None] + np.arange(LENGTH)], verbose=0)
