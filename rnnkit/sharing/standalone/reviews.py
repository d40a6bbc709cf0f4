"""Trains the network of one rnnkit run again, without rnnkit.

    python -m venv keras && keras/bin/pip install tensorflow
    keras/bin/python THIS_FILE reviews/TRAIN_FILE reviews/TEST_FILE

The reviews are tables with the columns label (0 or 1) and review. Those of the run are written by:

    python -m rnnkit take RUN reviews.zip
    python -m zipfile -e reviews.zip reviews
"""

import csv
import gzip
import hashlib
import sys

from .rows import Texts, train_on
from .settings import *


def reviews_of(csv_file: str) -> Texts:
    """Reviews with their classes, in the order of the reviews' checksums."""
    with gzip.open(csv_file, "rt", encoding="utf-8-sig", newline="") as file:
        found = [(row["review"], int(row["label"])) for row in csv.DictReader(file)]
    return sorted(found, key=lambda example: hashlib.sha1(example[0].encode()).digest())


def examples(train_file: str, test_file: str) -> tuple[list[str], Texts, dict[str, Texts]]:
    """The classes, the reviews to train on, and those that are only measured."""
    found = reviews_of(train_file)
    cut = len(found) - int(len(found) * VALIDATION_FRACTION)
    return ["negative", "positive"], found[:cut], {"val": found[cut:], "test": reviews_of(test_file)}


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("Give the reviews to train on and those for the test")
    train_on(*examples(*sys.argv[1:]))
