// The network unrolled over time, as SVG: layers from below to above, steps from left to right. Heights grow with the
// logarithm of the sizes. Comes after live_sizes.js in one script; knows layers by their kinds and ways, no architecture.

const SVG = "http://www.w3.org/2000/svg"
const KINDS = {
  OneHot: "One-hot", Reshape: "The number", SimpleRNN: "Simple RNN", Conv1D: "Convolution", DotAttention: "Attention",
  GlobalMaxPooling1D: "Largest of all steps", MaxPooling1D: "Larger of two", TransformerBlock: "Transformer block",
  RMSNormalization: "Norm", LastState: "Last state", Flatten: "First state", CoupledLSTM: "Coupled LSTM", MinGRU: "minGRU",
  MinLSTM: "minLSTM", PeepholeLSTM: "Peephole LSTM", SLSTM: "sLSTM", FullyRecurrent: "Fully recurrent",
}
const NAMES = {
  dense: "Output", dense_output: "Output", hidden: "Dense, ReLU", project: "Dense", attended: "Dense, tanh",
  dense_input: "Input, ReLU", dense_hidden: "Hidden, ReLU",
}
const INPUTS = ["OneHot", "Embedding", "Reshape"]
const LARGEST = 13 // a box of 2 ** 13 numbers is as high as its row
const [TOKEN, ABOVE, GAP] = [26, 19, 20] // heights: of a token, of a label above its row, between two rows
const EACH_STEP = 1200 // milliseconds, when it plays
const walks = new WeakMap() // root -> the step that is shown, null for all, and the timer that plays
let stamp = null // the step that what is drawn now belongs to
const WIDE = 560 // from this width on, labels stand beside the rows

export default function ({ data, parentElement }) {
  const picture = parentElement.querySelector(".picture")
  const sentence = parentElement.querySelector("p")
  const walk = walks.get(parentElement) ?? { at: null, timer: null }
  walks.set(parentElement, walk)
  let moved = {}
  const draw = () => {
    const found = network(data, moved)
    const width = picture.clientWidth
    if (!found || !width) return
    const rows = layered(found, data)
    picture.replaceChildren(pictureOf(rows, found, data, width))
    picture.setAttribute("aria-label", inWords(rows, found, data))
    walk.last = Math.max(...[...picture.querySelectorAll("[data-at]")].map((one) => Number(one.dataset.at)))
    if (walk.at > walk.last) walk.at = null
    show(picture, walk)
    sentence.setAttribute("aria-live", walk.at === null ? "off" : "polite")
    sentence.textContent = walk.at === null ? reading(found, data) : atStep(picture, walk, found, data)
  }
  const step = () => {
    walk.at = walk.at === null ? 0 : walk.at === walk.last ? null : walk.at + 1
    draw()
  }
  const stop = () => { clearInterval(walk.timer); walk.timer = null; label() }
  const [play, once] = parentElement.querySelectorAll("button")
  const label = () => { play.textContent = walk.timer ? "Pause" : "Play" }
  label()
  for (const one of [sentence, parentElement.querySelector(".steps")]) one.hidden = data.small
  once.onclick = () => { stop(); step() }
  play.onclick = () => {
    if (walk.timer) return stop()
    step()
    walk.timer = setInterval(() => (walk.at === null ? stop() : step()), EACH_STEP)
    label()
  }
  follow(parentElement, data, (now) => { moved = now; draw() })
  const observer = new ResizeObserver(() => draw())
  observer.observe(picture)
  return () => { observer.disconnect(); clearInterval(walk.timer) }
}

// ---- one step after the other

function show(picture, { at }) {
  for (const one of picture.querySelectorAll("[data-at]")) {
    one.classList.toggle("still", at !== null && Number(one.dataset.at) > at)
    one.classList.toggle("now", Number(one.dataset.at) === at)
  }
}

