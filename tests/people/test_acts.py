"""Who did what and when: written with the deed in one transaction, whoever does it, from a page or the command line."""

from __future__ import annotations

import in_class
import pytest
import tiny
from at_once import in_threads, succeeds
from deeds import ACTS, LEADS, MAKES, given
from hypothesis import given as drawn
from hypothesis import settings
from hypothesis import strategies as some

from rnnkit.errors import OverBudget, PersonError, StoreFull
from rnnkit.people import acting, class_settings, classes, known
from rnnkit.people.rights import TABLE
from rnnkit.store import Status, Store

pytestmark = pytest.mark.usefixtures("nobody_trains")
NOTED = sorted(name for name, right in TABLE.items() if right.noted)


def thing_for(method: str, store: Store) -> tuple[str, str]:
    """A run and a text of Ann's in the state in which this can be done."""
    ann = in_class.acting("Ann", store)
    text = ann.add_text("b" * 64, "tale", "abce")
    status = {"ask": None, "resume_run": Status.STOPPED}.get(method, Status.FINISHED)
    run = in_class.give(store, tiny.run(store, corpus="cookbook", status=status), "Ann")
    if "undelete" in method:
        store.delete_run(run)
    if method == "undelete_text":
        store.delete_text(text)
    known.forget(store)
    return run, text


def test_every_act_of_the_table_is_tried_here():
    assert {*ACTS, *MAKES} <= {*NOTED} <= {*ACTS, *MAKES, *LEADS}


@pytest.mark.parametrize("method", NOTED)
def test_a_deed_and_the_line_about_it_are_written_together_or_not_at_all(store: Store, monkeypatch, method: str):
    in_class.opened(store)
    who = "Tess" if method in LEADS else "Ann"
    run, text = thing_for(method, store)
    asked = given(method, run, text, in_class.browser("Ben"))
    before, acts = in_class.rows(store), len(store.acts())
    with monkeypatch.context() as patch:
        patch.setattr(Store, "note_act", lambda *_, **__: (_ for _ in ()).throw(StoreFull("no room for the line")))
        with pytest.raises(StoreFull):
            getattr(in_class.acting(who, store), method)(**asked)
    assert in_class.rows(store) == before
    if method != "backup":  # a file that is there already
        getattr(in_class.acting(who, store), method)(**asked)
        assert in_class.rows(store, but=("acts",)) != {**before, "acts": []}
        new = store.acts()[: len(store.acts()) - acts]
        assert [(one.who, one.member) for one in new] == [(who, in_class.browser(who))]


def test_what_the_owner_does_at_the_command_line_is_written_down_while_a_class_is_open(store: Store):
    machine = acting.of_machine(store)
    alone = tiny.run(store)
    machine.rename_run(alone, "before")
    assert store.acts() == []
    classes.open_class(machine, paused=False)
    machine.rename_run(alone, "other")
    machine.delete_run(alone)
    classes.change(machine, paused=True, budget={"runs": 2})
    classes.new_pin(machine)
    acts = [(one.who, one.act, one.kind, one.name, one.member) for one in store.acts()]
    assert acts == [
        ("the command line", *act, None) for act in (
            ("make a new PIN", "class", ""), ("change settings", "class", "budget.runs 4 → 2"),
            ("pause all", "class", ""), ("delete", "run", "other"), ("rename", "run", "before"),
            ("open the class", "class", ""),
        )
    ]  # fmt: skip


def test_joining_is_written_down_and_a_refused_try_is_not(store: Store):
    code = classes.open_class(store, in_class.browser("Tess")).code
    classes.join(store, in_class.browser("Ann"), code, "Ann")
    assert not succeeds(lambda: classes.join(store, in_class.browser("Ben"), code, "ann"), PersonError)
    assert not succeeds(lambda: classes.join(store, in_class.browser("Ben"), "WXYZ", "Ben"), PersonError)
    assert [(one.who, one.act, one.name) for one in store.acts()] == [
        ("Ann", "join", "as pupil"), ("Teacher", "open the class", "")
    ]  # fmt: skip


