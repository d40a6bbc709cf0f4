// The class on every page of it: what the teacher shows, whether all is paused; for the teacher what one press does.
// Says nothing where no class is open. Titles and names are text nodes only.

const PATH = "feed/class"
const FOLLOWED = "rnnkit.shown" // of what a browser window was taken to last
const mounted = new WeakMap()

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".bar")
  const mine = mounted.get(root) ?? follow(root)
  mounted.set(root, mine)
  mine.send = (order) => setTriggerValue("order", { ...order, turn: Date.now() })
  if (data.order && data.order !== mine.order) mine.client?.then(({ refresh }) => refresh(PATH))
  mine.order = data.order
  mine.draw()
  return () => {
    mine.ended = true
    mine.stop?.()
    mounted.delete(root)
  }
}

function follow(root) {
  const mine = { state: {}, client: import(new URL("live/client.js", document.baseURI)) }
  mine.draw = () => draw(root, mine)
  mine.client.then(({ subscribe }) => {
    if (!mine.ended) mine.stop = subscribe(PATH, (state) => { mine.state = state; mine.draw() })
  })
  return mine
}

/** Where this page is, below the server's address. */
function here() {
  return location.href.slice(new URL(".", document.baseURI).href.length).split("#")[0]
}

function draw(root, { state, send }) {
  const { shown, leads, paused } = state
  const parts = !state.open ? [] : leads ? ofTeacher(state) : ofMember(state)
  root.hidden = !parts.length
  const place = root.getRootNode().host?.closest(".st-key-class_bar")
  place?.toggleAttribute("data-says", !!parts.length)
  if (!parts.length) return
  root.classList.toggle("paused", !!paused)
  const says = root.querySelector(".says")
  if (says.textContent !== parts.join("")) says.replaceChildren(...parts.map((part, at) => (leads && at === 1 ? bold(part) : part)))
  const go = root.querySelector(".go")
  go.hidden = leads || !opens(state)
  if (!go.hidden) {
    const [words, address] = opens(state)
    Object.assign(go, { textContent: words, href: new URL(address, document.baseURI).href })
  }
  const acts = leads ? buttons(state) : []
  const row = root.querySelector(".acts")
  if (row.textContent !== acts.map(([words]) => words).join("")) {
    row.replaceChildren(...acts.map(([words, title]) => Object.assign(document.createElement("button"), { textContent: words, title })))
  }
  acts.forEach(([, , order], at) => (row.children[at].onclick = () => send(order())))
  if (!leads && shown?.take) take(shown)
}

const bold = (text) => Object.assign(document.createElement("b"), { textContent: text })

function ofTeacher({ code, here: present, members, paused, shown }) {
  const facts = [` · ${present} of ${members} pupils present`, paused && " · paused", shown && ` · everybody sees: ${shown.label}`]
  return ["Class ", code, facts.filter(Boolean).join("")]
}

function ofMember(state) {
  const parts = []
  if (state.paused) parts.push("Your teacher has paused all training: nothing is lost, it continues from where it is. ")
  if (state.shown && state.shown.address !== here()) parts.push(`Your teacher shows: ${state.shown.label}`)
  else if (state.quiz && !state.quiz.revealed && !onPage("Quiz")) parts.push("A quiz has begun: which text did a person write?")
  return parts
}

/** What a press opens: its words and the address. */
function opens({ shown, quiz }) {
  if (shown && shown.address !== here()) return ["Open", shown.address]
  return quiz && !quiz.revealed && !onPage("Quiz") ? ["Vote", "Quiz"] : null
}

function onPage(name) {
  return here().split("?")[0] === name
}

function buttons({ paused, shown }) {
  const label = document.title.replace(/ · rnnkit$/, "")
  const show = (take) => () => ({ act: "show", address: here(), label, take })
  return [
    ["Show to the class", "A line on everybody's page that opens this one", show(false)],
    ["Take everybody here", "Everybody's page becomes this one", show(true)],
    shown && ["Stop showing", "", () => ({ act: "stop" })],
    onPage("Class") ? null : paused ? ["Continue all", "What was paused trains again", () => ({ act: "go" })] : ["Pause all", "Nothing of the class trains until you continue it", () => ({ act: "pause" })],
  ].filter(Boolean)
}

/** Once for each time that the teacher has pressed. */
function take({ address, at }) {
  try {
    if (sessionStorage.getItem(FOLLOWED) === String(at)) return
    sessionStorage.setItem(FOLLOWED, String(at))
  } catch {
    return // a browser that keeps nothing would be taken there again and again
  }
  const to = new URL(address, document.baseURI)
  if (to.origin === location.origin && to.href !== location.href) location.assign(to)
}
