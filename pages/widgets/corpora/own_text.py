"""Bring a text of one's own: a file, a paste or an exported chat, shown as it was read before it is kept."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from pages.widgets.shared import page
from rnnkit import settings
from rnnkit.store import Store
from rnnkit.texts import chats, own
from rnnkit.texts.chats import Chat
from rnnkit.texts.decoding import Decoded

PREVIEW_CHARS = 1_500
A_TEXT, A_CHAT = "A text", "A chat"
EVERYBODY = "everybody"


def show(store: Store) -> str | None:
    """The name of the text just kept, else None."""
    st.session_state.setdefault("own_text_round", 0)  # a new round has empty widgets
    turn = st.session_state["own_text_round"]
    kind = st.segmented_control(
        "What to upload", [A_TEXT, A_CHAT], default=A_TEXT, key="bring", bind="query-params", required=True,
        label_visibility="collapsed",
    )  # fmt: skip
    with page.user_errors():
        brought = {A_TEXT: _text, A_CHAT: _chat}[kind](turn)
        if brought is not None and (name := _keep(store, turn, *brought)):
            st.session_state["own_text_round"] += 1
            return name
    return None


def _text(turn: int) -> tuple[Decoded, str, str] | None:
    """The text, a first title, and what these are told apart by, of a file or a paste; None while there is none."""
    limit = settings.integer("RNNKIT_MAX_TEXT_MB")
    file = st.file_uploader(
        "A text file", key=f"own_file_{turn}", max_upload_size=limit, help="Any plain text; the encoding is detected."
    )
    pasted = st.text_area("or paste a text", key=f"own_paste_{turn}", height=160, disabled=file is not None)
    if file is None and not pasted:
        return None
    brought = own.read(file.getvalue() if file else pasted)
    how = "Pasted" if brought.encoding is None else f"Read as **{brought.encoding}**"
    st.markdown(f"{how}: {_size(brought.text)}.")
    for note in brought.notes:
        st.warning(note)
    return brought, Path(file.name).stem if file else "", file.name if file else ""


def _chat(turn: int) -> tuple[Decoded, str, str] | None:
    """The same of an exported chat: what all have written, or one of them."""
    page.note(
        "WhatsApp: open the chat, ⋮ or its name, *Export chat*, *Without media*. Telegram on a computer: ⋮, *Export "
        "chat history*, format JSON. Messenger, Instagram: *Download your information*, JSON."
    )
    page.note(
        "It stays on the machine that runs this page and is not sent anywhere. But whoever can open this page can "
        "read it there, and what a network learns from it. To delete it choose it above and press *Delete this text*; "
        "then delete the runs that learned from it: they may have memorised passages."
    )
    file = st.file_uploader(
        "An exported chat", ["txt", "json", "zip"], key=f"own_chat_{turn}",
        max_upload_size=settings.integer("RNNKIT_MAX_TEXT_MB"), help="The exported file, unchanged.",
    )  # fmt: skip
    if file is None:
        return None
    chat = _read(file.file_id, file.getvalue())
    names = chat.names
    whose = st.selectbox(
        "Messages of", [None, *names], key=f"own_chat_of_{turn}_{file.file_id}",
        format_func=lambda name: EVERYBODY if name is None else f"{name} ({names[name]:,})",
    )  # fmt: skip
    brought = own.read(chat.text(whose))
    st.markdown(
        f"{page.plain(chat.kind)}: {len(chat.messages):,} messages of {len(names):,} people; {chat.left_out:,} entries "
        f"that are no messages are left out. Chosen: {_size(brought.text)}."
    )
    return brought, f"Messages of {whose or EVERYBODY}", f"{file.file_id}{whose}"


@st.cache_data(max_entries=4, show_spinner="Reading the chat")
def _read(file_id: str, _data: bytes) -> Chat:
    """A large one takes seconds, and every choice below it draws the page again."""
    return chats.read(_data)


def _size(text: str) -> str:
    return f"{len(text):,} characters, {len(set(text)):,} different ones"


def _keep(store: Store, turn: int, brought: Decoded, first_title: str, which: str) -> str | None:
    """Its beginning, a title, and the name it is kept by once that is asked for."""
    st.code(brought.text[:PREVIEW_CHARS], language=None, wrap_lines=True, height=240)
    title = st.text_input(
        "Title", first_title, key=f"own_title_{turn}_{which}", max_chars=own.MAX_TITLE_CHARS,
        placeholder="Untitled text",
    )  # fmt: skip
    if st.button("Keep this text", type="primary", icon=":material/bookmark_add:", key="keep"):
        return own.add(store, brought, title)
    return None
