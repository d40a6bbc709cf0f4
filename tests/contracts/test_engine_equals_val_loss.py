"""What samples are written with is what was trained: the engine's loss on the held-out text is the trainer's."""

from __future__ import annotations

import pytest
from trained import small, trained

from rnnkit import tasks
from rnnkit.architectures import ARCHITECTURES
from rnnkit.config import Answers
from rnnkit.store import Store, schema
from rnnkit.studies import score
from rnnkit.studies.checkpoint import load
from rnnkit.tasks import Does
from rnnkit.texts import cookbook, corpora, held_out
from rnnkit.training.engines import learner
from rnnkit.training.learner import at_once
from rnnkit.training.planning import Plan

KINDS = {
    "streams": {"kind": "streams", "length": 6, "batch_size": 5},
    "windows": {"kind": "windows", "length": 12, "step": 5, "batch_size": 7},
}
NETWORKS = [
    pytest.param(name, kind, bidirectional, id=f"{name}, {kind}{', both ways' * bidirectional}")
    for name, one in ARCHITECTURES.items()
    if Answers.STEPS in one.answers
    for kind in KINDS
    for bidirectional in (False, True)
    if not (one.needs_windows and kind == "streams")
    and not (bidirectional and ("bidirectional" not in one.fields or kind == "streams"))
]


@pytest.fixture(autouse=True)
def _tiny_text(monkeypatch: pytest.MonkeyPatch) -> None:
    text = cookbook.write(6_000, seed=1)
    monkeypatch.setattr(corpora, "load", lambda name, store=None, progress=None: text)


def little(name: str, kind: str, **changes):
    batches = {f"batches__{field}": value for field, value in KINDS[kind].items()}
    return small(
        **{"model__architecture": name, "model__units": 6, "training__epochs": 1, "sampling__length": 0,
           "batches__validation_fraction": 0.1, **batches, **changes}
    )  # fmt: skip


@pytest.mark.parametrize(("name", "kind", "bidirectional"), NETWORKS)
def test_the_engine_scores_the_held_out_text_as_the_trainer_did(
    store: Store, monkeypatch: pytest.MonkeyPatch, name: str, kind: str, bidirectional: bool
):
    """A part of it, and all of it at the end."""
    monkeypatch.setattr(held_out, "MOST", 300)
    monkeypatch.setattr(held_out, "MOST_READ", 600)
    run = trained(store, little(name, kind, model__bidirectional=bidirectional))
    checkpoint, [epoch] = load(store, run, does=Does.WRITES), store.epochs(run)
    part, whole = (score.held_out(store, checkpoint, whole=all_) for all_ in (False, True))
    assert part.val_loss == epoch["val_loss"]
    assert part.nats == pytest.approx(epoch["val_loss"], abs=1e-4)
    assert part.symbols == epoch["val_tokens"] < whole.symbols
    assert whole.nats == pytest.approx(epoch["val_loss_full"], abs=1e-4)


@pytest.mark.parametrize("engine", ["compiled", "keras"])
@pytest.mark.parametrize("rows", [1, 3, 64])
def test_the_loss_on_held_out_text_does_not_depend_on_the_batch_size(store: Store, engine: str, rows: int):
    """The weights of one run, measured by another whose batches are others."""
    run = trained(store, little("lstm", "streams"))
    [epoch] = store.epochs(run)
    config = little("lstm", "streams", batches__batch_size=rows, batches__length=9, training__engine=engine)
    data = tasks.of(config).read(config, store, store.run(run).tokenizer)
    measuring = learner(config, data.vocab_size, Plan(1, engine, 2))
    measuring.load_weights(store.checkpoint(run, 1))
    assert at_once(measuring.evaluate(data.held_out["val_"]())).loss == pytest.approx(epoch["val_loss"], abs=1e-5)


def test_a_run_of_an_older_version_says_how_its_loss_was_measured(store: Store):
    run = trained(store, little("gru", "streams"))
    assert score.held_out(store, load(store, run, does=Does.WRITES)).note is None
    with store._database.write() as tx:
        tx.execute(schema.epochs.update().values(metrics='{"epoch": 1, "loss": 1.0, "val_loss": 2.0}'))
    assert "older version" in (score.held_out(store, load(store, run, does=Does.WRITES)).note or "")
