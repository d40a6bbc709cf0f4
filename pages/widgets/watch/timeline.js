// The run's checkpoints as a timeline: a slider with a mark for each, a film that plays, and who follows the newest.
// Says which checkpoint is looked at; knows nothing of what is shown of it.

import { epochNumber, moment } from "./words.js"
import { element } from "./texts.js"

const FRAME = 1500 // milliseconds: long enough to read a line
const LABEL = 7 // letters that a label needs at most

export class Timeline {
  /**
   * @param parts elements: slider, marks, play, follow, steps
   * @param shows (checkpoint, {by: "hand" | "film" | "itself"}) -> Promise: done when the checkpoint can be seen
   */
  constructor(parts, shows) {
    Object.assign(this, parts, { shows, kept: [], chosen: null, live: false, film: null })
    this.slider.oninput = () => this.go(Number(this.slider.value))
    this.play.onclick = () => (this.film ? this.stop() : this.start())
    this.follow.onclick = () => (this.chosen === null && !this.film ? this.stay(this.place) : this.followNewest())
    for (const step of this.steps) step.onclick = () => this.by(Number(step.dataset.by))
  }

  /** Where the timeline stands in `kept`. A chosen checkpoint that was not kept gives its place to the one before. */
  get place() {
    if (this.film) return this.placeOf(this.film.step)
    return this.chosen === null ? this.kept.length - 1 : this.placeOf(this.chosen)
  }

  placeOf(step) {
    return Math.max(0, this.kept.filter((one) => one.step <= step).length - 1)
  }

  /** New checkpoints; the one that a hand has chosen stays. */
  update(kept, live) {
    const before = this.kept[this.place]?.step
    Object.assign(this, { kept, live })
    this.draw()
    if (kept.length && kept[this.place].step !== before) this.show("itself")
  }

  by(steps) {
    if (this.kept.length) this.go(Math.max(0, Math.min(this.kept.length - 1, this.place + steps)))
  }

  /** By hand; a film that plays goes on from there. At the newest one follows. */
  go(place) {
    if (this.film) this.film.step = this.kept[place].step
    else if (place === this.kept.length - 1) this.chosen = null
    else this.chosen = this.kept[place].step
    this.show("hand")
  }

  stay(place) {
    this.chosen = this.kept[place]?.step ?? null
    this.show("hand")
  }

  followNewest() {
    this.stop(false)
    this.chosen = null
    if (this.kept.length) this.show("hand")
  }

  /** From the first checkpoint where the film is at its end. */
  start() {
    if (this.kept.length < 2) return
    const from = this.place === this.kept.length - 1 ? 0 : this.place
    this.film = { step: this.kept[from].step, timer: null }
    this.frame()
  }

  async frame() {
    const film = this.film
    const drawn = this.show("film")
    const due = new Promise((done) => (film.timer = setTimeout(done, FRAME)))
    await Promise.all([drawn, due])
    if (this.film !== film) return
    const next = this.kept[this.placeOf(film.step) + 1]
    if (next) {
      film.step = next.step
      this.frame()
    } else this.stop(true)
  }

  /** The film stays where it is, until somebody moves it; one that began at the newest follows it again at its end. */
  stop(ended = false) {
    if (!this.film) return
    clearTimeout(this.film.timer)
    const place = this.place
    this.film = null
    if (ended && this.chosen === null) this.show("hand")
    else this.stay(place)
  }

  show(by) {
    this.draw()
    return this.shows(this.kept[this.place], { by })
  }

  draw() {
    const { kept, place, slider } = this
    const last = Math.max(0, kept.length - 1)
    slider.max = last
    slider.value = Math.max(0, place)
    slider.disabled = kept.length < 2
    slider.setAttribute("aria-valuetext", kept.length ? capital(moment(kept[place])) : "none yet")
    this.play.textContent = this.film ? "Stop" : "Play"
    this.play.disabled = kept.length < 2
    for (const step of this.steps) step.disabled = kept.length < 2
    const following = this.chosen === null && !this.film
    this.follow.hidden = !this.live
    this.follow.textContent = following ? "Following newest" : "Follow newest"
    this.follow.setAttribute("aria-pressed", String(following))
    this.drawMarks(place, last)
  }

  /** A mark for each, a tall one for the end of an epoch; labels where they have room, that of the place always. */
  drawMarks(place, last) {
    const letter = 0.6 * parseFloat(getComputedStyle(this.marks).fontSize)
    const apart = this.marks.clientWidth / Math.max(1, last) // pixels between two
    const every = Math.max(1, Math.ceil((LABEL * letter) / Math.max(1, apart)))
    const drawn = this.kept.flatMap((one, at) => {
      const left = `${last ? (100 * at) / last : 0}%`
      const mark = element("i", `${Number.isInteger(one.epoch) && one.epoch > 0 ? "whole" : ""}${one.pinned ? " pinned" : ""}`)
      mark.style.left = left
      const beside = at !== place && Math.abs(at - place) * apart < 2 * LABEL * letter
      if (at !== place && (at % every || beside)) return [mark]
      const edge = at === 0 && last ? "first" : at === last ? "last" : ""
      const label = element("span", `${at === place ? "now " : ""}${edge}`, at === place ? moment(one) : short(one))
      label.style.left = left
      return [mark, label]
    })
    this.marks.replaceChildren(...drawn)
  }
}

const short = ({ epoch, step }) => (epoch < 1 ? `${step.toLocaleString("en")}` : epochNumber(epoch))
const capital = (text) => text[0].toUpperCase() + text.slice(1)
