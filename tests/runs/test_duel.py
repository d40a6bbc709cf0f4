"""A duel: units solved for, all runs or none, and a verdict that says who won and by how much."""

from __future__ import annotations

import json

import pytest
import tiny
from hypothesis import given
from hypothesis import strategies as some

from rnnkit import architectures
from rnnkit.cli import main as cli
from rnnkit.config import RunConfig, differences
from rnnkit.errors import ConfigError, CorpusError
from rnnkit.runs import comparison, duel
from rnnkit.store import Status, Store
from rnnkit.training import queueing, scheduler

THREE = ["gru", "lstm", "simple_rnn"]
VOCAB = 70


def base(**parts) -> RunConfig:
    return tiny.config(**{"corpus": "cookbook-3000", "batches": {"length": 16, "batch_size": 4}, **parts})


def size(config: RunConfig) -> int:
    return sum(layer.params for layer in architectures.parameter_table(config, VOCAB))


# ---- before it starts


@given(params=some.integers(2_000, 2_000_000), name=some.sampled_from(THREE), layers=some.integers(1, 3))
def test_the_units_solved_for_come_nearest(params: int, name: str, layers: int):
    config = base(model={"architecture": name, "layers": layers})
    units = duel.units_for(config, params, VOCAB)
    off = {n: abs(size(duel.with_units(config, n)) - params) for n in (units - 1, units, units + 1) if n >= 1}
    assert off[units] == min(off.values())


def test_the_others_get_as_many_parameters_as_the_first():
    gru, lstm, simple = duel.plan(base(model={"units": 96, "embedding_size": 32}), THREE, VOCAB)
    assert gru.config.model.units == 96
    assert gru.difference == 0
    assert lstm.config.model.units < 96 < simple.config.model.units
    assert max(abs(one.difference) for one in (lstm, simple)) < 0.01
    assert [one.params for one in (gru, lstm, simple)] == [size(one.config) for one in (gru, lstm, simple)]


def test_a_number_of_parameters_can_be_asked_for():
    entrants = duel.plan(base(), THREE, VOCAB, params=50_000)
    assert all(abs(one.params - 50_000) < 500 for one in entrants)


def test_equal_seconds_leave_the_units_and_end_by_the_planned_steps_alone():
    config = base(training={"schedule": "cosine", "patience": 3})
    entrants = duel.plan(config, THREE, VOCAB, seconds=30)
    assert {one.config.model.units for one in entrants} == {config.model.units}
    training = {one.config.training for one in entrants}
    (shared,) = training
    assert (shared.seconds, shared.epochs, shared.schedule, shared.patience) == (30, 10_000, "cosine", 0)
    measured = queueing.check(config)
    assert duel.expected_seconds(entrants, measured, slower=1e6) == 90


def test_everything_but_architecture_and_units_stays_alike():
    configs = [one.config for one in duel.plan(base(training={"seed": 7}), THREE, VOCAB)]
    assert set(differences(configs)) == {"model.architecture", "model.units"}


@pytest.mark.parametrize(
    ("names", "settings", "said"),
    [
        (["gru"], {}, "expected 2 to 4"),
        ([*THREE, "gru"], {}, "got gru 2 times"),
        (["gru", "no_such"], {}, "got 'no_such'"),
        (["gru", "unrolled"], {}, "needs batches.kind=windows"),
        (THREE, {"params": 12}, "(1 unit)"),
        (THREE, {"seconds": 0}, "training.seconds"),
        (THREE, {"params": 10**12}, "(4,096 units)"),
    ],
)
def test_what_cannot_be_a_duel_is_refused_in_a_sentence(names: list[str], settings: dict, said: str):
    with pytest.raises(ConfigError) as refused:
        duel.plan(base(), names, VOCAB, **settings)
    assert said in str(refused.value)


def test_only_architectures_that_go_with_the_batches_are_offered():
    assert "unrolled" not in duel.candidates(base())
    assert "unrolled" in duel.candidates(base(batches={"kind": "windows", "length": 3}))


