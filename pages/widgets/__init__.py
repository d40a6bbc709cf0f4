"""Streamlit pieces used by several pages; each is a function `show(...) -> value`."""
