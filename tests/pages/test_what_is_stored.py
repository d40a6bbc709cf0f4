"""What is stored: one's own numbers in a class, and the button that deletes all of it."""

import apptest
import in_class
import pytest
import tiny

from rnnkit.people import identity, known
from rnnkit.people.forget import forget
from rnnkit.store import Store
from rnnkit.texts.decoding import checksum

PAGE = "16_What_is_stored"
TEXT = "On Tuesday the harbour smelled of tar and oranges, and the gulls were louder than the engines. " * 30


@pytest.fixture
def as_(store: Store, monkeypatch: pytest.MonkeyPatch):
    """Opens the page in the browser of a member of the class."""
    in_class.opened(store)
    text = store.add_text(checksum(TEXT), "My harbour", TEXT, member=in_class.browser("Ann"))
    in_class.give(store, tiny.run(store, TEXT, corpus=text), "Ann")
    in_class.give(store, tiny.run(store), "Ben")
    known.forget(store)

    def opened(name: str):
        monkeypatch.setattr(identity, "browser_of", lambda cookies, store: in_class.browser(name))
        return apptest.visit(PAGE)

    return opened


def figures(app):
    return {metric.label: metric.value for metric in app.metric}


def test_a_pupil_sees_how_much_there_is_and_is_asked_before_it_is_deleted(as_, store: Store):
    app = as_("Ann")
    assert figures(app) == {"Networks": "1", "Texts": "1", "Texts shared with the class": "0", "Things you did": "0"}
    app.button(key="forget_mine").click().run()
    assert any("**1 network**, **1 text**" in one.value for one in app.markdown)
    assert "Delete it for good" in [one.label for one in app.button]  # what it does: tests/people/test_forget.py
    assert len(store.texts()) == 1
    forget(store, [in_class.browser("Ann")])
    known.forget(store)
    assert set(figures(as_("Ann")).values()) == {"0"}
    assert [run.member for run in store.runs() if not run.pretrained] == [in_class.browser("Ben")]


@pytest.mark.parametrize("name", ["Tess", "Gus"])
def test_others_than_pupils_have_no_such_button(as_, name: str):
    app = as_(name)
    assert not [button for button in app.button if button.key == "forget_mine"]
    assert figures(app) == {}
    assert any("What is never stored" in one.value for one in app.header)
