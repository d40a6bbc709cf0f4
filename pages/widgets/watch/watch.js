// One run on one screen: puts header, curve, text and timeline together and keeps them at what the feed says.
// What is chosen lives in the address (checkpoint, prompt, seed) or in this browser (unit, axis, temperature).

import { Curve } from "./curve_panel.js"
import { Header } from "./header.js"
import { Present } from "./present.js"
import { Texts, drawFigures, drawNext, drawTexts, element, promptEnd, tail } from "./texts.js"
import { Timeline } from "./timeline.js"
import { epochNumber, moment, position } from "./words.js"

const CHOICES = "rnnkit.watch" // in the browser's storage
const AHEAD = [1, -1, 2] // checkpoints that are fetched before anybody asks

export class Watch {
  /**
   * @param root what holds the frame of screen.html
   * @param feed live/client.js and live/curve.js
   * @param send (order): what is asked of Python
   */
  constructor(root, feed, data, send) {
    const one = (name) => root.querySelector(name)
    Object.assign(this, { frame: one(".watch"), one, feed, data, choices: remembered(), run: null, epochs: [], asked: 0 })
    this.header = new Header(root, send)
    this.curve = new Curve(one(".left"), feed, this.choices, () => remember(this.choices), send,
      (checkpoint) => this.timeline.go(this.timeline.placeOf(checkpoint.step)))
    this.texts = new Texts((at, prompt, seed) => feed.texts(data.run, { at, prompt, seed }))
    this.timeline = new Timeline({
      slider: one(".slider"), marks: one(".marks"), play: one(".play"), follow: one(".follow"),
      steps: root.querySelectorAll(".step"),
    }, (checkpoint, why) => this.look(checkpoint, why))
    this.present = new Present(this.frame, one(".present-it"), this.timeline, () => this.fit())
    this.drawHeats()
    this.readAddress()
    this.fit()
    this.resized = new ResizeObserver(() => this.fit())
    this.resized.observe(document.documentElement)
    this.stop = feed.subscribe(this.path, (heard) => this.hear(heard))
    this.curve.update(data)
  }

  /** What Python knows and the feed does not: units, references, what one may ask. */
  update(data) {
    this.data = data
    this.curve.update(data)
    if (data.order) this.feed.refresh(this.path)
  }

  close() {
    clearTimeout(this.asks)
    this.stop()
    this.timeline.stop()
    this.present.close()
    this.resized.disconnect()
    this.curve.close()
  }

  // ---- what the server says

  get path() {
    return `feed/run/${this.data.run}`
  }

  /** @param heard {run, points, epochs, kept, text, error, gone}: all there is by now. */
  hear(heard) {
    if (heard.error) return this.lost(heard)
    const before = this.run
    Object.assign(this, { run: heard.run, epochs: heard.epochs, newest: heard.text })
    this.header.draw(this.run, this.data.may)
    this.place()
    this.curve.hear(heard)
    const { kept } = heard
    if (!this.placed && kept.length) {
      this.placed = true
      const place = position(kept, this.address("at"))
      this.timeline.chosen = place === null ? null : kept[place].step
    }
    this.timeline.update(kept, this.run.live)
    if (!kept.length) this.nothingYet()
    this.announce(before)
    this.wantReferences()
  }

  /** Counting n-grams takes a second and waits for the first text; many who look on do not ask at once. */
  wantReferences() {
    if (!this.data.writes || this.data.references !== null || this.asks) return
    if (this.run.live ? !this.newest : !this.epochs.length) return
    this.asks = setTimeout(() => this.header.send("references"), this.run.live ? 500 + 3000 * Math.random() : 0)
  }

  /** The server does not answer, or the run is not there any more. What was known stays. */
  lost({ error, gone }) {
    this.header.tell([error], true)
    if (gone) this.timeline.stop()
    if (!this.run) this.say(error)
  }

