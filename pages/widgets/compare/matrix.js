// A table of texts: one row for each run. Texts, names and symbols come in as text nodes only.
// What stays the same is not drawn again, so that a cell that somebody scrolls or reads stays where it is.

const drawn = new WeakMap() // table -> what it shows
const PROMPT = 12 // letters of the prompt before a text

export default function ({ data, parentElement }) {
  const table = parentElement.querySelector("table")
  table.style.setProperty("--lines", data.lines)
  table.style.setProperty("--texts", data.columns.length)
  table.style.setProperty("--next", data.after ? "10rem" : "0px")
  const before = drawn.get(table)
  const heads = JSON.stringify([data.columns, data.after, data.prompt, data.rows.length])
  if (before?.heads !== heads) table.replaceChildren(head(data), document.createElement("tbody"))
  const known = before?.heads === heads ? before.rows : []
  const rows = data.rows.map((row) => JSON.stringify(row))
  rows.forEach((said, place) => {
    if (known[place] === said) return
    const made = line(data.rows[place], data)
    const old = table.tBodies[0].rows[place]
    if (old) old.replaceWith(made)
    else table.tBodies[0].append(made)
  })
  drawn.set(table, { heads, rows })
}

function head({ columns, after }) {
  const made = document.createElement("thead")
  const row = made.appendChild(document.createElement("tr"))
  row.append(cell("th", "Run", "run"))
  for (const name of columns) row.append(cell("th", name, "text"))
  if (after) row.append(cell("th", `Next after ${after}`, "next"))
  for (const one of row.children) one.scope = "col"
  return made
}

function line(row, { columns, prompt, after }) {
  const made = document.createElement("tr")
  const name = made.appendChild(cell("th", "", `run letter-${row.letter}`))
  name.scope = "row"
  const box = name.appendChild(part("div", "about"))
  box.tabIndex = 0 // a long name scrolls
  box.append(part("b", "letter", `● ${row.letter} `), part("b", "", row.name), part("small", "", ` ${row.note}`))
  if (row.problem) {
    const told = made.appendChild(cell("td", row.problem, "problem"))
    told.colSpan = columns.length + (after ? 1 : 0)
    return made
  }
  row.texts.forEach((text, place) => made.append(written(text, prompt, `${row.name}, ${columns[place]}`)))
  if (after) made.append(likely(row.likely))
  return made
}

function written(text, prompt, label) {
  const made = document.createElement("td")
  if (text === null) {
    made.append(part("small", "", "This run has not kept this epoch."))
    return made
  }
  const box = made.appendChild(part("pre", "text"))
  box.tabIndex = 0
  box.setAttribute("role", "group")
  box.setAttribute("aria-label", label)
  const end = prompt.length > PROMPT ? `…${prompt.slice(-PROMPT)}` : prompt
  box.append(part("span", "prompt", end), text)
  return made
}

function likely(symbols) {
  const made = cell("td", "", "next")
  const list = made.appendChild(part("ul", "likely"))
  list.tabIndex = 0
  list.setAttribute("aria-label", "Likely next")
  for (const [symbol, probability] of symbols) {
    const one = list.appendChild(document.createElement("li"))
    one.append(part("code", "", symbol), part("i", ""), part("span", "", `${Math.round(100 * probability)} %`))
    one.children[1].style.setProperty("--share", probability)
  }
  return made
}

function cell(name, content, classes = "") {
  return part(name, classes, content)
}

function part(name, classes, content = "") {
  const made = document.createElement(name)
  if (classes) made.className = classes
  made.textContent = content
  return made
}
