// What moves, for all that look on in this browser page: one poll for each address, however many components draw it.
// Keeps the whole state, merges what is new into it, and hands it to whoever comes late. Draws nothing.
//
//   const stop = subscribe("feed/run/ID", (state) => ...)
//
// `state` of a run: run, points, epochs, kept, text (see docs/feed.md), and of any address
//   error   a sentence, while the server does not answer or refuses; what was known stays
//   gone    the run is not there (any more)

const BASE = new URL("..", import.meta.url) // this module lies in live/
const TICK = 1500, BEGINNING = 300, QUEUED = 2000, OVER = 5000 // milliseconds between two polls
const LONGEST = 15000 // after failures in a row
const HIDDEN = 10000 // while nobody sees the page
const GRACE = 5000 // Streamlit takes a component away and puts it back: what is known is kept so long
const AWAY = "The server does not answer. What is shown was true a moment ago; this page looks again by itself."

const feeds = new Map()

export function subscribe(path, onData) {
  const feed = feeds.get(path) ?? new Feed(path)
  feeds.set(path, feed)
  return feed.add(onData)
}

// Look at once: something was just asked of what is polled here.
export function refresh(path) {
  feeds.get(path)?.poll()
}

// What a checkpoint writes and expects next: `texts("ID", {at: STEP, prompt, seed})`. Rejects with the server's sentence.
export async function texts(run, { at = "", prompt = "", seed = "" } = {}, signal) {
  const address = new URL(`feed/run/${encodeURIComponent(run)}/texts`, BASE)
  for (const [name, value] of Object.entries({ at, prompt, seed, calm: 1 })) if (value !== "") address.searchParams.set(name, value)
  if (!written.has(address.href)) {
    const answer = await fetch(address, { signal })
    const value = await answer.json()
    if (value.error) throw new Error(value.error)
    written.set(address.href, value)
    if (written.size > 200) written.delete(written.keys().next().value)
  }
  return written.get(address.href)
}
const written = new Map()

// The state after an answer. A list is sent from the place `…_from` on; null stands for what is as it was.
export function merge(state, answer) {
  if (!("points" in answer)) return { ...answer, error: null, gone: false }
  const before = answer.reset || !state.run ? { points: [], epochs: [], kept: [], text: null } : state
  return {
    run: answer.run,
    points: [...before.points.slice(0, answer.points_from), ...answer.points],
    epochs: [...before.epochs.slice(0, answer.epochs_from), ...answer.epochs],
    kept: answer.kept ?? before.kept,
    text: answer.text ?? before.text,
    error: null,
    gone: false,
  }
}

class Feed {
  constructor(path) {
    this.path = path
    this.state = {}
    this.cursor = this.tag = ""
    this.failures = 0
    this.subscribers = new Set()
    this.seen = () => { if (!document.hidden) this.poll() }
  }

  add(onData) {
    const mine = { onData }
    this.subscribers.add(mine)
    clearTimeout(this.leaving)
    if (this.running) {
      if (Object.keys(this.state).length) queueMicrotask(() => this.subscribers.has(mine) && this.tell(mine))
    } else this.start()
    return () => {
      this.subscribers.delete(mine)
      if (!this.subscribers.size) this.leaving = setTimeout(() => this.end(), GRACE)
    }
  }

  start() {
    this.running = true
    document.addEventListener("visibilitychange", this.seen)
    this.poll()
  }

  end() {
    if (this.subscribers.size) return
    this.running = false
    clearTimeout(this.next)
    document.removeEventListener("visibilitychange", this.seen)
    feeds.delete(this.path)
  }

  async poll() {
    if (!this.running || this.asking) return
    clearTimeout(this.next)
    this.asking = true
    try {
      await this.ask()
    } catch {
      this.failures++
      this.change({ ...this.state, error: AWAY })
    } finally {
      this.asking = false
      if (this.running) this.next = setTimeout(() => this.poll(), this.wait())
    }
  }

  async ask() {
    const address = new URL(this.path, BASE)
    address.searchParams.set("calm", 1) // what is refused is told here, and not in the browser's console
    if (this.cursor) address.searchParams.set("since", this.cursor)
    const headers = this.tag ? { "If-None-Match": this.tag } : {}
    const answer = await fetch(address, { headers, cache: "no-store" })
    if (answer.status === 304) return this.heard()
    const value = await answer.json()
    if (value.error) {
      const gone = value.status === 404
      this.failures = gone ? 0 : this.failures + 1
      return this.change({ ...this.state, error: value.error, gone })
    }
    this.tag = answer.headers.get("ETag") ?? ""
    this.cursor = value.cursor ?? ""
    this.failures = 0
    this.change(merge(this.state, value))
  }

  // Nothing is new; but who was told that the server is away learns that it is back.
  heard() {
    this.failures = 0
    if (this.state.error) this.change({ ...this.state, error: null, gone: false })
  }

  change(state) {
    const same = state.error && state.error === this.state.error && state.gone === this.state.gone
    this.state = state
    if (!same) for (const one of this.subscribers) this.tell(one)
  }

  tell(one) {
    try {
      one.onData(this.state)
    } catch (error) {
      reportError(error) // the others are told all the same
    }
  }

  wait() {
    if (this.failures) return Math.min(LONGEST, 1000 * 2 ** (this.failures - 1))
    if (document.hidden) return HIDDEN
    const { run, text, gone, open } = this.state
    if (gone) return HIDDEN
    if (open === false) return OVER // no class: one may begin
    if (!run) return TICK
    if (run.status === "queued") return QUEUED
    return run.live ? (text ? TICK : BEGINNING) : OVER
  }
}
