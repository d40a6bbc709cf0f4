// A text coloured by one unit of a network. All units of the layer came with it, so that another is shown at once.
// Tokens come in as text nodes only. Knows no network: numbers from -1 to 1 (or 0 to 1) for each token and unit.

const TICK = 90 // milliseconds a token while it plays
const SETTLES = 250 // milliseconds without another choice before the page is told
const MOST_FOUND = 6 // units that are on in a marked part
const state = new WeakMap() // root -> what a person has chosen there, kept over reruns of the script

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".inside")
  const at = (name) => root.querySelector(`.${name}`)
  const now = state.get(root) ?? { pinned: [] }
  state.set(root, now)
  if (now.asked !== data.asked || !now.touched) {
    const { layer, quantity, unit, place, asked } = data
    Object.assign(now, { layer, quantity, unit, place, asked, touched: false })
  }
  const layers = data.layers.map(decoded)
  const shown = () => layers[now.layer].quantities[now.quantity] ?? layers[now.layer].quantities[0]
  clamp()
  write(at("text"), data.symbols)
  options(at("layer"), data.layers.map((layer) => layer.title), now.layer)
  at("layer").parentElement.hidden = layers.length < 2
  root.classList.toggle("one", layers[0].units < 2)
  for (const name of ["of_unit", "units", "pin", "play"]) at(name).hidden = layers[0].units < 2
  at("quantity").parentElement.hidden = layers.length < 2 && layers[0].quantities.length < 2
  followers()
  paint()

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
    colour(at("text").children, (place) => values[place * units + now.unit] / 127, gate)
    at("low").textContent = gate ? "0" : format(-most)
    at("high").textContent = format(most)
    root.classList.toggle("gate", gate)
    say(title)
    strips()
    mark()
  }

  function value(place) {
    const { values, most } = shown()
    return (values[place * layers[now.layer].units + now.unit] / 127) * most
  }

  function say(title) {
    const [low, high] = extremes()
    at("says").textContent = `${layers[now.layer].units > 1 ? `Unit ${now.unit}, ${title}` : title}: from ${format(low)} to ${format(high)}. At ${spoken(data.symbols[now.place])}: ${format(value(now.place))}.`
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

  // ---- units that are known to follow something, and those that are pinned

  function followers() {
    at("follows").replaceChildren(...data.follows.map((one) => {
      const press = element("button", "", `${one.title}: ${one.unit} (${one.score})`)
      press.type = "button"
      press.title = one.definition
      press.onclick = () => { show(one.layer, one.quantity, one.unit); go(now.place) }
      return press
    }))
  }

  function show(layer, quantity, unit) {
    Object.assign(now, { layer, quantity, unit, touched: true })
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
      requestAnimationFrame(() => curve(canvas, (place) => values[place * layers[one.layer].units + one.unit] / 127, gate, data.symbols.length))
      return row
    }))
  }

  // ---- the hand

  function go(place, tell = true) {
    now.place = Math.max(0, Math.min(data.symbols.length - 1, place))
    now.touched = true
    mark()
    say(shown().title)
    if (!tell || layers[0].units < 2) return
    const chosen = { layer: now.layer, quantity: now.quantity, unit: now.unit, place: now.place }
    clearTimeout(now.timer)
    now.timer = setTimeout(() => {
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
    if (place !== undefined && root.getRootNode().getSelection?.()?.isCollapsed !== false) go(Number(place))
  }
  at("text").onkeydown = (event) => {
    const to = { ArrowRight: now.place + 1, ArrowLeft: now.place - 1, Home: 0, End: data.symbols.length - 1 }[event.key]
    const unit = { ArrowUp: now.unit + 1, ArrowDown: now.unit - 1 }[event.key]
    if (to === undefined && unit === undefined) return
    event.preventDefault()
    if (to !== undefined) go(to)
    else show(now.layer, now.quantity, unit)
  }
  at("text").onmouseup = () => brushed(at("text"), at("brush"), layers[now.layer], shown(), (unit) => { show(now.layer, now.quantity, unit); go(now.place) })
  return () => clearInterval(now.plays)
}

// ---- which units are on in a marked part, and off elsewhere

function brushed(text, box, layer, { values }, choose) {
  const places = marked(text)
  box.hidden = places.length === 0
  if (!places.length) return
  const inside = new Set(places)
  const found = []
  for (let unit = 0; unit < layer.units; unit++) {
    const sums = { in: 0, out: 0, square: 0 }
    const count = values.length / layer.units
    for (let place = 0; place < count; place++) {
      const one = values[place * layer.units + unit] / 127
      sums[inside.has(place) ? "in" : "out"] += one
      sums.square += one * one
    }
    const mean = (sums.in + sums.out) / count
    const spread = Math.sqrt(Math.max(1e-9, sums.square / count - mean * mean))
    found.push({ unit, apart: (sums.in / inside.size - sums.out / Math.max(1, count - inside.size)) / spread })
  }
  found.sort((a, b) => Math.abs(b.apart) - Math.abs(a.apart))
  box.querySelector("b").textContent = `Different in the ${places.length} marked tokens from the rest:`
  box.querySelector(".found").replaceChildren(...found.slice(0, MOST_FOUND).map(({ unit, apart }) => {
    const press = element("button", "", `${unit}: ${apart > 0 ? "higher" : "lower"} by ${Math.abs(apart).toFixed(1)} standard deviations`)
    press.type = "button"
    press.onclick = () => choose(unit)
    return press
  }))
}

function marked(text) {
  const root = text.getRootNode()
  const selection = root.getSelection?.() ?? document.getSelection()
  const places = []
  if (selection && !selection.isCollapsed) {
    for (const one of text.children) if (selection.containsNode(one, true)) places.push(Number(one.dataset.place))
  }
  return places.length > 1 ? places : []
}

// ---- drawing

function decoded(layer) {
  const quantities = layer.quantities.map((one) => {
    const bytes = Uint8Array.from(atob(one.values), (letter) => letter.charCodeAt(0))
    return { ...one, values: new Int8Array(bytes.buffer) }
  })
  return { ...layer, quantities }
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
    const one = value(place)
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
  for (let place = 0; place < count; place++) pen.lineTo(((place + 0.5) * wide) / count, y(value(place)))
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
  for (const [name, value] of Object.entries(chosen)) address.searchParams.set(name, value)
  history.replaceState(history.state, "", address)
}

const format = (number) => (Math.abs(number) < 10 ? number.toFixed(2) : number.toFixed(0)).replace("-", "−")
const spoken = (symbol) => ({ " ": "a space", "\n": "a line end", "\t": "a tab" })[symbol] ?? `“${symbol}”`

function element(name, classes, content = "") {
  const made = document.createElement(name)
  made.className = classes
  made.textContent = content
  return made
}