function atStep(picture, { at }, found, { reads }) {
  const pairs = reads === "pairs" || reads === "one"
  const [read, written] = ["read", "written"].map((kind) => picture.querySelector(`text.${kind}.now`)?.textContent)
  const time = picture.querySelector(".time.now")?.textContent
  const before = {
    state: at > 0 ? "the state of the step before comes along" : reads === "streams" ? "the state comes from the batch before" : "the state is empty",
    view: at > 0 || reads === "streams" ? "the steps before are looked at" : "nothing stands before it",
    kernel: at > 0 ? "a kernel sees it and the steps right before it" : "nothing stands before it",
  }[memory(found)]
  const answer = written === undefined ? (pairs ? "nothing is written yet" : "no answer is asked for yet")
    : reads === "texts" ? "the answer is the class" : `the right answer is “${written}”`
  return `${time}: “${read}” is read, ${before}, and ${answer}.`
}

// ---- what is drawn

// Layers as rows: dropout is no row of its own but a word at the layer that it is applied to.
function layered({ layers, values }, { input }) {
  const rows = []
  for (const layer of layers) {
    if (layer.kind === "Dropout") {
      rows.at(-1).dropout = values[layer.name.startsWith("embedding") ? "model.embedding_dropout" : "model.dropout"]
      continue
    }
    const role = INPUTS.includes(layer.kind) ? "in" : ["carried", "both"].includes(layer.goes) ? "carried"
      : layer.kind === "Dense" ? "dense" : "other"
    rows.push({ ...layer, role, size: layer.shape.at(-1), once: layer.shape.length === 2 })
  }
  return rows
}

function title(row, { cell }) {
  if (row.kind === "Bidirectional") return `Both ways: ${cell}`
  return NAMES[row.name] ?? KINDS[row.kind] ?? row.kind
}

function amount(row, { values }, { each }) {
  if (row.kind === "FullyRecurrent") return `${grouped(values["model.units"])} hidden + ${grouped(row.size - values["model.units"])} answer nodes`
  if (row.name.startsWith("dense") && NAMES[row.name] === "Output" && row.size > 1) return `${grouped(row.size)}, one per ${each}`
  if (row.role === "carried") return `${grouped(row.kind === "Bidirectional" ? row.size / 2 : row.size)} units${row.kind === "Bidirectional" ? " each" : ""}`
  if (row.kind === "OneHot") return `${grouped(row.size)} numbers, one is 1`
  if (row.kind === "Conv1D") return `${grouped(row.size)} kernels of ${row.near} steps`
  return row.size === 1 ? "1 number" : `${grouped(row.size)} numbers`
}

function weights(row) {
  return row.params ? `${grouped(row.params)} parameters` : "no parameters"
}

function dropped(row) {
  return row.dropout ? ` · dropout ${Math.round(100 * row.dropout)} %` : ""
}

// How a network knows of the steps before: by a state, by looking back, or only of those that a kernel covers.
function memory({ layers }) {
  const ways = layers.map((layer) => layer.goes)
  return ways.some((way) => ["carried", "both"].includes(way)) ? "state" : ways.includes("before") ? "view" : "kernel"
}

function reading(found, { reads, tokens }) {
  const { values } = found
  const [rows, steps] = [grouped(values["batches.batch_size"]), grouped(values["batches.length"])]
  return {
    streams: `Streams: ${rows} rows of ${steps} ${tokens} at once, an answer after each. ${memory(found) === "state" ? "The state goes on" : `The last ${steps} steps stay in view`} from batch to batch.`,
    windows: `Windows: ${steps} ${tokens} are read, and one answer comes after the last. ${memory(found) === "state" ? "Each window begins with an empty state." : "Nothing is remembered from window to window."}`,
    texts: `Whole texts of up to ${steps} ${tokens}: one class comes after the last.`,
    pairs: "One sequence is read, another is written: each symbol that was written is read for the next.",
    one: "One symbol says what is wanted; a sequence is written from it, and each symbol that was written is read for the next.",
  }[reads]
}

function inWords(rows, found, data) {
  const { params, values } = found
  const layers = rows.map((row) => `${title(row, data)}: ${amount(row, found, data)}, ${weights(row)}${dropped(row)}`)
  const inner = [["input", "model.input_dropout"], ["recurrent", "model.recurrent_dropout"]]
    .filter(([, name]) => values[name]).map(([where, name]) => `${where} dropout ${values[name]}`)
  return [`The network, from input to output. ${layers.join("; ")}`, ...inner, `${grouped(params)} parameters in all.`].join(". ")
}

