// A text coloured by one unit of a network. All units of the layer came with it, so that another is shown at once.
// Tokens come in as text nodes only. Knows no network: numbers from -1 to 1 (or 0 to 1) for each token and unit.
// What is looked at and what a person has marked live in the address, so that a rerun of the script needs no new text.

const TICK = 90 // milliseconds a token while it plays
const SETTLES = 250 // milliseconds without another choice before the page is told
const MOST_FOUND = 6 // units that are on in a selected part
const SHORT = 300 // tokens: the frame is as high as the text
const CHOSEN = ["layer", "quantity", "unit", "place"]
const state = new WeakMap() // root -> what a person has chosen there, kept over reruns of the script

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".inside")
  const at = (name) => root.querySelector(`.${name}`)
  const now = state.get(root) ?? { pinned: [] }
  state.set(root, now)
  if (now.asked !== data.asked) {
    const start = Object.fromEntries(CHOSEN.map((name) => [name, 0]))
    Object.assign(now, start, data.at ?? inAddress(), { asked: data.asked, touched: false, part: null, marks: marksInAddress(data.text) })
  }
  now.listens?.abort()
  now.listens = new AbortController()
  const { signal } = now.listens
  const layers = now.message === data ? now.layers : data.layers.map(decoded)
  Object.assign(now, { message: data, layers })
  const shown = () => layers[now.layer].quantities[now.quantity] ?? layers[now.layer].quantities[0]
  clamp()
  write(at("text"), data.symbols)
  options(at("layer"), data.layers.map((layer) => layer.title), now.layer)
  at("layer").parentElement.hidden = layers.length < 2
  root.classList.toggle("one", layers[0].units < 2)
  root.classList.toggle("short", data.symbols.length < SHORT)
  for (const name of ["of_unit", "units", "pin", "play"]) at(name).hidden = layers[0].units < 2
  at("mine").hidden = !data.text
  at("quantity").parentElement.hidden = layers.length < 2 && layers[0].quantities.length < 2
  paint()
  marked()

  function clamp() {
    now.layer = Math.min(now.layer, layers.length - 1)
    now.quantity = Math.min(now.quantity, layers[now.layer].quantities.length - 1)
    now.unit = Math.max(0, Math.min(now.unit, layers[now.layer].units - 1))
    now.place = Math.max(0, Math.min(now.place, data.symbols.length - 1))
    now.pinned = now.pinned.filter((one) => layers[one.layer]?.quantities[one.quantity] && one.unit < layers[one.layer].units)
  }

  function paint() {
    const { values, gate, most, title } = shown()
    const units = layers[now.layer].units
    options(at("quantity"), layers[now.layer].quantities.map((one) => one.title), now.quantity)
    for (const input of [at("unit"), at("units")]) {
      input.max = units - 1
      input.value = now.unit
    }
    at("units").setAttribute("aria-valuetext", `unit ${now.unit}`)
    colour(at("text").children, (place) => numberAt(layers[now.layer], values, now.unit, place), gate)
    at("low").textContent = gate ? "0" : format(-most)
    at("high").textContent = format(most)
    root.classList.toggle("gate", gate)
    say(title)
    strips()
    mark()
  }

  function value(place) {
    const { values, most } = shown()
    return numberAt(layers[now.layer], values, now.unit, place) * most
  }

  function say(title) {
    const [low, high] = extremes()
    const here = value(now.place)
    const there = Number.isNaN(here) ? `${layers[now.layer].title} does not read it` : format(here)
    at("says").textContent = `${layers[now.layer].units > 1 ? `Unit ${now.unit}, ${title}` : title}: from ${format(low)} to ${format(high)}. At ${spoken(data.symbols[now.place])}: ${there}.`
  }

  function extremes() {
    let [low, high] = [Infinity, -Infinity]
    for (let place = 0; place < data.symbols.length; place++) {
      const one = value(place)
      if (one < low) low = one
      if (one > high) high = one
    }
    return [low, high]
  }

  function mark() {
    at("text").querySelector(".here")?.classList.remove("here")
    at("text").children[now.place]?.classList.add("here")
    for (const strip of at("pinned").querySelectorAll("b")) strip.style.left = `${(100 * (now.place + 0.5)) / data.symbols.length}%`
  }

  // ---- units that the list of followers asks for, and those that are pinned

  document.addEventListener("rnnkit-unit", ({ detail }) => {
    if (!data.text || (detail.gently && (now.touched || inAddress()))) return
    show(detail.layer, detail.quantity, detail.unit, !detail.gently)
    if (!detail.gently) go(now.place)
  }, { signal })
  document.addEventListener("rnnkit-address", () => {
    const asked = inAddress()
    if (!data.text || !asked || now.timer || CHOSEN.every((name) => asked[name] === now[name])) return
    Object.assign(now, asked)
    clamp()
    paint()
  }, { signal })

  function show(layer, quantity, unit, touched = true) {
    Object.assign(now, { layer, quantity, unit, touched })
    clamp()
    paint()
  }

  function strips() {
    at("pinned").replaceChildren(...now.pinned.map((one, index) => {
      const { values, gate, title } = layers[one.layer].quantities[one.quantity]
      const row = element("div", "strip")
      const name = element("button", "", `${one.unit} · ${title}`)
      name.type = "button"
      name.onclick = () => show(one.layer, one.quantity, one.unit)
      const away = element("button", "away", "×")
      away.type = "button"
      away.setAttribute("aria-label", `Unpin unit ${one.unit}`)
      away.onclick = () => { now.pinned.splice(index, 1); strips(); mark() }
      const canvas = element("canvas", "")
      canvas.setAttribute("role", "img")
      canvas.setAttribute("aria-label", `Unit ${one.unit}, ${title}, over the text`)
      const frame = element("div", "line")
      frame.append(canvas, element("b", ""))
      frame.onclick = (event) => go(Math.floor((event.offsetX / frame.clientWidth) * data.symbols.length))
      row.append(name, frame, away)
      requestAnimationFrame(() => curve(canvas, (place) => numberAt(layers[one.layer], values, one.unit, place), gate, data.symbols.length))
      return row
    }))
  }

  // ---- the hand

  function go(place, tell = true) {
    now.place = Math.max(0, Math.min(data.symbols.length - 1, place))
    now.touched = true
    mark()
    say(shown().title)
    if (!tell || !data.text) return
    const chosen = Object.fromEntries(CHOSEN.map((name) => [name, now[name]]))
    clearTimeout(now.timer)
    now.timer = setTimeout(() => {
      now.timer = null
      remember(chosen)
      setTriggerValue("picked", chosen)
    }, SETTLES)
  }

  at("layer").onchange = () => show(at("layer").selectedIndex, now.quantity, now.unit)
  at("quantity").onchange = () => show(now.layer, at("quantity").selectedIndex, now.unit)
  at("units").oninput = () => show(now.layer, now.quantity, Number(at("units").value))
  at("unit").oninput = () => show(now.layer, now.quantity, Number(at("unit").value))
  for (const name of ["layer", "quantity", "units", "unit"]) at(name).addEventListener("change", () => go(now.place))
  at("pin").onclick = () => {
    const one = { layer: now.layer, quantity: now.quantity, unit: now.unit }
    if (!now.pinned.some((other) => other.layer === one.layer && other.quantity === one.quantity && other.unit === one.unit)) now.pinned.push(one)
    strips()
    mark()
  }
  at("play").onclick = () => {
    if (now.plays) return stop()
    now.plays = setInterval(() => (now.place >= data.symbols.length - 1 ? stop() : go(now.place + 1, false)), TICK)
    if (now.place >= data.symbols.length - 1) go(0, false)
    playing(true)
  }
  const stop = () => {
    clearInterval(now.plays)
    now.plays = null
    playing(false)
    go(now.place)
  }
  const playing = (plays) => {
    at("play").textContent = plays ? "Stop" : "Play"
    at("play").setAttribute("aria-pressed", String(plays))
    root.classList.toggle("plays", plays)
  }
  playing(Boolean(now.plays))
  at("text").onmousemove = (event) => {
    const place = event.target.dataset?.place
    if (place !== undefined) event.target.title = `${spoken(data.symbols[place])}: ${format(value(Number(place)))}`
  }
  at("text").onclick = (event) => {
    const place = event.target.dataset?.place
    if (place === undefined || selected(at("text"))) return
    part(null)
    go(Number(place))
  }
  at("text").onkeydown = (event) => {
    const to = { ArrowRight: now.place + 1, ArrowLeft: now.place - 1, Home: 0, End: data.symbols.length - 1 }[event.key]
    const unit = { ArrowUp: now.unit + 1, ArrowDown: now.unit - 1 }[event.key]
    if (event.key === "Enter" && now.part) markPart()
    else if (event.key === "Escape") part(null)
    else if (to !== undefined && event.shiftKey) extend(to)
    else if (to !== undefined) { part(null); go(to) }
    else if (unit !== undefined) show(now.layer, now.quantity, unit)
    else return
    event.preventDefault()
  }
  at("text").onmouseup = () => {
    const found = selected(at("text"))
    if (found) part(found)
  }
  let settles // fingers and keys select without a mouse
  document.addEventListener("selectionchange", () => {
    clearTimeout(settles)
    settles = setTimeout(() => {
      const found = selected(at("text"))
      if (found) part(found)
    }, SETTLES)
  }, { signal })

  // ---- a part that is selected: which units are on in it, and off elsewhere

  function extend(to) {
    now.anchor = now.part ? now.anchor : now.place
    go(to)
    part([Math.min(now.anchor, now.place), Math.max(now.anchor, now.place) + 1])
  }

  function part(found) {
    now.part = found
    paintMarks()
    at("brush").hidden = !found
    at("add").disabled = !found
    if (!found) return
    const [first, stop] = found
    at("brush").querySelector("b").textContent = `Different in the ${stop - first} selected tokens from the rest:`
    at("found").replaceChildren(...apart(layers[now.layer], shown().values, first, stop).map(({ unit, by }) => {
      const press = element("button", "", `${unit}: ${by > 0 ? "higher" : "lower"} by ${Math.abs(by).toFixed(1)} standard deviations`)
      press.type = "button"
      press.onclick = () => { show(now.layer, now.quantity, unit); go(now.place) }
      return press
    }))
  }

  // ---- a property of one's own: places that are marked

  function markPart() {
    now.marks = merged([...now.marks, now.part])
    selectionOf(at("text"))?.removeAllRanges()
    part(null)
    marked()
  }

  function marked() {
    const tokens = now.marks.reduce((sum, [first, stop]) => sum + stop - first, 0)
    at("count").textContent = now.marks.length
      ? `${now.marks.length} ${now.marks.length > 1 ? "places" : "place"}, ${tokens} tokens; all up to the last of them counts.`
      : "Select a part of the text, with the mouse or with Shift and the arrow keys, and mark it."
    for (const name of ["clear", "ask"]) at(name).disabled = !now.marks.length
    if (!at("name").value) at("name").value = new URL(location.href).searchParams.get("marked_as") ?? ""
    at("add").disabled = !now.part
    paintMarks()
  }

  function paintMarks() {
    const inside = (places, at) => places.some(([first, stop]) => first <= at && at < stop)
    const chosen = now.part ? [now.part] : []
    Array.from(at("text").children).forEach((one, place) => {
      one.classList.toggle("selected", inside(chosen, place))
      one.classList.toggle("marked", inside(now.marks, place))
    })
  }

  at("add").onclick = markPart
  at("clear").onclick = () => { now.marks = []; marked(); tellMarks() }
  at("ask").onclick = () => tellMarks()
  at("name").onkeydown = (event) => { if (event.key === "Enter" && now.marks.length) tellMarks() }
  const tellMarks = () => {
    const places = now.marks.map(([first, stop]) => `${first}-${stop}`).join(".")
    const told = { marks: places && `${data.text}.${places}`, marked_as: at("name").value.trim() }
    remember(told)
    setTriggerValue("marked", told)
  }
  return () => {
    clearInterval(now.plays)
    now.listens.abort()
  }
}

