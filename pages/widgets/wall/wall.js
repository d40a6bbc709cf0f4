// The wall: tiles in the order that one chooses, as many as there are on one screen; one of them large. What is hidden,
// nameless and frozen is said by the class where there is one, else by the address of this page.

import { Present } from "./present.js"
import { Large, Tile, axisOf, said } from "./wall_tile.js"

const PATH = "feed/wall"
const SORTS = {
  name: ["Name", (one, other) => one.name.localeCompare(other.name, undefined, { numeric: true })],
  progress: ["Progress", (one, other) => other.share - one.share],
  gain: ["Gain", (one, other) => (other.gain ?? -Infinity) - (one.gain ?? -Infinity) || 0],
}
const MOST = 40
const SHAPE = 1.75 // of a tile that is read best: its width to its height
const ASKED_MS = 6000 // so long what was asked of the class is shown before the class says it

export class Wall {
  /** @param client live/client.js. @param data {leads, of_class}. @param send (order): what is asked of Python */
  constructor(frame, client, data, send) {
    const one = (name) => frame.querySelector(name)
    Object.assign(this, { frame, one, client, data, send, tiles: new Map(), state: null, asked: {}, chosen: null })
    this.grid = one(".grid")
    this.large = new Large(one(".large"), () => this.enlarge(null), (id) => this.hide(id))
    this.present = new Present(frame, one(".present-it"), {
      by: (places) => this.move(places), slider: { focus: () => this.focus() }, play: { click() {} },
      back: () => this.large.run && (this.enlarge(null), true),
    }, () => this.fit())
    for (const name of ["anonymous", "frozen", "open"]) one(`.${name}`).onclick = () => this.change({ [name]: !this.look()[name] })
    one(".back").onclick = () => this.change({ hidden: [] }, { show_all: true })
    this.grid.onkeydown = (event) => this.key(event)
    this.heard = (event) => event.key === "Escape" && this.large.run && !event.defaultPrevented && this.enlarge(null)
    document.addEventListener("keydown", this.heard)
    this.resized = new ResizeObserver(() => this.fit())
    this.resized.observe(document.documentElement)
    this.stop = client.subscribe(PATH, (state) => this.hear(state))
    this.fit()
  }

  update(data) {
    this.data = data
    this.client.refresh(PATH)
    this.draw()
  }

  close() {
    this.stop()
    this.present.close()
    this.resized.disconnect()
    document.removeEventListener("keydown", this.heard)
  }

  // ---- what is shown

  hear(state) {
    if (state.runs && this.look().frozen && !state.of_class && this.state?.runs) return // stays as it was
    this.state = state
    this.draw()
  }

  /** What is hidden, nameless, frozen, and the order: as the class says, or as was just asked of it. */
  look() {
    const { state } = this
    const address = new URL(document.location).searchParams
    const here = {
      sort: address.get("sort"), hidden: (address.get("hidden") ?? "").split(",").filter(Boolean),
      anonymous: address.get("anonymous") === "1", frozen: this.frozen ?? false, open: false,
    }
    const said = state?.of_class ? { ...here, anonymous: state.anonymous, frozen: state.frozen, open: state.open,
      hidden: [], sort: here.sort ?? state.sort } : here
    const look = { ...said, ...this.asked }
    return { ...look, sort: look.sort in SORTS ? look.sort : "name" }
  }

  /** @param asks what the class is asked where that is another thing than what changes here */
  change(what, asks = what) {
    if (this.state?.of_class && this.data.leads) {
      this.asked = { ...this.asked, ...what }
      clearTimeout(this.forgets)
      this.forgets = setTimeout(() => { this.asked = {}; this.draw() }, ASKED_MS)
      this.send({ ...asks, turn: Date.now() })
    }
    if ("frozen" in what) this.frozen = what.frozen
    const url = new URL(document.location)
    for (const [name, value] of Object.entries(what)) {
      if (name === "sort" || (!this.state?.of_class && ["hidden", "anonymous"].includes(name))) {
        const said = value === true ? "1" : String(value || "")
        if (said) url.searchParams.set(name, said)
        else url.searchParams.delete(name)
      }
    }
    history.replaceState(history.state, "", url)
    this.draw()
  }

