"""Checkpoints inside an epoch in an export, and back; what does not fit is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import tiny

from rnnkit.errors import ExportError
from rnnkit.sharing import takeaway
from rnnkit.sharing.archive import export_run, import_run
from rnnkit.store import Store


@pytest.fixture
def run(store: Store) -> str:
    run = tiny.run_with_moments(store)
    store.lease(run, tiny.TRAINER).end("stopped")
    return run


@pytest.mark.parametrize("as_folder", [True, False], ids=["folder", "zip"])
def test_they_come_back_with_their_losses_and_texts(store: Store, run: str, tmp_path: Path, as_folder: bool):
    file = export_run(store, run, f"{tmp_path}/run/" if as_folder else tmp_path / "run.zip")
    again = import_run(store, file)
    assert again != run
    assert [one[:3] for one in store.kept(again)] == [one[:3] for one in store.kept(run)]
    assert [one.step for one in store.kept(again)] == [0, 1, 2, 5, 10]
    assert store.moments(again) == store.moments(run)
    assert store.samples(again) == store.samples(run)
    for step in (0, 5, 10):
        assert all(np.array_equal(a, store.weights(run, step)[name]) for name, a in store.weights(again, step).items())
    assert store.check() == []
    export_run(store, again, f"{tmp_path}/once more/")
    export_run(store, again, f"{tmp_path}/once more/")  # its own files may be replaced


def test_some_of_them_can_be_taken_along(store: Store, run: str, tmp_path: Path):
    again = import_run(store, export_run(store, run, tmp_path / "run.zip", epochs=[0, 0.5, 1], bits=8))
    assert [one.epoch for one in store.kept(again)] == [0, 0.5, 1]


def test_a_run_in_its_next_epoch_is_exported_up_to_its_last(store: Store, tmp_path: Path):
    run = tiny.run_with_moments(store)
    lease = store.lease(run, tiny.TRAINER)
    row = store.run(run)
    lease.keep_inside(
        place=3, step=13, epoch=1.3, metrics={"val_loss": 2.0}, checkpoint=tiny.arrays(row.config, row.vocab_size or 0),
        samples=[], resume={"m": np.zeros(3)}, state={}, train_seconds=9.0,
    )  # fmt: skip
    again = import_run(store, export_run(store, run, tmp_path / "run.zip"))
    assert [one.step for one in store.kept(again)] == [0, 1, 2, 5, 10]
    assert store.check() == []


def test_card_report_and_curve_name_them(store: Store, run: str):
    card, report, curve = (takeaway.take(store, run, way, "").decode() for way in ("card", "html", "csv"))
    assert "| 0.50 | " in card
    assert "<h3>Step 5</h3>" in report
    assert ",inside,0.5,5," in curve


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda d: d["moments"][0].update(epoch=1), "expected places inside the epochs"),
        (lambda d: d["moments"][0].update(epoch=-0.5), "expected places inside the epochs"),
        (lambda d: d["moments"][3].update(epoch=1.5), "expected places inside the epochs"),
        (lambda d: d["moments"][1].update(step=5), "expected steps that grow"),
        (lambda d: d["moments"].pop(0), "expected epochs of the run"),
        (lambda d: d["moments"][0].update(epoch="NaN"), "expected a fitting moments.0.epoch"),
        (lambda d: d["checkpoints"][1].update(step=2), "expected the steps of their epochs"),
        (lambda d: d["samples"][0].update(epoch=0.7), "samples: expected"),
    ],
)
def test_what_does_not_fit_is_refused(store: Store, run: str, tmp_path: Path, change: Callable, sentence: str):
    folder = export_run(store, run, f"{tmp_path}/run/")
    described = json.loads((folder / "run.json").read_text())
    change(described)
    (folder / "run.json").write_text(json.dumps(described))
    with pytest.raises(ExportError, match=sentence):
        import_run(store, folder)
    assert [one.id for one in store.runs()] == [run]