def test_all_are_queued_in_their_order_under_names_that_belong_together(store: Store):
    config = base()
    ids = duel.order(store, duel.plan(config, THREE, queueing.vocab_size(config)))
    runs = [store.run(run) for run in ids]
    assert [run.config.model.architecture for run in runs] == THREE
    assert {run.status for run in runs} == {Status.QUEUED}
    assert runs[0].queued_at < runs[1].queued_at < runs[2].queued_at
    assert len({run.name.split(":")[0] for run in runs}) == 1
    assert [[run.id for run in fought] for fought in duel.found(store.runs()).values()] == [ids]


def test_either_all_are_queued_or_none(store: Store, monkeypatch: pytest.MonkeyPatch):
    config = base()
    entrants = duel.plan(config, THREE, queueing.vocab_size(config))
    too_short = entrants[2]._replace(config=base(batches={"length": 2000, "batch_size": 64}))
    with pytest.raises(CorpusError):
        duel.order(store, [*entrants[:2], too_short])
    assert store.runs() == []


# ---- what came of it


def fought(store: Store, *losses: float | None, **parts) -> list[comparison.Compared]:
    """Runs of GRU, LSTM and simple RNN that fell from such losses, three epochs of two seconds each; None: queued."""
    ids = [
        store.create_run(tiny.config(model={"architecture": name}))
        if loss is None
        else tiny.run(store, loss=loss, model={"architecture": name}, **parts)
        for name, loss in zip(THREE, losses, strict=False)
    ]
    return comparison.load(store, ids)


def test_the_verdict_names_the_winner_and_by_how_much(store: Store):
    said = duel.verdict(fought(store, 6.0, 3.0))  # held out 2.1 and 1.1
    assert said == "The LSTM won by 1.000 nats per symbol (47.6%): 1.100, GRU 2.100."


def test_what_is_nearer_than_another_seed_is_a_tie(store: Store):
    said = duel.verdict(fought(store, 3.01, 3.0, 6.0))
    assert said.startswith("A tie: LSTM 1.100 nats per symbol, GRU 1.103, Simple RNN 2.100")


def test_while_the_losses_still_fall_fast_a_tie_is_wider(store: Store):
    falling = fought(store, 4.0, 3.0)  # held out 1.43 and 1.10; their last two epochs made them 33 % lower each
    assert duel.verdict(falling).startswith("A tie")
    settled = [one._replace(epochs=[*one.epochs, *one.epochs[-1:] * 2]) for one in falling]
    assert duel.verdict(settled).startswith("The LSTM won by 0.333")


def test_while_one_still_trains_the_verdict_is_so_far(store: Store):
    assert duel.verdict(fought(store, 6.0, 3.0, None)).startswith("So far the LSTM leads by 1.000")
    assert duel.verdict(fought(store, 6.0, None)) is None


def test_the_table_has_the_winner_first_and_how_far_the_others_are_behind(store: Store):
    table = duel.results(fought(store, 6.0, 3.0, None)).set_index("Network")
    assert list(table.index) == ["B · LSTM", "A · GRU", "C · Simple RNN"]
    assert table.loc["A · GRU", "Behind"] == pytest.approx(1.0)
    assert table.loc["A · GRU", "Behind, %"] == pytest.approx(100 / 2.1)
    assert table.loc["B · LSTM", "Time to the worst's best"] == 4.0  # 1.6 after its second epoch
    assert table.loc["A · GRU", "Time to the worst's best"] == 6.0
    assert table.loc["C · Simple RNN", "State"] == "queued"


def test_losses_are_compared_after_the_same_seconds_too(store: Store):
    short = tiny.run(store, loss=6.0, epochs=2)
    table = duel.results(comparison.load(store, [short, tiny.run(store, loss=3.0)]))
    assert list(table["Loss at equal time"]) == pytest.approx([1.6, 3.1])  # after 4 s


