"""Train: three choices, what to expect, start; the run that it becomes has a page of its own."""

import streamlit as st

from pages.widgets.shared import ask_first, navigation, new_run, page, settings_form
from pages.widgets.train import costs, three_choices
from rnnkit.people import acting

with page.start("Train", "") as store:
    begin = new_run.show(store)
    chosen = three_choices.show(store, begin)
    if chosen.expectation:
        st.info(page.plain(chosen.expectation), icon=":material/timer:")

    fit = chosen.begin
    left, right = st.columns([3, 2], gap="large")
    with left:
        name, owner = new_run.name_and_owner(store, begin)
        with st.expander("Change settings", icon=":material/tune:", key="change_settings"):
            values = settings_form.show(fit.base, fit.key, fit.fixed, chosen.given)
        navigation.race(chosen.texts[0] if len(chosen.texts) == 1 else "")
    config = settings_form.config(fit.base, {"name": name, "owner": owner, "corpus": chosen.texts, **values})
    checked = costs.check(store, config, begin.parent) if config else costs.NOTHING
    with right, st.container(key="costs"):
        costs.show(store, config, checked, fit.key)
    with st.bottom, st.container(key="start_bar", horizontal=True, vertical_alignment="center"):
        costs.figures(store, config, checked, fit.key)
        may, watches = acting.may(store, "create_runs"), "Guests of a class watch; its members train."
        pressed = st.button(
            "Start training", type="primary", icon=":material/play_arrow:", disabled=not (checked.ready and may),
            help=None if may else watches,
        )  # fmt: skip
    if pressed and config:
        ask_first.start(store, begin, config)
