"""A duel: units solved for, all runs or none, and a verdict that says who won and by how much."""

from __future__ import annotations

import dataclasses
import json
from types import SimpleNamespace

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
from rnnkit.training import cost, queueing, scheduler

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


def test_parameters_and_seconds_can_both_be_equal():
    entrants = duel.plan(base(model={"units": 96}), THREE, VOCAB, seconds=30, equal="parameters")
    assert max(abs(one.difference) for one in entrants) < 0.01
    assert {one.config.training.seconds for one in entrants} == {30}
    assert {one.config.model.units for one in duel.plan(base(), THREE, VOCAB, equal="units")} == {8}


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
    assert len({run.race for run in runs} - {None}) == 1, "one trainer trains them by turns"
    store.rename_run(ids[1], "mine")
    for listed in (store.runs(), store.listed()):
        assert [[run.id for run in fought] for fought in duel.found(listed).values()] == [ids]


def test_what_one_trainer_cannot_hold_is_trained_one_after_the_other(store: Store, monkeypatch: pytest.MonkeyPatch):
    config, measured = base(model={"units": 400}), queueing.check(base())
    entrants = duel.plan(config, THREE, measured.vocab_size)
    each = cost.estimate(config, measured.vocab_size, measured.symbols, measured.plan).memory_bytes
    for free, fits in ((each * 4, True), (each * 1.2, False)):
        monkeypatch.setattr(cost.psutil, "virtual_memory", lambda free=free: SimpleNamespace(available=free))
        assert duel.takes_turns(entrants, measured) is fits
    ids = duel.order(store, entrants)
    assert {store.run(run).race for run in ids} == {None}
    assert len(duel.found(store.listed())) == 1


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
    assert said == "The LSTM won by 1.000 nats per token (47.6%): 1.100, GRU 2.100."


def test_what_is_nearer_than_another_seed_is_a_tie(store: Store):
    said = duel.verdict(fought(store, 3.01, 3.0, 6.0))
    assert said.startswith("A tie: LSTM 1.100 nats per token, GRU 1.103, Simple RNN 2.100")


def test_while_the_losses_still_fall_fast_a_tie_is_wider(store: Store):
    falling = fought(store, 4.0, 3.0)  # held out 1.43 and 1.10; their last two epochs made them 33 % lower each
    assert duel.verdict(falling).startswith("A tie")
    settled = [one._replace(epochs=[*one.epochs, *one.epochs[-1:] * 2]) for one in falling]
    assert duel.verdict(settled).startswith("The LSTM won by 0.333")


def racing(store: Store, *epochs: tuple[float, int, str | None], **parts) -> list[comparison.Compared]:
    """Runs of GRU, LSTM, simple RNN: what their losses fall from, epochs of two seconds, and how they have ended."""
    ids = [
        tiny.run(store, loss=loss, epochs=count, status=status, model={"architecture": name}, **parts)
        for name, (loss, count, status) in zip(THREE, epochs, strict=False)
    ]
    return comparison.load(store, ids)


def test_nobody_leads_before_all_have_run_equally_far(store: Store):
    assert duel.verdict(fought(store, 6.0, 3.0, None)) is None
    assert duel.verdict(fought(store, 6.0, None)) is None
    assert duel.standing(racing(store, (6.0, 1, None), (3.0, 0, None))) is None


def test_while_they_train_the_losses_are_those_of_the_last_epoch_that_all_have_ended(store: Store):
    ahead = racing(store, (3.0, 3, None), (6.0, 2, None), (12.0, 2, None))
    said = duel.verdict(ahead)
    assert said.startswith("At epoch 2 the GRU leads by 1.500 nats per token (48.4%): 1.600, LSTM 3.100, Simple RNN 6")
    assert not [sentence for sentence in duel.explanations(ahead) if "perplexity" in sentence]


