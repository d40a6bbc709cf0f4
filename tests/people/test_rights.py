"""Every method of the store has a rule, every rule holds for every role, and nobody learns of what is not theirs."""

from __future__ import annotations

from typing import Any, NamedTuple

import in_class
import pytest
import tiny
from deeds import ACTS, LEADS, LISTS, MAKES, NEVER, ONESELF, READS, given

from rnnkit.errors import CorpusError, NoClass, NotAllowed, PersonError, UnknownRun, WrongStatus
from rnnkit.people import acting
from rnnkit.people.acting import ActingStore
from rnnkit.people.rights import TABLE, Rule
from rnnkit.store import Status, Store, Wanted, schema

pytestmark = pytest.mark.usefixtures("nobody_trains")
ROLES = ("Tess", "Ann", "Ben", "Gus", "Zoe")  # teacher, maker, another pupil, guest, stranger


def test_every_public_method_of_the_store_has_a_rule_and_no_other_has():
    public = {name for name in dir(Store) if not name.startswith("_")}
    assert public == set(TABLE)
    for name in public - {"url", "place", "reader_of"}:
        assert getattr(ActingStore, name) is not getattr(Store, name), f"{name} is not made from the table"


OF_NOTHING = ("add_text", "import_run")  # what is made of nothing that is here
MAKES_OF = [name for name in MAKES if name not in OF_NOTHING]


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


@pytest.mark.parametrize("who", ["Ben", "Gus", "Zoe"])
def test_what_is_private_is_not_there_for_others_whatever_they_ask(things: Things, who: str):
    """The same words as for what was never there, and none of it in what they are told."""
    store = in_class.acting(who, things.store)
    for kind in ("private", "fork"):
        for method in (*READS, *ACTS, *MAKES_OF, "needs"):
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
        for method in [*LEADS, *NEVER]:
            if who == "Tess" and TABLE[method].rule is Rule.LEADS:
                continue
            with pytest.raises(NotAllowed):
                getattr(store, method)(**given(method, things.runs["public"], things.texts["shared"]))
    assert in_class.acting("Ann", things.store).open_class().pin_hash == ""
    assert in_class.acting("Tess", things.store).open_class().pin_hash == "secret"


@pytest.mark.parametrize("method", ONESELF)
def test_what_is_about_oneself_is_for_oneself_and_the_teacher(things: Things, method: str):
    ann = in_class.browser("Ann")
    asked = given(method, things.runs["public"], things.texts["shared"], ann)
    for who in ("Ben", "Gus", "Zoe"):
        with pytest.raises(NotAllowed, match="expected yourself"):
            getattr(in_class.acting(who, things.store), method)(**asked)
    for who in ("Ann", "Tess"):
        getattr(in_class.acting(who, things.store), method)(**asked)


@pytest.mark.parametrize("method", [*MAKES, "vote"])
def test_who_only_watches_makes_nothing_and_who_was_removed_a_moment_ago_neither(things: Things, method: str):
    before = in_class.rows(things.store)
    ben = in_class.acting("Ben", things.store)
    assert ben.person.name == "Ben"
    with things.store._database.write() as tx:  # by another process: what is known here is a moment old
        tx.execute(schema.members.delete().where(schema.members.c.id == in_class.browser("Ben")))
    for who in ("Gus", "Zoe", "Ben"):
        asked = given(method, things.runs["public"], things.texts["shared"], in_class.browser(who))
        told = refused(ben if who == "Ben" else in_class.acting(who, things.store), method, asked)
        assert isinstance(told, NotAllowed | NoClass) or (who == "Zoe" and isinstance(told, UnknownRun | CorpusError))
    assert in_class.rows(things.store, but=("members",)) == {**before, "members": []}


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


def test_who_may_not_delete_a_text_yet_learns_how_many_of_others_need_it_and_not_which(things: Things):
    text, ben = things.texts["shared"], in_class.acting("Ben", things.store)
    config = tiny.config(training={"seconds": 5}, corpus=text, name="Bensown")
    [his] = ben.create_runs([config])
    forked = tiny.run(things.store, corpus=text, status=Status.STOPPED, name="Bensfork")
    in_class.give(things.store, forked, "Ben")
    mine = in_class.give(things.store, tiny.run(things.store, corpus=text, status=None), "Ann")
    ann = in_class.acting("Ann", things.store)
    ann.share_text(text, False)
    with pytest.raises(WrongStatus) as error:
        ann.delete_text(text)
    assert f"{mine} (training), and 2 of others in the class" in str(error.value)
    assert not [word for word in (his, forked, "Bens") if word in str(error.value)]
    with pytest.raises(WrongStatus, match=his):
        in_class.acting("Tess", things.store).delete_text(text)
