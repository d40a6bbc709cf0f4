"""Pages in a class: nothing of what is private on any of them, no act that is not one's own, whoever forges what."""

from __future__ import annotations

import apptest
import in_class
import pytest
import tiny
from streamlit.testing.v1 import AppTest

from pages.widgets.run import tabs
from pages.widgets.shared import orders, page
from rnnkit.errors import NotAllowed, UnknownRun
from rnnkit.people import known
from rnnkit.store import Status, Store

pytestmark = pytest.mark.usefixtures("nobody_trains")
FILES = sorted(file.stem for file in (apptest.ROOT / "pages").glob("[0-9]*.py"))
PRIVATE = ("Annsdiary", "Annsrun", "Annsword")


@pytest.fixture
def run(store: Store) -> str:
    """Ann's run on her private text."""
    in_class.opened(store)
    text = in_class.acting("Ann", store).add_text("a" * 64, "Annsdiary", "Annsword " * 200)
    found = tiny.run(store, "Annsword " * 20, corpus=text, name="Annsrun", sampling={"prompt": "Annsword"})
    return in_class.give(store, found, "Ann")


@pytest.fixture
def as_(monkeypatch: pytest.MonkeyPatch):
    """The browser of a member looks at the pages."""
    return lambda name: monkeypatch.setattr(page, "_browser", lambda store: in_class.browser(name))


def seen(app: AppTest) -> str:
    """All that a page sends to the browser."""
    return "\n".join(str(one) for block in (app.main, app.sidebar) for one in [block, *everything(block)])


def everything(block):
    for child in getattr(block, "children", {}).values():
        yield getattr(child, "proto", child)
        yield from everything(child)


@pytest.mark.parametrize("who", ["Ben", "Gus", "Zoe"])
def test_no_page_shows_others_anything_of_a_private_run_or_text(store: Store, run: str, as_, who: str):
    as_(who)
    text = store.run(run).corpus
    address = {"run": run, "runs": f"{run},{run}", "fork": run, "epoch": "1", "corpus": text, "unseen": run}
    for name in ["", *FILES]:
        shown = seen(apptest.visit(name, **address))
        asked = (run, text)
        assert not [word for word in PRIVATE if word in shown], (who, name)
        assert who != "Zoe" or not any(word in shown for word in asked), name
    for tab in tabs.TABS:
        assert not [word for word in PRIVATE if word in seen(apptest.visit("7_Run", run=run, tab=tab))], tab


def test_their_maker_and_the_teacher_see_them(store: Store, run: str, as_):
    for who in ("Ann", "Tess"):
        as_(who)
        assert "Annsrun" in seen(apptest.visit("7_Run", run=run, tab="sample"))
        assert "Annsword" in seen(apptest.visit("6_Texts", corpus=store.run(run).corpus))


def test_a_stranger_meets_the_way_to_join_at_every_address(store: Store, run: str, as_):
    as_("Zoe")
    for name in ["", *FILES]:
        app = apptest.visit(name)
        assert not app.title or "join" in seen(app).lower(), name
        assert not app.dataframe


def test_a_forged_order_is_refused_and_the_maker_is_obeyed(store: Store, run: str):
    public = in_class.give(store, tiny.run(store, corpus="cookbook", status=None, name="open"), "Ann")
    for order in ("pause", "stop"):
        with pytest.raises(NotAllowed, match="expected a run of your own"):
            orders.obey(in_class.acting("Ben", store), public, order)
        with pytest.raises(UnknownRun):
            orders.obey(in_class.acting("Ben", store), run, order)
    orders.obey(in_class.acting("Ann", store), public, "stop")
    assert store.run(public).wanted == "stop"


def test_what_is_not_yours_has_no_buttons_and_what_was_drawn_before_a_class_obeys_it(store: Store, as_):
    public = tiny.run(store, corpus="cookbook", name="open", status=Status.STOPPED)
    as_("Ben")
    drawn = page._in_hands_of_this_browser(store)
    assert {"Rename", "Delete"} <= {one.label for one in apptest.visit("7_Run", run=public, tab="export").button}
    in_class.opened(store)
    known.forget(store)
    labels = {one.label for one in apptest.visit("7_Run", run=public, tab="export").button}
    assert "Fork from an epoch" in labels
    assert not {"Rename", "Delete", "Pin an epoch"} & labels
    with pytest.raises(NotAllowed):
        drawn.delete_run(public)
