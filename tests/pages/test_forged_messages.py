"""What a browser may send in place of what a widget gives: a page answers with its own values, or with a sentence."""

from __future__ import annotations

import apptest
import classified
import paired
import pytest
import tiny
from streamlit.proto.WidgetStates_pb2 import WidgetState
from streamlit.testing.v1 import AppTest

from pages.widgets.run import tabs
from rnnkit.store import Store

LONG = "\x00\x1b[31m\u202e'\"<b>&" + "x y\n" * 50_000
# By the kind of a widget's message: what no widget of that kind sends. What is no number or no JSON Streamlit refuses.
FORGED = {
    "string_value": [LONG, "no such option", "../../etc/passwd", ""],
    "int_value": [2**62, -(2**62), -1],
    "double_value": [-1e300, 1e300, 0.5],
    "double_array_value": [[float("nan")], [1e300], [1.0, 2.0, 3.0], []],
    "int_array_value": [[10**6], [-1], [0] * 1000],
    "string_array_value": [["no such option"] * 1000, [LONG], ["", "\ud7ff"]],
    "json_value": ["[]", '"x"', "null", '{"asked": [], "picked": {}}', '{"asked": {"number": [], "text": 5}}',
                   '{"asked": {"number": 1e400, "text": null}}', '{"asked": {"number": true, "text": "\\u0000"}}',
                   '{"picked": 1e400, "moved": {}, "asked": "x"}', "{}"],
    "json_trigger_value": ['[{"event": "picked"}, {"event": "moved", "value": []}, {"event": "asked", "value": 7}]',
                           '"x"', "[1]", '[{"event": []}]'],
}  # fmt: skip


def widgets(app: AppTest) -> list[WidgetState]:
    """The messages of all widgets of a page as they stand, with those of components, which AppTest leaves out."""
    states = list(app._tree.get_widget_states().widgets)
    components = app.get("bidi_component")
    states += [WidgetState(id=one.proto.id, json_value="{}") for one in components]
    events = [f"$$STREAMLIT_INTERNAL_KEY_{one.proto.id}__events" for one in components]
    return states + [WidgetState(id=name, json_trigger_value="[]") for name in events]


def send(app: AppTest, states: list[WidgetState]) -> AppTest:
    """Run the page as after such messages."""
    message = app._tree.get_widget_states()
    del message.widgets[:]
    message.widgets.extend(states)
    return app._run(message)


def forged(state: WidgetState, place: int) -> WidgetState:
    """The same message with something else in it."""
    kind = state.WhichOneof("value")
    if kind not in FORGED:
        return state
    value = FORGED[kind][place % len(FORGED[kind])]
    changed = WidgetState(id=state.id)
    if kind.endswith("array_value"):
        getattr(changed, kind).data.extend(value)
    else:
        setattr(changed, kind, value)
    return changed


def wrong(app: AppTest) -> list[str]:
    """Faults of ours; a sentence about what was sent is none."""
    faults = [error.value for error in app.exception]
    return faults + [error.value for error in app.error if "went wrong in rnnkit" in error.value]


def _language_model(store: Store) -> str:
    return tiny.run(store, corpus="cookbook-9000", batches={"length": 20})


# Page -> the run that it shows at first, and what else stands in its address.
PAGES = {
    "": (_language_model, {}),
    "1_Train": (None, {}),
    "1_Train of a fork": (_language_model, {"epoch": "2"}),
    "2_Runs": (_language_model, {}),
    "3_Compare": (_language_model, {}),
    "4_Other_tasks": (classified.run, {"text": "a good film"}),
    "6_Texts": (None, {}),
    **{f"7_Run {tab}": (_language_model, {"tab": tab}) for tab in tabs.TABS if tab != "try"},
    "7_Run forecasts": (tiny.forecaster, {"tab": "try"}),
    "7_Run translates": (paired.run, {"tab": "try"}),
    "7_Run writes lines": (lambda store: paired.run(store, "one-to-many"), {"tab": "try"}),
    "8_Duel": (None, {}),
    "9_From_scratch": (None, {}),
    "10_Gradients": (_language_model, {}),
    "11_Words_and_verse": (_language_model, {"corpus": "cookbook"}),
}


@pytest.fixture
def opened(store: Store, request, monkeypatch, tmp_path):
    monkeypatch.setenv("RNNKIT_CORPORA", str(classified.write_reviews(tmp_path / "corpora")))
    run, address = PAGES[request.param]
    if run:
        found = run(store)
        address = {("fork" if "fork" in request.param else "run"): found} | address
    return apptest.visit(request.param.split(" ")[0], **address)


@pytest.mark.parametrize("opened", PAGES, indirect=True)
def test_a_page_answers_whatever_is_sent_to_it_at_once(opened: AppTest):
    assert not wrong(opened)
    states = widgets(opened)
    for place in range(2):
        assert not wrong(send(opened, [forged(state, place) for state in states]))


@pytest.mark.slow
@pytest.mark.parametrize("opened", PAGES, indirect=True)
def test_a_page_answers_whatever_is_sent_to_any_widget(opened: AppTest):
    states = widgets(opened)
    found = {}
    for at, state in enumerate(states):
        for place in range(len(FORGED.get(state.WhichOneof("value") or "", ()))):
            sent = [*states[:at], forged(state, place), *states[at + 1 :]]
            if faults := wrong(send(opened, sent)):
                found[state.id, place] = faults
    assert found == {}
