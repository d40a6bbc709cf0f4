"""Bring a text of one's own: a file, a paste or an exported chat, shown as it was read before it is kept."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from pages.widgets.corpora import own_chat
from pages.widgets.shared import choices, page
from rnnkit import settings
from rnnkit.store import Store
from rnnkit.texts import own
from rnnkit.texts.decoding import Decoded

PREVIEW_CHARS = 1_500


def show(store: Store) -> str | None:
    """The name of the text just kept, else None."""
    st.session_state.setdefault("own_text_round", 0)  # a new round has empty widgets
    turn = st.session_state["own_text_round"]
    kinds = {"A text": _text, "A chat": own_chat.brought}
    kind = choices.one_of("What to upload", kinds, key="bring", label_visibility="collapsed")
    with page.user_errors():
        brought = kinds[kind](turn)
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
    given = file.getvalue() if file else pasted
    which = file.file_id if file else ""
    brought = _as_wished(given, which)
    how = "Pasted" if brought.encoding is None else f"Read as **{brought.encoding}**"
    st.markdown(f"{how}: {own_chat.size(brought.text)}.")
    for note in brought.notes:
        st.warning(page.plain(note))
    return brought, Path(file.name).stem if file else "", file.name if file else ""


def _as_wished(given: bytes | str, which: str) -> Decoded:
    """The text as it was found to be, or as the person says below it: another encoding, other signs."""
    found = _read_text(which, given) if isinstance(given, bytes) else own.read(given)
    encoding = _encoding(found, which)
    composed = any("NFC" in note for note in found.notes)
    nfc = not composed or st.checkbox(
        "Write letters and their marks as one character", value=True, key=f"nfc_{which}", help="Unicode NFC."
    )
    fold = st.number_input(
        "Replace symbols seen fewer times than", 0, 1000, 0, key=f"fold_{which}",
        help="Rare symbols can hardly be learned. They become their base letter, or the unknown symbol.",
    )  # fmt: skip
    if (encoding, nfc, fold) == (found.encoding, True, 0):
        return found
    if isinstance(given, bytes):
        return own.read(given, encoding if encoding != found.encoding else None, nfc=nfc, fold=fold)
    return own.read(given, nfc=nfc, fold=fold)


@st.cache_data(max_entries=4, show_spinner="Reading the text")
def _read_text(which: str, _data: bytes) -> Decoded:
    return own.read(_data)


def _encoding(found: Decoded, which: str) -> str | None:
    """The likeliest encodings beside what each of them would give."""
    if not found.candidates:
        return found.encoding
    previews = dict(found.candidates)
    return st.selectbox(
        "Read as", list(previews), key=f"read_as_{which}", format_func=lambda name: f"{name}: {previews[name]}",
        help="The likeliest encodings, each with a piece of the text read so.",
    )  # fmt: skip


def _keep(store: Store, turn: int, brought: Decoded, first_title: str, which: str) -> str | None:
    """Its beginning, a title, and the name it is kept by once that is asked for."""
    st.code(brought.text[:PREVIEW_CHARS], language=None, wrap_lines=True, height=240)
    if here := own.already_here(store, brought.text):
        st.info(page.plain(here), icon=":material/info:")
    title = st.text_input(
        "Title", first_title, key=f"own_title_{turn}_{which}", max_chars=own.MAX_TITLE_CHARS,
        placeholder="Untitled text",
    )  # fmt: skip
    if st.button("Keep this text", type="primary", icon=":material/bookmark_add:", key="keep"):
        return own.add(store, brought, title)
    return None
