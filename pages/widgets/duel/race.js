// A race of two to four networks: who is ahead, one chart with all curves, and a lane for each with the newest text.
// Each run's feed is polled once for all of this page. What a network wrote comes in as text nodes only.

const BASE = new URL("live/", document.baseURI)
const races = new WeakMap() // root -> promise of its Race, which outlives a rerun

export default function ({ data, parentElement, setTriggerValue }) {
  if (!races.has(parentElement)) races.set(parentElement, open(parentElement))
  races.get(parentElement).then((race) => race.update(data, (now) => setTriggerValue("changed", now)))
  return () => {
    races.get(parentElement)?.then((race) => race.end())
    races.delete(parentElement)
  }
}

async function open(root) {
  const [client, curve] = await Promise.all(["client.js", "curve.js"].map((name) => import(new URL(name, BASE))))
  return new Race(root.querySelector(".race"), client, curve)
}

class Race {
  constructor(root, { subscribe }, { draw, inUnit }) {
    Object.assign(this, { root, subscribe, inUnit, stops: [], states: new Map(), told: "" })
    this.chart = draw(root.querySelector(".chart"), this.spec())
  }

  update(data, changed) {
    const ids = data.lanes.map((lane) => lane.id).join()
    const other = ids !== this.ids || data.unit !== this.data?.unit
    Object.assign(this, { data, changed, ids })
    if (other) this.begin()
    this.told = data.stands.join()
    this.draw()
  }

  begin() {
    this.stop()
    this.drawLanes()
    const { lanes, unit } = this.data
    const hear = (path, take) => this.stops.push(this.subscribe(path, (state) => { take(state); this.draw() }))
    hear(`feed/duel?runs=${this.ids}&unit=${encodeURIComponent(unit)}`, (state) => { this.standing = state })
    for (const lane of lanes) hear(`feed/run/${lane.id}`, (state) => this.states.set(lane.id, state))
  }

  stop() {
    for (const stop of this.stops) stop()
    this.stops = []
    this.states.clear()
    this.standing = {}
  }

  end() {
    this.ended = true
    this.stop()
    this.chart.end()
  }

  // ---- drawing, once a frame at most

  draw() {
    if (this.waits || this.ended) return
    this.waits = true
    requestAnimationFrame(() => {
      this.waits = false
      if (this.ended || !this.data) return
      const { verdict, says, terms, error } = this.standing
      put(this.root.querySelector(".verdict"), this.data.headline ?? verdict ?? says ?? error ?? "")
      put(this.root.querySelector(".terms"), terms ?? "")
      this.chart.update(this.spec())
      this.data.lanes.forEach((lane, place) => this.drawLane(lane, place))
      this.tell()
    })
  }

  // Python draws what stands still: it is told when a trainer has taken a run, and when a run has ended or is resumed.
  tell() {
    const stands = this.data.lanes.map((lane, place) => {
      const { run, gone } = this.states.get(lane.id) ?? {}
      if (gone) return "gone"
      return run ? (ACTIVE.includes(run.status) ? "active" : run.status) : this.data.stands[place]
    })
    if (stands.join() === this.told) return
    this.told = stands.join()
    this.changed(this.told)
  }

  loss(nats, run) {
    return this.inUnit(this.data.unit, nats, run.bits_per_nat)
  }

  spec() {
    const { lanes = [], seconds = null, unit = "bits" } = this.data ?? {}
    const series = []
    let end = seconds ?? 0
    lanes.forEach((lane, place) => {
      const { run, points = [], epochs = [] } = this.states.get(lane.id) ?? {}
      if (!run) return
      if (!seconds) end = Math.max(end, run.planned?.epoch ?? 0)
      const name = `${lane.letter} · ${lane.title}`
      const held = epochs.filter((one) => one.val_loss !== null && one.val_loss !== undefined && one.step)
      const line = (found, x, y) => found.map((one) => [x(one), this.loss(y(one), run)]).filter(([at, value]) => at !== null && Number.isFinite(value))
      series.push({ name, group: name, colour: place, width: 3.5, dots: true, letter: lane.letter,
        points: line(held, (one) => (seconds ? one.seconds : one.at), (one) => one.val_loss) })
      series.push({ name: `${name}, training`, group: name, colour: place, width: 1.5, dash: true, smooth: true,
        points: line(points, (one) => (seconds ? one[2] : one[0]), (one) => one[3]) })
    })
    const words = this.standing?.unit ?? "bits per character"
    return {
      series, xRange: end ? [0, end] : undefined, key: `race ${this.ids}`, controls: { smooth: true },
      titles: { x: seconds ? "Seconds of training" : "Epochs", y: words[0].toUpperCase() + words.slice(1) },
      empty: "The curves begin with the first batches.", label: `${words} of all networks, held out with dots, training dashed`,
      says: this.standing?.verdict ?? "",
    }
  }

  drawLanes() {
    const lanes = this.data.lanes.map((lane, place) => {
      const section = make("section", "lane")
      section.style.setProperty("--lane", `var(--lane-${place})`)
      const head = section.appendChild(make("div", "head"))
      head.append(make("b", "letter", lane.letter), make("h3", "title", lane.title), make("span", "size"), make("span", "loss"))
      const bar = section.appendChild(make("div", "bar"))
      bar.append(make("i"))
      bar.setAttribute("role", "progressbar")
      bar.setAttribute("aria-label", `${lane.title}, trained`)
      section.append(make("p", "stands"), make("p", "text"))
      return section
    })
    this.root.querySelector(".lanes").replaceChildren(...lanes)
  }

  drawLane(lane, place) {
    const section = this.root.querySelectorAll(".lane")[place]
    const one = (name) => section.querySelector(`.${name}`)
    const { run, points = [], epochs = [], text, error, gone } = this.states.get(lane.id) ?? {}
    const size = run?.params ?? lane.params
    put(one("size"), [`${lane.units} units`, size && `${size.toLocaleString("en")} parameters`].filter(Boolean).join(", "))
    const done = run ? (run.live || run.status !== "finished" ? run.progress ?? 0 : 1) : 0
    one("bar").firstChild.style.width = `${100 * done}%`
    one("bar").setAttribute("aria-valuenow", Math.round(100 * done))
    section.dataset.status = run?.status ?? ""
    const held = epochs.findLast((entry) => entry.step && Number.isFinite(entry.val_loss))?.val_loss
    const nats = held ?? points.at(-1)?.[3]
    const figure = run && Number.isFinite(nats) ? `${this.loss(nats, run).toFixed(2)} ${SHORT[this.data.unit] ?? ""}` : ""
    put(one("loss"), figure && held === undefined ? `${figure} in training` : figure)
    put(one("stands"), gone ? "This network was deleted." : run ? stands(run) : error ?? "")
    put(one("text"), text ? text.text : run?.live ? "Its first text comes with its first steps." : "")
    one("text").classList.toggle("none", !text)
  }
}

// Epoch, step and time; the speed is in the table when all have ended.
function stands(run) {
  const says = run.status === "training" ? run.says[0].split(" · ").slice(0, 3).join(" · ") : run.says[0]
  return [ENDED[run.status], says, run.live && run.troubles[0]].filter(Boolean).join(" · ")
}

const ACTIVE = ["starting", "training"]
const SHORT = { bits: "bits", nats: "nats" }
const ENDED = { paused: "Paused", stopped: "Stopped", finished: "Finished", diverged: "Diverged", failed: "Failed" }

function put(element, words) {
  if (element.textContent !== words) element.textContent = words
}

function make(kind, name = "", words = "") {
  const element = document.createElement(kind)
  element.className = name
  element.textContent = words
  return element
}
