// The curve of one run beside its text: held-out and training loss up to the planned end, a cursor at the checkpoint,
// grey lines for what counting reaches. Chooses what is drawn; how is the business of live/curve.js.

import { ofLoss, said, short, worth } from "./words.js"

const ALONG = { epoch: "epochs", step: "steps", seconds: "seconds" }
const TITLES = { perplexity: "1 in N guesses", nats: "nats", bits: "bits per character" }
const FIRST = ["bits", "perplexity", "nats"] // what people understand first

export class Curve {
  /**
   * @param choices {unit, along, references}: kept by this browser; `changed` is told when a hand changes them
   * @param send what is asked of Python; pick (checkpoint): somebody clicks on the curve
   */
  constructor(panel, feed, choices, changed, send, pick) {
    const one = (name) => panel.querySelector(name)
    Object.assign(this, {
      feed, choices, changed, pick, plot: one(".plot"), worth: one(".worth"), wait: one(".wait"), unitChoice: one(".unit"),
      alongChoice: one(".along"), toggle: one(".references"), legend: one(".legend"),
      points: [], epochs: [], at: null, references: [],
    })
    this.alongChoice.replaceChildren(...Object.entries(ALONG).map(([name, title]) => new Option(`along ${title}`, name)))
    this.unitChoice.onchange = () => this.choose("unit", this.unitChoice.value)
    this.alongChoice.onchange = () => this.choose("along", this.alongChoice.value)
    this.toggle.onchange = () => {
      this.choose("references", this.toggle.checked)
      if (this.toggle.checked && this.counted.lines === null) send("count")
    }
  }

  choose(name, value) {
    this.choices[name] = value
    this.changed()
    this.draw()
  }

  /** Python's part: {quick, lines: [{name, title, nats}] or null: not counted yet, problem}, or null: not asked for. */
  update({ references }) {
    this.counted = references
    this.references = references?.lines ?? []
    this.toggle.parentElement.hidden = !references || references.lines?.length === 0
    this.draw()
  }

  hear({ run, points, epochs, kept }) {
    if (this.run?.id !== run.id) this.drawChoices(run)
    Object.assign(this, { run, points, epochs, kept })
    this.draw()
  }

  cursor(checkpoint) {
    this.at = checkpoint
    this.draw()
  }

  drawChoices({ units }) {
    const ordered = [...units].sort((a, b) => (FIRST.indexOf(a.name) + 1 || 9) - (FIRST.indexOf(b.name) + 1 || 9))
    this.unitChoice.replaceChildren(...ordered.map(({ name, title }) => new Option(TITLES[name] ?? title.toLowerCase(), name)))
    this.units = Object.fromEntries(units.map((unit) => [unit.name, unit]))
    this.first = ordered[0].name
  }

  get unit() {
    return this.units[this.choices.unit] ?? this.units[this.first]
  }

  get along() {
    return this.choices.along in ALONG ? this.choices.along : "epoch"
  }

  get wanted() {
    return Boolean(this.counted) && (this.choices.references ?? this.counted.quick)
  }

  /** An epoch's held-out figure in the unit that is shown, in words. */
  said(epoch) {
    return said(this.value(epoch, "val_"), this.unit)
  }

  value(epoch, prefix) {
    const convert = ofLoss(this.unit, this.run.bits_per_nat)
    const found = epoch[prefix + (convert ? "loss" : this.unit.metric)]
    return found === null || found === undefined ? NaN : convert ? convert(found) : found
  }

  where(one) {
    return this.along === "epoch" ? one.at : one[this.along]
  }

  lines() {
    const convert = ofLoss(this.unit, this.run.bits_per_nat)
    const place = { epoch: 0, step: 1, seconds: 2 }[this.along]
    const held = this.epochs.map((one) => [this.where(one), this.value(one, "val_")]).filter(([, y]) => Number.isFinite(y))
    const training = convert
      ? this.points.map((point) => [point[place], convert(point[3])])
      : this.epochs.map((one) => [this.where(one), this.value(one, "")]).filter(([, y]) => Number.isFinite(y))
    return { training: training.filter(([, y]) => Number.isFinite(y)), held }
  }