// ---- places in a text

// The tokens of the browser's own selection, [first, the one after the last], where it lies in the text; else null.
function selected(text) {
  const root = text.getRootNode()
  const selection = selectionOf(text)
  const range = selection?.getComposedRanges?.({ shadowRoots: [root] })[0] ?? (selection?.rangeCount ? selection.getRangeAt(0) : null)
  if (!range || range.collapsed) return null
  const first = placeOf(text, range.startContainer, range.startOffset, false)
  const stop = placeOf(text, range.endContainer, range.endOffset, true)
  return first === null || stop === null || stop - first < 2 ? null : [first, stop]
}

const selectionOf = (text) => text.getRootNode().getSelection?.() ?? document.getSelection()

function placeOf(text, node, offset, stops) {
  if (node === text) return offset
  const one = node.nodeType === Node.TEXT_NODE ? node.parentElement : node
  if (one?.parentElement !== text) return null
  const place = Number(one.dataset.place)
  return stops ? place + (offset > 0) : place + (offset >= node.textContent.length)
}

function merged(places) {
  const found = []
  for (const [first, stop] of places.sort((a, b) => a[0] - b[0])) {
    const last = found.at(-1)
    if (last && first <= last[1]) last[1] = Math.max(last[1], stop)
    else found.push([first, stop])
  }
  return found
}

