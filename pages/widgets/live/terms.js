// Words of the field on a page: a label that is one of the glossary's words gets dots under it and says its sentence when
// one points at it, taps it or comes to it by keyboard. Knows no page; the words are rnnkit/lessons/glossary.json.

const LABELS = [
  "[data-testid=stWidgetLabel] p", "[data-testid=stMetricLabel] p",
  "[data-testid=stHeading] :is(h2, h3, h4)", "[data-rnnkit-word]",
].join(", ")
const OWN_HELP = ":is([data-testid=stWidgetLabel], [data-testid=stMetricLabel]):has([data-testid=stTooltipIcon])"
const MARK = "data-rnnkit-term", ID = "rnnkit-term"

let known = null

/** Word -> its sentence, for all forms of it. */
async function words() {
  known ??= fetch(new URL("live/glossary.json", document.baseURI)).then((answer) => (answer.ok ? answer.json() : []))
  const found = new Map()
  for (const [name, meaning, forms] of await known) for (const form of [name, ...forms]) found.set(form.toLowerCase(), meaning)
  return found
}

/** "Held-out loss, bits per character" is explained by its first part. */
const meaning = (found, text) => found.get(text) ?? found.get(text.split(",")[0].trim())

/** Mark the labels below `root` that are words of the glossary. */
export async function explain(root = document.body) {
  const found = await words()
  for (const label of root.querySelectorAll(LABELS)) {
    const said = meaning(found, label.textContent.trim().toLowerCase())
    if (!said) label.removeAttribute(MARK)
    else if (label.getAttribute(MARK) !== said) {
      label.setAttribute(MARK, said)
      // One that has a help of its own beside it is reached there: no second stop for the Tab key.
      if (!label.closest(OWN_HELP)) label.tabIndex = 0
    }
  }
}

function bubble() {
  const there = document.getElementById(ID)
  if (there) return there
  const made = document.createElement("div")
  Object.assign(made, { id: ID, role: "tooltip", hidden: true })
  document.body.append(made)
  return made
}

function show(label) {
  const said = bubble(), box = label.getBoundingClientRect()
  said.textContent = label.getAttribute(MARK)
  said.style.colorScheme = getComputedStyle(label).colorScheme
  said.hidden = false
  label.setAttribute("aria-describedby", ID)
  const left = Math.max(8, Math.min(box.left, window.innerWidth - said.offsetWidth - 8))
  const above = box.top - said.offsetHeight - 6
  Object.assign(said.style, { left: `${left}px`, top: `${above > 8 ? above : box.bottom + 6}px` })
}

const hide = () => (bubble().hidden = true)
const labelOf = (event) => event.target.closest?.(`[${MARK}]`)

if (!window.rnnkitExplains) {
  window.rnnkitExplains = true
  for (const kind of ["pointerover", "focusin", "click"]) {
    document.addEventListener(kind, (event) => {
      const label = labelOf(event)
      if (label) show(label)
      else if (kind !== "focusin" || !bubble().hidden) hide()
    })
  }
  document.addEventListener("keydown", (event) => event.key === "Escape" && hide())
  document.addEventListener("scroll", hide, { capture: true, passive: true })
}
