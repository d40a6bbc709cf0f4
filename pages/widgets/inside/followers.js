// Presses that colour the text above by a unit. The text hears them as events; see coloured_text.js.

export default function ({ data, parentElement }) {
  const list = parentElement.querySelector(".follows")
  list.replaceChildren(...data.follows.map((one) => {
    const press = document.createElement("button")
    press.type = "button"
    press.textContent = one.title
    press.title = one.definition
    press.onclick = () => tell("rnnkit-unit", one)
    return press
  }))
  if (data.at) tell("rnnkit-address")
  else if (data.first && data.follows.length) tell("rnnkit-unit", { ...data.follows[0], gently: true })
}

const tell = (name, detail) => document.dispatchEvent(new CustomEvent(name, { detail }))
