// Mounts the screen of one run: its modules come from the same server, the frame is Streamlit's. Draws nothing itself.

const BASE = new URL("live/", document.baseURI)
const screens = new WeakMap() // root -> promise of its Watch, which outlives a rerun

export default function ({ data, parentElement, setTriggerValue }) {
  if (!screens.has(parentElement)) screens.set(parentElement, open(parentElement, data, setTriggerValue))
  else screens.get(parentElement).then((watch) => watch.update(data))
  return () => {
    screens.get(parentElement)?.then((watch) => watch.close())
    screens.delete(parentElement)
  }
}

async function open(root, data, setTriggerValue) {
  const [{ Watch }, client, curve] = await Promise.all(
    ["watch.js", "client.js", "curve.js"].map((name) => import(new URL(name, BASE))),
  )
  return new Watch(root, { ...client, ...curve }, data, (order) => setTriggerValue("order", order))
}
