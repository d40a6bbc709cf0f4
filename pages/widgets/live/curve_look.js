// How curves look: what Plotly is told of lines, axes, labels and colours, light or dark. Knows no state and no button.

const GREY = "#808080" // as far from a light page as from a dark one
const MANY = 60 // points of a line that has a dot at each
export const STYLE = `
.rk-curve { display: flex; flex-direction: column; height: 100%; min-height: 16rem; color: var(--st-text-color, inherit); }
.rk-curve-bar { flex: none; display: flex; flex-wrap: wrap; align-items: center; gap: 0.15rem 0.35rem; min-height: 2.1rem; }
.rk-curve-bar > :first-child { flex: 1 1 auto; display: flex; flex-wrap: wrap; gap: 0 0.25rem; }
.rk-curve button { font: inherit; color: inherit; background: none; border: 0; border-radius: 0.4rem; cursor: pointer;
  min-width: 2rem; height: 2rem; padding: 0 0.45rem; display: inline-flex; align-items: center; justify-content: center; gap: 0.45rem; }
.rk-curve button:hover:not(:disabled) { background: var(--st-secondary-background-color, #8882); }
.rk-curve button:focus-visible, .rk-curve input:focus-visible { outline: 3px solid var(--st-primary-color, currentColor); outline-offset: 1px; }
.rk-curve button:disabled { opacity: 0.35; cursor: default; }
.rk-curve button[aria-pressed=false] { text-decoration: line-through; }
.rk-curve button[aria-pressed=false] svg { opacity: 0.25; }
.rk-curve label { display: inline-flex; align-items: center; gap: 0.4rem; }
.rk-curve input { width: 6rem; accent-color: var(--st-primary-color, auto); }
.rk-curve-plot { flex: 1 1 0; min-height: 12rem; position: relative; }
.rk-curve-plot .nsewdrag { touch-action: pan-y; }
.rk-curve-below { font-size: 0.85em; }
.rk-curve-below:empty { display: none; }
.rk-curve-said { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
`

export function looks(root) {
  const style = getComputedStyle(root)
  const named = (name, usual) => style.getPropertyValue(name).trim() || usual
  const palette = named("--st-chart-categorical-colors", "#0b57c2,#c24109,#007a5e,#b01e77").split(",").map((one) => one.trim())
  return { palette, size: Math.max(14, 0.86 * parseFloat(style.fontSize)), text: style.color, paper: named("--st-background-color", "#fff"), family: style.fontFamily }
}

export function layoutOf(spec, look, range, span, chart, references, labels) {
  const font = { size: look.size, color: look.text, family: look.family }
  const longest = Math.max(0, ...labels.map((one) => one.text.length))
  const letters = spec.series.some((one) => one.letter)
  const room = letters ? 3.6 * look.size : 14
  const right = Math.min(0.4 * chart.plot.clientWidth, longest ? longest * look.size * 0.56 + room : room)
  const nothing = !spec.series.some((one) => one.points.length)
  const touch = matchMedia("(pointer: coarse)").matches // there a finger scrolls the page
  const axis = { fixedrange: false, zeroline: false, showline: true, linecolor: GREY, ticks: "outside", tickcolor: GREY, tickfont: font, automargin: true }
  const rule = (place) => ({ type: "line", layer: "below", ...place })
  return {
    width: chart.plot.clientWidth, height: chart.plot.clientHeight, autosize: false, uirevision: 1, font,
    margin: { l: 8, r: right, t: 8, b: 8 }, showlegend: false, paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)",
    dragmode: touch || !spec.controls.zoom ? false : "zoom", hovermode: "x unified", hoverdistance: -1,
    hoverlabel: { font, bgcolor: look.paper, bordercolor: GREY },
    xaxis: { ...axis, range, minallowed: chart.whole[0], maxallowed: chart.whole[1], showgrid: false, nticks: 9,
      tickformat: `,.${decimals(range[1] - range[0], 2)}f`, hoverformat: ",.2f", unifiedhovertitle: { text: `${spec.titles?.x ?? ""} %{x:,.2f}` }, title: { text: spec.titles?.x ?? "", font, standoff: 8 } },
    yaxis: { ...axis, range: span, fixedrange: true, showticklabels: !nothing, showgrid: !nothing, gridcolor: "rgba(128,128,128,0.22)", nticks: 7,
      tickformat: `,.${decimals(span[1] - span[0])}f`, hoverformat: ".4f", title: { text: spec.titles?.y ?? "", font, standoff: 10 } },
    shapes: [
      ...references.map(({ y }) => rule({ xref: "paper", x0: 0, x1: 1, y0: y, y1: y, line: { color: GREY, width: 2, dash: "dash" } })),
      ...(Number.isFinite(spec.cursor) ? [rule({ yref: "paper", y0: 0, y1: 1, x0: spec.cursor, x1: spec.cursor, line: { color: look.text, width: 2 } })] : []),
    ],
    annotations: [
      ...labels.map(({ y, text }) => ({ xref: "paper", x: 1, xanchor: "left", xshift: letters ? room : 6, y, yanchor: "middle", text: plain(text), showarrow: false, font })),
      ...(nothing ? [{ xref: "paper", yref: "paper", x: 0.5, y: 0.5, text: plain(spec.empty ?? "The curve begins with the first batches."), showarrow: false, font }] : []),
    ],
  }
}

