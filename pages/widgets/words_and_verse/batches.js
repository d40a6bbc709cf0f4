// A text cut into batches as rnnkit/texts/batches.py cuts it: streams side by side, or windows from anywhere.
// Letters come in as text nodes only. Knows no network.

const state = new WeakMap() // root -> what a person has chosen there, kept over reruns of the script

export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".batches")
  const at = (name) => root.querySelector(`.${name}`)
  const now = state.get(root) ?? { kind: "streams", size: 3, length: 20, batch: 1 }
  state.set(root, now)
  const letters = [...data.text]
  draw()

  function draw() {
    const cut = now.kind === "streams" ? streams(letters.length, now.size, now.length) : windows(letters.length, now.size, now.length)
    now.batch = Math.max(1, Math.min(now.batch, cut.count))
    at("batch").max = Math.max(1, cut.count)
    for (const name of ["size", "length", "batch"]) {
      at(name).value = now[name]
      at(`${name}_said`).textContent = name === "batch" ? `${now.batch} of ${cut.count}` : now[name]
    }
    if (!cut.count) {
      at("says").textContent = "The text is too short for such a batch."
      at("text").replaceChildren()
      return
    }
    const rows = cut.batch(now.batch - 1)
    const tokens = rows.length * now.length
    at("says").textContent = now.kind === "streams"
      ? `${rows.length} rows of ${now.length} tokens, ${tokens} predictions. ${now.batch === 1 ? "Every row begins with an empty state." : "Every row goes on where it stopped, with the state it had there."}`
      : `${rows.length} windows of ${now.length} tokens, ${rows.length} predictions. Each begins with an empty state; in an epoch each token is read up to ${now.length} times.`
    at("text").replaceChildren(...(now.kind === "streams" ? rows.map((first, row) => stream(row, first, cut.columns)) : [whole(rows)]))
  }

  function stream(row, first, columns) {
    const line = document.createElement("div")
    line.className = "row"
    const name = document.createElement("b")
    name.textContent = `Row ${row + 1}`
    line.append(name)
    const begin = row * columns
    for (let place = begin; place <= begin + columns && place < letters.length; place++) {
      const kind = place < first ? "before" : place < first + now.length ? "read" : place === first + now.length ? "target" : ""
      line.append(letter(letters[place], kind))
    }
    return line
  }

  function whole(rows) {
    const times = new Uint8Array(letters.length)
    for (const first of rows) for (let place = first; place < first + now.length; place++) times[place]++
    const targets = new Set(rows.map((first) => first + now.length))
    const text = document.createElement("div")
    for (let place = 0; place < letters.length; place++) {
      const read = times[place] > 1 ? "read twice" : times[place] ? "read" : ""
      text.append(letter(letters[place], targets.has(place) ? `${read} target` : read))
    }
    return text
  }

  for (const name of ["size", "length", "batch"]) {
    at(name).oninput = () => { now[name] = Number(at(name).value); draw() }
  }
  for (const radio of root.querySelectorAll("[name=kind]")) {
    radio.checked = radio.value === now.kind
    radio.onchange = () => { now.kind = radio.value; now.batch = 1; draw() }
  }
  at("next").onclick = () => { now.batch = now.batch >= Number(at("batch").max) ? 1 : now.batch + 1; draw() }
}

function letter(symbol, kind) {
  const one = document.createElement("span")
  one.className = kind
  one.textContent = symbol === "\n" ? "↵" : symbol
  return one
}

// The first places of the rows of each batch.
function streams(total, size, length) {
  const columns = Math.floor((total - 1) / size)
  const batch = (i) => Array.from({ length: size }, (_, row) => row * columns + i * length)
  return { columns, count: Math.floor(columns / length), batch }
}

function windows(total, size, length) {
  const starts = Array.from({ length: Math.max(0, total - length) }, (_, place) => place)
  let seed = 1 // shuffled, the same each time
  for (let i = starts.length - 1; i > 0; i--) {
    seed = (seed * 48271) % 2147483647
    const other = seed % (i + 1)
    ;[starts[i], starts[other]] = [starts[other], starts[i]]
  }
  return { count: Math.ceil(starts.length / size), batch: (i) => starts.slice(i * size, (i + 1) * size) }
}
