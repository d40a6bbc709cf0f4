"""Runs that the program of version 1 has read, compared with what a store holds of them now."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

import numpy as np

from rnnkit.config import parse
from rnnkit.store import Store


def one_sum(arrays: Mapping[str, np.ndarray]) -> str:
    """One checksum of names, kinds, shapes and numbers, as fixtures/make_v1.py makes it."""
    found = hashlib.sha256()
    for name, array in sorted(arrays.items()):
        found.update(f"{name} {array.dtype} {array.shape}".encode() + array.tobytes())
    return found.hexdigest()


def check_is_whole(store: Store, old: dict[str, Any]) -> None:
    """The run holds all that the program of version 1 read of it, bit for bit."""
    run, each = store.run(old["id"]), old["steps"] or 1
    same = set(old) - {"config", "tokenizer", "epochs", "samples", "points", "stored", "checkpoints", "resume"}
    assert {name: getattr(run, name) for name in same} == {name: old[name] for name in same}
    assert run.config == parse(old["config"])
    assert hashlib.sha256(json.dumps(run.tokenizer).encode()).hexdigest() == old["tokenizer"]
    assert store.epochs(run.id) == [{**one, "step": one["epoch"] * each} for one in old["epochs"]]
    samples = [sample._asdict() for sample in store.samples(run.id)]
    assert samples == [{**one, "step": one["epoch"] * each} for one in old["samples"]]
    assert [point._asdict() for point in store.points(run.id)] == old["points"]
    kept = store.kept(run.id)
    assert {str(one.epoch): one.sha256 for one in kept} == old["stored"]
    assert [one.step for one in kept] == [one.epoch * each for one in kept]
    assert {str(one.epoch): one_sum(store.weights(run.id, one.step)) for one in kept} == old["checkpoints"]
    state = store.resume_state(run.id)
    found = state and {**state._asdict(), "arrays": one_sum(state.arrays)}
    assert found == old["resume"]
