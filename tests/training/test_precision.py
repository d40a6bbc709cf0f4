"""Training in bfloat16: decided once by measuring, said, exact to itself, and evaluated in float32."""

from __future__ import annotations

import pytest
from trained import ME, ask_at_report, same_weights, small, trained

from rnnkit import tasks
from rnnkit.architectures import ARCHITECTURES
from rnnkit.config import with_settings
from rnnkit.errors import ConfigError
from rnnkit.presets import PRESETS
from rnnkit.store import Status, Store, Wanted
from rnnkit.studies import score
from rnnkit.studies.checkpoint import load
from rnnkit.tasks import Does
from rnnkit.texts import cookbook, corpora
from rnnkit.training import engines, loop, planning, precision
from rnnkit.training.engines import learner
from rnnkit.training.learner import at_once
from rnnkit.training.planning import Plan

FEW = {"pairs.examples": 40, "pairs.held_out": 10}
ALIKE = ("simple_rnn", "lstm", "peephole_lstm", "coupled_lstm", "slstm", "min_gru", "min_lstm", "encoder_decoder")
PAIRS = {"decoder": "one-to-many", "encoder_decoder": "encoder-decoder", "attention": "attention"}


@pytest.fixture(autouse=True)
def _here(monkeypatch: pytest.MonkeyPatch) -> None:
    """A tiny text, on a processor that has bfloat16."""
    text = cookbook.write(20_000, seed=1)
    monkeypatch.setattr(corpora, "load", lambda name, store=None, progress=None: text)
    monkeypatch.setattr(precision, "has_bfloat16", lambda: True)


@pytest.fixture
def measured(monkeypatch: pytest.MonkeyPatch):
    """Networks and runs of any size are measured; a step in bfloat16 takes so much of one in float32."""
    monkeypatch.setattr(precision, "LARGE", 1)
    monkeypatch.setattr(precision, "WORTH_SECONDS", 0.0)

    def takes(share: float) -> None:
        def timed(own, batch) -> float:
            own.step(batch)
            return share if own.device.endswith("bfloat16)") else 1.0

        monkeypatch.setattr(planning, "timed", timed)

    return takes


def keras_gru(**changes):
    return small(training__engine="keras", training__epochs=2, **changes)


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[pytest.mark.slow] if name in ALIKE else []) for name in ARCHITECTURES]
)
def test_every_network_learns_in_bfloat16_and_keeps_float32_weights(name: str):
    settings = {"model.architecture": name, "model.units": 8, "batches.batch_size": 4}
    if name in PAIRS:
        longer = {"pairs.longest_output": 400} if name == "decoder" else {}  # our recipes have long lines
        config = with_settings(PRESETS[PAIRS[name]].config, settings | FEW | longer)
    else:
        kind = "windows" if ARCHITECTURES[name].needs_windows else "streams"
        config = with_settings(small(), settings | {"batches.kind": kind, "batches.length": 6})
    data = tasks.of(config).read(config, None, None)
    losses = []
    for kind in ("float32", "bfloat16"):
        own = learner(config, data.vocab_size, Plan(9, "keras", 2, kind))
        own.begin_epoch()
        own.step(next(iter(data.training(1, 0))))
        assert {array.dtype.kind for array in own.arrays().values()} <= set("fiu")  # and not bfloat16's "V"
        losses.append(at_once(own.evaluate(data.held_out["val_"]())).loss)
    assert losses[0] != losses[1]
    assert losses[0] == pytest.approx(losses[1], rel=0.02)


@pytest.mark.parametrize(("share", "kind"), [(0.5, "bfloat16"), (0.95, "float32")])
def test_it_is_chosen_where_it_is_measured_to_be_faster_and_the_run_says_so(
    store: Store, measured, share: float, kind: str
):
    measured(share)
    run = trained(store, keras_gru())
    plan, row = planning.stored(store.run(run)), store.run(run)
    assert plan is not None
    assert (plan.precision, plan.faster) == (kind, round(1 / share, 2))
    assert ("Trained in bfloat16: 2.0 times as fast as in float32" in (row.message or "")) == (kind == "bfloat16")
    assert row.device is not None
    assert row.device.endswith("bfloat16)") == (kind == "bfloat16")


def test_a_measured_run_trains_what_it_would_have_without(store: Store, measured):
    """In float32: the steps of measuring are forgotten, dropout's random state too."""
    measured(0.95)
    of_measured = trained(store, keras_gru(model__dropout=0.3))
    plain = trained(store, keras_gru(model__dropout=0.3, training__precision="float32"))
    assert same_weights(store, of_measured, plain, 2)


def test_small_networks_short_runs_and_compiled_ones_are_not_measured(
    store: Store, measured, monkeypatch: pytest.MonkeyPatch
):
    measured(0.5)
    assert planning.stored(store.run(trained(store, small(training__epochs=1)))).precision == "float32"  # compiled
    monkeypatch.setattr(precision, "WORTH_SECONDS", 1e6)
    assert planning.stored(store.run(trained(store, keras_gru()))).faster is None
    monkeypatch.setattr(precision, "WORTH_SECONDS", 0.0)
    monkeypatch.setattr(precision, "LARGE", 10**9)
    assert planning.stored(store.run(trained(store, keras_gru()))).faster is None


def test_a_paused_run_goes_on_bit_for_bit_in_its_own_precision(store: Store, measured, monkeypatch: pytest.MonkeyPatch):
    measured(0.5)
    config = keras_gru(model__dropout=0.2)
    whole = trained(store, config)
    broken = store.create_run(config)
    with monkeypatch.context() as inner:
        ask_at_report(inner, store, broken, Wanted.PAUSE, 5)
        assert loop.train(store, broken, ME) == Status.PAUSED
    measured(2.0)  # whoever goes on measures nothing
    store.resume_run(broken)
    assert loop.train(store, broken, ME) == Status.FINISHED
    assert planning.stored(store.run(broken)).precision == "bfloat16"
    assert same_weights(store, whole, broken, 2)


def test_held_out_text_is_measured_in_float32(store: Store):
    run = trained(store, keras_gru(training__precision="bfloat16", batches__validation_fraction=0.1))
    found = score.held_out(store, load(store, run, does=Does.WRITES))
    assert found.nats == pytest.approx(store.epochs(run)[-1]["val_loss"], abs=1e-4)


def test_it_is_refused_where_it_cannot_be_had(monkeypatch: pytest.MonkeyPatch):
    asked = small(training__precision="bfloat16")
    assert engines.engine_for(asked) == "keras"
    with pytest.raises(ConfigError, match="on a GPU, got bfloat16"):
        precision.check(asked, on_gpu=True)
    with pytest.raises(ConfigError, match=r"with training\.engine=compiled"):
        precision.check(with_settings(asked, {"training.engine": "compiled"}), on_gpu=False)
    monkeypatch.setattr(precision, "has_bfloat16", lambda: False)
    with pytest.raises(ConfigError, match="expected auto or float32 on a processor that does not"):
        precision.check(asked, on_gpu=False)
