"""Bring an exported chat: whose messages, without those that a program has written."""

from __future__ import annotations

from typing import NamedTuple

import streamlit as st

from pages.widgets.shared import choices, page, read_as
from rnnkit import settings
from rnnkit.texts import chats, own
from rnnkit.texts.chats import Chat
from rnnkit.texts.decoding import Decoded

EVERYBODY = "everybody"
ORDERS: dict[chats.Order, str] = {
    "auto": "Auto",
    "day-first": "Day first",
    "month-first": "Month first",
    "year-first": "Year first",
}
SHOWN_CHARS = 80  # of a message that was written often


class Brought(NamedTuple):
    """A text to be kept, a first title, what its widgets are told apart by, and the file that may be kept with it."""

    decoded: Decoded
    title: str
    which: str
    file: bytes | None = None


def brought(turn: int) -> Brought | None:
    """What all have written, or some. None while there is no file."""
    page.note(
        "WhatsApp: open the chat, ⋮ or its name, *Export chat*, *Without media*. Telegram on a computer: ⋮, *Export "
        "chat history*, format JSON. Messenger, Instagram: *Download your information*, JSON. Also Discord, Slack, "
        "LINE and KakaoTalk."
    )
    page.note(
        "It stays on the machine that runs this page and is not sent anywhere. But without a class "
        "whoever can open this page can read it there, and what a network learns from it. To delete it, delete the "
        "runs that learned from it, as they may have memorised passages; then choose it above and press "
        "*Delete this text*. "
        "For a day both can be brought back; *Deleted in the last day* below deletes them for good."
    )
    file = st.file_uploader(
        "An exported chat", ["txt", "json", "csv", "zip"], key=f"own_chat_{turn}",
        max_upload_size=settings.integer("RNNKIT_MAX_TEXT_MB"), help="The exported file, unchanged.",
    )  # fmt: skip
    if file is None:
        return None
    chat = _as_wished(file.file_id, file.getvalue())
    chosen, whose = _chosen(chat, f"{turn}_{file.file_id}")
    text = own.read(chosen.text())._replace(encoding=chat.encoding)
    left_out = "; ".join(f"{why}: {count:,}" for why, count in chosen.left_out.items())
    st.markdown(
        f"{page.plain(chat.kind)}: {len(chat.texts):,} messages of {len(chat.names):,} people. "
        f"Left out: {left_out or 'nothing'}. Chosen: {size(text.text)}. Encoding: **{chat.encoding}**."
    )
    for note in (*chat.notes, *text.notes):
        st.info(page.plain(note))
    return Brought(text, f"Messages of {whose}"[: own.MAX_TITLE_CHARS], f"{file.file_id}{whose}")


def _as_wished(file_id: str, data: bytes) -> Chat:
    """The chat as it seems to be, or as the person says in the box: of another kind, with other dates or letters."""
    with st.expander("Read it otherwise", icon=":material/tune:"):
        kind = st.selectbox("Exported by", ["", *chats.KINDS], key=f"own_chat_kind_{file_id}",
                            format_func=lambda kind: kind or read_as.BY_ITSELF)  # fmt: skip
        order = choices.one_of(
            "Order of dates", ORDERS, key=f"own_chat_dates_{file_id}", bind=None, format_func=ORDERS.__getitem__,
            help="It tells entries from lines with a date that somebody has pasted.",
        )  # fmt: skip
        chat, _ = read_as.file(lambda encoding: _read(file_id, data, encoding, kind, order), f"chat_{file_id}")
    return chat


def _chosen(chat: Chat, key: str) -> tuple[Chat, str]:
    """Of the senders that a person chooses, without the messages that are ticked; and whose these are."""
    names = chat.names
    whose = st.multiselect(
        "Messages of", list(names), key=f"own_chat_of_{key}", placeholder=EVERYBODY,
        format_func=lambda name: f"{name} ({names[name]:,})",
    )  # fmt: skip
    frequent = chat.frequent()
    unwanted = []
    if frequent:
        with st.expander("The most frequent messages: tick what nobody has typed, to leave it out"):
            for place, (text, count) in enumerate(frequent.items()):
                shown = page.plain(" ".join(text.split())[:SHOWN_CHARS])
                if st.checkbox(f"{shown} ({count:,} times)", key=f"own_chat_without_{key}_{place}"):
                    unwanted.append(text)
    return chat.without(unwanted, whose or None), ", ".join(whose) or EVERYBODY


@st.cache_data(max_entries=4, show_spinner="Reading the chat")
def _read(file_id: str, _data: bytes, encoding: str | None, kind: str, order: chats.Order) -> Chat:
    """A large one takes seconds, and every choice below it draws the page again."""
    return chats.read(_data, encoding, kind, order)


def size(text: str) -> str:
    """How much there is, for people."""
    return f"{len(text):,} characters, {len(set(text)):,} different ones"
