"""A pupil's browser without a window: it keeps the cookie that the server gives it, and sends the messages that a
browser sends when somebody fills in the page Join, as many of them at once as a test likes."""

from __future__ import annotations

import json
import re
import urllib.request
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urlsplit

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import ClientConnection, connect

from rnnkit.people import identity
from rnnkit.store import Store

PATIENCE = 120  # seconds


@dataclass
class Shown:
    """What a page consists of, as far as somebody who joins cares: ids of fields and buttons by their labels."""

    page: str = ""
    fields: dict[str, str] = field(default_factory=dict)
    buttons: dict[str, str] = field(default_factory=dict)
    said: list[str] = field(default_factory=list)  # in boxes, without what keeps Markdown from reading it

    @property
    def asks_for_the_code(self) -> bool:
        return "Code on the wall" in self.fields


class Browser:
    """One that has loaded the page, and so has a cookie."""

    def __init__(self, url: str):
        self.url = url
        with urllib.request.urlopen(url, timeout=PATIENCE) as answer:
            given = answer.headers["set-cookie"].partition(";")[0]
        self.cookie = given.partition("=")[2]

    def member(self, store: Store) -> str:
        """The id under which a class knows this browser."""
        return identity.signed_by(self.cookie, store.secret())

    def get(self, path: str) -> Any:
        """The JSON at an address, asked for with the cookie."""
        headers = {"Cookie": f"{identity.COOKIE}={self.cookie}"}
        request = urllib.request.Request(f"{self.url}/{path}?calm=1", headers=headers)
        return json.loads(urllib.request.urlopen(request, timeout=PATIENCE).read())

    def join(self, code: str, nickname: str) -> Shown:
        """Open the address on the wall, fill in the form, press Join. Returns what is shown then."""
        with self._session() as socket:
            shown = _drawn(socket, _message({"class": code}))
            fields = {"Code on the wall": code, "Nickname": nickname}
            return _drawn(socket, _message({"class": code}, shown, press="Join", **fields))

    def join_by_suggestion(self, code: str, nickname: str) -> Shown:
        """The same with a name that somebody has, and then a press on the first of those that are free."""
        with self._session() as socket:
            shown, asked = _drawn(socket, _message({"class": code})), {"class": code}
            fields = {"Code on the wall": code, "Nickname": nickname}
            shown = _drawn(socket, _message(asked, shown, press="Join", **fields))
            names = [label for label in shown.buttons if label.replace("\u2060", "").startswith(nickname)]
            return _drawn(socket, _message(asked, shown, press=names[0], **fields)) if names else shown

    def _session(self) -> ClientConnection:
        address = f"ws://{urlsplit(self.url).netloc}/_stcore/stream"
        headers = {"Cookie": f"{identity.COOKIE}={self.cookie}"}
        return connect(address, max_size=None, additional_headers=headers, open_timeout=PATIENCE)


def _message(query: dict[str, str], shown: Shown | None = None, press: str = "", **fields: str) -> bytes:
    """A page that is opened, or with `shown` a button of it that is pressed when its fields are filled in."""
    message = BackMsg()
    message.rerun_script.query_string = urlencode(query)
    if shown is not None:
        message.rerun_script.page_script_hash = shown.page
        widgets = message.rerun_script.widget_states.widgets
        for label, value in fields.items():
            widgets.add(id=shown.fields[label], string_value=value)
        widgets.add(id=shown.buttons[press], trigger_value=True)
    return message.SerializeToString()


def _drawn(socket: ClientConnection, message: bytes) -> Shown:
    """Send it, and read until the script has run to its end."""
    socket.send(message)
    shown = Shown()
    while True:
        got = ForwardMsg.FromString(socket.recv(PATIENCE))
        match got.WhichOneof("type"):
            case "new_session":
                shown = Shown(page=got.new_session.page_script_hash)
            case "navigation":
                shown.page = got.navigation.page_script_hash
            case "delta":
                element = got.delta.new_element
                match element.WhichOneof("type"):
                    case "text_input":
                        shown.fields[element.text_input.label] = element.text_input.id
                    case "button":
                        shown.buttons[element.button.label] = element.button.id
                    case "alert":
                        shown.said.append(re.sub(r"[\u2060\\]", "", element.alert.body))
            case "script_finished" if got.script_finished == ForwardMsg.FINISHED_SUCCESSFULLY:
                return shown
