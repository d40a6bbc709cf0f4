"""What the temperature lab writes with: prompt, epoch, sampling rules, seed and length, all in the address."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from pages.widgets.shared import sampling_settings
from rnnkit.config import SamplingConfig
from rnnkit.engine import RULES, Sampler
from rnnkit.metrics import epoch_number
from rnnkit.studies import temperature_lab
from rnnkit.studies.checkpoint import LAST
from rnnkit.studies.sampling import SampleSettings

# What a rule is at first, and the most of it that is of use here.
_FIRST = {"temperature": (0.7, 3.0)}


def choose(kept: Sequence[float], own_prompt: str) -> tuple[str, SampleSettings]:
    """The epoch, and all else that a text depends on, in the address.

    The names there are not those of the tab Sample, so that each tab keeps its own.
    """
    field: dict[str, Any] = {"bind": "query-params", "width": sampling_settings.WIDTH}
    prompt = sampling_settings.prompt_box(own_prompt, key="lab_prompt")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        epoch = st.selectbox(
            "Epoch",
            [*dict.fromkeys(map(epoch_number, kept)), LAST],
            index=len(set(map(epoch_number, kept))),
            key="epoch",
            **field,
        )
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
        length = st.number_input("Tokens", 10, temperature_lab.MAX_LENGTH, 200, 50, key="symbols", **field)
    temperature = chosen.pop("temperature")
    return epoch, SampleSettings(prompt, (temperature,), length, seed, **chosen)
