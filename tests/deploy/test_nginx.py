"""nginx in front, as deploy/ sets it up: TLS, a path of its own, sockets; who calls by another name gets nothing.

The distribution's nginx, as a user that is not root, on free ports and with a certificate made here, before the real
dashboard.
"""

from __future__ import annotations

import http.client
import os
import re
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import psutil
import pytest
import tiny
from app import CHROMIUM, ROOT, wait_for
from playwright.sync_api import expect
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from rnnkit.cli import door
from rnnkit.sharing import archive
from rnnkit.store import Store

NAME, PATH = "kit.localhost", "/kit/"  # browsers take all names below localhost for this machine
PROGRAMS = ("nginx", "openssl", "envsubst")
WHOLE = """
daemon off; pid {folder}/pid; error_log {folder}/error.log; worker_processes 1;
events {{ worker_connections 256; }}
http {{
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/f;
    uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
    include {folder}/rnnkit.conf;
}}
"""


class Site(NamedTuple):
    port: int
    plain: int
    run: str
    folder: Path

    @property
    def url(self) -> str:
        return f"https://{NAME}:{self.port}{PATH}"

    def get(
        self, path: str, *, method: str = "GET", body: bytes | None = None, **headers: str
    ) -> tuple[int, dict, bytes]:
        """Status, headers and body of one answer; `path` with its prefix."""
        secure = http.client.HTTPSConnection("127.0.0.1", self.port, context=_trusting(), timeout=30)
        asked = {"Host": f"{NAME}:{self.port}"} | {name.replace("_", "-"): text for name, text in headers.items()}
        secure.request(method, path, body, asked)
        answer = secure.getresponse()
        found = answer.status, {name.lower(): text for name, text in answer.getheaders()}, answer.read()
        secure.close()
        return found


def _trusting() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


def _ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
    found = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return found


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """One that another user may have: those of pytest are this user's alone."""
    with tempfile.TemporaryDirectory(prefix="rnnkit-site-") as made:
        yield Path(made)


@pytest.fixture(scope="module")
def site(folder: Path) -> Iterator[Site]:
    """The dashboard behind nginx, with one finished run."""
    if missing := [name for name in PROGRAMS if not shutil.which(name)]:
        pytest.skip(f"there is no {', '.join(missing)} on this machine")
    inside, port, plain = _ports(3)
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
         "-subj", f"/CN={NAME}", "-addext", f"subjectAltName=DNS:{NAME}",
         "-keyout", f"{folder}/key.pem", "-out", f"{folder}/certificate.pem"],
        check=True, capture_output=True,
    )  # fmt: skip
    values = {
        "SITE_NAME": NAME, "SITE_PATH": PATH, "SITE_UPLOAD_MB": "8", "SITE_DASHBOARD": f"127.0.0.1:{inside}",
        "SITE_HTTP_PORT": str(plain), "SITE_HTTPS_PORT": str(port), "SITE_KEY": f"{folder}/key.pem",
        "SITE_CERTIFICATE": f"{folder}/certificate.pem",
    }  # fmt: skip
    template = (ROOT / "deploy" / "nginx.conf.template").read_text("utf-8")
    assert set(re.findall(r"\$\{(\w+)\}", template)) == set(values)
    names = " ".join(f"${{{name}}}" for name in values)
    made = subprocess.run(
        ["envsubst", names], input=template, env=os.environ | values, capture_output=True, text=True, check=True
    )
    (folder / "rnnkit.conf").write_text(made.stdout)
    (folder / "nginx.conf").write_text(WHOLE.format(folder=folder))
    home = folder / "home"
    home.mkdir()
    environment = os.environ | {
        "RNNKIT_HOME": str(home), "RNNKIT_CORPORA": "", "RNNKIT_STORE": "", "RNNKIT_WARM": "0", "RNNKIT_HOSTS": NAME,
        "STREAMLIT_SERVER_BASE_URL_PATH": PATH, "STREAMLIT_SERVER_PORT": str(inside),
        "STREAMLIT_SERVER_ADDRESS": "127.0.0.1", "STREAMLIT_SERVER_HEADLESS": "true",
    }  # fmt: skip
    store = Store(f"sqlite:///{home / 'rnnkit.sqlite'}")
    run = tiny.run(store)
    archive.export_run(store, run, folder / "run.rnnkit")
    store.close()
    command = [sys.executable, "-m", "streamlit", "run", "dashboard.py"]
    nginx = ["nginx", "-p", str(folder), "-e", f"{folder}/error.log", "-c", f"{folder}/nginx.conf"]
    nobody: dict[str, Any] = {"user": "nobody", "group": "nogroup", "extra_groups": []} if os.geteuid() == 0 else {}
    if nobody:
        for name in ("", "key.pem", "certificate.pem", "rnnkit.conf", "nginx.conf"):
            shutil.chown(folder / name, nobody["user"], nobody["group"])
    checked = subprocess.run([*nginx, "-t"], capture_output=True, text=True, **nobody)
    assert checked.returncode == 0, checked.stderr
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with (
        subprocess.Popen(command, cwd=ROOT, env=environment, **quiet) as dashboard,
        subprocess.Popen(nginx, **quiet, **nobody) as front,
    ):
        try:
            assert psutil.Process(front.pid).uids().real != 0
            found = Site(port, plain, run, folder)
            wait_for(lambda: _healthy(found), "the dashboard behind nginx")
            yield found
        finally:
            front.terminate()
            dashboard.terminate()


