"""Bring a text of one's own: a file, a paste or an exported chat, shown as it was read before it is kept."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from pages.widgets.shared import choices, page, personal_data, read_as
from pages.widgets.texts import own_chat, sharing
from pages.widgets.texts.own_chat import Brought
from rnnkit import settings
from rnnkit.store import Store
from rnnkit.texts import own
from rnnkit.texts.corpora import CorpusInfo
from rnnkit.texts.decoding import Candidate, Decoded

PREVIEW_CHARS = 1_500
SHORT_CHARS = 2_000  # fewer give no held-out part worth measuring on


def show(store: Store) -> str | None:
    """The name of the text just kept, else None."""
    st.session_state.setdefault("own_text_round", 0)  # a new round has empty widgets
    turn = st.session_state["own_text_round"]
    kinds = {"A text": _text, "A chat": own_chat.brought}
    kind = choices.one_of("What to upload", kinds, key="bring", label_visibility="collapsed")
    with page.user_errors():
        brought = kinds[kind](turn)
        if brought is not None and (name := _keep(store, turn, brought)):
            st.session_state["own_text_round"] += 1
            return name
    return None


def _text(turn: int) -> Brought | None:
    """What is in a file or a paste; None while there is none."""
    limit = settings.integer("RNNKIT_MAX_TEXT_MB")
    file = st.file_uploader(
        "A text file", key=f"own_file_{turn}", max_upload_size=limit, help="Any plain text; the encoding is detected."
    )
    pasted = st.text_area("or paste a text", key=f"own_paste_{turn}", height=160, disabled=file is not None)
    if file is None and not pasted:
        return None
    data = file.getvalue() if file else None
    brought = _as_wished(pasted if data is None else data, file.file_id if file else "")
    how = "Pasted" if brought.encoding is None else f"Read as **{brought.encoding}**"
    st.markdown(f"{how}: {own_chat.size(brought.text)}.")
    for note in brought.notes:
        st.warning(page.plain(note))
    name = file.name if file else ""
    return Brought(brought, Path(name).stem, name, data)


def _as_wished(given: bytes | str, which: str) -> Decoded:
    """The text as it was found to be, or as the person says below it: another encoding, other signs."""
    encoding = None
    if isinstance(given, bytes):
        found, encoding = read_as.file(lambda encoding: _read_text(which, given, encoding), which)
    else:
        found = own.read(given)
    composed = any("NFC" in note for note in found.notes)
    nfc = not composed or st.checkbox(
        "Write letters and their marks as one character", value=True, key=f"nfc_{which}", help="Unicode NFC."
    )
    fold = st.number_input(
        "Replace characters seen fewer times than", 0, 1000, 0, key=f"fold_{which}",
        help="Rare characters can hardly be learned. They become their base letter, or the unknown token.",
    )  # fmt: skip
    return found if nfc and not fold else own.read(given, encoding, nfc=nfc, fold=fold)


@st.cache_data(max_entries=4, show_spinner="Reading the text")
def _read_text(which: str, _data: bytes, encoding: str | None) -> Decoded:
    return own.read(_data, encoding)


def read_anew(store: Store, info: CorpusInfo) -> str | None:
    """Offers to read a kept file in another encoding, as a text of its own; its name once that is done."""
    if not info.kept:
        return None
    with st.popover(f"Read as {info.encoding}: read it anew", icon=":material/translate:"):
        st.markdown("A second text is made: runs may need this one. It can be deleted above.")
        chosen = read_as.encoding(_candidates(store, info.name), info.name)
        if st.button("Read it so", type="primary", key="read_anew", disabled=chosen == info.encoding):
            with page.user_errors():
                brought, file = own.again(store, info.name, chosen)
                return own.add(store, brought, f"{info.title} ({chosen})", file)
    return None


@st.cache_data(max_entries=16, show_spinner="Reading the text")
def _candidates(_store: Store, name: str) -> tuple[Candidate, ...]:
    return own.again(_store, name, None)[0].candidates


def _keep(store: Store, turn: int, brought: Brought) -> str | None:
    """Its beginning, a title, and the name it is kept by once that is asked for."""
    asked = personal_data.ask(brought.decoded.text, f"{turn}_{brought.which}")
    st.code(asked.text[:PREVIEW_CHARS], language=None, wrap_lines=True, height=240)
    if here := own.already_here(store, brought.decoded.text):
        st.info(page.plain(here), icon=":material/info:")
    if len(brought.decoded.text) < SHORT_CHARS:
        st.info(
            f"A short text: a network can hardly be trained on fewer than {SHORT_CHARS:,} characters.",
            icon=":material/short_text:",
        )
    title = st.text_input(
        "Title", brought.title, key=f"own_title_{turn}_{brought.which}", max_chars=own.MAX_TITLE_CHARS,
        placeholder="Untitled text",
    )  # fmt: skip
    sharing.before_it_is_kept(store)
    with st.container(horizontal=True):
        keep = st.button(
            "Keep this text", type="primary", icon=":material/bookmark_add:", key="keep", disabled=not asked.decided,
            help=None if asked.decided else "First choose what is to be kept.",
        )  # fmt: skip
        if st.button("Do not keep it", icon=":material/close:", key="do_not_keep"):
            st.session_state["own_text_round"] += 1
            st.rerun()
    if keep and asked.decided:
        decoded, file = own.changed(brought.decoded, asked.text, brought.file)
        return own.add(store, decoded, asked.title(title), file)
    return None
