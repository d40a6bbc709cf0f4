// Loss curves of the compared runs on one pair of axes, as the feed tells of them: no rerun of the page moves them.
// Chooses what is drawn; how is the business of live/curve.js.

const BASE = new URL("live/", document.baseURI)
const PLACE = { epoch: 0, step: 1, seconds: 2 }
const opened = new WeakMap() // root -> promise of its Curves, which outlives a rerun

export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".curves")
  if (!opened.has(root)) opened.set(root, open(root))
  opened.get(root).then((curves) => curves.update(data))
  return () => {
    opened.get(root)?.then((curves) => curves.end())
    opened.delete(root)
  }
}

async function open(root) {
  const [{ subscribe }, { draw, inUnit }] = await Promise.all(
    ["client.js", "curve.js"].map((name) => import(new URL(name, BASE))),
  )
  return new Curves(root, subscribe, draw, inUnit)
}

class Curves {
  constructor(root, subscribe, draw, inUnit) {
    Object.assign(this, { root, subscribe, draw, inUnit, feeds: new Map(), states: new Map() })
  }

  update(data) {
    this.data = data
    const wanted = new Set(data.runs.map((run) => run.id))
    for (const [id, stop] of this.feeds) if (!wanted.has(id)) { stop(); this.feeds.delete(id); this.states.delete(id) }
    for (const id of wanted) if (!this.feeds.has(id)) this.follow(id)
    this.show()
  }

  follow(id) {
    this.feeds.set(id, this.subscribe(`feed/run/${id}`, (state) => {
      if (state.run) this.states.set(id, state)
      this.show()
    }))
  }

  end() {
    for (const stop of this.feeds.values()) stop()
    this.chart?.end()
  }

  show() {
    if (!this.data) return
    const spec = this.spec()
    if (this.chart) this.chart.update(spec)
    else this.chart = this.draw(this.root, spec)
  }

  spec() {
    const { runs, along, unit, title, axis, cursor, references } = this.data
    const known = runs.filter((run) => this.states.has(run.id))
    const ends = known.map((run) => this.states.get(run.id).run).filter((run) => run.live).map((run) => run.planned?.[along])
    const last = Math.max(0, ...ends.filter(Number.isFinite))
    const series = known.flatMap((run) => this.lines(run))
    const far = Math.max(last, ...series.flatMap((one) => one.points.map(([x]) => x)))
    return {
      series, titles: { x: axis, y: title }, cursor: along === "epoch" ? cursor : null,
      xRange: last ? [0, far] : undefined, controls: { zoom: true, smooth: true, legend: false },
      references: (references ?? []).map(({ name, nats }) => ({ name, y: this.inUnit(unit.name, nats, this.bits(known[0])) })),
      key: `compare ${runs.map((run) => run.id)} ${along} ${unit.name}`,
      label: `${title} of ${runs.map((run) => `${run.letter}, ${run.name}`).join("; ")}`,
    }
  }

  bits(run) {
    return run ? this.states.get(run.id).run.bits_per_nat : 1
  }

  lines(run) {
    const { points, epochs } = this.states.get(run.id)
    const { along, unit } = this.data
    const value = (one, prefix) => unit.of_loss
      ? this.inUnit(unit.name, one[`${prefix}loss`], this.bits(run)) : one[prefix + unit.metric]
    const where = (one) => (along === "epoch" ? one.at : one[along])
    const drawn = (pairs) => pairs.filter(([x, y]) => Number.isFinite(x) && Number.isFinite(y))
    const held = drawn(epochs.map((one) => [where(one), value(one, "val_")]))
    const inside = unit.of_loss && points.length > 1
    const training = drawn(inside
      ? points.map((point) => [point[PLACE[along]], this.inUnit(unit.name, point[3], this.bits(run))])
      : epochs.map((one) => [where(one), value(one, "")]))
    const same = { group: `${run.letter} · ${run.name}`, colour: run.colour }
    return [
      { ...same, name: `${run.letter}, training`, points: training, dash: true, width: 2, smooth: true, letter: held.length ? "" : run.letter },
      { ...same, name: `${run.letter}, held out`, points: held, dots: true, stands: true, letter: run.letter },
    ]
  }
}
