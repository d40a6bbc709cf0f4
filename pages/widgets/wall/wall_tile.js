// One tile of the wall, and the large one: names, figures and what a network wrote are text nodes, curves are SVG.
// Knows no class and no server.

const SVG = "http://www.w3.org/2000/svg"
const STATES = {
  waits: "waits", starts: "starts", trains: "trains", paused: "paused", stopped: "stopped", finished: "finished",
  diverged: "diverged", failed: "failed",
}
const HIGHEST = 4.5 // bits per character: the first moments of a curve may lie above
const WITHHELD = "no line: its text is not shared"

/** The axis that all curves in bits share: {low, high}. */
export function axisOf(runs) {
  const inBits = runs.filter((run) => run.in_bits)
  const values = inBits.flatMap((run) => [...run.curve, ...run.held].map(([, value]) => value).concat(run.three ?? []))
  if (!values.length) return { low: 1, high: HIGHEST }
  const low = Math.floor(Math.min(...values) * 2) / 2
  return { low, high: Math.max(low + 1, Math.min(HIGHEST, Math.ceil(Math.max(...values) * 2) / 2)) }
}

/** A run in one sentence, for who cannot see. */
export function said(run) {
  const figures = run.own === null ? "no loss yet" : run.in_bits ? `${run.own.toFixed(2)} bits per character` : `loss ${run.own.toFixed(3)}`
  const gain = run.gain === null ? "" : `, ${Math.abs(run.gain).toFixed(2)} bits ${run.gain >= 0 ? "better" : "worse"} than its 3-gram`
  return `${run.name}, ${run.title}, ${STATES[run.state]}, ${Math.round(100 * run.share)} %, ${figures}${gain}`
}

export class Tile {
  constructor(open, hide) {
    this.element = node("article", "tile")
    this.element.setAttribute("role", "listitem")
    this.open = node("button", "open")
    this.parts = Object.fromEntries(["name", "gain", "title", "state", "line"].map((name) => [name, node("span", name)]))
    this.curve = new Curve()
    this.bar = node("i", "bar")
    const { name, gain, title, state, line } = this.parts
    const head = node("span", "head"), foot = node("span", "foot")
    head.append(name, gain)
    foot.append(title, state)
    this.open.append(head, this.curve.element, foot, line, this.bar)
    const away = node("button", "hide", "×")
    this.away = away
    away.title = "Hide (H)"
    away.tabIndex = -1
    this.open.onclick = open
    away.onclick = hide
    this.element.append(this.open, away)
  }

  draw(run, axis, chosen) {
    const { parts } = this
    this.choose(chosen)
    set(parts.name, run.name)
    drawGain(parts.gain, run)
    set(parts.title, run.title)
    set(parts.state, stateOf(run))
    this.element.dataset.state = run.state
    this.element.dataset.run = run.id
    set(parts.line, run.withheld ? WITHHELD : run.line)
    parts.line.classList.toggle("none", run.withheld)
    this.bar.style.width = `${100 * run.share}%`
    const words = said(run)
    if (this.open.getAttribute("aria-label") !== words) this.open.setAttribute("aria-label", words)
    this.away.setAttribute("aria-label", `Hide ${run.name}`)
    this.curve.draw(run, axis)
  }

  choose(chosen) {
    this.open.tabIndex = chosen ? 0 : -1
  }

  place() {
    return this.element.getBoundingClientRect()
  }

  /** From where it stood: so that the eye can follow, where motion is wanted. */
  moveFrom({ left, top, width }) {
    const now = this.place()
    if (!width || !now.width || matchMedia("(prefers-reduced-motion: reduce)").matches) return
    if (Math.abs(left - now.left) + Math.abs(top - now.top) < 2) return
    this.element.animate([{ transform: `translate(${left - now.left}px, ${top - now.top}px)` }, { transform: "none" }],
      { duration: 500, easing: "ease-in-out" })
  }
}

export class Large {
  constructor(element, close, hide) {
    Object.assign(this, { element, run: null })
    const head = node("header", ""), figures = node("p", "figures")
    this.parts = { name: node("h2", "name"), title: node("p", "title"), gain: node("p", "gain"), figures, text: node("pre", "text") }
    this.back = node("button", "order", "Back")
    this.back.title = "All tiles (Escape)"
    this.back.onclick = close
    this.link = node("a", "", "Open the run")
    const away = node("button", "order away", "Hide")
    away.onclick = () => hide(this.run.id)
    head.append(this.parts.name, this.parts.title, this.link, away, this.back)
    this.curve = new Curve(true)
    const beside = node("div", "beside")
    beside.append(this.parts.gain, figures, this.parts.text)
    this.parts.text.tabIndex = 0
    element.append(head, this.curve.element, beside)
  }

