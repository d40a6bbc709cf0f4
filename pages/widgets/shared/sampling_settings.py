"""What is to be written: prompt, seed, length, temperatures and the sampling rules. All of it lives in the address."""

from __future__ import annotations

from typing import Any

import streamlit as st

from rnnkit.config import SamplingConfig
from rnnkit.engine import RULES, Sampler
from rnnkit.studies import sampling
from rnnkit.studies.sampling import SampleSettings
from rnnkit.texts.tokenizers import Tokenizer

PROMPT_CHARS = 2000
WIDTH = 132  # pixels of a number, two of which stand side by side in a narrow column
RANDOM, RANDOM_LENGTH = 50, 1000  # symbols to begin with and to write, as in document 003
TEMPERATURES = (0.0, 0.2, 0.3, 0.5, 0.7, 1.0, 1.2, 1.5)


def prompt_box(own_prompt: str, *, key: str, most: int = PROMPT_CHARS, continues: str = "The text to continue.") -> str:
    """What is typed, else `own_prompt`, which stands there in grey; in the address as ?key=."""
    typed = st.text_area(
        "Prompt", key=key, bind="query-params", height=80, max_chars=most,
        placeholder=own_prompt.replace("\n", "⏎"),  # what comes after a line end would be hidden
        help=f"{continues} Empty: the prompt of the run's own samples, shown in grey.",
    )  # fmt: skip
    return typed or own_prompt


def show(
    own_prompt: str, *, length: int, temperatures: list[float], rules: bool = False, tokenizer: Tokenizer | None = None
) -> SampleSettings:
    """The settings chosen.

    Args:
        own_prompt: the prompt while none is typed.
        length, temperatures: to begin with.
        rules: also show greedy, top-k and top-p, folded away.
        tokenizer: also offer a prompt of random symbols there.
    """
    fields = SamplingConfig.model_fields
    prompt = prompt_box(own_prompt, key="prompt")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        chosen = st.pills(
            "Temperatures", TEMPERATURES, selection_mode="multi", default=temperatures, key="temperatures",
            bind="query-params", format_func=lambda value: f"{value:g}", help=fields["temperatures"].description,
            wrap=True,
        )  # fmt: skip
        field: dict[str, Any] = {"bind": "query-params", "width": WIDTH}
        length = st.number_input("Length", 10, 5000, length, 50, key="length", **field)
        seed = st.number_input("Seed", 0, 2**31 - 1, 0, key="seed", help=fields["seed"].description, **field)
    more: dict[str, Any] = {}
    if rules:
        with st.expander("Top k, top p, greedy", icon=":material/tune:", key="rules"):
            more = _rules(field)
            if tokenizer:
                _random(tokenizer)
    return SampleSettings(prompt, tuple(sorted(chosen)), length, seed, **more)


def _random(tokenizer: Tokenizer) -> None:
    kind = tokenizer.config.kind
    st.button(
        f"Random prompt: {kind}", icon=":material/casino:", key="random_prompt", on_click=_draw, args=(tokenizer,),
        help=f"The recipe lecture's way: {RANDOM} {kind} sampled uniformly with the seed, then {RANDOM_LENGTH:,} by "
        "the network. Press again for the next seed.",
    )  # fmt: skip


def _draw(tokenizer: Tokenizer) -> None:
    """Prompt, seed and length are the widgets' own, and so in the address."""
    state = st.session_state
    drawn = sampling.random_prompt(tokenizer, RANDOM, state["seed"])
    if state["prompt"] == drawn:
        state["seed"] += 1
        drawn = sampling.random_prompt(tokenizer, RANDOM, state["seed"])
    state["prompt"], state["length"] = drawn[:PROMPT_CHARS], RANDOM_LENGTH


def _rules(field: dict[str, Any]) -> dict[str, Any]:
    """Greedy, and one control for each rule of the engine but the temperature, which has its own."""
    settings: dict[str, Any] = {}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        for name in [name for name in RULES if name != "temperature"]:
            rule, kind = RULES[name], type(getattr(Sampler(), name))
            settings[name] = st.number_input(
                rule.title, kind(rule.minimum), kind(rule.maximum), kind(rule.neutral), 0.05 if kind is float else 1,
                key=name, help=rule.description, **field,
            )  # fmt: skip
        said = "Always the most probable token."
        settings["greedy"] = st.toggle("Greedy", key="greedy", bind="query-params", help=said)
    return settings
