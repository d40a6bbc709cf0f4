"""The tab Export of a run: what is offered, and that nothing but the card is made before somebody asks."""

from __future__ import annotations

import pytest
import tiny

from rnnkit.sharing import takeaway
from rnnkit.store import Store

PAGE = "7_Run"
ADDRESS = {"tab": "export"}


def test_every_way_is_offered_with_the_card_to_copy(visit, store: Store):
    run = tiny.run(store, name="<b>mine</b> *a*")
    app = visit(run=run)
    assert not app.exception
    assert not app.error
    offered = [button.proto.label for button in app.get("download_button")]
    assert offered == [*(way.title for way in takeaway.WAYS.values()), "The whole run"]
    card = next(code.value for code in app.code if "The command that made it" in code.value)
    assert run in card


def test_nothing_is_made_before_somebody_asks(visit, store: Store, monkeypatch: pytest.MonkeyPatch):
    made = []
    monkeypatch.setattr(takeaway, "take", lambda _store, _run, way, _link: made.append(way) or b"")
    visit(run=tiny.run(store))
    assert made == ["card"]


def test_a_run_without_an_epoch_offers_nothing(visit, store: Store):
    app = visit(run=tiny.run(store, epochs=0))
    assert not app.get("download_button")
    assert any("after the first epoch" in info.value for info in app.info)