SETTINGS = some.fixed_dictionaries({}, optional={
    "paused": some.booleans(), "seconds": some.integers(300, 900), "guests": some.booleans(),
    "ending": some.booleans(), "listening": some.lists(some.sampled_from(["a", "b"]), max_size=2),
    "budget": some.fixed_dictionaries({}, optional={"runs": some.integers(1, 3), "units": some.integers(1, 3)}),
    "shown": some.none() | some.just({"address": "Run?run=secret&tab=watch"}),
    "quiz": some.none() | some.just({"run": "secret", "round": 1}), "wall": some.just({"open": True}) | some.just({}),
    "lesson": some.none() | some.just({"name": "memory", "step": 2, "free": False}),
})  # fmt: skip


@settings(max_examples=100, deadline=None)
@drawn(SETTINGS, SETTINGS)
def test_every_change_of_settings_has_words_and_no_run_is_named_in_them(first: dict, then: dict):
    before = class_settings.changed({}, first)
    after = class_settings.changed(before, then)
    told = class_settings.told(before, after)
    ours = ("listening", "ending")  # what a dashboard writes, of nobody's will
    changed = {name for name in after if after[name] != before[name]} - {*ours}
    assert bool(told) == bool(changed)
    assert len(told) == len(changed & {"paused", "shown", "lesson", "quiz", "wall"}) + bool(
        changed & {"seconds", "guests", "budget"}
    )
    assert "secret" not in repr(told)


@pytest.mark.parametrize("many", [2, 5])
def test_two_tabs_at_once_cannot_use_a_budget_twice(any_store: Store, many: int):
    in_class.opened(any_store, '{"budget": {"seconds": 100, "runs": 3, "checkpoints": 10}}')
    config = tiny.config(training={"seconds": 60}, corpus="cookbook")
    ann = in_class.acting("Ann", any_store)

    def order(_number: int) -> bool:
        return succeeds(lambda: ann.create_runs([config]), OverBudget)

    assert in_threads(many, order).count(True) == 1
    assert any_store.used(in_class.browser("Ann"))[:2] == (1, 60.0)
    assert [one.act for one in any_store.acts()] == ["queue"]


def test_two_tabs_at_once_cannot_resume_or_fork_beyond_it_either(any_store: Store):
    in_class.opened(any_store, '{"budget": {"seconds": 100, "runs": 1, "checkpoints": 10}}')
    ann = in_class.acting("Ann", any_store)
    runs = [
        in_class.give(any_store, tiny.run(any_store, corpus="cookbook", status=Status.STOPPED), "Ann") for _ in range(2)
    ]
    config = tiny.config(training={"seconds": 5}, corpus="cookbook")
    deeds = [lambda: ann.resume_run(runs[0]), lambda: ann.resume_run(runs[1]), lambda: ann.fork_run(runs[0], 1, config)]
    done = in_threads(3, lambda number: succeeds(deeds[number], OverBudget))
    assert done.count(True) == 1
    assert any_store.used(in_class.browser("Ann")).live == 1


def test_what_a_file_brings_is_counted_before_it_is_kept(store: Store):
    in_class.opened(store, '{"budget": {"checkpoints": 10, "disk_mb": 1}}')
    kept = store.kept(tiny.run(store))[0]
    large = [(kept._replace(step=step, epoch=step), bytes(400_000)) for step in range(1, 6)]
    ann = in_class.acting("Ann", store)
    before = in_class.rows(store)
    with pytest.raises(OverBudget, match="disk: expected at most 1 MB of yours"):
        ann.import_run(given("import_run", "", "")["imported"], large)
    assert in_class.rows(store) == before
    run = ann.import_run(given("import_run", "", "")["imported"], large[:1])
    assert (store.run(run).owner, store.run(run).member) == ("Ann", in_class.browser("Ann"))