def test_what_all_have_measured_inside_an_epoch_counts_too(store: Store):
    ids = [tiny.run_with_moments(store, model={"architecture": name}) for name in THREE[:2]]
    compared = [one._replace(epochs=[]) for one in comparison.load(store, ids)]
    behind = [compared[0], compared[1]._replace(moments=[m for m in compared[1].moments if m["step"] < 5])]
    assert duel.standing(compared).at == "step 5"
    assert duel.standing(behind).at == "step 2"
    assert duel.standing([one._replace(moments=one.moments[:1]) for one in compared]) is None, "untrained, nobody leads"


def test_at_equal_seconds_the_losses_are_those_after_the_same_seconds(store: Store):
    fast, slow = racing(store, (6.0, 3, None), (3.0, 3, None), training={"seconds": 30})
    slower = [{**epoch, "elapsed_seconds": 1.5 * epoch["elapsed_seconds"]} for epoch in slow.epochs[:2]]
    found = duel.standing([fast, slow._replace(epochs=slower)])
    assert found.at == "6.0 s of training"
    assert [place.loss for place in found.places] == pytest.approx([1.6, 2.1])
    slower = [{**epoch, "elapsed_seconds": 2.5 * epoch["elapsed_seconds"]} for epoch in slow.epochs[:1]]
    found = duel.standing([fast, slow._replace(epochs=slower)])  # after 5 s, half way from 3.1 to 2.1
    assert [place.loss for place in found.places] == pytest.approx([2.6, 3.1])


def test_one_that_was_paused_holds_the_place_where_all_are_compared(store: Store):
    said = duel.verdict(racing(store, (3.0, 3, "finished"), (6.0, 1, "paused")))
    assert said.startswith("At epoch 1 the GRU leads by 3.000")


def test_one_that_diverged_has_left_the_duel(store: Store):
    gone = racing(store, (3.0, 3, "finished"), (6.0, 3, "finished"), (5.0, 1, "diverged"))
    assert duel.verdict(gone).startswith("The GRU won by 1.000")
    assert duel.unfinished(gone) == ["The Simple RNN is diverged after 1 epochs."]
    assert duel.verdict(racing(store, (3.0, 3, "finished"), (6.0, 1, "failed"))) is None


def test_a_duel_of_networks_that_write_is_read_in_bits(store: Store):
    ended = fought(store, 6.0, 3.0)
    assert duel.usual_unit(ended) == "bits"
    assert duel.verdict(ended, "bits") == "The LSTM won by 1.443 bits per character (47.6%): 1.587, GRU 3.030."


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


# ---- from several seeds


def from_seeds(store: Store, *losses: tuple[float, float], **parts) -> list[list[comparison.Compared]]:
    """Duels of a GRU and an LSTM from the seeds 0, 1, ...: what their losses fell from."""
    return [fought(store, *pair, training={"seed": seed, "epochs": 3}, **parts) for seed, pair in enumerate(losses)]


def test_over_several_seeds_the_verdict_is_made_of_means_and_spreads(store: Store):
    duels = from_seeds(store, (3.0, 6.0), (3.3, 6.3), (3.6, 6.6), (3.0, 6.0))
    networks = duel.over_seeds(duels, "nats")
    assert [(one.letter, one.title) for one in networks] == [("A", "GRU"), ("B", "LSTM")]
    assert networks[0].losses == pytest.approx([1.1, 1.2, 1.3, 1.1])
    said = duel.seeds_verdict(networks, "nats")
    assert said == "The GRU is lower than the LSTM in 4 of 4 seeds: 1.175 ± 0.096 against 2.175 ± 0.096 nats per token."
    table = duel.seeds_table(networks, duel.ended_seeds(duels))
    assert list(table.columns) == ["Network", "Mean", "±", "Seed 0", "Seed 1", "Seed 2", "Seed 3"]
    assert list(table["Network"]) == ["A · GRU", "B · LSTM"]


