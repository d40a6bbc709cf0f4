"""A pupil's private text is trained on; nothing that another pupil's pages and feeds answer has a word of it.

Marked are its words, its title and what was learned from it: prompt, samples, the run's name, tags and message.
"""

from __future__ import annotations

import apptest
import asked
import in_class
import pytest
import tiny
from starlette.applications import Starlette
from streamlit.testing.v1 import AppTest

from pages.widgets.shared import navigation
from rnnkit.errors import UnknownRun
from rnnkit.feed.routes import routes
from rnnkit.people import identity, known
from rnnkit.sharing import archive, takeaway
from rnnkit.store import Store, schema
from rnnkit.texts.decoding import checksum

MARK = "quaggazulu"
TEXT = f"The {MARK} went to the harbour, and nobody but the {MARK} knew why it went there so late. " * 40
TABS = ("watch", "sample", "temperature", "write", "inside", "gradients", "compare", "export")


@pytest.fixture
def marked(store: Store) -> dict[str, str]:
    """A class in which Ann has a private text and runs on it: finished, at work, waiting, in the trash."""
    in_class.opened(store)
    ann = in_class.browser("Ann")
    text = store.add_text(checksum(TEXT), f"Diary of a {MARK}", TEXT, member=ann)
    parts = {"corpus": text, "name": f"{MARK} again", "owner": "Ann", "sampling": {"prompt": f"The {MARK} "}}
    runs = {status: tiny.run(store, TEXT, status=status, **parts) for status in ("finished", "paused", None)}
    runs["gone"] = tiny.run(store, TEXT, **parts)
    runs["queued"] = store.create_run(tiny.config(**parts))
    for run in runs.values():
        in_class.give(store, run, "Ann")
    with store._write() as tx:
        tx.execute(schema.samples.update().values(text=f"{MARK} " * 20))
        tx.execute(schema.runs.update().values(message=f"{MARK}!"))
    store.tag_runs([runs["finished"]], add=[MARK])
    store.delete_run(runs["gone"])
    store.note_act("Ann", "rename", "run", runs["finished"], MARK, member=ann)
    known.forget(store)
    return {"text": text, **{str(status): run for status, run in runs.items()}}


def seen(app: AppTest) -> bytes:
    """All that was sent to the browser."""
    found, waiting = b"", [app._tree]
    while waiting:
        node = waiting.pop()
        found += node.proto.SerializeToString() if getattr(node, "proto", None) is not None else b""
        waiting += list(getattr(node, "children", {}).values())
    return found


def visits(monkeypatch: pytest.MonkeyPatch, name: str, where: dict[str, str]) -> dict[str, bytes]:
    """What this member's browser gets at addresses of all pages, those of the text and its runs too."""
    monkeypatch.setattr(identity, "browser_of", lambda cookies, store: in_class.browser(name))
    files = navigation._files()
    addresses: list[tuple[str, dict[str, str]]] = [("", {}), *((file.stem, {}) for file in files.values())]
    run, text = where["finished"], where["text"]
    addresses += [(files["Run"].stem, {"run": run, "tab": tab}) for tab in TABS]
    addresses += [(files["Run"].stem, {"run": where[status]}) for status in ("None", "queued", "gone")]
    for page in ("Texts", "Train", "Words and verse", "Duel", "From scratch"):
        addresses.append((files[page].stem, {"corpus": text}))
    addresses.append((files["Compare"].stem, {"runs": f"{run},{where['paused']}"}))
    addresses.append((files["Train"].stem, {"fork": run, "epoch": "1"}))
    return {f"{page} {address}": seen(apptest.visit(page, **address)) for page, address in addresses}


@pytest.mark.parametrize("other", ["Ben", *(pytest.param(name, marks=pytest.mark.slow) for name in ("Gus", "Zoe"))])
@pytest.mark.usefixtures("nobody_trains")
def test_nothing_of_a_private_text_is_on_any_page_of_another(store, marked, monkeypatch, other):
    own = visits(monkeypatch, "Ann", marked)  # hers are read first, so that caches hold them
    assert sum(MARK.encode() in page for page in own.values()) > 15  # or this could not fail
    pages = visits(monkeypatch, other, marked)
    assert [address for address, page in pages.items() if MARK.encode() in page] == []
    assert [address for address, page in pages.items() if "{}" in address and marked["finished"].encode() in page] == []


@pytest.mark.usefixtures("nobody_trains")
def test_nothing_of_a_private_text_is_in_any_feed_of_another_pupil(store: Store, marked: dict[str, str]):
    run = marked["finished"]
    app = Starlette(routes=routes("", lambda: store))
    addresses = [f"/feed/run/{marked[status]}" for status in ("finished", "paused", "None", "queued", "gone")]
    addresses += [f"/feed/run/{run}/texts", f"/feed/run/{run}/texts?at=30&prompt=The", "/feed/runs", "/feed/wall"]
    addresses += [f"/feed/duel?runs={run},{marked['paused']}", "/feed/class"]

    def of(name: str) -> list[bytes]:
        cookie = f"{identity.COOKIE}={in_class.cookie(name, store)}"
        return [asked.get(app, address, cookie=cookie).body for address in addresses]

    assert sum(MARK.encode() in body for body in of("Ann")) >= 4  # hers are written first, so that caches hold them
    for other in ("Ben", "Gus", "Zoe"):
        assert [address for address, body in zip(addresses, of(other), strict=True) if MARK.encode() in body] == []


def test_another_can_export_report_and_fork_nothing_of_it(store: Store, marked: dict[str, str], tmp_path):
    ben, run = in_class.acting("Ben", store), marked["finished"]
    for act in (
        lambda: archive.export_run(ben, run, tmp_path / "taken"),
        lambda: takeaway.take(ben, run, "html"),
        lambda: ben.fork_run(run, 1, tiny.config()),
    ):
        with pytest.raises(UnknownRun):
            act()
    assert not (tmp_path / "taken").exists()
    assert not [row for row in ben.listed() if MARK in repr(row)]
    assert archive.export_run(in_class.acting("Ann", store), run, tmp_path / "hers").exists()


@pytest.mark.usefixtures("nobody_trains")
def test_a_text_is_shared_and_taken_back_and_others_keep_what_they_trained_meanwhile(store, marked, monkeypatch):
    monkeypatch.setattr(identity, "browser_of", lambda cookies, store: in_class.browser("Ann"))
    app = apptest.visit("6_Texts", corpus=marked["text"])
    switch = app.toggle(key=f"shared {marked['text']}")
    assert not switch.value
    assert any("only you and the teacher" in one.value for one in app.markdown)
    switch.set_value(True).run()
    assert any("everybody in the class" in one.value for one in app.markdown)
    assert in_class.acting("Ben", store).text(marked["text"]) == TEXT
    his = in_class.give(store, tiny.run(store, TEXT, corpus=marked["text"]), "Ben")
    app.toggle(key=f"shared {marked['text']}").set_value(False).run()
    assert any("1 network of others learned from it" in one.value for one in app.markdown)
    known.forget(store)
    assert [row.name for row in in_class.acting("Ben", store).texts()] == []
    assert in_class.acting("Ben", store).run(his).id == his
    assert [row.id for row in in_class.acting("Gus", store).listed() if not row.pretrained] == []