// By how many standard deviations each unit differs in a part from the rest, the most first.
function apart(layer, values, first, stop) {
  const count = values.length / layer.units
  const [from, to] = [first, stop].map((place) => Math.max(0, Math.min(count, place - layer.first)))
  if (from === to) return []
  const found = []
  for (let unit = 0; unit < layer.units; unit++) {
    let [within, all, square] = [0, 0, 0]
    for (let place = 0; place < count; place++) {
      const one = values[place * layer.units + unit] / 127
      if (place >= from && place < to) within += one
      all += one
      square += one * one
    }
    const mean = all / count
    const spread = Math.sqrt(Math.max(1e-9, square / count - mean * mean))
    found.push({ unit, by: (within / (to - from) - (all - within) / Math.max(1, count - to + from)) / spread })
  }
  return found.sort((a, b) => Math.abs(b.by) - Math.abs(a.by)).slice(0, MOST_FOUND)
}

// ---- drawing

// A quantity's bytes are read when it is first looked at: there may be megabytes of others.
function decoded(layer) {
  const quantities = layer.quantities.map(({ values, ...one }) => ({
    ...one,
    get values() {
      this.read ??= bytes(values)
      return this.read
    },
  }))
  return { ...layer, quantities }
}

function bytes(base64) {
  if (Uint8Array.fromBase64) return new Int8Array(Uint8Array.fromBase64(base64).buffer)
  const letters = atob(base64)
  const found = new Int8Array(letters.length)
  for (let at = 0; at < letters.length; at++) found[at] = letters.charCodeAt(at)
  return found
}