  show(run, axis, state) {
    this.run = run
    this.element.hidden = !run
    if (!run) return
    this.draw(run, axis, state)
    this.back.focus()
  }

  draw(run, axis) {
    this.run = run
    const { parts } = this
    set(parts.name, run.name)
    set(parts.title, run.title)
    drawGain(parts.gain, run, true)
    const figures = [stateOf(run), `${run.epoch} epoch${run.epoch === 1 ? "" : "s"}`, `${run.seconds.toFixed(0)} s of training`,
      run.own !== null && (run.in_bits ? `${run.own.toFixed(3)} bits per character on held-out text` : `loss ${run.own.toFixed(3)} on held-out data`),
      run.three !== null && `3-gram ${run.three.toFixed(3)}`]
    set(parts.figures, figures.filter(Boolean).join(" · "))
    set(parts.text, run.withheld ? WITHHELD : run.text || run.line || "It has written nothing yet.")
    this.link.href = new URL(`Run?run=${encodeURIComponent(run.id)}&tab=watch`, document.baseURI).href
    this.curve.draw(run, axis)
  }
}

/** A curve in a box of 100 x 50 that is stretched; without letters of its own, but for the large one. */
class Curve {
  constructor(large = false) {
    this.element = node("span", "curve")
    this.svg = drawn("svg", { viewBox: "0 0 100 50", preserveAspectRatio: "none", "aria-hidden": "true" })
    this.lines = Object.fromEntries(["three", "train", "held"].map((name) => [name, drawn("polyline", { class: name })]))
    this.svg.append(...Object.values(this.lines))
    this.element.append(this.svg)
    if (!large) return
    this.marks = ["top", "bottom", "end", "reference"].map((name) => node("span", `mark ${name}`))
    this.element.append(...this.marks)
  }

  draw(run, axis) {
    const all = [...run.curve, ...run.held]
    const own = all.map(([, value]) => value)
    const { low, high } = run.in_bits || !own.length ? axis : { low: Math.min(...own), high: Math.max(...own, Math.min(...own) + 0.1) }
    const last = Math.max(0.1, ...all.map(([seconds]) => seconds))
    const y = (value) => 49 - (48 * (Math.min(value, high) - low)) / (high - low)
    const path = (points) => points.map(([seconds, value]) => `${((100 * seconds) / last).toFixed(1)},${y(value).toFixed(1)}`).join(" ")
    attribute(this.lines.train, "points", path(run.curve))
    attribute(this.lines.held, "points", path(run.held.length === 1 ? [run.held[0], run.held[0]] : run.held))
    const three = run.three !== null && run.three >= low && run.three <= high
    attribute(this.lines.three, "points", three ? `0,${y(run.three).toFixed(1)} 100,${y(run.three).toFixed(1)}` : "")
    if (!this.marks) return
    const [top, bottom, end, reference] = this.marks
    set(top, run.in_bits ? `${high.toFixed(1)} bits per character` : high.toFixed(2))
    set(bottom, low.toFixed(run.in_bits ? 1 : 2))
    set(end, `${last.toFixed(0)} s`)
    set(reference, three ? "3-gram" : "")
    reference.style.top = three ? `${2 * y(run.three)}%` : ""
  }
}

function drawGain(place, run, long = false) {
  const words = long ? `bits per character ${run.gain >= 0 ? "better" : "worse"} than its 3-gram` : ""
  const figure = run.gain !== null ? `${run.gain >= 0 ? "▲" : "▼"} ${Math.abs(run.gain).toFixed(2)}`
    : run.own !== null ? run.own.toFixed(2) : ""
  set(place, run.gain !== null ? `${figure} ${words}`.trim() : figure)
  place.classList.toggle("better", run.gain !== null && run.gain >= 0)
  place.classList.toggle("worse", run.gain !== null && run.gain < 0)
}

function stateOf(run) {
  return run.state === "trains" ? `${Math.round(100 * run.share)} %` : STATES[run.state]
}

function node(tag, name, text = "") {
  return Object.assign(document.createElement(tag), { className: name, textContent: text })
}

function drawn(tag, attributes) {
  const element = document.createElementNS(SVG, tag)
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value)
  return element
}

function attribute(element, name, value) {
  if (element.getAttribute(name) !== value) element.setAttribute(name, value)
}

function set(element, text) {
  if (element.textContent !== text) element.textContent = text
}
