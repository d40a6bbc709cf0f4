"""What this server has in mind of a class: forgotten when the class ends, and when somebody leaves it.

That are the caches of pages, of the library and of the database's statements, sessions whose browser is gone, and files
that were to be downloaded. Draws nothing.
"""

from __future__ import annotations

import functools
import gc

import sqlalchemy as sa
import streamlit as st
from streamlit import runtime

COLLECTED = "_collected"  # the ZIP of a class that was made last, in the memory of a teacher's session
_OURS = ("rnnkit", "pages")


def forget() -> None:
    """Nothing that members wrote, trained or are called stays here; what others need is worked out again."""
    for kept in (st.cache_data, st.cache_resource):
        kept.clear()
    for one in gc.get_objects():
        if isinstance(one, functools._lru_cache_wrapper) and _is_ours(one):
            one.cache_clear()
        elif isinstance(one, sa.Engine):
            one.clear_compiled_cache()  # statements stay there with the values that they were first made with
    if runtime.exists():
        _sessions(runtime.get_instance())


def _is_ours(cached: functools._lru_cache_wrapper) -> bool:
    """Whether it may hold what was read: a bounded one. The others hold what is the same for ever."""
    ours = (getattr(cached, "__module__", None) or "").partition(".")[0] in _OURS
    return ours and cached.cache_parameters()["maxsize"] is not None


def _sessions(server: runtime.Runtime) -> None:
    """Those that wait for a browser to come back are closed, with what was typed into them."""
    sessions, active = server._session_mgr, {one.session.id for one in server._session_mgr.list_active_sessions()}
    for info in sessions.list_sessions():
        if info.session.id not in active:
            server.close_session(info.session.id)
        elif COLLECTED in info.session.session_state:
            del info.session.session_state[COLLECTED]
    for _ in range(2):  # a file to be downloaded goes when it is met for the second time without a session
        server.media_file_mgr.remove_orphaned_files()
