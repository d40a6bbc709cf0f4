// What a checkpoint writes: asked of the server once, kept, and that of the neighbours before anybody gets there.
// Whatever a network wrote goes into text nodes. Knows no timeline.

const KEPT = 400 // answers

export class Texts {
  /** @param ask (step, prompt, seed) -> Promise of {texts: [{temperature, text}], likeliest, unknown, problem} */
  constructor(ask) {
    this.ask = ask
    this.known = new Map() // key -> answer, in the order in which they came
    this.coming = new Map()
  }

  key = (step, prompt, seed) => `${step} ${seed} ${prompt}`

  now(...asked) {
    return this.known.get(this.key(...asked))
  }

  get(...asked) {
    const key = this.key(...asked)
    if (this.known.has(key)) return Promise.resolve(this.known.get(key))
    if (!this.coming.has(key)) {
      const answer = this.ask(...asked).then((found) => {
        this.known.set(key, found)
        if (this.known.size > KEPT) this.known.delete(this.known.keys().next().value)
        return found
      }).finally(() => this.coming.delete(key))
      this.coming.set(key, answer)
    }
    return this.coming.get(key)
  }
}

/** Draws texts side by side: [{heading, prompt, text}], each in a box that one can scroll with the keyboard. */
export function drawTexts(place, shown) {
  const boxes = shown.map(({ heading, prompt, text, said }) => {
    const box = element("article", "text")
    if (heading) box.append(element("h4", "", heading))
    const letters = element("pre", said ? "empty" : "")
    Object.assign(letters, { tabIndex: 0 })
    letters.setAttribute("role", "group")
    letters.setAttribute("aria-label", heading ? `Text, ${heading.toLowerCase()}` : "Text")
    if (prompt) letters.append(element("span", "prompt-shown", prompt))
    letters.append(said ?? text)
    box.append(letters)
    return box
  })
  place.replaceChildren(...boxes)
}

const PROMPT_CHARS = 40 // of a longer prompt at most so many stand before a text

export function promptEnd(prompt) {
  if (prompt.length <= PROMPT_CHARS) return prompt
  const cut = prompt.slice(-PROMPT_CHARS)
  return `…${cut.includes(" ") ? cut.slice(cut.indexOf(" ") + 1) : cut}`
}

/** The end of a prompt in one line, spaces and line ends as a reader can see them. */
export function tail(prompt, most = 14) {
  const shapes = { " ": "␣", "\n": "⏎", "\t": "⇥" }
  return (prompt.length > most ? "…" : "") + [...prompt.slice(-most)].map((letter) => shapes[letter] ?? letter).join("")
}

/** Figures in large letters, for a network that writes nothing: [[name, words], …]. */
export function drawFigures(place, figures) {
  const list = element("dl", "figures")
  for (const [name, words] of figures) list.append(element("dt", "", name), element("dd", "", words))
  place.replaceChildren(list)
}

/** The likeliest next symbols as bars: [{symbol, probability}, …]. */
export function drawNext(list, likeliest) {
  const most = Math.max(...likeliest.map(({ probability }) => probability), 0.01)
  list.replaceChildren(...likeliest.map(({ symbol, probability }) => {
    const item = element("li")
    const share = element("span", "share")
    const bar = element("i")
    bar.style.transform = `scaleY(${probability / most})`
    share.append(bar)
    item.append(share, element("b", "", symbol), element("span", "", percent(probability)))
    return item
  }))
}

const percent = (share) => `${(100 * share).toFixed(share < 0.0995 ? 1 : 0)} %`

export function element(name, classes = "", content = "") {
  const made = document.createElement(name)
  if (classes) made.className = classes
  if (content) made.textContent = content
  return made
}
