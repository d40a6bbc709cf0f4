"""What was deleted: an Undo right after the act, and the list of what can be brought back."""

from __future__ import annotations

import apptest
import pytest
import tiny
from streamlit.testing.v1 import AppTest

from rnnkit.store import Store
from rnnkit.texts import own


def press(app: AppTest, label: str) -> AppTest:
    [first, *_] = [element for element in app.button if element.label == label]
    return first.click().run()


def labels(app: AppTest) -> list[str]:
    return [element.label for element in app.button]


def said(app: AppTest) -> str:
    return "\n".join(line.value.replace("\\", "").replace("\u2060", "") for line in app.markdown)


def after_deleting(store: Store, names: dict[str, str]) -> AppTest:
    """The page as it is after a dialog has deleted those runs: AppTest cannot press what stands in one."""
    for run in names:
        store.delete_run(run)
    app = apptest.visit("2_Runs")
    app.session_state["_last_deleted"] = names
    return app.run()


def test_a_deleted_run_comes_back_by_undo(store: Store):
    run = tiny.run(store, name="My *run*")
    app = after_deleting(store, {run: "My *run*"})
    assert "Deleted: My *run*." in said(app)
    app = press(app, "Undo")
    assert [one.id for one in store.runs()] == [run]
    assert "Undo" not in labels(app)
    assert not app.exception


def test_a_duel_comes_back_whole(store: Store):
    runs = [tiny.run(store, name=name) for name in "ab"]
    press(after_deleting(store, dict.fromkeys(runs, "x")), "Undo")
    assert {one.id for one in store.runs()} == {*runs}


def test_what_is_dismissed_is_offered_no_longer_but_stays_in_the_list(store: Store):
    text = own.add(store, tiny.TEXT, "Diary")
    app = apptest.visit("6_Texts", corpus=text)
    app.button(key="delete").click().run()
    app = press(app, "Dismiss")
    assert "Undo" not in labels(app)
    assert [one.label for one in app.expander][-1] == "Deleted in the last day (1)"
    app.button(key=f"restore {text}").click().run()
    assert [row.name for row in store.texts()] == [text]
    assert not app.exception


def test_home_lists_what_was_deleted_and_deletes_it_for_good_after_a_question(store: Store):
    run = tiny.run(store, name="<b>gone</b>")
    store.delete_run(run)
    app = apptest.visit()
    assert f"Run **<b>gone</b>**, {run}: 24 h left" in said(app)
    app.button(key=f"purge {run}").click().run()
    assert store.trash() == []
    assert not [one for one in app.expander if one.label.startswith("Deleted")]


@pytest.mark.parametrize("status", ["stopped", "finished"])
def test_the_page_says_which_runs_need_a_text_and_what_will_not_work(store: Store, status: str):
    text = own.add(store, tiny.TEXT, "Diary")
    tiny.run(store, corpus=f"cookbook+{text}", status=status, name="needy")
    app = apptest.visit("6_Texts", corpus=text)
    words = "These runs train on it" if status == "stopped" else "can no longer be forked on it"
    assert words in said(app)
    assert any("needy" in link.proto.label for link in app.get("page_link"))
    assert (status == "finished") == any(one.key == "delete" for one in app.button)


def test_of_two_who_restore_the_same_the_second_gets_a_sentence(store: Store):
    run = tiny.run(store)
    store.delete_run(run)
    app = apptest.visit()
    store.undelete(run)
    app.button(key=f"restore {run}").click().run()
    assert "deleted within a day" in "".join(one.value for one in app.error).replace("\\", "").replace("\u2060", "")


def test_an_undo_that_comes_too_late_is_said(store: Store):
    run = tiny.run(store)
    app = after_deleting(store, {run: "x"})
    store.delete_run(run, now=True)
    app = press(app, "Undo")
    assert "deleted within a day" in "".join(one.value for one in app.error).replace("\\", "").replace("\u2060", "")
    assert "Undo" not in labels(app.run())
