"""What samples are written with is what was trained: the engine's loss on the held-out text is the trainer's."""

from __future__ import annotations

import pytest
from trained import small, trained

from rnnkit.architectures import ARCHITECTURES
from rnnkit.config import Answers
from rnnkit.store import Store
from rnnkit.studies import score
from rnnkit.studies.checkpoint import load
from rnnkit.tasks import Does
from rnnkit.texts import cookbook, corpora

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


@pytest.mark.parametrize(("name", "kind", "bidirectional"), NETWORKS)
def test_the_engine_scores_the_held_out_text_as_the_trainer_did(
    store: Store, name: str, kind: str, bidirectional: bool
):
    config = small(
        model__architecture=name, model__units=6, model__bidirectional=bidirectional, training__epochs=1,
        sampling__length=0, batches__validation_fraction=0.1,
        **{f"batches__{field}": value for field, value in KINDS[kind].items()},
    )  # fmt: skip
    run = trained(store, config)
    found = score.held_out(store, load(store, run, does=Does.WRITES))
    [epoch] = store.epochs(run)
    assert found.val_loss == epoch["val_loss"]
    assert found.nats == pytest.approx(epoch["val_loss"], abs=1e-4)
