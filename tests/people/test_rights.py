"""Every method of the store has a rule, every rule holds for every role, and nobody learns of what is not theirs."""

from __future__ import annotations

import inspect
from typing import Any, NamedTuple

import in_class
import pytest
import tiny

from rnnkit.errors import CorpusError, NotAllowed, PersonError, UnknownRun
from rnnkit.people import acting
from rnnkit.people.acting import ActingStore
from rnnkit.people.rights import TABLE, Rule
from rnnkit.store import Store, Wanted
from rnnkit.store.changes import Seen

pytestmark = pytest.mark.usefixtures("nobody_trains")
ROLES = ("Tess", "Ann", "Ben", "Gus", "Zoe")  # teacher, maker, another pupil, guest, stranger


def test_every_public_method_of_the_store_has_a_rule_and_no_other_has():
    public = {name for name in dir(Store) if not name.startswith("_")}
    assert public == set(TABLE) - {"vote"}
    for name in public - {"url", "place", "reader_of"}:
        assert getattr(ActingStore, name) is not getattr(Store, name), f"{name} is not made from the table"


class Things(NamedTuple):
    """What is in the class: runs and texts by what they are, and words that nobody but Ann and Tess may see."""

    store: Store
    runs: dict[str, str]
    texts: dict[str, str]
    private: tuple[str, ...]


@pytest.fixture
def things(store: Store) -> Things:
    """Ann has a private text, a shared one, and a run on each and on a public one; the teacher has a text too."""
    in_class.opened(store)
    ann = in_class.acting("Ann", store)
    texts = {
        "private": ann.add_text("a" * 64, "Annsdiary", "abcd"), "shared": ann.add_text("b" * 64, "Annstale", "abce"),
        "teacher": store.add_text("c" * 64, "Tessplan", "abcf"),
    }  # fmt: skip
    ann.share_text(texts["shared"])
    corpora = {"private": texts["private"], "shared": texts["shared"], "public": "cookbook"}
    runs = {
        kind: in_class.give(store, tiny.run(store, corpus=corpus, name=f"Annsrun{kind}"), "Ann")
        for kind, corpus in corpora.items()
    }
    runs["teacher"] = tiny.run(store, corpus=texts["teacher"], name="Tessrun")
    fork = tiny.config(training={"seconds": 5}, corpus="cookbook", name="Annsfork")
    runs["fork"] = store.fork_run(runs["private"], 1, fork, member=in_class.browser("Ann"))
    private = (texts["private"], "Annsdiary", "Annsrunprivate", "Annsfork", runs["private"], runs["fork"], "abcd")
    return Things(store, runs, texts, private)


def given(method: str, run: str, text: str) -> dict[str, Any]:
    """Arguments for a method, by their names: those that say which thing it is, and others that are right."""
    config = tiny.config(corpus=text)
    known: dict[str, Any] = {
        "run_id": run, "run_ids": [run], "parent": run, "name": text, "text": text, "config": config,
        "configs": [config], "epoch": 1, "step": 10, "width": 5, "upto": 10, "seen": Seen(), "found": {},
        "wanted": Wanted.STOP,
    }  # fmt: skip
    if method == "rename_run":
        known["name"] = "other"
    if method == "undelete":
        known["name"] = run
    if method == "add_text":
        known |= {"sha256": "a" * 64, "title": "mine", "text": "abcd"}
    wanted = inspect.signature(getattr(Store, method)).parameters.values()
    return {one.name: known[one.name] for one in wanted if one.default is one.empty and one.name != "self"}


READS = sorted(name for name, right in TABLE.items() if right.rule in (Rule.READS_RUN, Rule.READS_TEXT))
ACTS = sorted(name for name, right in TABLE.items() if right.rule.startswith("acts"))
MAKES = sorted(
    name for name, right in TABLE.items() if right.rule is Rule.MAKES and name not in ("import_run", "add_text")
)
LISTS = sorted(name for name, right in TABLE.items() if right.rule is Rule.LISTS and name != "needs")
SHUT = sorted(name for name, right in TABLE.items() if right.rule in (Rule.LEADS, Rule.NEVER))


@pytest.mark.parametrize("who", ["Ben", "Gus", "Zoe"])
def test_what_is_private_is_not_there_for_others_whatever_they_ask(things: Things, who: str):
    """The same words as for what was never there, and none of it in what they are told."""
    store = in_class.acting(who, things.store)
    for kind in ("private", "fork"):
        for method in (*READS, *ACTS, *MAKES, "needs"):
            told = refused(store, method, given(method, things.runs[kind], things.texts["private"]))
            assert isinstance(told, UnknownRun | CorpusError | NotAllowed), (method, kind, told)
            asked = {*things.private} & {things.runs[kind], things.texts["private"]}
            assert not [mark for mark in {*things.private} - asked if mark in str(told)], (method, str(told))
            if TABLE[method].rule in (Rule.READS_RUN, Rule.READS_TEXT) and who != "Zoe":
                missing = given(method, "zzzz2222", "text-0000000000")
                as_missing = str(refused(store, method, missing)).replace("zzzz2222", things.runs[kind])
                as_missing = as_missing.replace("text-0000000000", things.texts["private"])
                assert str(told) == as_missing, method
    for method in LISTS:
        listed = repr(getattr(store, method)())
        assert not [mark for mark in things.private if mark in listed], method
    assert things.store.run(things.runs["private"]).name == "Annsrunprivate"