  hide(id) {
    const near = this.runs[this.runs.findIndex((run) => run.id === id) + 1] ?? this.runs.at(-2)
    this.chosen = near?.id ?? null
    if (this.large.run?.id === id) this.enlarge(null)
    this.change({ hidden: [...this.look().hidden, id] }, { hide: id })
    this.focus()
  }

  draw() {
    const { state, data } = this, look = this.look()
    const all = state?.runs ?? []
    const runs = all.filter((run) => !look.hidden.includes(run.id)).slice(0, MOST)
    if (look.anonymous) for (const run of runs) run.name = run.number ? `Student ${run.number}` : run.name
    this.runs = runs.sort((one, other) => SORTS[look.sort][1](one, other) || one.number - other.number)
    this.axis = axisOf(runs)
    this.drawBar(look, all.length - runs.length + (state?.hidden ?? 0))
    this.drawTiles()
    const open = this.large.run && runs.find((run) => run.id === this.large.run.id)
    if (this.large.run && open) this.large.draw(open, this.axis, state)
    else if (this.large.run) this.enlarge(null)
    const empty = this.one(".empty")
    empty.hidden = !!runs.length || !state
    if (!empty.hidden) this.drawEmpty(empty)
    this.grid.hidden = !runs.length || !!this.large.run
    this.fit()
  }

  drawBar(look, hidden) {
    const { state, data } = this, may = data.leads
    const counts = Object.groupBy(this.runs, (run) => (run.live ? run.state : "ended"))
    const facts = [
      state?.paused && "Paused", look.frozen && "Frozen", ...["trains", "waits"].map((name) => counts[name] && `${counts[name].length} ${name === "trains" ? "train" : "wait"}`),
      counts.ended && `${counts.ended.length} ended`, state?.waiting && `${state.waiting} have not begun`,
      this.runs.some((run) => run.in_bits) && `${this.axis.low.toFixed(1)}–${this.axis.high.toFixed(1)} bits per character, dashes: 3-gram`,
    ]
    set(this.one(".says"), (data.leads && state?.error) || facts.filter(Boolean).join(" · "))
    const back = this.one(".back")
    set(back, hidden ? `Show ${hidden} hidden` : "")
    back.hidden = !hidden || !may
    for (const name of ["anonymous", "frozen", "open"]) {
      const button = this.one(`.${name}`)
      button.hidden = !may || (name === "open" && !state?.of_class)
      button.setAttribute("aria-pressed", String(look[name]))
    }
    const sort = this.one(".sort")
    if (!sort.children.length) {
      for (const [name, [words]] of Object.entries(SORTS)) {
        const button = document.createElement("button")
        Object.assign(button, { className: "order", textContent: words, onclick: () => this.change({ sort: name }) })
        button.dataset.sort = name
        sort.append(button)
      }
    }
    for (const button of sort.children) button.setAttribute("aria-pressed", String(button.dataset.sort === look.sort))
    this.frame.classList.toggle("may", may)
  }

  drawTiles() {
    const before = new Map([...this.tiles].map(([id, tile]) => [id, tile.place()]))
    for (const [id, tile] of this.tiles) if (!this.runs.some((run) => run.id === id)) {
      tile.element.remove()
      this.tiles.delete(id)
    }
    if (!this.runs.some((run) => run.id === this.chosen)) this.chosen = this.runs[0]?.id ?? null
    const focused = this.grid.getRootNode().activeElement
    this.runs.forEach((run, place) => {
      const tile = this.tiles.get(run.id) ?? new Tile(() => this.enlarge(run.id), () => this.hide(run.id))
      this.tiles.set(run.id, tile)
      if (this.grid.children[place] !== tile.element) this.grid.insertBefore(tile.element, this.grid.children[place] ?? null)
      tile.draw(run, this.axis, run.id === this.chosen)
    })
    if (focused && focused !== this.grid.getRootNode().activeElement) focused.focus?.()
    for (const [id, tile] of this.tiles) if (before.has(id)) tile.moveFrom(before.get(id))
  }

