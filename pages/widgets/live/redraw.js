// Tells the page, once for each change, that a run is no longer as it was drawn. Draws nothing.

const mounted = new WeakMap() // root -> what it follows, kept while Streamlit runs this again with other data

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector("i")
  const mine = mounted.get(root) ?? { stops: [], states: new Map(), told: new Map() }
  const begins = !mounted.has(root)
  mounted.set(root, mine)
  mine.look = (id, run) => {
    const now = JSON.stringify(data.figures.map((name) => run[name]))
    if (now === JSON.stringify(data.drawn[id]) || now === mine.told.get(id)) return
    mine.told.set(id, now)
    setTimeout(() => mine.ended || setTriggerValue("changed", `${id} ${now}`), 500 * Math.random()) // not all browsers at once
  }
  if (begins) import(new URL("live/client.js", document.baseURI)).then(({ subscribe }) => {
    for (const id of mine.ended ? [] : Object.keys(data.drawn)) {
      mine.stops.push(subscribe(`feed/run/${id}`, (state) => {
        if (state.run && !state.gone) mine.look(id, state.run)
      }))
    }
  })
  return () => {
    mine.ended = true
    mine.stops.forEach((stop) => stop())
    mounted.delete(root)
  }
}
