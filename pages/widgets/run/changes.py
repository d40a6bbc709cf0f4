"""What one can change about a run: fork it, pin its epochs, rename it, delete it."""

from __future__ import annotations

import streamlit as st

from pages.widgets.shared import navigation, orders, page
from rnnkit.metrics import epoch_number
from rnnkit.people import acting
from rnnkit.store import Run, Store


def show(store: Store, run: Run) -> None:
    """One row of buttons, those that make sense now."""
    with st.container(horizontal=True):
        kept = [one.epoch for one in store.kept(run.id)]
        if kept and acting.may(store, "fork_run") and st.button("Fork from an epoch", icon=":material/call_split:"):
            _fork(store, run, kept)
        if not acting.may(store, "rename_run", run):
            return
        if kept and not run.imported and st.button("Pin an epoch", icon=":material/keep:"):
            _pin(store, run)
        if not run.pretrained:
            if st.button("Rename", icon=":material/edit:"):
                orders.rename(store, run)
            if not run.active and st.button("Delete", icon=":material/delete:"):
                _delete(store, run)


@st.dialog("Fork from an epoch", icon=":material/call_split:")
@page.user_errors()
def _fork(store: Store, run: Run, kept: list[float]) -> None:
    st.markdown("The new run starts from the weights of this epoch. You can change its settings first.")
    words: dict[float, str] = {epoch: f"{epoch} · with the optimizer's state" for epoch in store.state_epochs(run.id)}
    shown = {epoch: words.get(epoch, epoch_number(epoch)) for epoch in kept}
    epoch = st.selectbox("Epoch", kept, index=len(kept) - 1, format_func=shown.__getitem__)
    if st.button("Choose settings", type="primary", icon=":material/arrow_forward:"):
        navigation.leave_for("Train", fork=run.id, epoch=str(epoch))


@st.dialog("Pin an epoch", icon=":material/keep:")
@page.user_errors()
def _pin(store: Store, run: Run) -> None:
    st.markdown(
        "A pinned epoch is kept with its optimizer state, whatever is trained later. Others are kept as the run goes "
        "on: the first three, the best, the last and some between."
    )
    moments, states = store.kept(run.id), store.state_epochs(run.id)
    words = {one.step: f"{epoch_number(one.epoch)}{' · pinned' * one.pinned}" for one in moments}
    step = st.selectbox("Epoch", list(words), index=len(words) - 1, format_func=words.__getitem__)
    chosen = next(one for one in moments if one.step == step)
    if not chosen.pinned and chosen.epoch not in states:
        st.markdown("The optimizer state of this epoch is gone: a fork from it begins the averages anew.")
    if chosen.pinned:
        st.markdown(
            "Unpinned, its weights and optimizer state are deleted at once where the run does not keep them by itself. "
            "Nothing brings them back."
        )
    if st.button("Unpin" if chosen.pinned else "Pin", type="primary", icon=":material/keep:"):
        store.pin(run.id, chosen.step, not chosen.pinned)
        orders.again()


@st.dialog("Delete this run?", icon=":material/delete:")
@page.user_errors()
def _delete(store: Store, run: Run) -> None:
    st.text(run.name)
    st.markdown(f"Its {run.epochs_done} epochs, weights and samples will be deleted.")
    orders.delete(store, [run], "Delete this run")