def test_the_race_says_how_long_the_winner_took_to_the_losers_best(store: Store):
    said = " ".join(duel.explanations(fought(store, 6.0, 3.0)))
    assert "The LSTM reached the best loss of the GRU after 4.0 s of training, 67% of the 6.0 s" in said
    assert "from one seed" in said


def test_terms_say_what_is_equal_and_what_is_not(store: Store):
    assert duel.terms(fought(store, 6.0, 3.0)).startswith("Parameters are not equal")
    same = comparison.load(store, [tiny.run(store), tiny.run(store)])
    assert duel.terms(same).startswith("Equal parameters")
    assert "seed 0" in duel.terms(same)
    assert "different seeds" in duel.terms(
        comparison.load(store, [tiny.run(store), tiny.run(store, training={"seed": 1})])
    )


def test_one_that_was_stopped_is_said(store: Store):
    (said,) = duel.unfinished(fought(store, 6.0, 3.0, status="stopped"))[:1]
    assert "stopped after 3 epochs" in said


def test_runs_of_one_architecture_are_told_apart_by_their_letters(store: Store):
    same = comparison.load(store, [tiny.run(store, loss=3.0), tiny.run(store, loss=6.0)])
    assert duel.verdict(same).startswith("The LSTM A won")
    table = duel.results(same)
    assert list(table["Network"]) == ["A · LSTM", "B · LSTM"]


# ---- the command


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch):
    """say("--equal", "seconds") -> exit status, standard output, standard error of `duel`; nobody trains."""
    monkeypatch.setattr(scheduler, "ensure_running", lambda store: None)
    given = ("duel", "--preset", "cookbook-gru", "--corpus", "cookbook-20000", "--set", "batches.batch_size=4")

    def say_(*argv: str) -> tuple[int, str, str]:
        return cli.main([*given, *argv]), *capsys.readouterr()

    return say_


def test_the_command_queues_all_and_says_what_each_will_be(say, store: Store):
    status, out, _ = say("--architectures", "gru,lstm", "--params", "30000", "--json")
    rows = json.loads(out)["runs"]
    assert status == 0
    assert [row["architecture"] for row in rows] == ["gru", "lstm"]
    assert all(row["params"] == pytest.approx(30_000 * (1 + row["difference"])) for row in rows)
    assert all(abs(row["difference"]) < 0.02 for row in rows)
    assert {run.id for run in store.runs()} == {row["run"] for row in rows}


def test_the_command_gives_each_the_same_seconds(say, store: Store):
    say("--architectures", "gru,lstm", "--equal", "seconds", "--seconds", "7")
    assert [run.config.training.seconds for run in store.runs()] == [7, 7]


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["--architectures", "gru"], "expected 2 to 4"),
        (["--architectures", "gru,gru"], "got gru 2 times"),
        (["--architectures", "gru,lstm", "--params", "5"], "(1 unit)"),
        (["--architectures", "gru,lstm", "--seconds", "5"], "expected one thing that is equal"),
        (["--architectures", "gru,lstm", "--equal", "seconds", "--seconds", "-1"], "training.seconds"),
    ],
)
def test_what_the_command_refuses_queues_nothing(say, store: Store, argv: list[str], said: str):
    status, out, error = say(*argv)
    assert (status, out) == (2, "")
    assert said in error
    assert error.count("\n") == 1
    assert store.runs() == []


def test_when_all_have_ended_the_command_says_who_won(say, store: Store, monkeypatch: pytest.MonkeyPatch):
    ids = [one.run.id for one in fought(store, 6.0, 3.0)]
    monkeypatch.setattr(duel, "order", lambda store, entrants: ids)
    document = json.loads(say("--architectures", "gru,lstm", "--wait", "--json")[1])
    assert document["verdict"].startswith("The LSTM won by 1.000")
    assert [row["run"] for row in document["runs"]] == [ids[1], ids[0]]
    assert document["runs"][1]["behind"] == pytest.approx(1.0)
    assert "The LSTM won" in say("--architectures", "gru,lstm", "--wait")[1]
