// A text symbol by symbol, each above two bars of entropy. Click, or the arrow keys, picks one.
// Symbols come in as text nodes only: what a network wrote never becomes a part of the page.

const drawn = new WeakMap() // root -> what it shows, so that a rerun leaves the focus where it is
const waiting = new WeakMap() // root -> timer of a pick that was not sent yet
const HELD = 120 // milliseconds without another key before a pick is sent

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".strip")
  const { at, ...text } = data
  const shown = JSON.stringify(text)
  if (drawn.get(root) !== shown) {
    draw(root, text)
    drawn.set(root, shown)
  }
  if (!waiting.has(root)) select(root, at, false)

  const pick = (place, wait) => {
    select(root, place, true)
    clearTimeout(waiting.get(root))
    waiting.set(root, setTimeout(() => {
      waiting.delete(root)
      setTriggerValue("picked", place)
    }, wait))
  }
  root.onclick = (event) => {
    const option = event.target.closest("[role=option]")
    if (option) pick(Number(option.dataset.place), 0)
  }
  root.onkeydown = (event) => {
    const last = text.symbols.length - 1
    const now = Number(root.querySelector("[aria-selected=true]")?.dataset.place ?? 0)
    const to = { ArrowRight: now + 1, ArrowLeft: now - 1, Home: 0, End: last }[event.key]
    if (to === undefined) return
    event.preventDefault()
    pick(Math.max(0, Math.min(last, to)), HELD)
  }
}

function select(root, place, focus) {
  for (const option of root.querySelectorAll("[role=option]")) {
    const chosen = Number(option.dataset.place) === place
    option.setAttribute("aria-selected", String(chosen))
    option.tabIndex = chosen ? 0 : -1
    if (chosen && focus) option.focus()
  }
}

function draw(root, text) {
  const lines = root.querySelector("[role=listbox]")
  root.querySelector(".prompt").textContent = text.prompt
  lines.replaceChildren()
  let word = null
  text.symbols.forEach((symbol, place) => {
    if (word === null) word = lines.appendChild(element("span", "word"))
    word.append(option(text, symbol, place))
    if (text.line_end[place]) lines.append(document.createElement("br"))
    // A line may break after a space, or where no space comes.
    if (symbol.length > 1 || text.mark[place] || text.gap[place + 1] || word.childElementCount >= 24) word = null
  })
}

function option(text, symbol, place) {
  const cell = element("span", ["gap", "mark", "turn"].filter((name) => text[name][place]).join(" "))
  cell.setAttribute("role", "option")
  cell.dataset.place = place
  const bits = `${text.before[place].toFixed(2)} bits before, ${text.after[place].toFixed(2)} after`
  cell.setAttribute("aria-label", `Token ${place + 1}, ${symbol}: ${bits}`)
  cell.title = `Token ${place + 1}: ${bits}`
  cell.append(element("span", "letter", symbol), element("span", "bars"))
  for (const part of ["before", "after"]) {
    const bar = cell.lastChild.appendChild(element("i", part))
    bar.style.height = `${(100 * text[part][place]) / text.most}%`
  }
  return cell
}

function element(name, classes, content = "") {
  const made = document.createElement(name)
  made.className = classes
  made.textContent = content
  return made
}