  /** For who cannot see: at most one sentence for an epoch. */
  announce(before) {
    const { run } = this
    if (!before || (before.status === run.status && before.epochs_done === run.epochs_done)) return
    const last = this.epochs.findLast(({ whole }) => whole)
    const loss = last && this.curve.said(last)
    this.one(".polite").textContent = before.status === run.status
      ? `Epoch ${run.epochs_done} of ${run.epochs} is done${loss ? `, held-out loss ${loss}` : ""}.`
      : `${this.one(".badge").textContent}, ${this.one(".stands").textContent}.`
  }

  // ---- the checkpoint that is looked at

  async look(checkpoint, { by }) {
    if (!checkpoint) return
    if (by === "hand") this.toAddress()
    this.curve.cursor(checkpoint)
    const turn = ++this.asked
    const ask = [checkpoint.step, this.prompt, this.seed]
    const waits = setTimeout(() => this.one(".texts").classList.add("old"), 150)
    try {
      const view = this.texts.now(...ask) ?? (await this.texts.get(...ask))
      if (turn === this.asked) this.draw(checkpoint, view)
    } catch {
      if (turn === this.asked) this.draw(checkpoint, { problem: "The server does not answer. The text comes when it does." })
      setTimeout(() => turn === this.asked && this.look(checkpoint, { by: "itself" }), 3000)
    } finally {
      clearTimeout(waits)
    }
    if (turn === this.asked) this.fetchNeighbours()
  }

  fetchNeighbours() {
    const { kept, place, live } = this.timeline
    for (const by of this.timeline.film || !live ? AHEAD : [-1]) {
      const near = kept[place + by]
      if (near) this.texts.get(near.step, this.prompt, this.seed).catch(() => {})
    }
  }

  draw(checkpoint, view) {
    this.shown = { checkpoint, view }
    const place = this.one(".texts")
    place.classList.remove("old")
    this.says("Written at ", moment(checkpoint), view.unknown)
    const texts = view.texts ?? []
    const three = this.choices.heat === "all" && texts.length > 1
    if (three !== this.frame.classList.contains("three")) {
      this.frame.classList.toggle("three", three)
      this.curve.draw()
    }
    this.one(".heats").hidden = texts.length < 2
    if (view.problem) drawTexts(place, [{ said: view.problem }])
    else if (texts.length) drawTexts(place, this.chosen(texts, three))
    else this.figures(checkpoint)
    this.one(".next").hidden = !view.likeliest?.length
    if (view.likeliest?.length) {
      this.one(".after").textContent = `Next after “${tail(this.prompt || this.ownPrompt)}”`
      drawNext(this.one(".next ol"), view.likeliest)
    }
  }

  chosen(texts, three) {
    const one = texts.find(({ temperature }) => String(temperature) === this.choices.heat) ?? texts[Math.floor(texts.length / 2)]
    const prompt = this.data.writes ? promptEnd(this.prompt || this.ownPrompt) : ""
    return (three ? texts : [one]).map(({ temperature, text }) => ({
      heading: three ? `Temperature ${temperature}` : "", prompt, text: text || "(nothing)",
    }))
  }

  /** What is measured at a checkpoint of a network that writes nothing. */
  figures(checkpoint) {
    const measured = this.epochs.find(({ step }) => step === checkpoint.step)
    this.says("", `Measured at ${moment(checkpoint)}`)
    drawFigures(this.one(".texts"), measured ? this.curve.figures(measured) : [])
  }

  get ownPrompt() {
    return this.data.prompt || this.newest?.prompt || ""
  }

  says(verb, moment, unknown = "") {
    for (const [name, words] of Object.entries({ verb, moment, unknown: unknown && ` · ${unknown}` })) this.one(`.${name}`).textContent = words
  }

