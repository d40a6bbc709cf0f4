// The passages of a quiz as cards with a button each; in a class the votes as they come. What people and networks wrote
// is text nodes only. Which one a person wrote is not here before it may be known.

const boards = new WeakMap()

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".board")
  const mine = boards.get(root) ?? { told: null }
  const begins = !boards.has(root)
  boards.set(root, mine)
  Object.assign(mine, { data, send: setTriggerValue })
  draw(root, mine)
  if (begins && data.round !== null) import(new URL("live/client.js", document.baseURI)).then(({ subscribe }) => {
    if (!mine.ended) mine.stop = subscribe("feed/class", ({ quiz }) => hear(root, mine, quiz))
  })
  return () => {
    mine.ended = true
    mine.stop?.()
    boards.delete(root)
  }
}

/** Another round, or the answer: the page is drawn again once, not by all browsers at one moment. */
function hear(root, mine, quiz) {
  mine.quiz = quiz
  draw(root, mine)
  const now = JSON.stringify(quiz ? [quiz.round, !!quiz.revealed] : null)
  if (now === JSON.stringify([mine.data.round, mine.data.answer !== null]) || now === mine.told) return
  mine.told = now
  setTimeout(() => mine.ended || mine.send("changed", now), 600 * Math.random())
}

function draw(root, { data, quiz, send }) {
  const says = root.querySelector(".says")
  const votes = quiz && quiz.round === data.round ? quiz.votes : data.votes
  set(says, data.round === null ? data.says : `${data.says}${data.answer === null ? ` ${votes} ${votes === 1 ? "vote" : "votes"} so far.` : ""}`.trim())
  says.hidden = !says.textContent
  const cards = root.querySelector(".cards")
  while (cards.children.length > data.passages.length) cards.lastChild.remove()
  data.passages.forEach((text, place) => {
    const card = cards.children[place] ?? made(cards)
    const letter = String.fromCharCode(65 + place)
    const over = data.answer !== null
    card.classList.toggle("human", place === data.answer)
    card.classList.toggle("chosen", place === data.chosen)
    set(card.querySelector(".letter"), letter)
    set(card.querySelector(".votes"), over && data.counts ? `${data.counts[place]} ${data.counts[place] === 1 ? "vote" : "votes"}` : "")
    set(card.querySelector("pre"), text)
    const by = card.querySelector(".by")
    set(by, over ? `${place === data.answer ? "✓ " : ""}${capital(data.by[place])}${place === data.chosen ? " · your choice" : ""}` : "")
    by.hidden = !over
    const button = card.querySelector("button")
    button.hidden = over || !data.may_choose
    set(button, place === data.chosen ? `Your choice: ${letter}` : `A person wrote ${letter}`)
    button.setAttribute("aria-pressed", String(place === data.chosen))
    button.onclick = () => send("choice", { place, turn: Date.now() })
  })
}

function made(cards) {
  const card = document.createElement("article")
  card.innerHTML = '<h2><span class="letter"></span><span class="votes"></span></h2><pre></pre><p class="by"></p><button></button>'
  cards.append(card)
  return card
}

const capital = (words) => words[0].toUpperCase() + words.slice(1)

function set(node, text) {
  if (node.textContent !== text) node.textContent = text
}