export function tracesOf(one, look, colour, smooth) {
  const single = one.points.length === 1
  const dots = single || (one.dots && one.points.length <= MANY)
  const trace = (points, more) => ({
    type: "scatter", x: points.map(([x]) => x), y: points.map(([, y]) => y), name: plain(one.name), connectgaps: true,
    mode: dots ? "lines+markers" : "lines", hovertemplate: "%{y}", cliponaxis: true, ...more,
    line: { color: colour, width: one.width ?? (one.dots ? 3.5 : 2), dash: one.dash ? "dash" : "solid", ...more?.line },
    marker: { color: colour, size: single ? 10 : 8 },
  })
  if (!one.smooth || !smooth) return [trace(one.points)]
  const behind = trace(one.points, { opacity: 0.25, hoverinfo: "skip", hovertemplate: undefined })
  return [behind, trace(one.line, { line: { color: colour, width: 2.5, dash: one.dash ? "dash" : "solid" } })]
}

// Where a line stands at the cursor.
export function stands(one, cursor, colour) {
  const at = one.stands && one.line.findLast(([x, y]) => x <= cursor + 1e-9 && y !== null)
  return at ? [{ type: "scatter", x: [at[0]], y: [at[1]], mode: "markers", hoverinfo: "skip", marker: { color: colour, size: 16 }, cliponaxis: false }] : []
}

// Each line's letter where it ends. Letters that would lie on one another stand side by side.
export function ends(lines, to, [low, high], look, colour) {
  const found = []
  for (const one of lines) {
    const at = one.letter && one.line.findLast(([x, y]) => x <= to && y !== null)
    if (!at) continue
    const beside = found.filter((other) => Math.abs(other.x - at[0]) < 1e-9 && Math.abs(other.y - at[1]) < 0.07 * (high - low))
    let xshift = 8
    while (beside.some((other) => other.xshift === xshift)) xshift += look.size
    found.push({ x: at[0], y: at[1], xanchor: "left", xshift, text: `<b>${plain(one.letter)}</b>`, showarrow: false, font: { size: 1.3 * look.size, color: colour(one) } })
  }
  return found
}

export function sample(colour, { dash, dots }) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg")
  svg.setAttribute("width", 26)
  svg.setAttribute("height", 12)
  svg.setAttribute("aria-hidden", "true")
  const line = document.createElementNS(svg.namespaceURI, "path")
  for (const [name, value] of Object.entries({ d: "M1 6H25", stroke: colour, "stroke-width": dots ? 4 : 3, "stroke-dasharray": dash ? "5 4" : "none" })) line.setAttribute(name, value)
  svg.append(line)
  return svg
}

// Plotly reads some HTML in its texts; names are shown letter by letter.
function plain(text) {
  return String(text).replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;")
}

function decimals(span, most = 4) {
  return Math.min(most, Math.max(0, Math.ceil(-Math.log10(span / 5))))
}

// A label for each line, beside it or as near as the others let it, from the top down; where there is no room for all
// of them the last one has several names. `lines`: of text that fit above each other.
export function labelled(references, [low, high], lines) {
  const height = (high - low) / Math.max(1, lines), most = Math.max(1, Math.floor(lines))
  const labels = references.map(({ name, y }) => ({ text: name, y }))
  if (labels.length > most) {
    const rest = labels.splice(most - 1)
    labels.push({ text: rest.map(({ text }) => text).join(" · "), y: rest[0].y })
  }
  labels.forEach((one, i) => { if (i) one.y = Math.min(one.y, labels[i - 1].y - height) })
  labels.forEach((_, i, all) => { // back up from the bottom
    const one = all[all.length - 1 - i], below = all[all.length - i]
    one.y = Math.max(one.y, below ? below.y + height : low + height / 2)
  })
  return labels
}
