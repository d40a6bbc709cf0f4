"""Words become numbers: word to index, index to word, and a sentence as the columns of ones and zeros it stands for.

Words are shown in tables and charts, never as Markdown.
"""

from __future__ import annotations

from typing import NamedTuple

import pandas as pd
import streamlit as st

from pages.widgets.shared import page
from pages.widgets.words_and_verse.preprocessing import NUMBER, fewer_than, shown
from pages.widgets.words_and_verse.text_choice import Chosen
from rnnkit.charts import matrices
from rnnkit.config import TokenizerConfig
from rnnkit.store import Store
from rnnkit.texts import tokenizers, word_rules
from rnnkit.texts.tokenizers import Tokenizer

COLUMNS = 14  # words of a sentence that are drawn


class Numbered(NamedTuple):
    """The vocabulary of a text, and its sentences in words that are in it."""

    tokenizer: Tokenizer
    sentences: list[list[str]]


def show(_store: Store, chosen: Chosen) -> None:
    """Both tables, then one sentence as ids and as one-hot columns."""
    minimum = fewer_than(1)
    with page.user_errors():
        numbered = _numbered(chosen.key, minimum, chosen)
        symbols = numbered.tokenizer.symbols
        st.markdown(f"**{len(symbols):,} words**, in alphabetical order: the index is a word's position.")
        table = pd.DataFrame({"Word": map(shown, symbols), "Index": range(len(symbols))})
        for place, columns in zip(st.columns(2, gap="medium"), (["Word", "Index"], ["Index", "Word"]), strict=True):
            place.header(" → ".join(columns).lower(), anchor=False)
            alt = " to ".join(columns).lower()
            place.dataframe(table[columns], hide_index=True, height=330, column_config={"Index": NUMBER}, alt=alt)
        st.header("Sentence by sentence", anchor=False)
        _sentence(numbered)


@st.cache_resource(max_entries=8, show_spinner="Numbering the words")
def _numbered(key: str, minimum: int, _chosen: Chosen) -> Numbered:
    tokenizer = tokenizers.build(_chosen.text, TokenizerConfig(kind="words", minimum_count=minimum))
    words = word_rules.words(_chosen.text)
    return Numbered(tokenizer, word_rules.sentences(word_rules.take_out_rare(words, minimum)))


def _sentence(numbered: Numbered) -> None:
    sentences = numbered.sentences
    if not sentences:
        st.info("No sentence is left: remove fewer words.")
        return
    number = st.number_input(
        f"Sentence, of {len(sentences):,}", 1, len(sentences), 1, key=f"sentence {len(sentences)}", width=240
    )
    words = sentences[number - 1]
    ids = numbered.tokenizer.encode(" ".join(words)).ids.tolist()
    st.markdown("As words, and as the ids that the network reads:")
    st.code(" ".join(words) + "\n" + " ".join(map(str, ids)), language=None, wrap_lines=True)
    chart, rows = matrices.one_hot([(shown(numbered.tokenizer.symbols[i]), i) for i in ids[:COLUMNS]])
    st.altair_chart(chart, height=130 + 34 * rows, alt="The words of the sentence as one-hot columns")
    cut = f" The first {COLUMNS} of its {len(ids):,} words." if len(ids) > COLUMNS else ""
    page.note(
        f"Each word is a column with a single one, in the row of its index.{cut} Only rows with a one are drawn: the "
        f"other {numbered.tokenizer.vocab_size - rows:,} are all zeros. A sentence ends at a full stop, a question "
        "or exclamation mark, or an empty line."
    )
