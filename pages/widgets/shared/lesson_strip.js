// The strip of a lesson: one bar over the whole window, at its foot on a phone, that stays while pages come and go.
// It draws a step and says what was pressed; where that leads is decided in Python. Knows no page.

const MOVES = { KeyN: "next", KeyB: "back" } // with Alt
const GRACE = 8000 // another page brings the strip back within this time
const FOLDED = "rnnkit lesson folded"

export default function ({ data, parentElement, setTriggerValue }) {
  const strip = (window.rnnkitLesson ??= new Strip(parentElement.querySelector("template"), parentElement.querySelector("style")))
  strip.mount(data, (asked) => setTriggerValue("asked", `${asked} ${Date.now()}`))
  return () => strip.leave()
}

class Strip {
  constructor(template, style) {
    this.host = Object.assign(document.createElement("div"), { id: "rnnkit-lesson" })
    const root = this.host.attachShadow({ mode: "open" })
    root.append(style.cloneNode(true), template.content.cloneNode(true))
    this.one = (selector) => root.querySelector(selector)
    this.room = document.createElement("style") // the app makes room for the bar
    document.head.append(this.room)
    document.body.prepend(this.host)
    for (const button of root.querySelectorAll("[data-ask]")) button.onclick = () => this.ask(button.dataset.ask)
    this.one(".question").onclick = () => this.open(this.one(".panel").hidden)
    this.one(".answer").onclick = () => this.answer(true)
    this.one(".fold").onclick = () => this.fold(!this.folded)
    this.keys = (event) => this.key(event)
    document.addEventListener("keydown", this.keys)
    this.sizes = new ResizeObserver(() => this.makeRoom())
    this.sizes.observe(this.one(".strip"))
    this.fold(sessionStorage.getItem(FOLDED) === "yes")
  }

  mount(data, send) {
    clearTimeout(this.leaving)
    this.send = send
    const another = this.data?.name !== data.name || this.data?.number !== data.number
    this.data = data
    if (another) this.begin()
    this.draw()
    this.follow()
    if (this.waiting) this.ask(this.waiting)
  }

  leave() {
    this.send = null
    this.leaving = setTimeout(() => this.end(), this.ended ? 0 : GRACE)
  }

  end() {
    this.stop?.()
    this.sizes.disconnect()
    document.removeEventListener("keydown", this.keys)
    this.host.remove()
    this.room.remove()
    window.rnnkitLesson = undefined
    window.dispatchEvent(new Event("resize"))
  }

  // Another step: its question is closed, and the browser remembers how far one has come.
  begin() {
    this.open(false)
    clearTimeout(this.late)
    this.busy(false)
    if (!this.data.number) return
    const path = new URL(".", document.baseURI).pathname
    document.cookie = `rnnkit_lesson_${this.data.name}=${this.data.number}; path=${path}; max-age=2592000; samesite=lax`
  }

  draw() {
    const { data } = this
    const led = data.led && !data.teaches
    this.one(".strip").hidden = !data.number // only listens, in a class
    if (!data.number) return
    this.host.lang = data.language
    this.one(".strip").setAttribute("aria-label", `Lesson: ${data.title}`)
    this.one(".number").textContent = `${data.number} of ${data.count}`
    this.one(".number").title = `${data.title}. ${data.step}`
    for (const name of ["do", "look", "asked", "answered"]) this.one(`.${name}`).replaceChildren(...data[name].map(piece))
    this.one(".left").textContent = data.left ? `${data.left} min left` : ""
    this.one(".left").title = `This step takes about ${data.minutes} min`
    this.one("[data-ask=back]").disabled = data.number === 1
    this.one("[data-ask=next]").disabled = data.number === data.count
    for (const move of ["back", "next"]) this.one(`[data-ask=${move}]`).hidden = led
    this.one("[data-ask=here]").hidden = !data.away
    this.one(".led").textContent = led ? "Your teacher leads." : ""
    this.one(".teacher").hidden = !data.teaches
    this.one("[data-ask=lead]").setAttribute("aria-pressed", String(data.led))
    this.one("[data-ask=free]").setAttribute("aria-pressed", String(data.free))
  }

  // In a class that is led the page goes where the class is.
  async follow() {
    if (!this.data.follows || this.stop) return
    this.stop = () => {}
    const { subscribe } = await import(new URL("live/client.js", document.baseURI))
    this.stop = subscribe("feed/class", ({ lesson }) => {
      const now = lesson ? `${lesson.name} ${lesson.step} ${lesson.free}` : ""
      if (lesson !== undefined && this.data.follows && now !== this.data.heard && now !== this.told) {
        this.told = now
        this.ask("follow")
      }
    })
  }

  ask(what) {
    if (!this.send) return void (this.waiting = what) // between two pages
    this.waiting = null
    this.ended = what === "end"
    this.busy(true)
    this.late = setTimeout(() => this.busy(false), GRACE)
    this.send(what)
  }

  busy(is) {
    this.one(".strip").setAttribute("aria-busy", String(is))
  }

  key(event) {
    const move = event.altKey && !event.ctrlKey && !event.metaKey && MOVES[event.code]
    const button = move && this.one(`[data-ask=${move}]`)
    if (button && !button.hidden) {
      event.preventDefault()
      button.click()
    } else if (event.key === "Escape") this.open(false)
  }

  open(is) {
    this.one(".panel").hidden = !is
    this.one(".question").setAttribute("aria-expanded", String(is))
    this.answer(false)
  }

  answer(is) {
    this.one(".answered").hidden = !is
    this.one(".answer").hidden = is
  }

  fold(is) {
    this.folded = is
    sessionStorage.setItem(FOLDED, is ? "yes" : "no")
    this.one(".strip").classList.toggle("folded", is)
    this.one(".fold").setAttribute("aria-expanded", String(!is))
    this.one(".fold").textContent = is ? "▾" : "▴"
    this.open(false)
  }

  makeRoom() {
    const high = `${this.one(".strip").offsetHeight}px`
    this.room.textContent = `.stApp :is([data-testid=stMain], :has(> [data-testid=stMain])) { height: 100% }
      @media (min-width: 641px) { .stApp { top: ${high} } }
      @media (max-width: 640px) { .stApp { bottom: ${high} } }
      @media print { #rnnkit-lesson { display: none } .stApp { top: 0 } }`
    window.dispatchEvent(new Event("resize")) // screens that fit the window look again
  }
}

// A word of the glossary explains itself, as labels of pages do.
function piece([text, word]) {
  if (!word) return document.createTextNode(text)
  const span = Object.assign(document.createElement("span"), { textContent: text, tabIndex: 0 })
  span.dataset.rnnkitWord = word
  return span
}