// From -1 to 1; no number where the layer has not read the token: an encoder reads its source only.
function numberAt(layer, values, unit, place) {
  const at = (place - layer.first) * layer.units + unit
  return place < layer.first || at >= values.length ? NaN : values[at] / 127
}

function write(text, symbols) {
  const whole = JSON.stringify(symbols)
  if (text.whole === whole) return
  text.whole = whole
  text.replaceChildren(...symbols.map((symbol, place) => {
    const one = element("span", symbol.includes("\n") ? "end" : "", symbol)
    one.dataset.place = place
    return one
  }))
}

function colour(spans, value, gate) {
  for (let place = 0; place < spans.length; place++) {
    const one = value(place) || 0
    const side = one < 0 && !gate ? "var(--below)" : "var(--above)"
    spans[place].style.backgroundColor = `color-mix(in srgb, ${side} ${Math.round(Math.min(1, Math.abs(one)) * 78)}%, transparent)`
    spans[place].style.textDecorationLine = one < -0.1 && !gate ? "underline" : "none"
  }
}

function curve(canvas, value, gate, count) {
  const [wide, high] = [canvas.clientWidth, canvas.clientHeight]
  canvas.width = wide * devicePixelRatio
  canvas.height = high * devicePixelRatio
  const pen = canvas.getContext("2d")
  const style = getComputedStyle(canvas)
  pen.scale(devicePixelRatio, devicePixelRatio)
  pen.strokeStyle = style.getPropertyValue("--st-border-color")
  const y = (one) => (gate ? high - 2 - one * (high - 4) : high / 2 - one * (high / 2 - 2))
  pen.beginPath()
  pen.moveTo(0, y(0))
  pen.lineTo(wide, y(0))
  pen.stroke()
  pen.strokeStyle = style.color
  pen.lineWidth = 1.6
  pen.beginPath()
  for (let place = 0; place < count; place++) if (!Number.isNaN(value(place))) pen.lineTo(((place + 0.5) * wide) / count, y(value(place)))
  pen.stroke()
}

function options(select, titles, chosen) {
  if (select.options.length !== titles.length || titles.some((title, i) => select.options[i].text !== title)) {
    select.replaceChildren(...titles.map((title) => element("option", "", title)))
  }
  select.selectedIndex = chosen
}

// The address holds what is looked at, without a step of the browser's history for each.
function remember(chosen) {
  const address = new URL(location.href)
  for (const [name, value] of Object.entries(chosen)) {
    if (value === "") address.searchParams.delete(name)
    else address.searchParams.set(name, value)
  }
  history.replaceState(history.state, "", address)
}

// The page reads the same: see Chosen in coloured_text.py.
function inAddress() {
  const given = new URL(location.href).searchParams
  const values = CHOSEN.map((name) => given.get(name) ?? "")
  return values.every((value) => /^\d{1,6}$/.test(value)) ? Object.fromEntries(CHOSEN.map((name, i) => [name, Number(values[i])])) : null
}

// Marks in the address are those of one text: "TEXT.3-9.20-31". See own_marks.py.
function marksInAddress(text) {
  const [of, ...places] = (new URL(location.href).searchParams.get("marks") ?? "").split(".")
  if (!text || of !== text || !places.every((one) => /^\d{1,6}-\d{1,6}$/.test(one))) return []
  return merged(places.map((one) => one.split("-").map(Number)))
}

const format = (number) => (Math.abs(number) < 10 ? number.toFixed(2) : number.toFixed(0)).replace("-", "−")
const spoken = (symbol) => ({ " ": "a space", "\n": "a line end", "\t": "a tab" })[symbol] ?? `“${symbol}”`

function element(name, classes, content = "") {
  const made = document.createElement(name)
  made.className = classes
  made.textContent = content
  return made
}
