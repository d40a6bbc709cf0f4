"""After a class has ended nothing in the server's memory holds a pupil's text or name, whoever ended it."""

from __future__ import annotations

import gc
import secrets
import sys
import types

import apptest
import asked
import in_class
import pytest
import tiny
from starlette.applications import Starlette
from streamlit.runtime.state.common import WidgetMetadata

from pages.widgets.classroom import listener, memory
from pages.widgets.shared import page
from rnnkit.feed.routes import routes
from rnnkit.people import ending, known
from rnnkit.store import Store, schema

pytestmark = pytest.mark.usefixtures("nobody_trains")


NUMBER = secrets.randbits(60)


def mark() -> str:
    """What is looked for, a word that nothing else holds: it is made anew each time."""
    return f"q{NUMBER:x}z"


def held() -> list[str]:
    """What holds the mark, of all that the interpreter knows."""
    gc.collect()
    looked, found = (mark(), mark().encode()), list[object]()
    for holder in gc.get_objects():
        if isinstance(holder, types.FrameType) or holder is looked:
            continue
        for one in gc.get_referents(holder):
            kind = type(one)
            if (kind is str and looked[0] in one) or (kind in (bytes, bytearray) and looked[1] in one):
                found.append(holder)
    # Options of a widget belong to a session; those of AppTest have no server that closes them.
    of_sessions = {
        id(one)
        for widget in gc.get_objects()
        if isinstance(widget, WidgetMetadata)
        for serde in gc.get_referents(widget)
        for one in [serde, *gc.get_referents(serde)]
    }
    return [f"{type(one)}: {str(one)[:200]}" for one in found if id(one) not in of_sessions]


@pytest.fixture
def server(store: Store, monkeypatch: pytest.MonkeyPatch) -> Starlette:
    """The feeds, and what a server registers when it starts."""
    monkeypatch.setattr(known, "_forgets", [memory.forget])
    return Starlette(routes=routes("", lambda: store))


def a_lesson(store: Store, server: Starlette, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ann, who is called by the mark, has a text and runs on it; she and the teacher look at pages and feeds."""
    in_class.opened(store)
    with store._database.write() as tx:
        ann = schema.members.c.nickname == "Ann"
        tx.execute(schema.members.update().where(ann).values(nickname=f"Ann {mark()}"))
    known.forget(store)
    text = in_class.acting("Ann", store).add_text("a" * 64, f"Diary {mark()}", f"{mark()} " * 300)
    parts = {"corpus": text, "name": f"run {mark()}", "owner": mark(), "sampling": {"prompt": mark()}}
    runs = [
        in_class.give(store, tiny.run(store, f"{mark()} " * 90, status=end, **parts), "Ann")
        for end in (None, "stopped")
    ]
    store.tag_runs(runs, add=[mark()])
    known.forget(store)
    for who in ("Ann", "Tess"):
        monkeypatch.setattr(page, "_browser", lambda store, who=who: in_class.browser(who))
        for name in ("", "1_Train", "2_Runs", "6_Texts", "11_Words_and_verse", "13_Class", "14_Wall", "15_Quiz"):
            apptest.visit(name, corpus=text)
        for tab in ("watch", "sample", "temperature", "inside"):
            apptest.visit("7_Run", run=runs[1], tab=tab)
        cookie = f"rnnkit_id={in_class.cookie(who, store)}"
        for feed in ("runs", "wall", "class", f"run/{runs[0]}", f"run/{runs[1]}/texts?at=1&prompt={mark()}"):
            asked.get(server, f"/feed/{feed}", cookie=cookie)


@pytest.mark.parametrize("by", ["this server", "another process"])
def test_what_a_class_wrote_and_is_called_is_forgotten_when_it_ends(store, server, monkeypatch, by: str):
    gc.unfreeze()  # a test of pages hides what was there before it from the collector
    main = sys.modules["__main__"]
    a_lesson(store, server, monkeypatch)
    sys.modules["__main__"] = main  # the script of the page that was seen last
    assert len(held()) > 20  # or this could not fail
    if by == "this server":
        monkeypatch.setattr(ending, "STOP_SECONDS", 0.1)  # nobody trains the run that trains
        ending.end(store)
    else:
        with store._database.write() as tx:
            for table in (schema.runs, schema.texts, schema.acts, schema.members, schema.classes):
                tx.execute(table.delete())
        listener._wanted(lambda: store)  # its look, once a second
    assert held() == []
