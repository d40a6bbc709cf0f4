// Words of the field on a page: a label that is one of the glossary's words gets dots under it and says its sentence when
// one points at it, taps it or comes to it by keyboard. A component marks its own: <span data-rnnkit-word tabindex="0">.
// Knows no page; the words are rnnkit/lessons/glossary.json.

const LABELS = "[data-testid=stWidgetLabel] p, [data-testid=stMetricLabel] p, [data-testid=stHeading] :is(h2, h3, h4)"
const OWN_HELP = ":is([data-testid=stWidgetLabel], [data-testid=stMetricLabel]):has([data-testid=stTooltipIcon])"
const MARK = "data-rnnkit-term", WORD = "data-rnnkit-word"

const known = new Map() // word, in all its forms -> its sentence
const ready = fetch(new URL("live/glossary.json", document.baseURI))
  .then((answer) => (answer.ok ? answer.json() : []))
  .then((terms) => {
    for (const [name, meaning, forms] of terms) for (const form of [name, ...forms]) known.set(form.toLowerCase(), meaning)
  })

/** The sentence of a label; "Held-out loss, bits per character" is explained by its first part. */
function meaning(label) {
  const text = (label.getAttribute(WORD) || label.textContent).trim().toLowerCase()
  return known.get(text) ?? known.get(text.split(",")[0].trim())
}

/** Mark the labels below `root` that are words of the glossary. */
export async function explain(root = document.body) {
  await ready
  for (const label of root.querySelectorAll(LABELS)) {
    const said = meaning(label)
    if (!said) label.removeAttribute(MARK)
    else if (label.getAttribute("aria-description") !== said) {
      label.setAttribute(MARK, "")
      label.setAttribute("aria-description", said)
      // One that has a help of its own beside it is reached there: no second stop for the Tab key.
      if (!label.closest(OWN_HELP)) label.tabIndex = 0
    }
  }
}

const bubble = document.body.appendChild(document.createElement("div"))
Object.assign(bubble, { id: "rnnkit-term", role: "tooltip", hidden: true })

function show(label) {
  const said = meaning(label)
  if (!said) return
  label.setAttribute("aria-description", said)
  bubble.textContent = said
  bubble.style.colorScheme = getComputedStyle(label).colorScheme
  bubble.hidden = false
  const box = label.getBoundingClientRect(), above = box.top - bubble.offsetHeight - 6
  const left = Math.max(8, Math.min(box.left, window.innerWidth - bubble.offsetWidth - 8))
  Object.assign(bubble.style, { left: `${left}px`, top: `${above > 8 ? above : box.bottom + 6}px` })
}

const hide = () => (bubble.hidden = true)
// Inside a component too, whose insides an event does not name by itself.
const labelOf = (event) => event.composedPath()[0].closest?.(`[${MARK}], [${WORD}]`)

for (const kind of ["pointerover", "focusin", "click"]) {
  document.addEventListener(kind, (event) => {
    const label = labelOf(event)
    if (label) show(label)
    else hide()
  })
}
document.addEventListener("keydown", (event) => event.key === "Escape" && hide())
document.addEventListener("scroll", hide, { capture: true, passive: true })