// ---- where it is drawn

// Columns of the steps that are shown: the first ones and the last two, or all of them where they are few.
function columns(steps, left, right) {
  const most = right - left < 300 ? 4 : 6
  const count = steps === null ? 4 : Math.min(steps, most)
  const cut = steps !== null && steps > most
  const apart = (right - left) / (count + (cut ? 0.6 : 0))
  return Array.from({ length: count }, (_, place) => {
    const later = cut && place >= count - 2
    return { index: place, x: left + apart * (place + 0.5 + (later ? 0.6 : 0)), after: cut && place === count - 3, apart,
      t: steps === null ? place + 1 : later ? steps - count + place + 1 : place + 1 }
  })
}

function paired(cols) {
  return Array.from({ length: Math.ceil(cols.length / 2) }, (_, place) => {
    const two = cols.slice(2 * place, 2 * place + 2)
    return { ...two.at(-1), from: two, x: two.reduce((sum, one) => sum + one.x, 0) / two.length,
      after: two.some((one) => one.after) }
  })
}

function pictureOf(rows, found, data, width) {
  const parts = rows.some((row) => row.part)
  const beside = !parts && width >= WIDE && !data.small
  const source = rows.filter((row) => row.part === "source" && row.goes !== "last" && row.kind !== "Flatten")
  const main = rows.filter((row) => row.part !== "source")
  const label = beside ? 0 : ABOVE
  const slot = Math.max(data.small ? 24 : beside ? 44 : 28, Math.min(data.small ? 40 : 74, (data.height - 2 * (TOKEN + GAP)) / main.length - label - GAP))
  const height = 2 * TOKEN + (main.length + 1) * GAP + main.length * (slot + label) + 20
  const svg = node("svg", { viewBox: `0 0 ${width} ${height}`, width, height, "aria-hidden": "true", class: beside ? "beside" : "" })
  const place = { slot, label, height, svg, data, beside, found, words: node("g", {}) }
  const steps = found.values["batches.length"]
  if (!parts) {
    const [left, right] = beside ? [218, width - 46] : [data.reads === "streams" ? 30 : 4, width - (data.reads === "streams" ? 30 : 4)]
    stack(main, columns(steps, left, right), { ...place, begin: beside ? 0 : left, end: width - 4 })
    stamp = null
    svg.append(place.words)
    return svg
  }
  const middle = width * (source.length > 1 ? 0.46 : 0.3)
  const read = stack(source, columns(source.length > 1 ? null : 1, 4, middle - 24),
    { ...place, begin: 4, end: middle - 24, inputs: data.input, outputs: null })
  const written = stack(main, columns(null, middle + 24, width - 4).map((col) => ({ ...col, index: col.index + read[0].length })),
    { ...place, begin: middle + 24, end: width - 4, inputs: data.written, outputs: data.output })
  handOver(svg, read.at(-1), written, rows)
  stamp = null
  svg.append(place.words) // over the arrows
  return svg
}

