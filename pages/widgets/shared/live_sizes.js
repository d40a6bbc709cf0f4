// A network of other sizes, while a slider is dragged: formulas from rnnkit/training/formulas.py are worked out, sliders
// of the page are watched. Stands before the script of each component that needs it. Knows no network and no drawing.

const OPERATIONS = {
  "+": (a, b) => a + b, "-": (a, b) => a - b, "*": (a, b) => a * b, "/": (a, b) => a / b,
  "//": (a, b) => Math.floor(a / b), "=": (a, b) => a === b, "<": (a, b) => a < b, "<=": (a, b) => a <= b,
  ">": (a, b) => a > b, ">=": (a, b) => a >= b,
}

export function workOut(formula, values) {
  if (!Array.isArray(formula)) return typeof formula === "string" ? values[formula] : formula
  return OPERATIONS[formula[0]](workOut(formula[1], values), workOut(formula[2], values))
}

// The network with these sizes; null where only the server can say what it is.
export function network(data, moved = {}) {
  let values = { ...data.values, ...moved }
  for (const [name, size] of Object.entries(moved)) {
    if (!(name in data.plans) || size === data.values[name]) continue
    const { steps, symbols } = data.plans[name][size] ?? {}
    values = { ...values, steps, symbols }
  }
  const holds = ({ conditions }) => conditions.every(([formula, held]) => workOut(formula, values) === held)
  const found = data.tables.find(holds)
  if (!found) return null
  const layers = found.layers.map((layer) => ({
    ...layer,
    shape: layer.shape.map((size) => (size === null ? null : workOut(size, values))),
    params: workOut(layer.params, values),
    near: layer.near === undefined ? undefined : workOut(layer.near, values),
  }))
  return {
    values, layers,
    params: layers.reduce((sum, layer) => sum + layer.params, 0),
    memory: workOut(found.memory, values),
    seconds: values.steps === undefined ? undefined : workOut(found.seconds, values) * data.slower,
  }
}

// Seconds as people say them: as `spoken` of rnnkit/runs/progress.py.
export function spoken(seconds) {
  if (seconds < 90) return `${Math.max(1, Math.round(seconds))} s`
  const minutes = Math.round(seconds / 60)
  return minutes < 90 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}

export function bytes(size) {
  return size > 1e9 ? `${grouped(size / 1e9, 1)} GB` : `${Math.round(size / 1e6)} MB`
}

export function grouped(number, digits = 0) {
  return number.toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits })
}

const followed = new WeakMap() // root of a component -> what it follows

// Calls `changed(moved)` now, and whenever one of `data.sliders` moves, by mouse, finger or key, or an exact number is
// typed beside it. `data.sliders`: field -> the class of its box and where it stands at the server's number.
export function follow(root, data, changed) {
  const known = followed.get(root)
  if (known) {
    // The server moves a slider after a number was typed beside it: until then it stands where it stood.
    const old = Object.fromEntries(Object.keys(known.typed).map((name) => [name, standing(data.sliders[name])]))
    Object.assign(known, { data, changed, typed: {}, old })
    return known.tell()
  }
  const state = { data, changed, typed: {}, old: {} }
  state.tell = () => state.changed({ ...moved(state), ...state.typed })
  followed.set(root, state)
  const observer = new MutationObserver(() => {
    if (root.isConnected) return state.tell()
    observer.disconnect()
    document.removeEventListener("input", typed)
  })
  const typed = (event) => {
    for (const [name, slider] of Object.entries(state.data.sliders)) {
      const number = Number(event.target.value)
      if (!event.target.closest?.(`.${slider.place}-exact`) || !Number.isInteger(number)) continue
      if (number < slider.least || number > slider.most || event.target.value === "") continue
      state.typed[name] = number
      state.tell()
    }
  }
  observer.observe(document.body, { attributes: true, subtree: true, attributeFilter: ["aria-valuetext"] })
  document.addEventListener("input", typed)
  state.tell()
}

function moved({ data, old }) {
  const found = {}
  for (const [name, slider] of Object.entries(data.sliders)) {
    const number = standing(slider)
    if (old[name] !== undefined && old[name] !== number) delete old[name]
    if (number !== undefined && number !== slider.at && number !== old[name]) found[name] = number
  }
  return found
}

function standing(slider) {
  const text = slider && document.querySelector(`.${slider.place} input[type=range]`)?.getAttribute("aria-valuetext")
  return text ? Number(text.replaceAll(",", "")) : undefined
}
