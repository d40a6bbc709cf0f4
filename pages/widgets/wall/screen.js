// Mounts the wall: its modules come from the same server, the frame is Streamlit's. Draws nothing itself.

const BASE = new URL("live/", document.baseURI)
const walls = new WeakMap() // root -> promise of its Wall, which outlives a rerun

export default function ({ data, parentElement, setTriggerValue }) {
  if (!walls.has(parentElement)) walls.set(parentElement, open(parentElement, data, setTriggerValue))
  else walls.get(parentElement).then((wall) => wall.update(data))
  return () => {
    walls.get(parentElement)?.then((wall) => wall.close())
    walls.delete(parentElement)
  }
}

async function open(root, data, setTriggerValue) {
  const [{ Wall }, client] = await Promise.all(["wall.js", "client.js"].map((name) => import(new URL(name, BASE))))
  return new Wall(root.querySelector(".wall"), client, data, (order) => setTriggerValue("order", order))
}
