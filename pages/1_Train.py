"""Train: choose, see what it costs, start; the run that it becomes has a page of its own."""

import streamlit as st

from pages.widgets.shared import ask_first, new_run, page, settings_form
from pages.widgets.train import costs

LINE = "Choose a text and a network, start, and watch it learn."

with page.start("Train", LINE) as store:
    choose, see = st.columns([3, 2], gap="large")
    with choose:
        begin = new_run.show(store)
        texts = new_run.texts(store, begin)
        fit = new_run.fitted(store, begin, texts)
        chosen = ("training.seconds",) if fit is not begin else ()
        values = {"corpus": texts, **settings_form.show(fit.base, fit.key, fit.fixed, chosen)}

    with see:
        name, owner = new_run.name_and_owner(begin)
        config = settings_form.config(fit.base, {"name": name, "owner": owner, **values})
        start = st.empty()
        ready = config is not None and costs.show(store, config, fit.key, begin.parent)
        pressed = start.button(
            "Start training", type="primary", icon=":material/play_arrow:", disabled=not ready, width="stretch"
        )
        if pressed and config is not None:
            ask_first.start(store, begin, config)
