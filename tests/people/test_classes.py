"""A class is opened, joined, changed and closed by its day; wrong codes and PINs are slowed."""

from __future__ import annotations

import json

import pytest
import sqlalchemy as sa

from rnnkit.config import RunConfig
from rnnkit.errors import ConfigError, NoClass, NotAllowed, Taken, TooManyTries, WrongStatus
from rnnkit.people import attempts, class_settings, classes, ending, nicknames
from rnnkit.people.attempts import Attempts
from rnnkit.people.person import Role
from rnnkit.store import Store, schema

MIA, BEN, TIM = ("a" * 64, "b" * 64, "c" * 64)


@pytest.fixture(autouse=True)
def _fresh_attempts(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(classes, "_codes", Attempts())
    monkeypatch.setattr(classes, "_pins", Attempts())


@pytest.fixture
def store(tmp_path):
    opened = Store(f"sqlite:///{tmp_path / 'rnnkit.sqlite'}")
    yield opened
    opened.close()


def test_a_class_has_a_code_without_lookalikes_and_a_pin_that_is_kept_nowhere(store, tmp_path):
    opened = classes.open_class(store)
    assert len(opened.code) == 4
    assert not {*opened.code} & {*"IOQS0158"}
    assert len(opened.pin) == 6
    assert opened.pin.encode() not in (tmp_path / "rnnkit.sqlite").read_bytes()
    with pytest.raises(WrongStatus, match="end it before"):
        classes.open_class(store)


def test_the_pin_of_the_environment_is_used_unless_it_is_too_short(store, monkeypatch):
    monkeypatch.setenv("RNNKIT_TEACHER_PIN", "123")
    with pytest.raises(ConfigError, match="at least 4 characters, got 3"):
        classes.open_class(store)
    monkeypatch.setenv("RNNKIT_TEACHER_PIN", "blackboard")
    assert classes.open_class(store).pin == "blackboard"
    assert classes.join(store, MIA, "", pin="blackboard") is Role.TEACHER


def test_who_has_code_and_nickname_is_in_however_the_code_is_typed(store):
    code = classes.open_class(store).code
    assert classes.join(store, MIA, f" {code.lower()[:2]}-{code.lower()[2:]} ", "  Mia   B.") is Role.PUPIL
    assert [(one.id, one.nickname, one.role) for one in store.members()] == [(MIA, "Mia B.", "pupil")]


def test_a_nickname_is_had_once_and_others_are_suggested(store):
    code = classes.open_class(store).code
    classes.join(store, MIA, code, "Mia")
    for same in ("mia", "MIA", "M i a", "\uff2dia"):
        with pytest.raises(Taken, match="nobody has here"):
            classes.join(store, BEN, code, same)
    found = classes.suggestions(store, "mia")
    assert found[0] == "mia 2"
    assert len({nicknames.key(name) for name in found} - {"mia"}) == 3
    assert classes.join(store, MIA, code, "Mia") is Role.PUPIL  # her own


@pytest.mark.parametrize(
    "name",
    ["", " ", "x" * 21, "a\u202eb", "<b>hi</b>", "a\x00b", "M\u0456a", "e" + "\u0301\u0316" * 3, "...", "a\U0001f600"],
)
def test_a_name_that_could_do_harm_is_refused(name):
    with pytest.raises(ConfigError, match=r"^nickname: expected "):
        nicknames.clean(name)


@pytest.mark.parametrize(
    "name", ["Zoë", "Nguyễn", "\u041e'\u041b\u0435\u0433", "李小龍", "ひらカナ漢", "Jean-Luc 2", "مریم", "अंजलि"]
)
def test_names_of_the_world_are_taken(name):
    assert nicknames.clean(name)


def test_guests_look_on_only_where_the_teacher_lets_them(store):
    code = classes.open_class(store).code
    with pytest.raises(ConfigError, match="got none"):
        classes.join(store, MIA, code, "")
    classes.change(store, guests=True)
    assert classes.join(store, MIA, code, "") is Role.GUEST


def test_wrong_codes_are_slowed_and_the_sentence_says_how_long(store):
    code = classes.open_class(store).code
    for _ in range(attempts.FREE):
        with pytest.raises(NotAllowed, match=r"^code: expected the one on the wall, got WRON"):
            classes.join(store, MIA, "wrong", "Mia")
    with pytest.raises(TooManyTries, match=r"wait \d+ s"):
        classes.join(store, MIA, code, "Mia")  # the right one, too: else one tries on
    assert classes.join(store, BEN, code, "Ben") is Role.PUPIL  # others are not held up


def test_waits_double_are_forgotten_after_success_and_hold_for_all_who_drop_their_cookie():
    now = [0.0]
    tried = Attempts(lambda: now[0])

    def wrong(browser: str) -> None:
        with pytest.raises(NotAllowed), tried.one(browser):
            raise NotAllowed("no")

    for _ in range(attempts.FREE):
        wrong("mia")
    for seconds in (4, 8, 16):
        now[0] += seconds - 1
        with pytest.raises(TooManyTries), tried.one("mia"):
            raise AssertionError("it was looked at")
        now[0] += 1.01
        wrong("mia")
    now[0] += 300
    with tried.one("mia"):
        pass
    wrong("mia")  # at once: forgotten
    now[0] += 100
    for place in range(attempts.IN_ALL):
        wrong(f"browser {place}")
    with pytest.raises(TooManyTries, match=r"wait 1 minutes|wait 60 s"), tried.one("somebody new"):
        pass
    now[0] += attempts.IN_ALL_SECONDS + 1
    with tried.one("somebody new"):
        pass


def test_without_a_class_nobody_joins_and_nothing_is_changed(store):
    assert classes.settings(store) is None
    for act in (lambda: classes.join(store, MIA, "ABCD", "Mia"), lambda: classes.change(store, paused=True)):
        with pytest.raises(NoClass):
            act()


def test_settings_are_merged_and_checked(store):
    classes.open_class(store, seconds=1800, budget={"units": 64})
    found = classes.change(store, budget={"runs": 1}, wall={"sort": "name"}, paused=True)
    assert (found.seconds, found.budget.units, found.budget.runs, found.paused) == (1800, 64, 1, True)
    assert classes.change(store, wall={"anonymous": True}).wall == {"sort": "name", "anonymous": True}
    assert classes.change(store, shown={"address": "Run?run=x"}).shown == {"address": "Run?run=x"}
    assert classes.change(store, shown=None).shown is None
    for wrong, given in {
        "budget.units: expected less than or equal to 4096, got 9999": {"budget": {"units": 9999}},
        "class: expected one of .*, got sekonds": {"sekonds": 3},
        "wall: expected at most 4,000 characters": {"wall": {"x": "y" * 5000}},
        "address: ": {"address": "<b>"},
    }.items():
        with pytest.raises(ConfigError, match=wrong):
            classes.change(store, **given)
    assert classes.settings(store).seconds == 1800


def test_the_time_of_a_run_is_a_members_part_of_the_lesson():
    settings = class_settings.ClassSettings(seconds=2700, budget={"seconds": 120})
    assert [class_settings.share(settings, members) for members in (0, 1, 30, 1000)] == [120, 120, 90, 5]
    assert class_settings.share(class_settings.ClassSettings(), 2) == class_settings.MOST_SECONDS


def test_a_class_ends_by_itself_after_its_day(store, monkeypatch, tmp_path):
    monkeypatch.setenv("RNNKIT_HOME", str(tmp_path))
    classes.join(store, MIA, classes.open_class(store).code, "Mia")
    assert not classes.expire(store)
    with store._write() as tx:
        tx.execute(schema.classes.update().values(closes_at=sa.literal(1.0)))
    assert classes.expire(store)
    assert store.open_class() is None
    assert store.members() == []
    assert json.dumps(classes.open_class(store))  # and another can be opened


def test_a_whole_class_on_either_database(store_url, monkeypatch, tmp_path):
    monkeypatch.setenv("RNNKIT_HOME", str(tmp_path))
    store = Store(store_url)
    classes.open_class(store, MIA)
    code = store.open_class().code
    classes.join(store, BEN, code, "Ben")
    with pytest.raises(Taken):
        classes.join(store, TIM, code, "ben")
    classes.change(store, paused=True)
    text = store.add_text("d" * 64, "Diary", "It rained all day. " * 20, member=BEN)
    run = store.create_run(RunConfig(corpus=text, training={"seconds": 30}), member=BEN)
    used = store.used(BEN)
    assert (used.live, used.seconds, used.checkpoints) == (1, 30.0, 0)
    assert used.bytes > 10
    assert not store.class_is_over()
    ended = ending.end(store)
    assert (ended.members, ended.texts, ended.runs, ended.found) == (2, 1, 1, [])
    assert (store.runs(ids=[run]), store.texts(), store.open_class()) == ([], [], None)
    store.close()
