"""A network without its data is tried on made-up ones of the kind: the shipped ones, as they come along."""

from __future__ import annotations

from pathlib import Path

import pytest
import tiny

from rnnkit import tasks
from rnnkit.sharing import archive
from rnnkit.store import Run, Store
from rnnkit.studies import classifier, forecast, stand_in
from rnnkit.studies.checkpoint import load
from rnnkit.tasks import Does

PRETRAINED = Path(__file__).parents[2] / "pretrained"


@pytest.fixture
def shipped(store: Store, monkeypatch: pytest.MonkeyPatch, tmp_path) -> list[Run]:
    """The networks that came along, on a machine that has no text but the made-up ones."""
    monkeypatch.setenv("RNNKIT_CORPORA", str(tmp_path))
    archive.import_pretrained(store, PRETRAINED)
    return [store.run(run.id) for run in store.runs()]


def test_a_shipped_network_forecasts_made_up_weather_of_which_it_has_seen_nothing(store: Store, shipped: list[Run]):
    found = [stand_in.stand_in(run) for run in shipped if run.corpus == "temperatures"]
    assert found
    for run in found:
        backtest = forecast.backtest(store, load(store, run, "last"))
        assert backtest.table["forecast"].between(-20, 40).all()
        assert len(backtest.errors) > 1


def test_a_shipped_network_judges_made_up_reviews_with_its_own_words(store: Store, shipped: list[Run]):
    found = [stand_in.stand_in(run) for run in shipped if run.corpus == "imdb"]
    assert found
    for run in found:
        assert len(classifier.unseen(store, run).texts) == classifier.MOST_TRIED
        checkpoint = load(store, run, "last")
        assert checkpoint.codec.labels == load(store, run.id, "last").codec.labels
        assert classifier.confusion(store, checkpoint).accuracy > 0.5


def test_what_writes_and_what_is_made_up_anyway_has_no_stand_in(store: Store):
    assert stand_in.stand_in(store.run(tiny.run(store))) is None
    assert stand_in.stand_in(store.run(tiny.forecaster(store))) is None
    assert {tasks.TASKS["series"].does, tasks.TASKS["classification"].does} == {Does.FORECASTS, Does.CLASSIFIES}
