// The slim header: how the run stands, how far it is, how long it will take, and what one may ask of it.
// Sends what was pressed by its name; knows no server.

import { element } from "./texts.js"

const STATUS = {
  queued: "In the queue", starting: "Starting", training: "Training", paused: "Paused", stopped: "Stopped",
  finished: "Finished", diverged: "Diverged", failed: "Failed",
}
const NEXT = {
  failed: ({ epochs_done: done }) => done ? "Press Resume: it goes on after its last finished epoch." : "Press Resume to try again.",
  diverged: ({ epochs_done: done }) => done && "The finished epochs are kept. Fork one of them with a lower learning rate (Export).",
}

export class Header {
  constructor(root, send) {
    const one = (name) => root.querySelector(name)
    Object.assign(this, {
      name: one(".name"), badge: one(".badge"), bar: one(".progress"), stands: one(".stands"), says: one(".says"), send,
      buttons: Object.fromEntries([...root.querySelectorAll("[data-order]")].map((each) => [each.dataset.order, each])),
    })
    for (const [order, button] of Object.entries(this.buttons)) button.onclick = () => this.ask(order)
  }

  /** What was pressed cannot be pressed twice before the server has answered. */
  ask(order) {
    this.buttons[order].disabled = true
    this.send(order)
  }

  /** @param may whether this person may ask anything of the run */
  draw(run, may) {
    this.name.textContent = run.name
    this.badge.textContent = STATUS[run.status] ?? run.status
    this.badge.dataset.status = run.status
    const share = Math.round(1000 * (run.progress ?? 0)) / 10
    this.bar.setAttribute("aria-valuenow", share)
    this.bar.firstElementChild.style.width = `${share}%`
    this.stands.textContent = this.stands.title = run.says.join(" ")
    this.drawOrders(run, may)
    this.drawSays(run)
  }

  drawOrders(run, may) {
    const possible = { pause: run.live && run.wanted === "run", stop: run.live && run.wanted !== "stop", resume: run.resumable }
    for (const [order, button] of Object.entries(this.buttons)) {
      const offered = Boolean(may && possible[order])
      if (button.hidden === offered) button.disabled = false
      button.hidden = !offered
    }
  }

  /** Sentences: the trainer's own, and what is wrong round the run. What failed says what can be done. */
  drawSays(run) {
    const bad = run.status === "failed" || run.status === "diverged"
    const sentences = [run.message, ...run.troubles, NEXT[run.status]?.(run)].filter(Boolean)
    this.tell(sentences, bad)
  }

  tell(sentences, bad = false) {
    const said = JSON.stringify(sentences)
    if (this.told === said) return
    this.told = said
    this.says.hidden = !sentences.length
    this.says.classList.toggle("bad", bad)
    this.says.replaceChildren(...sentences.map((one) => element("p", "", one)))
  }
}
