// Curves that grow, drawn with the installed Plotly and changed in place. Knows no run and no feed: it is given numbers.
//
//   const chart = draw(element, spec); chart.update(spec); chart.end()
//
// spec:
//   series       [{name, points: [[x, y], …], colour, group, dash, width, dots, smooth, stands, letter}, …]
//                  colour: a CSS colour, or a place in the theme's palette; group: one entry of the legend for several
//                  dash: true; dots: a dot at each point; smooth: the slider may smooth it; stands: a large dot at the
//                  cursor; letter: said where the curve ends
//   xRange       [from, to the planned end]; without it as far as the data goes
//   titles       {x, y};  references: [{name, y}, …] grey lines;  cursor: x or null
//   key          what is shown (zoom, legend, smoothing) is kept under this name while the page is open
//   controls     {zoom: true, smooth: false, legend: true};  empty: words while there is nothing
//   label, says  for screen readers: what it is, and one sentence about now;  onPick(x): somebody clicks on the chart

import { STYLE, ends, labelled, layoutOf, looks, sample, stands, tracesOf } from "./curve_look.js"

const PLOTLY = new URL("PLOTLY_VERSION/plotly.min.js", import.meta.url)
const LEAST = 1e-4 // of the whole: nothing narrower is shown
const SAID = 10000 // milliseconds between two sentences to a screen reader
const NARROW = 480 // pixels: no room for labels beside the chart
const CONTROLS = { zoom: true, smooth: false, legend: true }
const shownBefore = new Map() // key -> what somebody chose to see
let loading = null

export function draw(element, spec) {
  const chart = new Chart(element)
  chart.update(spec)
  return chart
}

// Losses in nats as one of the units that a run can be read in; `bits`: per character, for one nat.
export function inUnit(unit, nats, bits) {
  if (nats === null || nats === undefined) return null
  if (unit === "bits") return nats * bits
  return unit === "perplexity" ? Math.exp(Math.min(nats, 50)) : nats
}

function plotly() {
  loading ??= new Promise((resolve, reject) => {
    const script = document.createElement("script")
    script.src = PLOTLY
    script.onload = () => resolve(window.Plotly)
    script.onerror = () => { loading = null; script.remove(); reject(new Error("Plotly was not served")) }
    document.head.append(script)
  })
  return loading
}

class Chart {
  constructor(element) {
    this.root = make("div", "rk-curve")
    this.legend = make("div")
    this.tools = make("div")
    this.plot = make("div", "rk-curve-plot")
    this.below = make("div", "rk-curve-below")
    this.said = make("div", "rk-curve-said")
    this.said.setAttribute("aria-live", "polite")
    const style = make("style")
    style.textContent = STYLE
    const bar = make("div", "rk-curve-bar")
    bar.append(this.legend, this.tools)
    this.root.append(style, bar, this.plot, this.below, this.said)
    element.replaceChildren(this.root)
    this.makeTools()
    this.plot.setAttribute("role", "img")
    this.plot.addEventListener("wheel", (event) => this.wheel(event), { passive: false, capture: true })
    this.resize = new ResizeObserver(() => this.later())
    this.resize.observe(this.plot)
  }

  update(spec) {
    const first = !this.spec
    this.spec = { ...spec, controls: { ...CONTROLS, ...spec.controls } }
    if (first) this.view = shownBefore.get(spec.key) ?? { range: null, hidden: new Set(), smooth: 0 }
    if (spec.key) shownBefore.set(spec.key, this.view)
    this.later()
  }

  end() {
    this.ended = true
    this.resize.disconnect()
    if (this.drawn) window.Plotly.purge(this.plot)
  }

  // Once a frame at most, and never under the hand of somebody who drags.
  later() {
    if (this.waits || this.ended) return
    this.waits = true
    requestAnimationFrame(async () => {
      try {
        await plotly()
      } catch {
        this.below.textContent = "The curve cannot be drawn: a part of the page was not served. Load the page again."
      }
      this.waits = false
      if (this.ended || !window.Plotly || !this.spec) return
      if (this.plot._dragging) setTimeout(() => this.later(), 200)
      else if (this.plot.clientWidth > 0) this.redraw()
    })
  }

