"""Texts: look at a text before a network does, fetch one, bring one's own."""

import streamlit as st

from pages.widgets.shared import choices, missing_texts, navigation, page, reads, trash
from pages.widgets.texts import delete_text, own_text, sharing, text_statistics
from rnnkit.people import acting
from rnnkit.tasks.language_model import LANGUAGE_MODEL
from rnnkit.texts.corpora import CorpusInfo

LINE = "Statistics of each text before you train on it. Upload your own below."


def choose(name: str | None) -> None:
    """Show this text, or the first one here, in a fresh run of the page; whoever has kept it stands far below it."""
    if name:
        st.toast("Kept. It stands at the top of the page.", icon=":material/check:")
    reads.forget_deleted()
    st.session_state["_next_corpus"] = name or ""  # an address set just before a rerun would not reach the browser
    st.rerun()


def chosen(texts: dict[str, CorpusInfo]) -> CorpusInfo:
    """The text that the address names as ?corpus=, else the first that is here; the chooser sets it too."""
    if "_next_corpus" in st.session_state:
        st.query_params["corpus"] = st.session_state.pop("_next_corpus")
    here = sorted((name for name, info in texts.items() if info.available), key="python".__eq__)  # code comes last
    first = next(iter(here or texts))
    return texts[choices.text(texts, first, "There is no such text here: it may have been deleted.")]


with page.start("Texts", LINE) as store:
    trash.undo(store)
    info = chosen(reads.texts(store))
    read_in = f" Read as {info.encoding}." if info.encoding else ""
    page.note(page.plain(f"{info.source}. Licence: {info.licence}. Name for the command line: {info.name}.{read_in}"))
    if info.own:
        sharing.show(store, info)
    if info.available:
        with page.user_errors():
            text_statistics.show(*text_statistics.measure(info.name, info.sha256, store))
        with st.container(horizontal=True):
            navigation.link("Train", "Train on this text", corpus=info.name)
            navigation.link("Words and verse", "Its words and verses", corpus=info.name)
            if info.own and acting.may(store, "delete_text", info.name) and delete_text.show(store, info):
                choose(None)
        if info.own and (again := own_text.read_anew(store, info)):
            choose(again)
    else:
        st.info("This text is not on this machine yet.", icon=":material/cloud_download:")
        missing_texts.get(store, info, LANGUAGE_MODEL)
    if acting.may(store, "add_text"):
        st.header("Upload your own", anchor=False)
        if kept := own_text.show(store):
            choose(kept)
    trash.show(store)
