// Present: the screen alone, in letters for the last row. A button, the key F, Escape to leave; arrows and space move
// the timeline, or what takes its place: {by, slider, play, back}. Knows no run.

const FIELDS = "input:not([type=range]):not([type=checkbox]), textarea, select, [contenteditable=true]"
const PRESSED = "button, summary, a, input[type=checkbox]" // what space presses

export class Present {
  constructor(frame, button, timeline, resized) {
    Object.assign(this, { frame, button, timeline, resized, on: false, behind: [] })
    button.onclick = () => this.turn(!this.on)
    this.heard = (event) => this.key(event)
    document.addEventListener("keydown", this.heard, true)
  }

  close() {
    if (this.on) this.turn(false)
    document.removeEventListener("keydown", this.heard, true)
  }

  key(event) {
    const target = event.composedPath()[0]
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || !target.matches) return
    if (target.matches(FIELDS)) return
    if (event.key.toLowerCase() === "f" && !event.repeat) return this.take(event, () => this.turn(!this.on))
    if (event.key === "Escape" && this.on) return this.take(event, () => this.timeline.back?.() || this.turn(false))
    const slides = target.matches("input[type=range]") && this.frame.contains(target)
    if (event.key === " " && (slides || (this.on && !target.matches(PRESSED)))) {
      return this.take(event, () => this.timeline.play.click())
    }
    if (!this.on || slides) return
    const { timeline } = this
    const to = { ArrowLeft: () => timeline.by(-1), ArrowRight: () => timeline.by(1),
      Home: () => timeline.by(-Infinity), End: () => timeline.by(Infinity) }[event.key]
    if (to) this.take(event, to)
  }

  take(event, act) {
    event.preventDefault()
    event.stopPropagation()
    act()
  }

  /** In the browser's top layer, so that nothing of the page lies over it; what lies behind cannot be reached. */
  turn(on) {
    this.on = on
    this.frame.classList.toggle("present", on)
    this.button.setAttribute("aria-pressed", String(on))
    this.button.textContent = on ? "Leave" : "Present"
    this.button.title = on ? "Back to the page (Escape)" : "Large letters, nothing beside them (F)"
    if (on) {
      this.frame.popover = "manual"
      this.frame.showPopover()
      this.behind = others(this.frame).filter((node) => !node.inert)
    } else {
      this.frame.hidePopover()
      this.frame.removeAttribute("popover")
    }
    for (const node of this.behind) node.inert = on
    if (on) this.timeline.slider.focus() // or space would press the button that has begun it
    else this.button.focus()
    this.resized()
  }
}

/** Everything in the page that is neither the frame nor holds it. */
function others(frame) {
  const found = []
  for (let node = frame; node && node !== document.body; node = node.parentNode ?? node.host) {
    for (const beside of node.parentNode?.children ?? []) if (beside !== node) found.push(beside)
  }
  return found.filter((node) => !["STYLE", "SCRIPT", "LINK"].includes(node.tagName))
}