  redraw() {
    const { spec, view } = this
    const look = looks(this.root)
    const shown = spec.series.filter((one) => !view.hidden.has(one.group ?? one.name))
    this.whole = whole(spec)
    view.range = view.range && within(view.range, this.whole)
    const [from, to] = view.range ?? this.whole
    const smooth = spec.controls.smooth ? view.smooth : 0
    const lines = shown.map((one) => ({ ...one, line: one.smooth && smooth ? smoothed(one.points, smooth) : one.points }))
    const values = lines.flatMap((one) => neighbours(one.line, from, to))
    const references = near(spec.references ?? [], values)
    const span = spread([...values, ...references.map((one) => one.y)])
    const narrow = this.plot.clientWidth < NARROW
    const labels = narrow ? [] : labelled(references, span, (this.plot.clientHeight - 70) / (look.size * 1.15))
    const layout = layoutOf(spec, look, [from, to], span, this, references, labels)
    const traces = lines.flatMap((one) => tracesOf(one, look, this.colour(one, look), smooth))
    layout.annotations.push(...ends(lines, to, span, look, (one) => this.colour(one, look)))
    if (Number.isFinite(spec.cursor)) traces.push(...lines.flatMap((one) => stands(one, spec.cursor, this.colour(one, look))))
    const config = { displayModeBar: false, scrollZoom: false, doubleClick: false, showTips: false, displaylogo: false }
    window.Plotly.react(this.plot, traces, layout, config)
    if (!this.drawn) this.listen()
    this.plot.setAttribute("aria-label", spec.label ?? spec.titles?.y ?? "")
    this.below.textContent = narrow && references.length
      ? references.map((one) => `${one.name} ${one.y.toFixed(3)}`).join(" · ") : ""
    this.drawLegend(look)
    this.showTools()
    this.say()
  }

  listen() {
    this.drawn = true
    const sheet = document.getElementById("plotly.js-style-global")?.sheet
    if (sheet && this.root.getRootNode() !== document) { // Plotly puts its style where a component does not see it
      const style = make("style")
      style.textContent = [...sheet.cssRules].map((rule) => rule.cssText).join("\n")
      this.root.prepend(style)
    }
    this.plot.on("plotly_relayout", (change) => {
      const range = [change["xaxis.range[0]"], change["xaxis.range[1]"]]
      if (range.every(Number.isFinite)) this.show(range)
    })
    this.plot.on("plotly_doubleclick", () => this.show(null))
    this.plot.on("plotly_click", ({ points }) => points[0] && this.spec.onPick?.(points[0].x))
  }

  colour(one, look) {
    const colour = one.colour ?? this.spec.series.indexOf(this.spec.series.find((other) => other.name === one.name))
    return typeof colour === "number" ? look.palette[colour % look.palette.length] : colour
  }

  // ---- what is shown

  show(range) {
    this.view.range = range && within(range, this.whole)
    this.later()
  }

  wheel(event) {
    if (!event.ctrlKey || !this.whole) return // the wheel alone scrolls the page
    event.preventDefault()
    event.stopPropagation()
    const axis = this.plot._fullLayout?.xaxis
    const [from, to] = this.view.range ?? this.whole
    const box = this.plot.getBoundingClientRect()
    const share = axis ? Math.min(1, Math.max(0, (event.clientX - box.left - axis._offset) / axis._length)) : 0.5
    const size = (to - from) * (event.deltaY < 0 ? 0.8 : 1.25)
    const start = from + share * (to - from - size)
    this.show([start, start + size])
  }

  makeTools() {
    const move = (change) => () => {
      const [from, to] = this.view.range ?? this.whole
      this.show(change(from, to, (to - from) / 2))
    }
    const ways = {
      in: ["Zoom in", "+", move((from, to, half) => [from + half / 2, to - half / 2])],
      out: ["Zoom out", "−", move((from, to, half) => [from - half, to + half])],
      earlier: ["Earlier", "◂", move((from, to, half) => [from - half, to - half])],
      later: ["Later", "▸", move((from, to, half) => [from + half, to + half])],
      all: ["Show all", "⤢", () => this.show(null)],
    }
    this.buttons = {}
    for (const [name, [title, sign, press]] of Object.entries(ways)) {
      const button = make("button")
      Object.assign(button, { type: "button", title, textContent: sign, onclick: press })
      button.setAttribute("aria-label", title)
      this.buttons[name] = button
    }
    this.smooth = make("label")
    this.slider = make("input")
    Object.assign(this.slider, { type: "range", min: 0, max: 0.99, step: 0.01, oninput: () => {
      this.view.smooth = Number(this.slider.value)
      this.later()
    } })
    this.smooth.append("Smooth", this.slider)
    this.tools.append(this.smooth, ...Object.values(this.buttons))
  }

