// What Streamlit leaves out for people with a keyboard or a screen reader: boxes that scroll can be reached and have a
// name, and the sidebar's list has items only. And one act of a person is one step for Back: Streamlit makes a step of
// every parameter that comes into the address or leaves it, and of another page two: its parameters behind the old path,
// then its own. Another page begins at its top. Looked after as long as the window is open.

if (!window.rnnkitLooksAfter) {
  const BOXES = { "[data-testid=stCode] pre": "Text", ".katex-display": "Formula", "[data-testid=stVerticalBlock][height]": "Part of the page", "[data-testid=stGrid]": "Side by side", "[data-testid=stMarkdownContainer] pre": "Text" }
  const scrolls = (box) => box.scrollHeight > box.clientHeight + 1 || box.scrollWidth > box.clientWidth + 1
  const set = (node, attributes) => {
    for (const [name, value] of Object.entries(attributes)) if (node.getAttribute(name) !== value) node.setAttribute(name, value)
  }
  // Not below the prefix that the server says, no words: a page without its server, as in tests, does without.
  const words = import(new URL("live/terms.js", document.baseURI)).catch(() => ({ explain: () => {} }))
  const look = () => {
    words.then(({ explain }) => explain())
    for (const [place, name] of Object.entries(BOXES)) {
      for (const box of document.querySelectorAll(place)) {
        if (scrolls(box)) set(box, { tabindex: "0", role: "group", "aria-label": name, "data-rnnkit-scrolls": "" })
      }
    }
    for (const section of document.querySelectorAll("[data-testid=stSidebarNavItems] > div")) {
      set(section, { role: "listitem" })
      for (const entry of section.querySelectorAll("li")) set(entry, { role: "none" })
    }
  }
  let soon = null
  const later = () => (soon ??= setTimeout(() => { soon = null; look() }, 100))
  new MutationObserver(later).observe(document.body, { childList: true, subtree: true })
  window.addEventListener("resize", later)
  let acted = false, halfway = false
  for (const act of ["pointerdown", "keydown"]) window.addEventListener(act, () => { acted = true; halfway = false }, true)
  const push = history.pushState
  history.pushState = function (state, title, url) {
    const to = new URL(url, location), elsewhere = to.pathname !== location.pathname
    const arrives = elsewhere && halfway && to.search === location.search
    const step = (acted || elsewhere) && !arrives ? push : history.replaceState
    halfway = !elsewhere && (acted || halfway)
    acted = false
    if (elsewhere) document.querySelector("[data-testid=stMain]")?.scrollTo(0, 0)
    return step.call(history, state, title, url)
  }
  window.rnnkitLooksAfter = true
  look()
}
