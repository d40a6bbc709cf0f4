"""Controls that an address hides, as `?hide=seed,sidebar`: what is left is what a lesson speaks of. Knows no page.

The names are those of rnnkit/lessons/addresses.py: keys of widgets, and a few places that have no key of their own.
"""

from __future__ import annotations

import streamlit as st

from rnnkit.lessons import addresses
from rnnkit.lessons.addresses import Address

_PLACES = {
    "sidebar": ':is([data-testid="stSidebar"], [data-testid="stExpandSidebarButton"])',
    "tabs": '.st-key-run_tab [role="tablist"]',
}


def hide(page: str) -> None:
    """Leave out what the address of this page names; a name that it does not know is no name."""
    known = addresses.controls(Address(page, st.query_params.to_dict()))
    names = [name for name in st.query_params.get(addresses.HIDE, "").split(",") if name in known]
    if names:
        places = ", ".join(_PLACES.get(name, f".st-key-{name}") for name in names)
        st.html(f"<style>{places} {{ display: none !important }}</style>")
