"""The address that pupils type or photograph, and its QR code, made here without a network. Knows no store."""

from __future__ import annotations

import ipaddress
from typing import NamedTuple
from urllib.parse import urlsplit

import segno
import streamlit as st

from pages.widgets.classroom import listener
from pages.widgets.home import server_hosts
from rnnkit import settings


class Address(NamedTuple):
    """A host with its scheme and port, e.g. http://192.168.1.20:8501/kit/; or why there is none."""

    url: str
    problem: str = ""

    @property
    def short(self) -> str:
        """As people type it."""
        return self.url.removeprefix("http://").removesuffix("/")


def addresses() -> list[Address]:
    """Those by which others reach this server, the likeliest first; one with a problem where there is none."""
    if not listener.adds():
        return _reached()
    now = listener.now
    found = [Address(_url(one)) for one in now.addresses]
    if found:
        return found
    if now.problem:
        return [Address("", now.problem)]
    if not listener.local_addresses():
        return [Address("", "This machine is in no local network: connect it, and the address appears here.")]
    return [Address("", "The server is beginning to listen to the local network.")]


def qr(url: str) -> str:
    """An address as a picture for cameras: SVG as a data address, dark on white in both themes."""
    return segno.make_qr(url, error="m").svg_data_uri(scale=10, border=3, dark="#000", light="#fff", omitsize=True)


def _reached() -> list[Address]:
    """The address by which this browser reached the page, unless it is this machine's own name for itself."""
    url = urlsplit(st.context.url or "")
    host = url.hostname or ""
    if not _is_loopback(host):
        port = f":{url.port}" if url.port else ""
        return [Address(f"{url.scheme}://{host}{port}/{_prefix()}")]
    if server_hosts.listens_to_others() and (found := listener.local_addresses()):
        return [Address(_url(one)) for one in found]
    known = ", ".join(settings.hosts())
    return [Address("", f"Open this page by the name that pupils use{f' ({known})' if known else ''}.")]


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host in ("", "localhost")


def _url(host: str) -> str:
    scheme = "https" if st.get_option("server.sslCertFile") else "http"
    return f"{scheme}://{host}:{st.get_option('server.port')}/{_prefix()}"


def _prefix() -> str:
    path = st.get_option("server.baseUrlPath").strip("/")
    return f"{path}/" if path else ""
