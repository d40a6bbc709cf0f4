"""Tests of pages under Streamlit's AppTest, which runs a page's script in this process."""

from __future__ import annotations

import functools
import gc
from collections.abc import Callable, Iterator

import apptest
import pytest
import streamlit as st
from streamlit.components.v2 import manifest_scanner
from streamlit.testing.v1 import AppTest


@pytest.fixture(scope="session", autouse=True)
def _components_are_looked_for_once() -> Iterator[None]:
    """AppTest reads the metadata of every installed package before each first run: 0.2 s, 80 % of a page's test."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            manifest_scanner,
            "scan_component_manifests",
            functools.cache(manifest_scanner.scan_component_manifests),
        )
        yield


@pytest.fixture(autouse=True)
def _quick_collections() -> Iterator[None]:
    """Streamlit collects garbage after each run of a script: beside what other tests have loaded that takes seconds."""
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.fixture(autouse=True)
def _alone(nobody_trains) -> None:
    """Nothing that another test saw is remembered."""
    st.cache_data.clear()


@pytest.fixture
def visit(request: pytest.FixtureRequest) -> Callable[..., AppTest]:
    """Opens the page that the test's module is of, its PAGE, at an address that begins with its ADDRESS."""
    return functools.partial(apptest.visit, request.module.PAGE, **getattr(request.module, "ADDRESS", {}))