def _healthy(site: Site) -> bool:
    try:
        return site.get(f"{PATH}_stcore/health")[0] == 200
    except OSError:
        return False


def test_pages_feed_and_modules_are_answered_below_the_path(site: Site):
    status, headers, body = site.get(PATH)
    assert (status, headers["strict-transport-security"]) == (200, "max-age=31536000")
    assert b"<title>" in body
    assert site.get(f"{PATH}Run")[0] == 200
    status, headers, body = site.get(f"{PATH}feed/run/{site.run}")
    assert (status, headers["cache-control"]) == (200, "private, no-cache")
    assert site.get(f"{PATH}feed/run/{site.run}", If_None_Match=headers["etag"])[::2] == (304, b"")
    status, headers, body = site.get(f"{PATH}live/client.js")
    assert (status, headers["content-type"].split(";")[0]) == (200, "text/javascript")
    assert b"export" in body
    status, headers, _ = site.get(PATH.rstrip("/"))
    assert (status, headers["location"]) == (301, site.url)
    assert site.get("/")[0] == site.get("/feed/runs")[0] == 404


def test_plain_http_is_sent_to_tls(site: Site):
    plain = http.client.HTTPConnection("127.0.0.1", site.plain, timeout=30)
    plain.request("GET", f"{PATH}Run?run=x", headers={"Host": f"{NAME}:{site.plain}"})
    answer = plain.getresponse()
    assert (answer.status, answer.headers["location"]) == (301, f"{site.url}Run?run=x")
    answer.read()
    plain.request("GET", PATH, headers={"Host": "stranger.example"})
    answer = plain.getresponse()
    assert (answer.status, answer.headers["location"]) == (403, None)
    plain.close()


def test_a_foreign_name_or_page_gets_nothing(site: Site):
    for path in (PATH, f"{PATH}feed/runs", f"{PATH}live/client.js", f"{PATH}_stcore/health", f"{PATH}media/x.csv"):
        for host in ("stranger.example", "localhost", "127.0.0.1", f"{NAME}.stranger.example"):
            assert site.get(path, Host=f"{host}:{site.port}")[0] == 403
        for origin in ("https://stranger.example", "null", f"https://{NAME}", f"https://stranger.{NAME}:{site.port}"):
            assert site.get(path, Origin=origin)[0] == 403
        expected = 404 if path.endswith("x.csv") else 200
        assert site.get(path, Origin=f"https://{NAME}:{site.port}")[0] == expected
    upload = f"{PATH}_stcore/upload_file/session/file"
    for foreign in ({"Host": "stranger.example"}, {"Origin": "https://stranger.example"}):
        assert site.get(upload, method="PUT", body=b"x", **foreign)[0] == 403
    assert site.get(f"{PATH}_stcore/metrics")[0] == 403


