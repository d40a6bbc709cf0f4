// Places of a text with what stands around them: kind, and the words with the place marked. Text nodes only.

export default function ({ data, parentElement }) {
  const box = parentElement.querySelector(".places")
  box.replaceChildren(...data.rows.map(row))
  if (data.more) box.append(element("p", "more", data.more))
}

function row(place) {
  const line = element("p", "place", "")
  const words = element("span", "words", "")
  words.append(place.before, element("mark", "", place.what), place.after)
  line.title = `Recognised by: ${place.why}`
  line.append(element("span", "kind", place.kind), words)
  return line
}

function element(name, classes, content) {
  const made = document.createElement(name)
  made.className = classes
  made.textContent = content
  return made
}
