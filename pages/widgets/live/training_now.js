// The runs that train or wait, from the feed of lists. Names and what networks write are text nodes only.

const told = new WeakMap() // root -> the runs that the page was told of last
const mounted = new WeakMap() // root -> what it follows, kept while Streamlit runs this again with other data

export default function (component) {
  const root = component.parentElement.querySelector("section")
  const mine = mounted.get(root) ?? follow(root)
  mounted.set(root, mine)
  mine.component = component
  mine.draw()
  return () => {
    mine.ended = true
    mine.stop?.()
    mounted.delete(root)
  }
}

function follow(root) {
  const mine = { rows: new Map(), state: null }
  mine.draw = () => draw(root, mine)
  import(new URL("live/client.js", document.baseURI)).then(({ subscribe }) => {
    if (mine.ended) return
    mine.stop = subscribe("feed/runs", (state) => { mine.state = state; mine.draw() })
  })
  return mine
}

function draw(root, { component: { data, setTriggerValue }, state, rows }) {
  const all = (state?.runs ?? data.first).filter((run) => !data.only || data.only.includes(run.id))
  const runs = all.slice(0, data.most)
  const list = root.querySelector(".list")
  root.hidden = !runs.length
  list.classList.toggle("compact", data.compact)
  set(root.querySelector("h2"), data.title)
  set(root.querySelector("p"), state?.error ?? "")
  const more = root.querySelector("button"), rest = all.length - runs.length + (state?.more ?? 0)
  set(more, rest ? `And ${rest} more` : "")
  more.onclick = () => setTriggerValue("opened", "")
  for (const [id, row] of rows) if (!runs.some((run) => run.id === id)) {
    row.remove()
    rows.delete(id)
  }
  // The page has more to say of runs that have begun or ended; not all browsers ask for it at the same moment.
  const now = all.map((run) => run.id).sort().join(" ")
  if (state?.runs && !state.more && now !== data.first.map((run) => run.id).sort().join(" ") && now !== told.get(root)) {
    told.set(root, now)
    setTimeout(() => setTriggerValue("changed", now), 3000 * Math.random())
  }
  runs.forEach((run, place) => {
    const row = rows.get(run.id) ?? made(list, (id) => setTriggerValue("opened", id))
    rows.set(run.id, row)
    if (list.children[place] !== row) list.insertBefore(row, list.children[place] ?? null)
    fill(row, run, data)
  })
}

function made(list, open) {
  const row = document.createElement("article")
  row.innerHTML = '<header><a></a><span class="owner"></span></header><div class="bar" role="progressbar" aria-valuemin="0" aria-valuemax="100"><i></i></div><div class="says"></div><div class="loss"></div><q></q>'
  row.querySelector("a").onclick = (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return // a window of its own
    event.preventDefault()
    open(row.dataset.run)
  }
  list.append(row)
  return row
}

function fill(row, run, data) {
  row.dataset.run = run.id
  const link = row.querySelector("a")
  link.href = `${data.page}?run=${encodeURIComponent(run.id)}&tab=watch`
  set(link, run.name)
  set(row.querySelector(".owner"), run.owner)
  const bar = row.querySelector(".bar")
  const percent = Math.round(100 * run.progress)
  bar.setAttribute("aria-valuenow", percent)
  bar.setAttribute("aria-label", `${run.name}: ${percent} %`)
  bar.firstChild.style.width = `${100 * run.progress}%`
  row.classList.toggle("waits", run.place !== null)
  set(row.querySelector(".says"), run.says ?? "")
  set(row.querySelector(".loss"), run.loss_says ?? "")
  set(row.querySelector("q"), run.line ?? "")
}

function set(node, text) {
  if (node.textContent !== text) node.textContent = text
  node.hidden = !text
}
