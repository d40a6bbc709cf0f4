"""The temperature lab below its run: settings, one text under the lens, many temperatures, ways to choose.

What a network wrote is shown letter by letter, never as Markdown.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import streamlit as st

from pages.widgets.shared import letters, page, symbol_strip
from rnnkit.charts import distributions
from rnnkit.config import SamplingConfig
from rnnkit.engine import RULES, Sampler, Trace
from rnnkit.store import Run
from rnnkit.studies import temperature_lab
from rnnkit.studies.sampling import LAST
from rnnkit.studies.temperature_lab import AFTER, BEFORE, Bench, Column

TEMPERATURES = (0.2, 0.5, 0.7, 1.0, 1.2, 1.5)
MANY_BEAMS = 32


class Settings(NamedTuple):
    """How a text is written; `prompt` is None for the run's own."""

    epoch: str
    prompt: str | None
    sampler: Sampler
    seed: int
    length: int


def settings(kept: Sequence[int], own_prompt: str) -> Settings:
    """All that a text depends on, in the address.

    The names there are not those of the Sample page: Streamlit would take them for that page's own and
    drop them from a link that leads from there to here.
    """
    field = {"bind": "query-params", "width": 150}
    prompt = st.text_area(
        "Prompt", key="lab_prompt", bind="query-params", height=80, max_chars=2000,
        placeholder=letters.in_one_line(own_prompt),
        help="What the network goes on from. Empty: what the run's own samples go on from, shown in grey.",
    )  # fmt: skip
    with st.container(horizontal=True, vertical_alignment="bottom"):
        epoch = st.selectbox("Epoch", [*map(str, kept), LAST], index=len(kept), key="epoch", **field)
        chosen: dict[str, Any] = {}
        for name, rule in RULES.items():
            kind = type(getattr(Sampler(), name))
            first, most = _FIRST.get(name, (rule.neutral, rule.maximum))
            chosen[name] = st.number_input(
                rule.title, kind(rule.minimum), kind(most), kind(first), 0.05 if kind is float else 1,
                key=f"lab_{name}", help=rule.description, **field,
            )  # fmt: skip
        seed_help = SamplingConfig.model_fields["seed"].description
        seed = st.number_input("Seed", 0, 2**31 - 1, 0, key="lab_seed", help=seed_help, **field)
        length = st.number_input("Symbols", 10, temperature_lab.MAX_LENGTH, 200, 50, key="symbols", **field)
    return Settings(epoch, prompt or None, Sampler(**chosen), seed, length)


def link(run: Run, epoch: str, written: dict[str, Any]) -> None:
    """A way to the lab for a text written with these settings, as `rnnkit.sampling.write` takes them."""
    first = {"temperature": 0.0 if written["greedy"] else written["temperatures"][-1]}
    same = {f"lab_{name}": f"{(written | first)[name]}" for name in ("prompt", "seed", *RULES)}
    st.page_link(
        "pages/4_Temperature_lab.py", label="Every symbol in the temperature lab",
        icon=":material/experiment:",
        query_params={"run": run.id, "epoch": epoch, **same},
    )  # fmt: skip


# What a rule is at first, and the most of it that is of use here.
_FIRST = {"temperature": (0.7, 3.0)}


def one_text(at: Bench, wanted: Settings) -> None:
    """A text, one symbol of it picked: its distributions, and others to write in its place."""
    turns = _turns(at.run)
    text = temperature_lab.trace(at, wanted.sampler, length=wanted.length, seed=wanted.seed, turns=turns)
    symbols = temperature_lab.symbols(at, text)
    strip = st.container()
    left, right = st.columns([2, 3], gap="large")
    with left:
        place = _choose(wanted.length)
        _figures(symbols.iloc[place])
        _alternatives(at, text, place, turns)
    with right:
        _distribution(at, text, place)
    with strip:
        symbol_strip.show(at.prompt, symbols, at=place, turns=turns, key="strip", on_pick=_pick)
        _explain_bars(max(symbols.before.max(), symbols.after.max()))
    if turns:
        _unbranched(at, wanted)


def _explain_bars(most: float) -> None:
    page.note(
        f"Under each symbol, in bits, how unsure the choice was. :blue[Blue]: what the network {BEFORE}. "
        f":orange[Orange]: what it was {AFTER}, after temperature, top-k and top-p. The longest bar is {most:.1f} "
        "bits. Click a symbol, or use the arrow keys."
    )


