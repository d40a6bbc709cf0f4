"""A page under Streamlit's AppTest, at an address, as a browser would ask for it."""

from __future__ import annotations

from pathlib import Path

from streamlit.testing.v1 import AppTest

ROOT = Path(__file__).parents[2]


def visit(name: str = "", **address: str | list[str]) -> AppTest:
    """The page of the file `name` in pages/, Home without one; `address` is what stands behind the question mark."""
    app = AppTest.from_file(ROOT / "dashboard.py", default_timeout=60)
    if name:
        app.switch_page(f"pages/{name}.py")
    for key, value in address.items():
        app.query_params[key] = value
    app.run()
    assert not app.exception
    return app
