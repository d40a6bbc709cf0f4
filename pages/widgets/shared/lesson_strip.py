"""The strip of a lesson over any page: where one is, what to do there, back and next. Knows no page and no lesson.

The address has lesson and step (`?lesson=write&step=3`); the session carries them to pages that one walks to otherwise.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NoReturn

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from pages.widgets.shared import class_lesson, navigation
from rnnkit.lessons import addresses, lesson
from rnnkit.lessons.addresses import LESSON, STEP
from rnnkit.lessons.lesson import Lesson
from rnnkit.store import Store

_AT = "_lesson"  # (name, step) that this session is at
_TOLD = "_lesson_told"  # what a class was told last, and this session has followed
_KEY, _ASKED = "lesson_strip", "_lesson_asked"
COOKIE = "rnnkit_lesson_"  # with a lesson's name: the step at which this browser was last


def where() -> tuple[Lesson, int] | None:
    """The lesson and the step, from 1, that one is at; None outside of lessons."""
    name, step = st.query_params.get(LESSON), st.query_params.get(STEP, "1")
    if name is None:
        name, step = st.session_state.get(_AT, ("", "1"))
    return _step(name, step)


def _step(name: str, step: str) -> tuple[Lesson, int] | None:
    found = lesson.find(name) if name else None
    if found is None:
        return None
    number = int(step) if step.isascii() and step.isdecimal() and len(step) < 4 else 1
    return found, min(max(1, number), len(found.steps))


def go(name: str, step: int) -> NoReturn:
    """Show a step: its page, with the controls as its address has them, whatever they were."""
    found = lesson.find(name)
    to = found.steps[step - 1].to if found else addresses.read("Lessons")
    _let_go_of(to.place.parameters)
    st.session_state[_AT] = (name, str(step))
    navigation.leave_for(to.page, **{**to.parameters, LESSON: name, STEP: str(step)})


def _let_go_of(parameters: Iterable[str]) -> None:
    """What these controls hold is forgotten, and that the address is theirs to change.

    To the page that one is on, Streamlit refuses an address with parameters that its widgets are bound to, and has no
    public way to part them.
    """
    for key in parameters:
        st.session_state.pop(key, None)
    context = get_script_run_ctx()
    if context is None:
        return
    with context.session_state.query_params() as address:
        for key in parameters:
            if binding := address.get_binding_for_param(key):
                address.unbind_widget(binding.widget_id)


def reached(one: Lesson) -> int:
    """The step at which this browser was last, 1 where it was at none."""
    step = st.context.cookies.get(f"{COOKIE}{one.name}", "")
    return min(int(step), len(one.steps)) if step.isascii() and step.isdecimal() and 0 < len(step) < 4 else 1


def end() -> None:
    """Leave the lesson, and stay on the page."""
    st.session_state.pop(_AT, None)
    for name in (LESSON, STEP, addresses.HIDE):
        st.query_params.pop(name, None)


def show(component: Any, page: str, store: Store | None) -> None:
    """The strip, where one is in a lesson; what was pressed on it leads to another step before this page is drawn.

    Args:
        component: the one that `page.component` makes of this file.
        page: the name of the page that one is on.
        store: in the hands of whoever looks; None while it is away.
    """
    asked = st.session_state.pop(_ASKED, "")
    of_class = class_lesson.told(store, anew=asked == "follow")
    if asked == "end":
        end()
    if of_class.takes_along and st.session_state.get(_TOLD) != of_class.sign:
        st.session_state[_TOLD] = of_class.sign
        if of_class.led or where() is None:
            go(of_class.name, of_class.step)
    at = _step(of_class.name, str(of_class.step)) if of_class.takes_along and of_class.led else where()
    if at is None:
        if of_class.follows:
            component(key=_KEY, data={"number": 0, "heard": of_class.sign, "follows": True}, on_asked_change=_heard)
        return
    found, number = at
    of_class = class_lesson.asked(store, of_class, asked, found.name, number)
    moved = {"next": min(number + 1, len(found.steps)), "back": max(1, number - 1), "here": number}
    if asked in moved:
        class_lesson.goes_along(store, of_class, found.name, moved[asked])
        go(found.name, moved[asked])
    _remember(found, number)
    component(key=_KEY, data=_data(found, number, page) | of_class.said(), on_asked_change=_heard)


def _remember(found: Lesson, number: int) -> None:
    st.session_state[_AT] = (found.name, str(number))
    if (st.query_params.get(LESSON), st.query_params.get(STEP)) != st.session_state[_AT]:
        st.query_params.update({LESSON: found.name, STEP: str(number)})


def _heard() -> None:
    """What was pressed, and when; the browser may send anything."""
    st.session_state[_ASKED] = str(st.session_state[_KEY].asked).partition(" ")[0]


def _data(found: Lesson, number: int, page: str) -> dict[str, Any]:
    step = found.steps[number - 1]
    sentences = {"do": step.do, "look": step.look, "asked": step.question, "answered": step.answer}
    return {
        "name": found.name, "title": found.title, "language": found.language, "number": number,
        "count": len(found.steps), "step": step.title, "minutes": step.minutes, "left": found.minutes_left(number),
        "away": _is_elsewhere(step.to, page),
        **{name: lesson.pieces(text) for name, text in sentences.items()},
    }  # fmt: skip


def _is_elsewhere(to: addresses.Address, page: str) -> bool:
    """Whether one has walked to another page, or to another tab of a run, than the step's."""
    return page != to.page or (page == addresses.RUN and st.query_params.get("tab", "watch") != to.tab)