  showTools() {
    const { view, whole: [first, last], spec: { controls } } = this
    const near = view.range
    const off = { in: !near && last <= first, out: !near, earlier: !near || near[0] <= first, later: !near || near[1] >= last, all: !near }
    for (const [name, button] of Object.entries(this.buttons)) {
      button.disabled = off[name]
      button.hidden = !controls.zoom
      button.style.display = controls.zoom ? "" : "none"
    }
    this.smooth.style.display = controls.smooth ? "" : "none"
    this.slider.value = view.smooth
  }

  drawLegend(look) {
    const groups = new Map()
    for (const one of this.spec.series) {
      const name = one.group ?? one.name
      if (!groups.has(name)) groups.set(name, one)
    }
    const shown = this.spec.controls.legend && groups.size > 1
    const now = shown ? JSON.stringify([...groups].map(([name, one]) => [name, this.colour(one, look), one.dash, this.view.hidden.has(name)])) : ""
    if (now === this.legendNow) return
    this.legendNow = now
    const old = new Map([...this.legend.children].map((button) => [button.dataset.name, button]))
    this.legend.replaceChildren(...(shown ? [...groups] : []).map(([name, one]) => {
      const button = old.get(name) ?? make("button") // the same one: it may have the focus
      button.type = "button"
      button.dataset.name = name
      button.setAttribute("aria-pressed", String(!this.view.hidden.has(name)))
      button.title = "Show or hide"
      button.replaceChildren(sample(this.colour(one, look), one), name)
      button.onclick = () => this.toggle(name)
      return button
    }))
  }

  toggle(name) {
    const { hidden } = this.view
    if (!hidden.delete(name)) hidden.add(name)
    this.later()
  }

  say() {
    const says = this.spec.says ?? ""
    if (says === this.said.textContent || Date.now() - (this.saidAt ?? 0) < SAID) return
    this.said.textContent = says
    this.saidAt = Date.now()
  }
}

// ---- numbers

export function within([a, b], [first, last]) {
  const size = Math.max(Math.abs(b - a), LEAST * (last - first))
  const start = Math.max(first, Math.min(Math.min(a, b), last - size))
  const end = Math.min(last, start + size)
  return start <= first && end >= last ? null : [start, end]
}

// From 0 or the planned beginning to the planned end, or to the last point where that is further.
function whole({ series, xRange }) {
  let [first, last] = xRange ?? [0, 0]
  for (const { points } of series) if (points.length) {
    first = Math.min(first, points[0][0])
    last = Math.max(last, points.at(-1)[0])
  }
  return [first, last > first ? last : first + 1]
}

// A moving mean that forgets: of `weight` 0 nothing is changed. It begins with the first value, not with 0.
export function smoothed(points, weight) {
  let sum = 0, all = 0
  return points.map(([x, y]) => {
    if (y === null) return [x, y]
    sum = sum * weight + y * (1 - weight)
    all = all * weight + 1 - weight
    return [x, sum / all]
  })
}

// The values between `from` and `to`, and those next to them on either side, which lines come from and go to.
function neighbours(points, from, to) {
  let start = points.findIndex(([x]) => x >= from)
  if (start < 0) start = points.length
  const after = points.findIndex(([x]) => x > to)
  return points.slice(Math.max(0, start - 1), after < 0 ? undefined : after + 1).map(([, y]) => y).filter(Number.isFinite)
}

// Lines far from the curve are not shown, so that it is not pressed flat.
function near(references, values) {
  if (!values.length) return []
  const low = Math.min(...values), high = Math.max(...values)
  const room = 0.2 * Math.max(high - low, 0.1 * Math.abs(high))
  return references.filter((one) => one.y >= low - room && one.y <= high + room).sort((a, b) => b.y - a.y)
}

function spread(values) {
  if (!values.length) return [0, 1]
  const low = Math.min(...values), high = Math.max(...values)
  const room = Math.max(0.06 * (high - low), 0.01 * Math.abs(high), 1e-6)
  return [low - room, high + room]
}

function make(kind, name = "") {
  const element = document.createElement(kind)
  if (name) element.className = name
  return element
}
