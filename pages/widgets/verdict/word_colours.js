// A text whose words are coloured by how far each moved the verdict. Everything comes in as text nodes only.

export default function ({ data, parentElement }) {
  const legend = parentElement.querySelector(".legend")
  const words = parentElement.querySelector(".words")
  legend.replaceChildren(
    entry("word toward", data.toward),
    entry("word away", data.away),
  )
  if (data.known.includes(false)) legend.append(entry("word unknown", "not in its vocabulary"))
  words.replaceChildren()
  data.word.forEach((word, place) => {
    words.append(document.createTextNode(data.gap[place]))
    const moved = data.moved[place]
    const cell = element("span", `word ${moved >= 0 ? "toward" : "away"}${data.known[place] ? "" : " unknown"}`, word)
    cell.style.setProperty("--share", Math.min(1, Math.abs(moved) / data.most).toFixed(3))
    const change = `odds × ${Math.exp(moved).toPrecision(2)}, ${(100 * data.points[place]).toFixed(1)} points`
    cell.title = `${change}: ${data.label} ${(100 * data.after[place]).toFixed(1)} % after this word`
    words.append(cell)
  })
  words.append(document.createTextNode(data.tail))
}

function entry(classes, words) {
  const made = element("span", "entry", "")
  const mark = element("span", classes, " word ")
  mark.style.setProperty("--share", 0.8)
  made.append(mark, document.createTextNode(` ${words}`))
  return made
}

function element(name, classes, content) {
  const made = document.createElement(name)
  made.className = classes
  made.textContent = content
  return made
}