  drawEmpty(place) {
    const { data, state } = this
    const rows = state.error && !data.leads ? ["The wall is your teacher's.", "It opens here as soon as your teacher shows it."]
      : state.error ? [state.error]
      : state.hidden ? ["All runs are hidden."]
        : state.of_class ? ["Nobody has begun yet.", "Each one's run appears here as soon as it is started."]
          : ["There is no run yet.", "Train a network and it appears here, or open a class: then everybody's does."]
    place.replaceChildren(...rows.map((row) => Object.assign(document.createElement("p"), { textContent: row })))
    for (const [words, page] of state.error ? [] : state.of_class ? [["The class", "Class"]] : [["Train a network", "Train"], ["Open a class", "Class"]]) {
      if (page === "Class" && !data.has_class_page) continue
      place.append(Object.assign(document.createElement("a"), { textContent: words, href: new URL(page, document.baseURI).href }))
    }
  }

  // ---- hands

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return
    const columns = this.columns ?? 1
    const by = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns, Home: -Infinity, End: Infinity }[event.key]
    const act = by !== undefined ? () => this.move(by)
      : ["h", "Delete"].includes(event.key) && this.chosen && this.frame.classList.contains("may") ? () => this.hide(this.chosen) : null
    if (!act) return
    event.preventDefault()
    act()
  }

  move(by) {
    const at = this.runs.findIndex((run) => run.id === this.chosen)
    const to = Math.abs(by) === Infinity ? (by > 0 ? this.runs.length - 1 : 0) : at + by
    if (!this.runs[to]) return
    this.chosen = this.runs[to].id
    if (this.large.run) return this.enlarge(this.chosen)
    for (const [id, tile] of this.tiles) tile.choose(id === this.chosen)
    this.focus()
  }

  focus() {
    this.tiles.get(this.chosen)?.open.focus()
  }

  enlarge(id) {
    const run = this.runs.find((one) => one.id === id) ?? null
    this.large.show(run, this.axis, this.state)
    this.grid.hidden = !!run || !this.runs.length
    if (run) {
      this.chosen = id
      this.one(".polite").textContent = said(run)
    } else this.focus()
  }

  /** As large as the window leaves room, all of them without scrolling. */
  fit() {
    const { frame, grid } = this, count = this.runs?.length ?? 0
    if (!this.present.on) {
      const scrolled = frame.getRootNode().host?.closest("[data-testid=stMain]")?.scrollTop ?? 0
      frame.style.setProperty("--room", `${Math.floor(window.innerHeight - frame.getBoundingClientRect().top - scrolled - 10)}px`)
    }
    const box = this.one(".room").getBoundingClientRect()
    if (!count || !box.width) return
    const gap = count > 12 ? 6 : 12
    const phone = box.width < 500
    const columns = phone ? 1 : best(count, box, gap)
    const rows = Math.ceil(count / columns)
    const width = (box.width - (columns - 1) * gap) / columns
    const height = phone ? 110 : (box.height - (rows - 1) * gap) / rows
    this.columns = columns
    frame.classList.toggle("phone", phone)
    grid.style.cssText = `gap: ${gap}px; grid-template-columns: repeat(${columns}, minmax(0, 1fr)); grid-auto-rows: ${Math.min(height, width / 1.1)}px`
    grid.style.setProperty("--letter", `${Math.max(11, Math.min(width / 11.5, height / 6.2, 30))}px`)
  }
}

function best(count, { width, height }, gap) {
  let found = 1, most = 0
  for (let columns = 1; columns <= count; columns++) {
    const rows = Math.ceil(count / columns)
    const size = Math.min((width - (columns - 1) * gap) / columns / SHAPE, (height - (rows - 1) * gap) / rows)
    if (size > most) [found, most] = [columns, size]
  }
  return found
}

function set(node, text) {
  if (node.textContent !== text) node.textContent = text
}
