// What the screen says, as numbers and sentences: epochs, durations, losses in a unit, what the loss is worth.
// Pure functions; knows no page and no server. Each says the same as its namesake in Python (metrics.py, progress.py).

const trimmed = (text) => (text.includes(".") ? text.replace(/\.?0+$/, "") : text)

/** A number of epochs as people read it: 3, 1.25, 0.022, 1e-05. */
export function epochNumber(epoch) {
  if (Number.isInteger(epoch)) return String(epoch)
  if (epoch >= 0.1) {
    const hundredths = epoch * 100 // Python rounds a half to the even neighbour
    const even = hundredths % 1 === 0.5 ? 2 * Math.round(hundredths / 2) : Math.round(hundredths)
    return (even / 100).toFixed(2)
  }
  const [digits, power] = epoch.toExponential(1).split("e")
  if (Number(power) >= -4) return trimmed(epoch.toFixed(1 - Number(power)))
  return `${trimmed(digits)}e-${power.slice(1).padStart(2, "0")}`
}

/** A checkpoint by its place: epoch 3, epoch 1.25; inside the first epoch its step, step 50. */
export function moment({ epoch, step }) {
  return epoch < 1 ? `step ${step.toLocaleString("en")}` : `epoch ${epochNumber(epoch)}`
}

/** The place of the checkpoint that an address asks for, or the last one before it; null: the newest. */
export function position(kept, asked) {
  if (!kept.length || !/^\d{1,9}(\.\d{1,20})?(e-\d{1,2})?$/.test(asked ?? "")) return null
  const same = kept.findIndex(({ epoch }) => epochNumber(epoch) === asked)
  if (same >= 0) return same
  return Math.max(0, kept.filter(({ epoch }) => epoch <= Number(asked)).length - 1)
}

/** Seconds as people say them: 40 s, 3 min, 2 h 5 min; empty for none. */
export function spoken(seconds) {
  if (!Number.isFinite(seconds)) return ""
  if (seconds < 90) return `${Math.max(1, Math.round(seconds))} s`
  const minutes = Math.round(seconds / 60)
  return minutes < 90 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}

/** What a unit makes of a loss in nats per token; `bits` is bits per character for one nat. */
const OF_LOSS = {
  nats: (loss) => loss,
  bits: (loss, bits) => loss * bits,
  perplexity: (loss) => Math.exp(Math.min(loss, 50)),
  "of texts": (loss) => loss,
  squared: (loss) => loss,
}

/** (loss) -> value in the unit; null where the unit is no loss but a figure of its own. */
export const ofLoss = (unit, bits) => OF_LOSS[unit.name] && ((loss) => OF_LOSS[unit.name](loss, bits))

/** A value in a unit, in words: 2.310 bits per character, 1 in 4.6 guesses. */
export function said(value, unit) {
  if (!Number.isFinite(value)) return ""
  if (unit.name === "perplexity") return `1 in ${guesses(value)} guesses`
  if (unit.name === "accuracy") return `${(100 * value).toFixed(1)} % right`
  return `${figure(value)} ${unit.words}`
}

/** The same without the unit's name, for who knows it. */
export function short(value, unit) {
  if (unit.name === "perplexity") return `1 in ${guesses(value)}`
  return unit.name === "accuracy" ? `${(100 * value).toFixed(1)} %` : figure(value)
}

const guesses = (value) => (value < 9.95 ? value.toFixed(1) : Math.round(value).toLocaleString("en"))
export const figure = (value) => (Number.isFinite(value) ? value.toFixed(Math.abs(value) < 100 ? 3 : 0) : "")

/** Which references the network has passed and when, and how far the next one is; empty while nothing was measured. */
export function worth(references, epochs, unit, bits) {
  const measured = epochs.filter(({ val_loss: loss }) => Number.isFinite(loss))
  if (!references.length || !measured.length) return ""
  const hardest = new Map() // of several passed at once only the hardest is named
  for (const one of [...references].sort((a, b) => b.nats - a.nats)) {
    const first = measured.find(({ val_loss: loss }) => loss < one.nats)
    if (first) hardest.set(first.step, [one, first.seconds])
  }
  const told = [...hardest.entries()].sort(([a], [b]) => a - b)
    .map(([, [one, seconds]]) => `${one.title} after ${spoken(seconds)}`).join(", ")
  const lowest = Math.min(...measured.map(({ val_loss: loss }) => loss))
  const ahead = references.filter(({ nats }) => nats <= lowest)
  if (!ahead.length) return `Past ${told}: below all of them.`
  const next = ahead.reduce((a, b) => (b.nats > a.nats ? b : a))
  const convert = ofLoss(unit, bits)
  const apart = unit.name === "perplexity"
    ? `now at 1 in ${guesses(convert(lowest))}, ${next.title} at 1 in ${guesses(convert(next.nats))}`
    : `${figure(convert(lowest) - convert(next.nats))} ${unit.words} above ${next.title}`
  const sentence = told ? `Past ${told}; ${apart}.` : `${apart}.`
  return sentence[0].toUpperCase() + sentence.slice(1)
}
