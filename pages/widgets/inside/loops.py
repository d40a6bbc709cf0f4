"""Document 000's loop that writes, the same mended, and the engine's: one network, one seed, three texts and speeds."""

from __future__ import annotations

import streamlit as st

from pages.widgets.inside.coloured_text import Chosen
from pages.widgets.shared import choices, generated_text, page, reads
from rnnkit.engine import Sampler
from rnnkit.store import Run, Store
from rnnkit.studies import sampling, writing_loops
from rnnkit.studies.inside import Reading
from rnnkit.studies.writing_loops import DOCUMENT_READS, Loop
from rnnkit.tasks import Does

LENGTH = 400
SAME_SPEED = 1.5
CARRIES = "The engine carries the state and reads one token"
GREEDY, DRAWN = "The likeliest token", "Temperature 0.7"
SAMPLERS = {GREEDY: Sampler(greedy=True), DRAWN: Sampler(0.7)}
TITLES = {"document": "The loop of document 000", "anew": "All read anew for each token", "engine": "The engine, here"}


@page.user_errors()
def show(store: Store, run: Run, epoch: float, _reading: Reading, _at: Chosen) -> None:
    """The texts side by side, with the tokens a second of each, and where they differ."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        how = choices.one_of("It takes", SAMPLERS, key="taken")
        seed = st.number_input("Seed", 0, 9_999, key="loop_seed", bind="query-params", width=140)
    prompt = sampling.default_prompt(store, run)
    loops = _written(store, run.id, epoch, how, seed)
    checkpoint = reads.checkpoint(store, run.id, epoch, Does.WRITES)
    ids = checkpoint.codec.encode(prompt).ids
    with st.grid(len(loops), min_column_width=280, gap="medium"):
        for name, loop in loops.items():
            with st.container():
                st.markdown(f"**{TITLES[name]}**, {loop.tokens_per_second:,.0f} tokens a second")
                text = "".join(checkpoint.codec.pieces(loop.ids, int(ids[-1]) if len(ids) else None))
                generated_text.show(text, height=260)
    _compared(loops)
    shown = f"“{page.plain(prompt[:60])}{'…' if len(prompt) > 60 else ''}”"
    window = f"the last {run.config.batches.length}" if "document" in loops else "all"
    carries = "It reads both ways, so the engine has to do the same" if run.config.model.bidirectional else CARRIES
    page.note(
        f"All go on from {shown} with the same weights and the same random numbers. *{TITLES['anew']}* reads {window} "
        "tokens from the beginning for each new one, as `model.predict` in a loop does, and stops after "
        f"{writing_loops.SECONDS:g} s. {carries}. Speeds are of this machine, just now; `model.predict` itself, with "
        "its calls of TensorFlow, is measured by `python -m benchmarks.engine`."
    )
    if "document" in loops:
        page.note(
            f"Document 000 reads {DOCUMENT_READS} tokens, and moves on from the first token of the prompt: what it "
            f"takes for the next token is the one after the first {DOCUMENT_READS}, which is known already. Every "
            "answer stands too late, so its text is no text."
        )


def _compared(loops: dict[str, Loop]) -> None:
    """Whether the engine writes what a loop writes that reads all anew."""
    anew, ours = loops["anew"], loops["engine"]
    times = ours.tokens_per_second / anew.tokens_per_second
    speed = f", {times:,.0f} times as fast" if times > SAME_SPEED else ""
    apart = writing_loops.first_difference(anew.ids, ours.ids)
    if apart is None:
        st.markdown(f"## The same {len(anew.ids):,} tokens{speed}")
    else:
        st.markdown(f"## The same first {apart:,} tokens{speed}")
        page.note("Then two tokens were equally likely but for the last digits of a sum.")


@st.cache_data(max_entries=100, show_spinner="Writing", hash_funcs=reads.HASHED)
def _written(store: Store, run_id: str, epoch: float, how: str, seed: int) -> dict[str, Loop]:
    checkpoint = reads.checkpoint(store, run_id, epoch, Does.WRITES)
    ids = checkpoint.codec.encode(sampling.default_prompt(store, checkpoint.run)).ids
    return writing_loops.written(checkpoint.network, ids, LENGTH, SAMPLERS[how], seed)