// One stack of layers over its columns. Returns each row's boxes: [{x, top, bottom, width}].
function stack(rows, cols, place) {
  const { slot, label, svg, data } = place
  const inputs = place.inputs ?? data.input
  const outputs = place.outputs === undefined ? data.output : place.outputs
  let y = place.height - 18 - TOKEN
  let below = cols.map((col) => ({ ...col, top: y, bottom: y + TOKEN, width: Math.min(46, col.apart * 0.8) }))
  below.forEach((box, at) => {
    stamp = box.index
    token(svg, box, inputs[Math.min(at, inputs.length - 1)], "read")
    text(svg, box.x, y + TOKEN + 14, `t = ${box.t}`, "small middle time")
  })
  const all = []
  for (const row of rows) {
    y -= GAP + slot
    const over = row.goes === "pairs" ? paired(below) : row.once && !["carried", "both", "near", "before"].includes(row.goes) ? [below.at(-1)] : below
    const high = slot * Math.min(1, Math.max(0.1, Math.log2(row.size + 1) / LARGEST))
    const boxes = over.map((col) => ({ ...col, from: row.goes === "pairs" ? col.from : undefined, top: y + (slot - high) / 2, bottom: y + (slot + high) / 2, width: Math.min(58, col.apart * 0.62) }))
    upward(svg, row, below, boxes, row.goes === "all" ? below : null)
    boxes.forEach((box) => { stamp = box.index; drawBox(svg, box, row) })
    across(svg, row, boxes, place)
    stamp = null
    caption(row, y, place)
    y -= label
    below = row.once && boxes.length > 1 ? ends(row, boxes) : boxes
    all.push(boxes)
  }
  if (outputs) {
    y -= GAP + TOKEN
    const tops = below.slice(rows.at(-1)?.once ? -1 : 0).map((box) => ({ ...box, top: y, bottom: y + TOKEN, width: Math.min(46, box.apart * 0.8) }))
    tops.forEach((box, at) => {
      stamp = box.index
      arrow(svg, below.at(at - tops.length), box, "answer")
      token(svg, box, outputs[tops.length === 1 ? outputs.length - 1 : Math.min(at, outputs.length - 1)], "written")
    })
  }
  return all
}

// What goes up from a layer that has one output for all steps: its last state, and of the way back its first.
function ends(row, boxes) {
  return row.goes === "both" ? [boxes[0], boxes.at(-1)] : [boxes.at(-1)]
}

function caption(row, y, { slot, words, begin, end, beside, data, found }) {
  const size = amount(row, found, data)
  if (beside) {
    text(words, begin, y + slot / 2 - 11, title(row, data), "name")
    text(words, begin, y + slot / 2 + 8, size + dropped(row), "small")
    if (row.params) text(words, begin, y + slot / 2 + 26, weights(row), "small")
    return
  }
  const room = end - begin
  const name = text(words, begin, y - 5, title(row, data), "name")
  if (room > 140) {
    const more = name.appendChild(node("tspan", { class: "small", dx: 8 }))
    more.textContent = room > 330 ? size + dropped(row) : room > 230 ? size : grouped(row.size)
  }
  if (row.params && room > 250) text(words, end, y - 5, room > 420 ? weights(row) : grouped(row.params), "small end")
}

// ---- pieces

function upward(svg, row, below, boxes, every) {
  boxes.forEach((box, at) => {
    stamp = box.index
    const reach = row.goes === "near" ? row.near : row.goes === "before" ? boxes.length : 1
    let from = every ?? box.from ?? (boxes.length === below.length ? below.slice(Math.max(0, at - reach + 1), at + 1) : below)
    if (row.goes === "near" && boxes.slice(Math.max(0, at - reach + 1), at).some((one) => one.after)) from = [below[at]]
    from.forEach((one) => arrow(svg, one, box, one.x === box.x ? "up" : "up faint"))
  })
}

function drawBox(svg, box, row) {
  const { x, top, bottom, width } = box
  const high = Math.max(3, bottom - top)
  svg.append(node("rect", { x: x - width / 2, y: top, width, height: high, rx: 5, class: `box ${row.role}${row.dropout ? " dropout" : ""}` }))
  if (row.kind === "Bidirectional") svg.append(node("line", { x1: x - width / 2, x2: x + width / 2, y1: top + high / 2, y2: top + high / 2, class: `rule ${row.role}` }))
  if (row.kind === "OneHot") svg.append(node("rect", { x: x - width / 2 + 3, y: top + high * 0.35, width: width - 6, height: Math.max(3, high * 0.1), class: "one" }))
}