  /** Empty is never blank: what comes, and when. */
  nothingYet() {
    const { run } = this
    const words = {
      queued: run.place > 1 ? `It waits for ${run.place - 1} other run${run.place > 2 ? "s" : ""}.` : "It begins as soon as a trainer is free.",
      starting: "The text is read and the network is built.", training: "The first text is written after the first batch.",
    }
    const ended = run.epochs_done ? "No checkpoint was kept, so there is no text to read." : "It ended before its first text."
    const said = words[run.status] ?? ended
    this.says("", "What it writes")
    this.one(".heats").hidden = true
    this.say(said)
  }

  say(said) {
    if (this.empty === said) return
    this.empty = said
    drawTexts(this.one(".texts"), [{ said }])
  }

  // ---- what one chooses

  drawHeats() {
    const place = this.one(".heats")
    if (!this.data.temperatures.length) return
    const options = [...this.data.temperatures.map((heat) => [String(heat), String(heat)]), ["all", "All three"]]
    if (!options.some(([name]) => name === this.choices.heat)) this.choices.heat = String(this.data.temperatures[1])
    place.replaceChildren(...options.map(([name, words]) => {
      const button = element("button", "order", words)
      button.setAttribute("aria-pressed", String(name === this.choices.heat))
      button.title = name === "all" ? "Three temperatures side by side" : `Temperature ${words}`
      button.onclick = () => {
        this.choices.heat = name
        remember(this.choices)
        this.drawHeats()
        if (this.shown) this.draw(this.shown.checkpoint, this.shown.view)
      }
      return button
    }))
  }

  address = (name) => new URL(document.location).searchParams.get(name)

  readAddress() {
    const [prompt, seed] = [this.one("textarea.prompt"), this.one("input.seed")]
    const apply = () => {
      this.prompt = prompt.value
      this.seed = Math.min(2 ** 31 - 1, Math.max(0, Math.trunc(Number(seed.value) || 0)))
    }
    prompt.value = this.address("film_prompt") ?? ""
    seed.value = this.address("film_seed") ?? "0"
    apply()
    this.one(".usual").onclick = () => {
      prompt.value = ""
      prompt.onchange()
    }
    this.one(".ask").hidden = !this.data.writes
    prompt.placeholder = this.data.prompt
    prompt.onchange = seed.onchange = () => {
      apply()
      this.toAddress()
      if (this.timeline.kept.length) this.timeline.show("itself")
    }
  }

  /** The address shows the same screen to others. Nothing of it goes into the history: Back leads to the page before. */
  toAddress() {
    const url = new URL(document.location)
    const { chosen, kept, place, film } = this.timeline
    const said = {
      at: film || chosen === null ? (film ? this.address("at") : null) : epochNumber(kept[place].epoch),
      film_prompt: this.prompt || null,
      film_seed: this.seed ? String(this.seed) : null,
    }
    for (const [name, value] of Object.entries(said)) {
      if (value === null) url.searchParams.delete(name)
      else url.searchParams.set(name, value)
    }
    if (url.href !== document.location.href) history.replaceState(history.state, "", url)
  }

  fit() {
    this.place()
    this.curve.enlarge(this.present.on)
    this.timeline.draw()
  }

  /** As high as the window leaves room, so that the whole of it is seen without scrolling. */
  place() {
    if (this.present.on) return
    const scrolled = this.frame.getRootNode().host?.closest("[data-testid=stMain]")?.scrollTop ?? 0
    const top = this.frame.getBoundingClientRect().top + scrolled
    const below = window.innerHeight < 800 ? 12 : 64 // of a large window the row below is seen too
    this.frame.style.setProperty("--room", `${Math.floor(window.innerHeight - top - below)}px`)
  }
}

function remembered() {
  try {
    return { heat: "0.7", ...JSON.parse(localStorage.getItem(CHOICES) ?? "{}") }
  } catch {
    return { heat: "0.7" }
  }
}

function remember(choices) {
  try {
    localStorage.setItem(CHOICES, JSON.stringify(choices))
  } catch {
    // A browser that keeps nothing shows the usual choices next time.
  }
}
