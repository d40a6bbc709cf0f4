// A slider over named places. What the page says moves the handle; only a hand makes it answer.

const waiting = new WeakMap() // slider -> timer of a move that was not sent yet
const HELD = 150 // milliseconds without another move before one is sent

export default function ({ data, parentElement, setTriggerValue }) {
  const [label, said, slider] = ["label", "output", "input"].map((name) => parentElement.querySelector(name))
  const say = () => {
    said.textContent = data.places[slider.value]
    slider.setAttribute("aria-valuetext", said.textContent)
  }
  label.textContent = data.label
  slider.max = data.places.length - 1
  slider.disabled = data.places.length < 2
  if (!waiting.has(slider)) slider.value = data.at
  say()
  slider.oninput = () => {
    say()
    clearTimeout(waiting.get(slider))
    waiting.set(slider, null) // held: nobody else moves it
  }
  slider.onchange = () => {
    const place = data.places[slider.value]
    clearTimeout(waiting.get(slider))
    waiting.set(slider, setTimeout(() => {
      waiting.delete(slider)
      setTriggerValue("moved", place)
    }, HELD))
  }
}
