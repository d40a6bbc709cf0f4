"""What a pupil may use is limited where runs and texts are made; a teacher and a machine without a class are free."""

from __future__ import annotations

import pytest
from tiny import TEXT, config
from tiny import run as finished_run

from rnnkit.errors import OverBudget
from rnnkit.people import budgets, classes
from rnnkit.people.person import OWNER, Person, Role
from rnnkit.store import Store, schema

MIA = Person("a" * 64, "Mia", Role.PUPIL)
TEACHER = Person("b" * 64, "Teacher", Role.TEACHER)


@pytest.fixture
def store(tmp_path, monkeypatch):
    monkeypatch.setenv("RNNKIT_HOME", str(tmp_path))
    opened = Store()
    code = classes.open_class(opened, TEACHER.id, seconds=600, budget={"seconds": 100, "units": 64, "runs": 2}).code
    classes.join(opened, MIA.id, code, "Mia")
    yield opened
    opened.close()


def wanted(seconds: int | None = 30, **parts):
    return config(training={"epochs": 3, "seconds": seconds}, **parts)


def test_within_the_budget_a_run_is_allowed_and_what_is_over_it_is_a_sentence(store):
    budgets.check_runs(store, MIA, [wanted()])
    for sentence, more in {
        "model.units: expected at most 64 in this class, got 65": [wanted(model={"units": 65})],
        "training.seconds: expected at most 100 in this class, got none": [wanted(None)],
        "training.seconds: expected at most 100 in this class, got 101": [wanted(101)],
        "training.seconds: expected at most 100 of all your runs together in this class, got 120": [wanted(60)] * 2,
        "runs: expected at most 2 of yours at once in this class, got 3": [wanted()] * 3,
    }.items():
        with pytest.raises(OverBudget) as error:
            budgets.check_runs(store, MIA, more)
        assert str(error.value) == sentence
        for free in (TEACHER, OWNER):
            budgets.check_runs(store, free, more)


def test_a_run_that_is_resumed_takes_a_place(store):
    budgets.check_runs(store, MIA, [], resumed=2)
    with pytest.raises(OverBudget, match="got 3"):
        budgets.check_runs(store, MIA, [], resumed=3)


def test_what_was_trained_and_what_waits_counts_also_from_the_trash(store):
    done = finished_run(store, TEXT)  # 6 seconds
    with store._write() as tx:
        tx.execute(schema.runs.update().values(member=MIA.id))
    store.delete_run(done)
    store.create_runs([wanted(60)], member=MIA.id)
    used = store.used(MIA.id)
    assert (used.live, used.seconds, used.checkpoints) == (1, 66.0, 3)
    assert used.bytes > 1000
    assert budgets.limits(store, MIA) == ({"training.seconds": 34, "model.units": 64, "model.hidden_units": 64}, 34)
    assert budgets.limits(store, TEACHER) is None
    with pytest.raises(OverBudget, match="got 106"):
        budgets.check_runs(store, MIA, [wanted(40)])


def test_a_text_may_be_so_long(store):
    classes.change(store, budget={"text_kb": 10, "disk_mb": 1})
    budgets.check_text(store, MIA, 10_000)
    with pytest.raises(OverBudget, match=r"^text: expected at most 10,000 characters in this class, got 10,001$"):
        budgets.check_text(store, MIA, 10_001)
    classes.change(store, budget={"text_kb": 9_000})
    with pytest.raises(OverBudget, match=r"^disk: expected at most 1 MB of yours in this class, got 8; delete"):
        budgets.check_text(store, MIA, 8_000_000)
    budgets.check_text(store, TEACHER, 8_000_000)