  draw() {
    if (!this.run) return
    const { unit, along, run } = this
    this.unitChoice.value = unit.name
    this.alongChoice.value = along
    this.toggle.checked = this.wanted
    const { training, held } = this.lines()
    const empty = !training.length && !held.length
    this.wait.hidden = !empty
    this.wait.textContent = this.nothing(run)
    this.drawLegend(training, held)
    const convert = ofLoss(unit, run.bits_per_nat)
    this.worth.textContent = this.wanted ? this.sentence(convert ? unit : this.units[this.first]) : ""
    const words = TITLES[unit.name] ?? unit.words
    const planned = run.live || run.resumable || !run.epochs_done ? run.planned[along] : null
    const spec = {
      series: [{ name: "training", points: training, colour: 1, width: this.large ? 4 : 2 }, { name: "held out", points: held, colour: 0, width: this.large ? 6 : 3.5, dots: true, stands: true }],
      xRange: planned ? [0, planned] : undefined, titles: { x: ALONG[along], y: words }, cursor: this.at && this.cursorAt(this.at),
      references: this.wanted && convert ? this.references.map(({ name, nats }) => ({ name, y: convert(nats) })) : [],
      key: `watch ${run.id} ${along} ${unit.name}`, controls: { zoom: !this.large && !this.plot.closest(".three"), legend: false }, empty: " ",
      label: `${words} over ${ALONG[along]}`, onPick: (x) => this.picked(x),
    }
    if (this.chart) this.chart.update(spec)
    else this.chart = this.feed.draw(this.plot, spec)
  }

  nothing({ live, epochs_done: done }) {
    if (live) return "The curve begins with the first batches."
    return done ? "No curve was kept of this run." : "It ended before its first point."
  }

  /** The checkpoint nearest to where somebody has clicked. */
  picked(x) {
    const near = (one) => Math.abs(this.cursorAt(one) - x)
    const { kept } = this
    if (kept.length) this.pick(kept.reduce((best, one) => (near(one) < near(best) ? one : best)))
  }

  sentence(unit) {
    if (this.counted.problem) return `No reference lines. ${this.counted.problem}`
    if (this.counted.lines === null) return "Counting n-grams in the training text …"
    return worth(this.references, this.epochs.filter(({ whole }) => whole), unit, this.run.bits_per_nat)
  }

  /** All that was measured at an epoch, as names and words. */
  figures(epoch) {
    return Object.values(this.units).flatMap((unit) => {
      const convert = ofLoss(unit, this.run.bits_per_nat)
      return [["held out", "val_"], ["training", ""]].flatMap(([part, prefix]) => {
        const found = epoch[prefix + (convert ? "loss" : unit.metric)]
        return Number.isFinite(found) ? [[`${unit.title}, ${part}`, short(convert ? convert(found) : found, unit)]] : []
      })
    })
  }

  /** Where a checkpoint stands on the axis: where it was measured, else between its neighbours. */
  cursorAt({ step, epoch }) {
    const same = this.epochs.find((one) => one.step === step)
    if (same) return this.where(same)
    if (this.along === "epoch") return epoch
    if (this.along === "step") return step
    return this.points.findLast((point) => point[1] <= step)?.[2] ?? 0
  }

  drawLegend(training, held) {
    for (const [name, line] of [["held", held], ["training", training]]) {
      const part = this.legend.querySelector(`.${name}`)
      part.hidden = !line.length
      part.querySelector("b").textContent = line.length ? short(line.at(-1)[1], this.unit) : ""
    }
  }

  /** Presented, in large letters and without buttons. */
  enlarge(large) {
    this.large = large
    this.draw()
  }

  close() {
    this.chart?.end()
  }
}
