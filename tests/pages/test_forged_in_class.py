"""What a teacher's page offers, sent from the browsers of others: every button, option and component, all by itself.

What one may press is found on the pages as the teacher and the maker see them; a button that is new there is sent here
too. Others change nothing that is not theirs by it, and read nothing that is private.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator

import apptest
import in_class
import pytest
import tiny
from streamlit.proto.WidgetStates_pb2 import WidgetState
from streamlit.testing.v1 import AppTest

from pages.widgets.shared import page
from rnnkit.people import acting, classes, voting
from rnnkit.people.rights import TABLE, Rule
from rnnkit.store import Status, Store, schema

pytestmark = pytest.mark.usefixtures("nobody_trains")
MARK = "quaggazulu"
# Pages where something can be done, and what stands in their addresses; RUN, TEXT and SHARED stand for what is Ann's.
PLACES = {
    "": {}, "1_Train": {"corpus": "SHARED"}, "1_Train of a fork": {"fork": "RUN", "epoch": "1"}, "2_Runs": {},
    "3_Compare": {"runs": "RUN,OTHER"}, "6_Texts": {"corpus": "SHARED"}, "6_Texts of one": {"corpus": "TEXT"},
    "7_Run export": {"run": "RUN", "tab": "export"}, "7_Run watch": {"run": "LIVE", "tab": "watch"},
    "7_Run private": {"run": "PRIVATE", "tab": "export"}, "13_Class": {}, "14_Wall": {}, "15_Quiz": {},
    "5_Lessons": {"lesson": "memory", "step": "2"}, "16_What_is_stored": {},
}  # fmt: skip

ORDERS = {  # what components of ours may be told, as the teacher's browser tells them, of somebody else's run
    "stop": lambda things: "stop",
    "lead": lambda things: "free 1",
    "change": lambda things: {
        "act": "pause", "hide": things["RUN"], "open": False, "anonymous": True, "place": 0, "stop": things["RUN"],
    },
}  # fmt: skip

TOLD = ("13_Class", "14_Wall", "15_Quiz", "5_Lessons")  # pages whose components are told more than to stop


@pytest.fixture
def things(store: Store) -> dict[str, str]:
    """Ann's texts and runs, a round of the quiz, a lesson that is led, and somebody else's to be compared."""
    in_class.opened(store)
    ann, tess = in_class.acting("Ann", store), in_class.acting("Tess", store)
    found = {
        "TEXT": ann.add_text("a" * 64, MARK, f"{MARK} " * 300),
        "SHARED": ann.add_text("b" * 64, "tale", "ab " * 900),
    }
    ann.share_text(found["SHARED"])
    for name, corpus, status in (
        ("RUN", "cookbook", Status.STOPPED), ("LIVE", "cookbook", None), ("PRIVATE", found["TEXT"], Status.STOPPED)
    ):  # fmt: skip
        run = tiny.run(store, corpus=corpus, status=status, name=MARK if name == "PRIVATE" else f"Anns{name}")
        found[name] = in_class.give(store, run, "Ann")
    found["OTHER"] = tiny.run(store, corpus="cookbook", name="Tessrun")
    voting.start(tess, run=found["RUN"], seed=1, ats=["last"], heat="0.7", length=100)
    classes.change(tess, lesson={"name": "memory", "step": 2, "free": False}, wall={"open": True})
    return found


@pytest.fixture
def as_(monkeypatch: pytest.MonkeyPatch):
    return lambda name: monkeypatch.setattr(page, "_browser", lambda store: in_class.browser(name))


def visit(place: str, things: dict[str, str]) -> AppTest:
    address = PLACES[place]
    for mark, name in things.items():
        address = {key: value.replace(mark, name) for key, value in address.items()}
    return apptest.visit(place.split(" ")[0], **address)


def nodes(app: AppTest) -> Iterator:
    waiting = [app._tree]
    while waiting:
        node = waiting.pop()
        yield node
        waiting += list(getattr(node, "children", {}).values())


def offered(app: AppTest, things: dict[str, str], order: str = "stop") -> list[WidgetState]:
    """A message for all that this page offers: each button, the last option, and `order` for what components ask."""
    states = list(app._tree.get_widget_states().widgets)
    protos = [getattr(node, "proto", None) for node in nodes(app)]
    options = {one.id: list(one.options) for one in protos if hasattr(one, "options")}
    sent = []
    for state in states:
        match state.WhichOneof("value"):
            case "trigger_value":
                sent.append(WidgetState(id=state.id, trigger_value=True))
            case "string_value" if options.get(state.id):
                sent.append(WidgetState(id=state.id, string_value=str(options[state.id][-1])))
            case "string_array_value":
                changed = WidgetState(id=state.id)
                changed.string_array_value.data.extend(map(str, options.get(state.id, [])))
                sent.append(changed)
            case "bool_value":
                sent.append(WidgetState(id=state.id, bool_value=not state.bool_value))
            case _:
                sent.append(state)
    told = json.dumps(
        [{"event": name, "value": ORDERS[order](things)} for name in ("order", "asked", "choice", "opened")]
    )
    events = [f"$$STREAMLIT_INTERNAL_KEY_{one.proto.id}__events" for one in app.get("bidi_component")]
    return sent + [WidgetState(id=name, json_trigger_value=told) for name in events]


def send(app: AppTest, states: list[WidgetState]) -> AppTest:
    message = app._tree.get_widget_states()
    del message.widgets[:]
    message.widgets.extend(states)
    return app._run(message)


def not_of(store: Store, who: str) -> dict[str, list[str]]:
    """All rows but those that this member made, or that say when somebody was here."""
    mine = in_class.browser(who)
    own = {run.id for run in store.runs() if run.member == mine}
    found = in_class.rows(store, but=("scheduler", "meta"))
    return {
        name: [row for row in rows if mine not in row and not any(one in row for one in own)]
        for name, rows in found.items()
    }


def seen(app: AppTest) -> str:
    return "\n".join(str(getattr(node, "proto", None)) for node in nodes(app))


@pytest.mark.parametrize("who", ["Ben", *(pytest.param(name, marks=pytest.mark.slow) for name in ("Gus", "Zoe"))])
def test_what_others_were_offered_does_nothing_when_somebody_else_sends_it(store: Store, things, as_, who: str):
    sent: dict[tuple[str, str], list[WidgetState]] = {}
    for place in PLACES:
        for maker in ("Tess", "Ann"):
            as_(maker)
            app = visit(place, things)
            for order in ORDERS if place in TOLD else ("stop",):
                sent.setdefault((place, order), []).extend(offered(app, things, order))
    assert sum(one.WhichOneof("value") == "trigger_value" for each in sent.values() for one in each) > 60
    before = not_of(store, who)
    votes = before.pop("classes")
    as_(who)
    for (place, _), states in sent.items():
        app = visit(place, things)
        assert MARK not in seen(app), place
        unique = {state.id: state for state in states}
        here = {state.id for state in app._tree.get_widget_states().widgets}
        buttons = {name for name, state in unique.items() if state.WhichOneof("value") == "trigger_value"}
        foreign = [state for name, state in unique.items() if name not in here & buttons]
        send(app, foreign)  # all that is not drawn for this browser, and every value
        assert MARK not in seen(app), place
        after = not_of(store, who)
        now = after.pop("classes")
        assert after == before, place
        assert [row.partition("votes")[0] for row in now] == [row.partition("votes")[0] for row in votes], place


def test_the_same_messages_do_something_when_the_teacher_sends_them(store: Store, things, as_):
    """Or the test above could not fail."""
    as_("Tess")
    for place, order, done in (
        ("13_Class", "change", lambda: store.open_class().paused),
        ("14_Wall", "change", lambda: store.open_class().settings["wall"].get("hidden") == [things["RUN"]]),
        ("7_Run watch", "stop", lambda: store.run(things["LIVE"]).wanted == "stop"),
    ):
        assert not done()
        app = visit(place, things)
        send(app, [one for one in offered(app, things, order) if one.WhichOneof("value") == "json_trigger_value"])
        assert done(), place


@pytest.mark.parametrize("place", ["7_Run export", "13_Class", "6_Texts", "14_Wall"])
def test_what_was_drawn_for_somebody_is_dead_once_they_are_somebody_else(store: Store, things, as_, place: str):
    """A session that was the teacher's: its buttons and callbacks are still known to the server."""
    as_("Tess")
    app = visit(place, things)
    states = offered(app, things)
    with store._database.write() as tx:
        tx.execute(schema.members.update().where(schema.members.c.nickname == "Tess").values(role="pupil"))
    classes.known.forget(store)
    before = in_class.rows(store, but=("scheduler", "meta"))
    for state in states:  # one by one: each is the first that is heard
        if state.WhichOneof("value") in ("trigger_value", "json_trigger_value"):
            send(app, [state])
    assert in_class.rows(store, but=("scheduler", "meta")) == before


PLAIN = {  # where pages take the store out of a person's hands, each to read what is the same for all, or of oneself
    "reads.py": 1, "class_lesson.py": 2, "new_run.py": 1, "forget_mine.py": 1, "closed.py": 1, "view.py": 1,
    "sharing.py": 3, "screen.py": 1,
}  # fmt: skip


def test_no_page_takes_the_store_out_of_a_persons_hands_but_where_it_is_known_why():
    """What is done with the plain store is asked of nobody: a new place belongs on this list, with its reason."""
    found: dict[str, int] = {}
    for file in sorted((apptest.ROOT / "pages").rglob("*.py")):
        calls = [node for node in ast.walk(ast.parse(file.read_text("utf-8"))) if isinstance(node, ast.Call)]
        taken = [one for one in calls if ast.unparse(one.func) in ("acting.plain", "plain") and file.name != "page.py"]
        if taken and any("acting" in ast.unparse(one.func) for one in taken):
            found[file.name] = len(taken)
    assert found == PLAIN
    assert {name for name, right in TABLE.items() if right.rule is Rule.NEVER} & {*dir(acting.ActingStore)}
