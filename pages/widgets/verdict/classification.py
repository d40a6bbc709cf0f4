"""What a classifier makes of a text, word by word, and how often it is right.

What people type is shown letter by letter, never as Markdown or HTML. The address holds run, epoch and a drawn or
short text.
"""

from __future__ import annotations

import random
from dataclasses import replace

import streamlit as st

from pages.widgets.shared import choices, missing_texts, page, reads, run_chooser
from pages.widgets.verdict import word_colours
from rnnkit.charts import distributions, matrices
from rnnkit.store import Run, Store
from rnnkit.studies import classifier
from rnnkit.studies.classifier import Classifier
from rnnkit.tasks import Does

TEXT = "verdict_text"  # the widget's key
MOST_IN_ADDRESS = 1000  # characters: longer texts make no link


# The same text always gets the same verdicts: read once, shown to everybody.
_attribution = st.cache_data(max_entries=60, show_spinner="Reading it word by word …", hash_funcs=reads.HASHED)(
    classifier.attribution
)
_confusion = st.cache_data(max_entries=60, show_spinner="Evaluating …", hash_funcs=reads.HASHED)(classifier.confusion)


def show(store: Store, run: Run) -> None:
    """A text, its verdict, and the accuracy on texts that were never trained on."""
    kept = run_chooser.kept(store, run)
    epoch = choices.epoch(kept, key="epoch", width=150)
    read = missing_texts.stood_in(store, run, "reviews")
    checkpoint = replace(reads.checkpoint(store, run.id, epoch, Does.CLASSIFIES), run=read)
    typed, truth = text(store, checkpoint)
    if typed.strip():
        verdict(checkpoint, typed, truth)
    else:
        st.info("Type or paste a text above, or take a random held-out example.", icon=":material/edit_note:")
    how_often_right(store, checkpoint)


# ---- the text


def text(store: Store, checkpoint: Classifier) -> tuple[str, str | None]:
    """What is to be judged, and its true class where it was drawn."""
    drawn, missing = st.query_params.get("drawn", ""), missing_texts.of(store, checkpoint.run)
    truth = None
    if drawn.isdecimal() and not missing:
        with page.user_errors():  # what is typed stands there whatever happens to the held-out texts
            tried = classifier.unseen(store, checkpoint.run)
            place = int(drawn[:9]) % len(tried.texts)
            st.session_state[TEXT], truth = tried.texts[place], checkpoint.codec.labels[tried.labels[place]]
    if TEXT not in st.session_state:
        st.session_state[TEXT] = st.query_params.get("text", "")
    typed = st.text_area(
        "Text", key=TEXT, height=170, on_change=_typed, placeholder="Type or paste a text",
        help=f"Of a long text the last {classifier.length(checkpoint):,} {checkpoint.codec.kind} are read, "
        "as in training.",
    )  # fmt: skip
    st.button("Random held-out example", icon=":material/casino:", on_click=_draw, disabled=bool(missing))
    if missing:
        missing_texts.offer(store, checkpoint.run, missing, "Drawing a held-out example")
    return typed, truth


def _typed() -> None:
    """A short text goes into the address; what was drawn is no longer what stands there."""
    for name in ("drawn", "text"):
        st.query_params.pop(name, None)
    if len(now := st.session_state[TEXT] or "") <= MOST_IN_ADDRESS and now:
        st.query_params["text"] = now


def _draw() -> None:
    st.query_params.pop("text", None)
    st.query_params["drawn"] = str(random.randrange(10**6))


# ---- the verdict


@page.user_errors()
def verdict(checkpoint: Classifier, typed: str, truth: str | None) -> None:
    """The verdict, the text in the colours of what each word did to it, and its course."""
    attribution = _attribution(checkpoint, typed)
    labels = checkpoint.codec.labels
    label = labels[attribution.predicted]
    chance = attribution.probabilities[-1, attribution.predicted]
    with st.container(horizontal=True, vertical_alignment="center"):
        st.header(f"{page.plain(label)}, probability {_percent(chance)}", anchor=False, width="content")
        if truth is not None:
            right = truth == label
            st.badge("Right" if right else "Wrong", icon=f":material/{'check' if right else 'close'}:",
                     color="green" if right else "red")  # fmt: skip
            st.markdown(f"True class: **{page.plain(truth)}**", width="content")
    for remark in classifier.remarks(checkpoint, attribution):
        page.note(page.plain(remark))
    word_colours.show(attribution, labels, key="verdict_words")
    table, shown = classifier.course(checkpoint, attribution), classifier.landmarks(attribution)
    two = len(labels) == 2
    counted = f"Probability of “{labels[1]}”" if two else "Probability of each class"
    height = 400 if two else 580  # the names of more than two classes stand above the chart
    st.altair_chart(distributions.class_probabilities(table, shown, counted), height=height, alt=counted)
    page.note(
        "Colours: how much each word changed the odds. Chart: the predicted probability after each word; in "
        "a long text only the words that moved it most are named."
    )


def _percent(chance: float) -> str:
    return "more than 99.9 %" if chance > 0.999 else f"{100 * chance:.1f} %"


# ---- how often it is right


def how_often_right(store: Store, checkpoint: Classifier) -> None:
    """Verdicts on texts that were never trained on beside the truth, when somebody asks."""
    st.header("Accuracy", anchor=False)
    words, missing = (
        f"Evaluate on up to {classifier.MOST_TRIED} held-out texts",
        missing_texts.of(store, checkpoint.run),
    )
    if not st.toggle(words, key="tried", bind="query-params", disabled=bool(missing)) or missing:
        return
    with page.user_errors():
        found = _confusion(store, checkpoint)
        right = f"**{_percent(found.accuracy)}** of {found.counts.sum():,} {found.words}"
        st.markdown(f"{right} were classified correctly.")
        table, matrix = st.columns(2, gap="large")
        table.dataframe(found.table(), hide_index=True, column_config=_COLUMNS, alt="Accuracy of each class")
        with matrix:
            st.plotly_chart(
                matrices.confusion(found.counts, found.labels, page.text_color()), key="confusion",
                config={"displayModeBar": False}, alt="Confusion matrix: true against predicted classes",
            )  # fmt: skip


_COLUMNS = {"Right": st.column_config.NumberColumn(format="percent", help="Share of its texts classified correctly.")}