def test_what_a_visitor_claims_about_himself_is_not_passed_on(site: Site):
    for header in ("X-Forwarded-Host", "X-Forwarded-For", "Forwarded"):
        assert site.get(f"{PATH}feed/runs", **{header: "stranger.example"})[0] == 200
        assert site.get(f"{PATH}feed/runs", Host="stranger.example", **{header: NAME})[0] == 403


def test_cookies_travel_by_tls_alone(site: Site):
    given = [site.get(f"{PATH}{path}")[1].get("set-cookie", "") for path in ("", "_stcore/health")]
    assert any(given)
    assert not [cookie for cookie in given if cookie and "secure" not in cookie.lower()]


def test_a_socket_is_opened_for_our_page_alone(site: Site):
    address = f"wss://127.0.0.1:{site.port}{PATH}_stcore/stream"

    def opened(host: str, origin: str) -> bool:
        options = {"additional_headers": {}, "subprotocols": ["streamlit"], "ssl": _trusting(), "origin": origin}
        with socket.create_connection(("127.0.0.1", site.port)) as wire:
            try:
                with connect(address.replace("127.0.0.1", host), sock=wire, **options):
                    return True
            except InvalidStatus as refused:
                return refused.response.status_code != 403

    ours = f"https://{NAME}:{site.port}"
    assert opened(NAME, ours)
    assert not opened(NAME, "https://stranger.example")
    assert not opened("stranger.example", "https://stranger.example")


def test_the_doctor_finds_nothing_wrong_with_it(site: Site, monkeypatch: pytest.MonkeyPatch):
    real = socket.getaddrinfo
    monkeypatch.setattr(socket, "getaddrinfo", lambda _name, *more, **options: real("127.0.0.1", *more, **options))
    (refused,) = door.looked(site.url)
    assert "the certificate is not trusted" in refused[1]
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", f"{site.folder}/certificate.pem")
    assert [state for state, _ in door.looked(site.url)] == ["fine"] * 3


@pytest.mark.browser
def test_a_browser_uploads_and_downloads_through_it(site: Site, tab):
    if not Path(CHROMIUM).exists():
        pytest.skip("there is no Chromium on this machine")
    page = tab(site.url, ignore_https_errors=True)
    page.get_by_role("button", name="Import a run").click()
    page.locator("input[type=file]").set_input_files(site.folder / "run.rnnkit")
    with page.expect_request(re.compile("_stcore/upload_file")) as sent:
        expect(page.get_by_text("The run is imported.")).to_be_visible()
    assert sent.value.url.startswith(f"{site.url}_stcore/upload_file/")
    page.goto(f"{site.url}Lessons")
    with page.expect_download() as begun:
        page.get_by_role("button", name="Sheet to print").first.click()
    assert "<html" in begun.value.path().read_text("utf-8")
    assert begun.value.url.startswith(site.url)
    with page.expect_websocket() as opened, page.expect_response(re.compile("/feed/")) as fed:
        page.goto(f"{site.url}Run?run={site.run}")
    assert opened.value.url.startswith(site.url.replace("https", "wss"))
    assert (fed.value.status, fed.value.url.startswith(f"{site.url}feed/")) == (200, True)


def test_an_upload_above_the_limit_is_refused_at_the_door(site: Site):
    assert site.get(f"{PATH}_stcore/upload_file/a/b", method="PUT", Content_Length=str(9 << 20))[0] == 413
