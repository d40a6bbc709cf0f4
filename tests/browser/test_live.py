"""What moves without a rerun: the list on Home, one poll for all who look on, and curves that are drawn in place."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest
import tiny
from app import expect, finished_drawing, wait_for

from rnnkit.store import Lease, LostRun, Point, Status

NAME = "<b>first</b> *run*"
TWICE = """async (run) => {
  const { subscribe } = await import("./live/client.js")
  window.polls = 0
  const asks = window.fetch
  window.fetch = (...given) => { window.polls += String(given[0]).includes(`feed/run/${run}`); return asks(...given) }
  window.stops = ["one", "two"].map((name) => subscribe(`feed/run/${run}`, (state) => { window[name] = state }))
}"""
DRAW = """async () => {
  const { draw } = await import("./live/curve.js")
  const box = document.body.appendChild(document.createElement("div"))
  box.style = "position: fixed; inset: 0 0 auto 0; height: 400px; z-index: 1000000; background: white"
  const line = (end) => [...Array(end)].map((_, i) => [i / 10, 1 + 3 / (1 + i)])
  window.spec = (end) => ({
    series: [
      { name: "training", points: line(end) }, { name: "held out", points: [[1, 2.5]], dots: true, stands: true },
    ],
    xRange: [0, 20], titles: { x: "Epochs", y: "Bits per token" }, cursor: 1, label: "Loss",
    references: [{ name: "3-gram", y: 2 }, { name: "xz <b>", y: 1.99 }],
  })
  window.chart = draw(box.appendChild(document.createElement("div")).attachShadow({ mode: "open" }).appendChild(
    Object.assign(document.createElement("div"), { style: "height: 400px" })), window.spec(50))
}"""


@pytest.fixture
def beats() -> Iterator[Callable[[Lease], None]]:
    """Shows signs of life for a run that this process pretends to train: the app's scheduler ends who does not."""
    over = threading.Event()

    def beat(lease: Lease) -> None:
        while not over.wait(1.0):
            with suppress(LostRun):
                lease.heartbeat()

    yield lambda lease: threading.Thread(target=beat, args=(lease,), daemon=True).start()
    over.set()


def test_what_moves_costs_no_rerun(app, tab, beats):
    run = tiny.run(app.store, epochs=1, status=None, name=NAME, training={"epochs": 4})
    lease = app.store.lease(run, tiny.TRAINER)
    beats(lease)

    def trained(step: int, loss: float) -> None:
        point = Point(10 + step, 2 + step / 10, loss)
        lease.progress(step=step, loss=loss, chars_per_second=99.0, train_seconds=2 + step / 10, point=point)

    page = tab(app.url)
    finished_drawing(page)
    line = page.locator("article").filter(has_text=NAME)
    expect(line.get_by_role("link")).to_have_attribute("href", f"Run?run={run}&tab=watch")
    expect(line).to_contain_text("what epoch 1 wrote")
    trained(2, 2.0)
    expect(line).to_contain_text("20% of it")
    expect(line).to_contain_text("2.885 bits per character")

    page.evaluate(TWICE, run)
    wait_for(lambda: page.evaluate("Boolean(window.one?.run && window.two?.run)"), "both to be told")
    assert page.evaluate("window.polls") == 1
    trained(5, 1.5)
    wait_for(lambda: page.evaluate("window.two.points.at(-1)[1]") == 15, "the new point")
    assert page.evaluate("JSON.stringify(window.one) === JSON.stringify(window.two)")
    assert [point[1] for point in page.evaluate("window.one.points")] == [10, 12, 15]

    page.evaluate(DRAW)
    wait_for(lambda: page.evaluate("window.chart.plot.data?.[0].x.length === 50"), "the curve")
    whole = page.evaluate("window.chart.plot._fullLayout.xaxis.range")
    assert whole == [0, 20]
    assert "xz <b>" in page.evaluate("window.chart.plot.textContent"), "names are letters"
    page.mouse.move(500, 200)
    page.keyboard.down("Control")
    page.mouse.wheel(0, -300)
    page.keyboard.up("Control")
    wait_for(lambda: page.evaluate("window.chart.plot._fullLayout.xaxis.range[1] < 20"), "a closer look")
    page.evaluate("window.chart.update(window.spec(70))")
    wait_for(lambda: page.evaluate("window.chart.plot.data[0].x.length === 70"), "the new points")
    start, end = page.evaluate("window.chart.plot._fullLayout.xaxis.range")
    assert 0 <= start < end < 20, "what is shown stays"
    page.evaluate("window.chart.show([-30, 60])")
    wait_for(lambda: page.evaluate("window.chart.plot._fullLayout.xaxis.range") == [0, 20], "all, and no more")
    expect(page.get_by_role("button", name="Zoom out")).to_be_disabled()
    page.get_by_role("button", name="held out").click()
    wait_for(lambda: page.evaluate("window.chart.plot.data.length === 1"), "one line")
    page.evaluate("window.chart.end()")

    lease.end(Status.STOPPED)
    wait_for(lambda: page.evaluate("window.one.run.status") == "stopped", "the end")
    app.store.delete_run(run)
    wait_for(lambda: page.evaluate("window.one.gone"), "the run to be gone")
    assert page.evaluate("window.one.error").endswith("it may have been deleted.")
    assert page.evaluate("window.one.points.length") == 3, "what was known stays"


def test_a_page_is_drawn_again_when_a_run_has_changed_and_not_before(app, tab, beats):
    run = tiny.run(app.store, epochs=1, status=None, name="moves", training={"epochs": 4})
    lease = app.store.lease(run, tiny.TRAINER)
    beats(lease)
    page = tab(f"{app.url}/Run?run={run}&tab=export")
    expect(page.get_by_text("after epoch 1").first).to_be_visible()
    tiny.train(app.store, run, 1)
    expect(page.get_by_text("after epoch 2").first).to_be_visible()
    lease.end(Status.STOPPED)
    expect(page.get_by_text("Stopped").first).to_be_visible()