def _turns(run_id: str) -> dict[int, int]:
    """The branch in the address, ?branch=RUN.17:42, and the way back from it; another run's means nothing here."""
    owner, _, written = st.query_params.get("branch", "").partition(".")
    if owner != run_id:
        return {}
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button("Back to the first text", icon=":material/undo:", on_click=_leave_branch)
        turns = temperature_lab.read_turns(written)
        places = ", ".join(str(place + 1) for place in sorted(turns))
        st.markdown(f"A branch: you chose symbol {places}. The link in the address keeps it.")
    return turns


def _leave_branch() -> None:
    st.query_params.pop("branch", None)


def _pick(place: int) -> None:
    st.session_state["at"] = place + 1


def _choose(length: int) -> int:
    """The place that is looked at, 0 for the first symbol; a shorter text ends the choice."""
    number = st.number_input("Symbol number", 1, temperature_lab.MAX_LENGTH, key="at", bind="query-params", width=170)
    return min(number, length) - 1


def _figures(symbol) -> None:
    """What stands there, and how sure the network was."""
    st.markdown(f"**{page.plain(symbol.symbol)}** was written; its chance was **{symbol.probability:.1%}**.")
    with st.container(horizontal=True):
        st.metric("Entropy before", f"{symbol.before:.2f} bits", border=True)
        st.metric("Entropy after", f"{symbol.after:.2f} bits", border=True)


def _alternatives(at: Bench, text: Trace, place: int, turns: dict[int, int]) -> None:
    """Symbols that could stand here; choosing one goes on from it, with the same seed."""
    rows = temperature_lab.distribution(at, text, place)
    others = rows[(rows.id >= 0) & ~rows.chosen].set_index("id")
    st.pills(
        "Write another symbol here, and go on from it with the same seed", others.index.tolist(), key="turn",
        format_func=lambda symbol: page.plain(f"{others.symbol[symbol]} {_percent(others.before[symbol])}"),
        on_change=_branch, args=(at.run, turns, place), wrap=True,
    )  # fmt: skip


def _percent(chance: float) -> str:
    return f"{chance:.1%}" if chance >= 0.0005 else "<0.1%"


def _branch(run_id: str, turns: dict[int, int], place: int) -> None:
    symbol, st.session_state["turn"] = st.session_state["turn"], None
    if symbol is not None:
        st.query_params["branch"] = (
            f"{run_id}.{temperature_lab.write_turns(temperature_lab.turned(turns, place, symbol))}"
        )


def _distribution(at: Bench, text: Trace, place: int) -> None:
    rows = temperature_lab.distribution(at, text, place)
    st.altair_chart(
        distributions.before_and_after(rows, BEFORE, AFTER), alt="Chances of the likeliest symbols, before and after"
    )


def _unbranched(at: Bench, wanted: Settings) -> None:
    st.markdown("**The first text**, without your symbols")
    text = temperature_lab.trace(at, wanted.sampler, length=wanted.length, seed=wanted.seed)
    st.code(at.prompt + at.text(text.ids), language=None, wrap_lines=True)


def temperatures(at: Bench, wanted: Settings) -> None:
    """One seed, six temperatures."""
    samplers = [Sampler(one, wanted.sampler.top_k, wanted.sampler.top_p) for one in TEMPERATURES]
    _columns(at, temperature_lab.temperatures(at, samplers, length=wanted.length, seed=wanted.seed), wanted, 3)
    _explain()


def ways(at: Bench, wanted: Settings) -> None:
    """The likeliest symbol each time, the likeliest text, and drawing."""
    width = st.slider(
        "Beams", 1, MANY_BEAMS, 8, key="beams", bind="query-params", width=360,
        help="How many texts beam search keeps at each step. More find likelier texts.",
    )  # fmt: skip
    found = temperature_lab.ways(at, wanted.sampler, length=wanted.length, seed=wanted.seed, width=width)
    _columns(at, found, wanted, 3)
    _explain()


def _columns(at: Bench, columns: Sequence[Column], wanted: Settings, across: int) -> None:
    with st.grid(across, min_column_width=280):
        for column in columns:
            with st.container():
                bits = -column.log_probability / wanted.length / temperature_lab.NATS_PER_BIT
                st.markdown(f"**{column.title}**")
                st.code(at.prompt + column.text, language=None, wrap_lines=True)
                page.note(f"Score {column.log_probability:,.1f} nats, {bits:.2f} bits a symbol.")


def _explain() -> None:
    page.note(
        "The score is the sum of the logarithms of all the chances that the network itself gave, before any rule: the "
        "nearer to 0, the likelier the text. The likeliest text is seldom the best to read."
    )