def refused(store: Store, method: str, arguments: dict[str, Any]) -> Exception | None:
    try:
        getattr(store, method)(**arguments)
    except PersonError as error:
        return error
    return None


@pytest.mark.parametrize("kind", ["public", "shared"])
def test_what_is_public_is_read_by_members_and_changed_by_its_maker_alone(things: Things, kind: str):
    run, text = things.runs[kind], things.texts["shared"]
    for who in ("Tess", "Ann", "Ben", "Gus"):
        store = in_class.acting(who, things.store)
        for method in READS:
            assert not isinstance(refused(store, method, given(method, run, text)), NotAllowed | UnknownRun), method
    for who in ("Ben", "Gus"):
        store = in_class.acting(who, things.store)
        for method in ACTS:
            told = refused(store, method, given(method, run, text))
            assert isinstance(told, NotAllowed), (who, method, told)
            assert "somebody else's in this class" in str(told)
    with pytest.raises(UnknownRun):
        in_class.acting("Zoe", things.store).run(run)
    assert in_class.acting("Ben", things.store).fork_run(
        run, 1, tiny.config(training={"seconds": 5}, corpus="cookbook")
    )
    with pytest.raises(NotAllowed, match="expected a member of the class, got somebody who only watches"):
        in_class.acting("Gus", things.store).fork_run(run, 1, tiny.config(training={"seconds": 5}, corpus="cookbook"))


def test_nobody_but_the_teacher_leads_and_nobody_has_the_machine_from_a_page(things: Things):
    for who in ROLES:
        store = in_class.acting(who, things.store)
        for method in SHUT:
            if who == "Tess" and TABLE[method].rule is Rule.LEADS:
                continue
            wanted = [*inspect.signature(getattr(Store, method)).parameters.values()][1:]
            asked = {one.name: "x" for one in wanted if one.default is one.empty}
            with pytest.raises(NotAllowed):
                getattr(store, method)(**asked)
    assert in_class.acting("Ann", things.store).open_class().pin_hash == ""
    assert in_class.acting("Tess", things.store).open_class().pin_hash == "secret"


def test_what_is_about_oneself_is_for_oneself_and_the_teacher(things: Things):
    ann = in_class.browser("Ann")
    assert in_class.acting("Ann", things.store).used(ann) == in_class.acting("Tess", things.store).used(ann)
    for who in ("Ben", "Gus", "Zoe"):
        for ask in (
            lambda store: store.used(ann),
            lambda store: store.of_member(ann),
            lambda store: store.forget([ann]),
        ):
            with pytest.raises(NotAllowed, match="expected yourself"):
                ask(in_class.acting(who, things.store))


def test_what_a_pupil_makes_is_theirs_with_their_nickname_and_every_act_is_written_down(things: Things):
    ben = in_class.acting("Ben", things.store)
    [run] = ben.create_runs(
        [tiny.config(training={"seconds": 5}, corpus="cookbook", owner="the head teacher", name="Bensrun")]
    )
    made = things.store.run(run)
    assert (made.member, made.owner) == (in_class.browser("Ben"), "Ben")
    ben.rename_run(run, "better")
    ben.ask(run, Wanted.STOP)
    ben.tag_runs([run], add=["mine"])
    ben.delete_run(run)
    assert [one.id for one in ben.trash()] == [run]
    assert in_class.acting("Ann", things.store).trash() == []
    ben.undelete(run)
    ben.delete_run(run, now=True)
    with pytest.raises(NotAllowed, match="goes_first"):
        ben.create_runs([tiny.config(training={"seconds": 5}, corpus="cookbook")], goes_first=True)
    acts = [(one.who, one.act, one.kind, one.thing, one.name) for one in things.store.acts() if one.thing == run]
    assert acts == [
        ("Ben", "delete for good", "run", run, ""), ("Ben", "undelete", "run", run, "better"),
        ("Ben", "delete", "run", run, "better"), ("Ben", "tag", "run", run, "better"),
        ("Ben", "stop", "run", run, "better"), ("Ben", "rename", "run", run, "Bensrun"),
        ("Ben", "queue", "run", run, "Bensrun"),
    ]  # fmt: skip
    assert {one.who for one in ben.acts()} == {"Ben"}
    assert {one.who for one in in_class.acting("Tess", things.store).acts()} >= {"Ann", "Ben"}


def test_buttons_are_told_what_would_be_refused(things: Things):
    run = things.store.run(things.runs["public"])
    may = {who: acting.may(in_class.acting(who, things.store), "ask", run) for who in ROLES}
    assert may == {"Tess": True, "Ann": True, "Ben": False, "Gus": False, "Zoe": False}
    assert [acting.may(in_class.acting(who, things.store), "create_runs") for who in ROLES] == [True] * 3 + [False] * 2


def test_of_what_waits_and_is_private_only_what_waiting_needs_is_told(things: Things):
    ben = in_class.acting("Ben", things.store)
    hidden = [run for run in ben.recent() if run.id.startswith("hidden-")]
    private = {*things.private, things.runs["teacher"]}
    assert len(hidden) == len([run for run in things.store.recent() if run.id in private]) > 0
    assert {run.config.training.epochs for run in hidden} == {3}
