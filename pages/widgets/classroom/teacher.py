"""The teacher's part of the page Class: the code for the wall, who is here, and what can be done with all of it."""

from __future__ import annotations

import time
from html import escape

import pandas as pd
import streamlit as st

from pages.widgets.classroom import address, finish, settings_of_class
from pages.widgets.shared import navigation, page
from rnnkit.metrics import spoken
from rnnkit.people import class_settings, classes, ending
from rnnkit.people.class_settings import ClassSettings
from rnnkit.people.person import Role
from rnnkit.store import Run, Store
from rnnkit.store.people import Member, OpenClass

HERE_SECONDS = 90  # since the last look of somebody who is said to be here
MOST_ACTS = 100
WALL = """<div class="wall"><div><div class="said">Code</div><div class="code">{code}</div>
<div class="said">{where}</div><div class="where">{address}</div></div>{picture}</div>
<style>
.wall {{ display: flex; flex-wrap: wrap; gap: 1rem 3rem; align-items: center; justify-content: space-between;
  padding: 1.2rem 2rem; border-radius: 0.5rem; background: light-dark(#f3eee1, #1a2540) }}
.wall .said {{ font-size: 1.1rem }}
.wall .code {{ font: 700 clamp(4rem, 13vw, 11rem)/1.1 "Source Code Pro", monospace; letter-spacing: 0.08em }}
.wall .where {{ font: 600 clamp(1.1rem, 2.6vw, 2.3rem)/1.3 "Source Code Pro", monospace; overflow-wrap: anywhere }}
.wall img {{ width: min(38vh, 20rem); max-width: 100%; height: auto; border-radius: 0.4rem }}
</style>"""


def show(store: Store) -> None:
    """All of it; what moves is looked at anew each two seconds."""
    row = store.open_class()
    if row is None:
        st.rerun()
    settings = class_settings.parse(row.settings)
    _wall(row)
    _controls(store, settings)
    people, budgets, acts, end = st.tabs(
        [
            ":material/group: Members",
            ":material/tune: Settings",
            ":material/history: Acts",
            ":material/inventory_2: Collect and end",
        ]
    )
    with people:
        st.fragment(_members, run_every=2.0)(store, row.id)
    with budgets:
        _settings(store, settings)
    with acts:
        _acts(store)
    with end:
        finish.show(store)


@page.user_errors()
def _wall(row: OpenClass) -> None:
    """Code, address and QR code, to be read from the last row."""
    found = address.addresses()
    if len(found) > 1 and len({one.url for one in found}) > 1:
        chosen = st.selectbox("Address", found, format_func=lambda one: one.short, label_visibility="collapsed")
    else:
        chosen = found[0]
    if chosen.url:
        link = f"{chosen.url}?class={row.code}"
        picture = f'<img alt="QR code of {escape(link)}" src="{address.qr(link)}">'
        st.html(WALL.format(code=row.code, where="Open in a browser", address=escape(chosen.short), picture=picture))
    else:
        st.html(WALL.format(code=row.code, where="", address="", picture=""))
        st.fragment(_address_comes, run_every=1.0)(chosen.problem)


def _address_comes(problem: str) -> None:
    st.warning(page.plain(problem), icon=":material/wifi_find:")
    if any(one.url for one in address.addresses()):
        st.rerun()


def _controls(store: Store, settings: ClassSettings) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        if settings.paused:
            if st.button("Go on", type="primary", icon=":material/play_arrow:"):
                _change(store, paused=False)
            st.markdown("**All trainings are paused.**", width="content")
        elif st.button("Pause all", icon=":material/pause:"):
            _change(store, paused=True)
        with st.popover("Stop all trainings", icon=":material/stop:"):
            st.markdown("What the pupils train stops; their finished epochs stay.")
            if st.button("Stop all", type="primary"):
                count = classes.stop_all(store)
                st.toast(f"{count} runs were asked to stop.", icon=":material/stop:")
        for name in ("Wall", "Quiz", "Lessons"):
            if navigation.exists(name):
                navigation.link(name, name)


def _change(store: Store, **changes: object) -> None:
    classes.change(store, **changes)
    st.rerun()


@page.user_errors()
def _members(store: Store, class_id: str) -> None:
    row = store.open_class()
    if row is None or row.id != class_id:
        st.rerun()
    members = [one for one in store.members() if one.role != Role.TEACHER]
    if not members:
        st.info("Nobody has joined yet. This list grows by itself.", icon=":material/hourglass_empty:")
        return
    now, runs = time.time(), [run for run in store.runs() if run.member is not None]
    here = sum(now - one.seen_at < HERE_SECONDS for one in members)
    st.markdown(f"**{here} here**, {len(members)} have joined")
    rows = [_line(one, [run for run in runs if run.member == one.id], now) for one in members]
    st.dataframe(pd.DataFrame(rows), hide_index=True, width="stretch", height=min(38 * len(rows) + 40, 420))
    names = {one.id: one.nickname or "Guest" for one in members}
    with st.popover("Remove somebody", icon=":material/person_remove:"):
        gone = st.selectbox("Who", list(names), format_func=names.__getitem__, key="class/remove")
        st.markdown("Texts and runs of this person are deleted for good. With the code one can join again.")
        if st.button("Remove", type="primary") and gone in names:
            ending.remove(store, gone)
            st.rerun()


def _line(member: Member, runs: list[Run], now: float) -> dict[str, str | int]:
    """A member as a line of the table: the newest run says how things stand."""
    live = [run for run in runs if run.live]
    newest = next(iter(live), None) or next(iter(runs), None)
    ago = now - member.seen_at
    return {
        "Nickname": member.nickname or "Guest",
        "State": f"{newest.status}, {newest.name}" if newest else "no run",
        "Runs": len(runs),
        "Trained": spoken(sum(run.train_seconds for run in runs)) if runs else "",
        "Seen": "here" if ago < HERE_SECONDS else f"{spoken(ago)} ago",
    }


def _settings(store: Store, settings: ClassSettings) -> None:
    page.note(
        "Another browser becomes the teacher's by the PIN: it stands in the terminal, and `rnnkit class pin` makes "
        "a new one."
    )
    with st.form("class settings", border=False):
        values = settings_of_class.lesson(settings)
        st.markdown("**What each pupil may use**")
        values["budget"] = settings_of_class.budget(settings.budget)
        if st.form_submit_button("Save", type="primary", icon=":material/check:"):
            with page.user_errors():
                classes.change(store, **values)
                st.toast("Saved: it holds for what is started from now on.", icon=":material/check:")


def _acts(store: Store) -> None:
    acts = store.acts(MOST_ACTS)
    if not acts:
        page.note("Nothing has been done yet.")
        return
    times = [time.strftime("%H:%M:%S", time.localtime(one.at)) for one in acts]
    rows = [
        {"When": at, "Who": one.who, "Did": one.act, "What": one.name or one.kind}
        for at, one in zip(times, acts, strict=True)
    ]
    st.dataframe(pd.DataFrame(rows), hide_index=True, width="stretch", height=min(38 * len(rows) + 40, 420))
    if st.button("Look again", icon=":material/refresh:"):
        st.rerun()
