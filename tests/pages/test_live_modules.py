"""Our modules and Plotly as the server sends them: compressed, of the right kind, and nothing else from the disk."""

from __future__ import annotations

import asked
import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware

from pages.widgets.home.server_hosts import Hosts
from pages.widgets.live import modules


@pytest.fixture
def app() -> Starlette:
    return Starlette(routes=modules.routes("kit"), middleware=[Middleware(Hosts)])


def test_every_module_is_there_as_javascript(app: Starlette):
    for name in modules.MODULES:
        got = asked.get(app, f"/kit/live/{name}")
        assert got.status == 200
        assert got.headers["content-type"].startswith("text/javascript")
        assert got.headers["cache-control"] == "no-cache"
        assert b"PLOTLY_VERSION" not in got.body
        assert asked.get(app, f"/kit/live/{name}", if_none_match=got.headers["etag"]).status == 304
        assert asked.get(app, f"/kit/live/{name}", accept_encoding="").body == got.body


def test_plotly_is_the_installed_one_compressed_and_kept_for_ever(app: Starlette):
    got = asked.get(app, f"/kit/live/{modules.plotly_version()}/plotly.min.js")
    assert got.headers["content-encoding"] == "gzip"
    assert int(got.headers["content-length"]) < 2_000_000 < len(got.body)
    assert "immutable" in got.headers["cache-control"]
    assert got.headers["x-content-type-options"] == "nosniff"
    plain = asked.get(app, "/kit/live/0.0/plotly.min.js", accept_encoding="identity")
    assert plain.headers["cache-control"] == "no-cache"
    assert plain.body == got.body


@pytest.mark.parametrize("name", ["modules.py", "..%2f..%2fdashboard.py", "client", "x.js"])
def test_nothing_else_is_served(app: Starlette, name: str):
    assert asked.get(app, f"/kit/live/{name}").status == 404


def test_no_other_site_is_answered(app: Starlette):
    assert asked.get(app, "/kit/live/client.js", host="stranger.example").status == 403
