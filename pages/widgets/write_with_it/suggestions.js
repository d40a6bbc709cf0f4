// A box to write in, and keys with what a network offers to put where the caret stands.
// The text is the browser's own: an answer only changes the keys. What a network wrote comes in as text nodes only.

const boxes = new WeakMap() // root -> what was asked about its text, and what is offered
const APART = 100 // milliseconds between two questions: a fast hand asks about every second or third key
const STORED = "rnnkit.keyboard" // the text outlives a visit to another page, in this tab of this browser

export default function ({ data, parentElement, setStateValue }) {
  const root = parentElement.querySelector(".keyboard")
  if (!boxes.has(root)) boxes.set(root, begin(root, data))
  const box = boxes.get(root)
  box.send = (question) => setStateValue("asked", question)
  if (box.text === null) ask(box) // the first time
  answer(box, data)
  return () => clearTimeout(box.timer)
}

function begin(root, data) {
  const area = root.querySelector("textarea")
  const box = { root, area, asked: new Map(), last: 0, sentAt: 0, text: null, basis: "", words: [], symbols: [] }
  area.maxLength = data.most
  area.value = stored()
  const changed = () => {
    store(area.value)
    if (before(area) === box.text) return
    box.hushed = false
    draw(box)
    clearTimeout(box.timer)
    box.timer = setTimeout(() => ask(box), Math.max(0, box.sentAt + APART - performance.now()))
  }
  box.changed = changed
  for (const kind of ["input", "click", "keyup"]) area.addEventListener(kind, changed)
  area.addEventListener("keydown", (event) => pressed(box, event))
  // Streamlit has keys of its own, and cannot see from outside that somebody is typing.
  for (const kind of ["keydown", "keyup", "keypress"]) root.addEventListener(kind, (event) => event.stopPropagation())
  return box
}

function before(area) {
  return area.value.slice(0, area.selectionStart)
}

function ask(box) {
  box.text = before(box.area)
  box.sentAt = performance.now()
  box.last = Math.max(box.last + 1, Date.now())
  box.asked.set(box.last, { text: box.text, at: box.sentAt })
  box.send({ number: box.last, text: box.text })
}

// An answer counts if it is to one of our questions and not older than what is shown. It may come when more was typed.
function answer(box, data) {
  const question = box.asked.get(data.number)
  if (question === undefined) return
  for (const number of box.asked.keys()) if (number < data.number) box.asked.delete(number)
  box.basis = question.text
  box.words = data.words
  box.symbols = data.symbols
  draw(box)
  box.root.querySelector(".unknown").textContent = data.unknown
  if (!question.answered) {
    question.answered = true
    const took = Math.round(performance.now() - question.at)
    box.root.dataset.took = took
    box.root.dataset.answered = data.number
    box.root.querySelector(".work").textContent = `Suggestions after ${took} ms; ${data.work}.`
  }
}

// What was typed since an answer is taken off its offers; those that it contradicts go.
function fitting(box, offers) {
  const text = before(box.area)
  if (box.hushed || !text.startsWith(box.basis)) return []
  const typed = text.slice(box.basis.length)
  return offers
    .filter((offer) => offer.text.startsWith(typed) && offer.text.length > typed.length)
    .map((offer) => shorter(offer, typed.length))
}

function shorter(offer, length) {
  const label = offer.label.length === offer.text.length ? offer.label.slice(length) : offer.label
  return { ...offer, text: offer.text.slice(length), label }
}

function draw(box) {
  const [words, symbols] = [fitting(box, box.words), fitting(box, box.symbols)]
  box.offered = words
  const begun = before(box.area).match(/[\p{L}\p{N}\p{M}'’_]*$/u)[0]
  fill(box, ".offers", words.map((offer, place) => {
    const word = element("span", "word")
    const whole = /^[\p{L}\p{N}\p{M}'’_]/u.test(offer.text)
    const [, lead, rest] = /^(␣?)(.*)$/su.exec(offer.label)
    word.append(element("span", "typed", whole ? begun : lead), element("b", "", rest))
    return key(offer, [word], `${whole ? begun : ""}${offer.text}`, `Alt+${place + 1}`)
  }))
  fill(box, ".symbols", symbols.map((offer) => key(offer, [element("span", "", offer.label)], offer.label)))
}

function key(offer, face, name, shortcut) {
  const made = element("button", "")
  made.type = "button"
  made.append(...face, element("span", "chance", chance(offer.probability)))
  made.setAttribute("aria-label", `Insert ${name}, ${chance(offer.probability)}`)
  if (shortcut) made.setAttribute("aria-keyshortcuts", shortcut)
  made.dataset.text = offer.text
  return made
}

function fill(box, place, keys) {
  const row = box.root.querySelector(place)
  const focused = [...row.children].findIndex((child) => child.matches(":focus"))
  row.replaceChildren(...keys)
  for (const made of keys) {
    made.onpointerdown = (event) => event.preventDefault() // the box keeps the focus, and a phone its keyboard
    made.onclick = () => insert(box, made.dataset.text)
  }
  if (focused >= 0) (keys[focused] ?? box.area).focus()
}

function insert(box, text) {
  box.area.focus()
  const room = box.area.maxLength - box.area.value.length + box.area.selectionEnd - box.area.selectionStart
  if (text.length > room) return
  // The browser's own way, since it can be undone.
  if (!document.execCommand("insertText", false, text)) {
    box.area.setRangeText(text, box.area.selectionStart, box.area.selectionEnd, "end")
    box.changed()
  }
}

function pressed(box, event) {
  if (event.isComposing) return
  const digit = event.altKey && !event.ctrlKey && /^(?:Digit|Numpad)([1-9])$/.exec(event.code)
  const plainTab = event.key === "Tab" && !event.shiftKey && !event.altKey && !event.ctrlKey
  const offer = digit ? box.offered[digit[1] - 1] : plainTab ? box.offered[0] : undefined
  if (offer) {
    event.preventDefault()
    insert(box, offer.text)
  } else if (event.key === "Escape") {
    box.hushed = true
    draw(box)
  }
}

function chance(probability) {
  if (probability < 0.0005) return "<0.1 %"
  return probability >= 0.1 ? `${Math.round(100 * probability)} %` : `${(100 * probability).toFixed(1)} %`
}

function stored() {
  try {
    return sessionStorage.getItem(STORED) ?? ""
  } catch {
    return "" // a browser may forbid it
  }
}

function store(text) {
  try {
    sessionStorage.setItem(STORED, text)
  } catch {
    // then the text lives as long as the page
  }
}

function element(name, classes, content = "") {
  const made = document.createElement(name)
  made.className = classes
  made.textContent = content
  return made
}
