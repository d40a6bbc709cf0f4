"""How a duel stands, told by a route: a verdict, or why there is none."""

from __future__ import annotations

import asked
import pytest
import tiny
from starlette.applications import Starlette

from rnnkit.feed import race, rights
from rnnkit.feed.routes import routes
from rnnkit.runs import comparison
from rnnkit.store import Store

pytestmark = pytest.mark.usefixtures("nobody_trains")


@pytest.fixture
def app(store: Store) -> Starlette:
    return Starlette(routes=routes("", lambda: store))


def two(store: Store, status: str | None) -> str:
    kinds = ((6.0, "gru"), (3.0, "lstm"))
    return ",".join(tiny.run(store, loss=loss, status=status, model={"architecture": kind}) for loss, kind in kinds)


def test_who_leads_is_told_with_the_place_and_who_won_at_the_end(store: Store, app: Starlette):
    racing = asked.get(app, f"/feed/duel?runs={two(store, None)}&unit=nats").json
    assert (racing["over"], racing["says"], racing["unit"]) == (False, None, "nats per token")
    assert racing["verdict"].startswith("At epoch 3 the LSTM leads by 1.000 nats")
    ended = asked.get(app, f"/feed/duel?runs={two(store, 'finished')}").json
    assert ended["over"]
    assert ended["verdict"].startswith("The LSTM won by 1.443 bits per character")
    assert "seed 0" in ended["terms"]


def test_while_nobody_can_lead_it_says_what_happens(store: Store, app: Starlette):
    ids = ",".join(store.create_run(tiny.config()) for _ in range(2))
    waits = asked.get(app, f"/feed/duel?runs={ids}").json
    assert (waits["verdict"], waits["says"]) == (None, "The race waits for its turn in the queue.")
    begins = f"{tiny.run(store, epochs=0, status=None)},{tiny.run(store, epochs=0, status=None)}"
    assert "Then all begin together" in asked.get(app, f"/feed/duel?runs={begins}").json["says"]


def test_it_is_worked_out_once_a_tick_for_all(store: Store, app: Starlette, monkeypatch: pytest.MonkeyPatch):
    counted, load = [], comparison.load
    monkeypatch.setattr(race.comparison, "load", lambda *given: [counted.append(1), load(*given)][1])
    address = f"/feed/duel?runs={two(store, 'finished')}"
    first = asked.get(app, address)
    same = asked.get(app, address, if_none_match=first.headers["etag"])
    assert (same.status, same.body, len(counted)) == (304, b"", 1)


def test_what_is_gone_odd_or_private_is_refused_in_a_sentence(store: Store, app: Starlette, monkeypatch):
    runs = two(store, "finished")
    gone = asked.get(app, f"/feed/duel?runs={runs},gone2345")
    assert (gone.status, "may have been deleted" in gone.json["error"]) == (404, True)
    assert asked.get(app, "/feed/duel?runs=one").status == 400
    monkeypatch.setattr(rights, "may_read", lambda viewer, run: run.config.model.architecture != "lstm")
    assert asked.get(app, f"/feed/duel?runs={runs}").status == 404