def test_where_spreads_overlap_the_difference_is_said_to_be_within_them(store: Store):
    duels = from_seeds(store, (3.0, 3.6), (3.6, 3.3), (3.3, 3.9))
    said = duel.seeds_verdict(duel.over_seeds(duels, "nats"), "nats")
    assert said.startswith("GRU and LSTM differ by no more than their spread over 3 seeds: 1.200 ± 0.100 against 1.3")
    assert said.endswith("The GRU is lower in 2 of 3.")


def test_only_duels_that_have_run_to_their_end_count(store: Store):
    one, *others = from_seeds(store, (3.0, 6.0), (3.3, 6.3), (3.6, 6.6))
    unfinished = [one._replace(run=dataclasses.replace(one.run, status=Status.PAUSED)) for one in others[0]]
    assert duel.over_seeds([one]) == []
    assert duel.ended_seeds([one, unfinished, others[1]]) == [0, 2]
    assert [len(found.losses) for found in duel.over_seeds([one, unfinished, others[1]])] == [2, 2]
    assert duel.seeds_verdict([], "nats") is None


def test_a_duel_is_found_with_its_repeats_and_no_other(store: Store):
    config = base()
    entrants = duel.plan(config, THREE, queueing.vocab_size(config))
    first = duel.order(store, entrants)
    second, third = duel.order_each(store, duel.again([store.runs(ids=first)[::-1]], 2))
    duel.order(store, duel.plan(base(model={"units": 9}), THREE, queueing.vocab_size(config)))
    duels = list(duel.found(store.runs()).values())
    assert len(duels) == 4
    series = duel.repeats(duels, store.runs(ids=second)[::-1])
    assert [[run.id for run in runs] for runs in series] == [first, second, third]
    assert [runs[0].config.training.seed for runs in series] == [0, 1, 2]
    assert [one.config.training.seed for one in duel.again(series)[0]] == [3, 3, 3]


def test_the_curves_over_seeds_have_a_band_as_wide_as_their_spread(store: Store):
    duels = from_seeds(store, (3.0, 6.0), (3.6, 6.0))
    table = duel.band(duels, "epochs", "nats").set_index(["letter", "at"])
    assert table.loc[("A", 3.0), "value"] == pytest.approx(1.2)
    assert table.loc[("A", 3.0), "high"] - table.loc[("A", 3.0), "value"] == pytest.approx(0.1 * 2**0.5)
    assert table.loc[("B", 1.0), "high"] == table.loc[("B", 1.0), "low"] == pytest.approx(6.1)
    assert list(duel.band(duels, "seconds", "nats").query("letter == 'A'")["at"]) == [2.0, 4.0, 6.0]
    assert duel.band(duels[:1], "epochs", "nats").empty


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


def test_the_command_races_from_several_seeds_and_says_mean_and_spread(say, store: Store, monkeypatch):
    document = json.loads(say("--architectures", "gru,lstm", "--seeds", "3", "--json")[1])
    assert [one["seed"] for one in document["duels"]] == [0, 1, 2]
    assert [row["run"] for row in document["runs"]] == document["duels"][0]["runs"]
    assert len({store.run(run).race for one in document["duels"] for run in one["runs"]}) == 3
    ids = [[one.run.id for one in duel] for duel in from_seeds(store, (3.0, 6.0), (3.3, 6.3))]
    monkeypatch.setattr(duel, "order_each", lambda store, duels: ids)
    document = json.loads(say("--architectures", "gru,lstm", "--seeds", "2", "--wait", "--json")[1])
    assert document["verdict"].startswith("The GRU is lower than the LSTM in 2 of 2 seeds: ")
    assert [row["network"] for row in document["networks"]] == ["A · GRU", "B · LSTM"]
    assert document["networks"][0]["mean"] == pytest.approx(1.15 / 0.6931472)
    status, _, error = say("--architectures", "gru,lstm", "--seeds", "0")
    assert (status, error.count("\n")) == (2, 1)
