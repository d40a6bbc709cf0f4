// What a network costs, in a few figures that follow the sliders. Comes after live_sizes.js in one script.

export default function ({ data, parentElement }) {
  const list = parentElement.querySelector("dl")
  list.className = data.compact ? "compact" : ""
  follow(parentElement, data, (moved) => {
    const found = figures(data, network(data, moved))
    const same = list.children.length === found.length
    if (!same) list.replaceChildren(...found.map(() => box()))
    found.forEach(([name, said], place) => {
      const [term, number] = list.children[place].children
      if (term.textContent !== name) term.textContent = name
      if (number.textContent !== said) number.textContent = said
    })
  })
}

function figures(data, found) {
  const time = (seconds) => (seconds === undefined ? "…" : spoken(seconds))
  const rows = [["Parameters", found ? grouped(found.params) : "…"]]
  if ("steps" in data.values) {
    rows.push(["An epoch, about", time(found?.seconds)])
    if (data.budget) rows.push(["Training", time(data.budget)])
    else if (data.epochs > 1) rows.push([`All ${grouped(data.epochs)} epochs, about`, time(found?.seconds && found.seconds * data.epochs)])
    rows.push(["Memory, about", found ? bytes(found.memory) : "…"])
  }
  return rows
}

function box() {
  const made = document.createElement("div")
  made.append(document.createElement("dt"), document.createElement("dd"))
  return made
}