// The states, from step to step; a dotted line where steps are left out.
function across(svg, row, boxes, { data, svg: { viewBox } }) {
  const ways = row.goes === "both" ? [1, -1] : row.goes === "carried" ? states(data, row).map(() => 1) : []
  ways.forEach((way, place) => {
    const shift = row.goes === "both" ? way * (boxes[0].bottom - boxes[0].top) / 4 : (place - (ways.length - 1) / 2) * 7
    const y = (boxes[0].top + boxes[0].bottom) / 2 + shift
    for (let at = 0; at + 1 < boxes.length; at++) {
      stamp = boxes[at + 1].index
      const [one, next] = way > 0 ? [boxes[at], boxes[at + 1]] : [boxes[at + 1], boxes[at]]
      line(svg, one.x + way * one.width / 2, y, next.x - way * (next.width / 2 + 2), y, `state${boxes[at].after ? " skipped" : ""}`)
    }
    if (data.reads !== "streams") return
    const [first, last] = [boxes[0], boxes.at(-1)]
    stamp = first.index
    line(svg, first.x - first.width / 2 - Math.min(26, first.apart * 0.3), y, first.x - first.width / 2 - 2, y, "state skipped")
    stamp = last.index
    line(svg, last.x + last.width / 2, y, last.x + last.width / 2 + Math.min(26, last.apart * 0.3), y, "state skipped")
  })
  boxes.filter((box) => box.after && !ways.length).forEach((box) => text(svg, (box.x + box.width / 2 + boxes[boxes.indexOf(box) + 1]?.x - box.width / 2) / 2, (box.top + box.bottom) / 2 + 4, "···", "small middle"))
}

function states({ states: known }, row) {
  return row.kind === "Dense" || row.part ? ["hidden_state"] : known.length ? known : ["hidden_state"]
}

// From what was read to what is written: the last state, and where there is attention every state.
function handOver(svg, read, written, rows) {
  const carried = rows.filter((row) => row.part === "target").findIndex((row) => row.goes === "carried")
  const [last, first] = [read.at(-1), written[carried][0]]
  const y = (last.top + last.bottom) / 2
  stamp = first.index
  curve(svg, last.x + last.width / 2, y, first.x - first.width / 2 - 2, (first.top + first.bottom) / 2, "state")
  stamp = null
  const looks = rows.filter((row) => row.part === "target").findIndex((row) => row.goes === "source")
  if (looks < 0) return
  const target = written[looks][0]
  stamp = target.index
  for (const box of read) curve(svg, box.x, box.top, target.x - target.width / 2 - 2, (target.top + target.bottom) / 2, "look")
}

function token(svg, { x, top, width }, word, kind) {
  svg.append(node("rect", { x: x - width / 2, y: top, width, height: TOKEN, rx: 13, class: `token ${kind}` }))
  const letters = text(svg, x, top + 18, word, `token middle ${kind}`)
  if (word.length * 9.2 > width - 10) Object.entries({ textLength: width - 12, lengthAdjust: "spacingAndGlyphs" }).forEach(([name, value]) => letters.setAttribute(name, value))
}

function arrow(svg, from, to, kind) {
  line(svg, from.x, from.top - 1, to.x, to.bottom + 2, kind)
}

function line(svg, x1, y1, x2, y2, kind) {
  svg.append(node("line", { x1, y1, x2, y2, class: `line ${kind}` }))
  head(svg, x2, y2, Math.atan2(y2 - y1, x2 - x1), kind)
}

function curve(svg, x1, y1, x2, y2, kind) {
  const middle = (x1 + x2) / 2
  svg.append(node("path", { d: `M${x1},${y1} C${kind === "look" ? x1 : middle},${kind === "look" ? y2 : y1} ${middle},${y2} ${x2},${y2}`, class: `line ${kind}` }))
  head(svg, x2, y2, 0, kind)
}

function head(svg, x, y, angle, kind) {
  const turned = `translate(${x} ${y}) rotate(${(angle * 180) / Math.PI})`
  svg.append(node("path", { d: "M0,0 L-6,-3.5 L-6,3.5 Z", transform: turned, class: `head ${kind}` }))
}

function text(svg, x, y, words, kind) {
  const made = svg.appendChild(node("text", { x, y, class: kind }))
  made.textContent = words
  return made
}

function node(name, attributes) {
  const made = document.createElementNS(SVG, name)
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value)
  if (stamp !== null) made.dataset.at = stamp
  return made
}
