// The page: what a person chooses, a text for each temperature that grows, and what is likely next. Whatever a network
// wrote or a person typed is a text node. Knows no architecture.

const SHOWN_NEXT = 8, MOST_TEXTS = 6, LEAST_SHOWN = 0.0005, FRAME = 12; // of a frame's 16 ms
const MOST_SEED = 2 ** 31;
const byId = (id) => document.getElementById(id);
const made = (tag, attributes = {}, ...inside) => {
  const node = Object.assign(document.createElement(tag), attributes);
  node.append(...inside);
  return node;
};
const SHAPES = { " ": "␣", "\n": "⏎", "\t": "⇥" };
const visible = (symbol) => [...symbol].map((one) => SHAPES[one] ?? one).join("");

const data = JSON.parse(byId("network").textContent);
const network = openNetwork(data), tokenizer = new Tokenizer(data.tokenizer);
const columns = [];
let running = null;

class Column {
  constructor(temperature) {
    this.temperature = temperature; // exactly, where the slider has no place for it
    this.slider = made("input", { type: "range", min: 0, max: Math.max(2, temperature), step: 0.05, value: temperature });
    this.shown = made("output", { textContent: temperature });
    const remove = made("button", { type: "button", textContent: "×", title: "Without this temperature" });
    remove.ariaLabel = remove.title;
    this.letters = made("pre", { tabIndex: 0, dir: "auto" });
    this.next = made("ul", { className: "next" });
    this.next.ariaLabel = "The likeliest next tokens";
    const title = made("label", { textContent: "Temperature" });
    this.slider.ariaLabel = "Temperature";
    this.node = made("article", {}, made("h2", {}, title, this.slider, this.shown, remove), this.letters, this.next);
    this.slider.oninput = () => (this.shown.textContent = this.temperature = Number(this.slider.value));
    this.slider.onchange = () => begin();
    remove.onclick = () => {
      columns.splice(columns.indexOf(this), 1);
      this.node.remove();
      offers();
    };
  }

  /** Begin anew after a prompt that was read. */
  begin(prompt, state, sampler, seed) {
    this.text = new Text(network, state, { ...sampler, temperature: this.temperature }, seed);
    this.last = prompt.ids.at(-1);
    this.count = 0;
    this.written = document.createTextNode("");
    this.letters.replaceChildren(made("span", { className: "prompt", textContent: prompt.text }), this.written);
    this.draw();
  }

  write(given = null) {
    const id = this.text.write(given);
    this.written.appendData(tokenizer.piece(id, this.last));
    this.last = id;
    this.count += 1;
  }

  /** What is likely next; a press on it writes it. */
  draw() {
    this.letters.scrollTop = this.letters.scrollHeight;
    const shares = this.text.next();
    const likeliest = likeliestFirst(shares).slice(0, SHOWN_NEXT).filter((id) => shares[id] >= LEAST_SHOWN);
    this.next.replaceChildren(
      ...likeliest.map((id) => {
        const bar = made("span", { className: "bar" }), symbol = visible(tokenizer.symbols[id]);
        bar.style.width = `${100 * shares[id]}%`;
        const share = made("span", { className: "share", textContent: `${(100 * shares[id]).toFixed(1)} %` });
        const button = made("button", { type: "button", title: "Write this one" });
        button.append(made("span", { className: "symbol", textContent: symbol }), made("span", {}, bar), share);
        button.onclick = () => guarded(() => (this.write(id), this.draw()));
        return made("li", {}, button);
      }),
    );
  }
}

/** What the controls say. Throws a sentence where they say nothing that can be used. */
function chosen() {
  if (!byId("settings").reportValidity()) throw new Error("A setting is out of its range.");
  const prompt = { ...tokenizer.encode(byId("prompt").value), text: byId("prompt").value };
  if (!prompt.ids.length) throw new Error("The prompt needs at least one token that this network knows.");
  const sampler = { greedy: byId("greedy").checked };
  for (const key of Object.keys(RULES)) if (key !== "temperature") sampler[key] = Number(byId(key).value);
  const pace = Number(byId("speed").value);
  return { prompt, sampler, seed: BigInt(byId("seed").value), length: Number(byId("length").value), pace };
}

function begin() {
  guarded(() => {
    end();
    const { prompt, sampler, seed, length, pace } = chosen(), state = readPrompt(network, prompt.ids);
    for (const column of columns) column.begin(prompt, state, sampler, seed);
    const lost = prompt.lost ? ` ${prompt.lost} tokens of the prompt are not in its vocabulary.` : "";
    running = { length, pace, since: performance.now(), lost };
    byId("stop").disabled = false;
    say(`Writing ${length.toLocaleString("en")} tokens.${lost}`);
    requestAnimationFrame(frame);
  });
}

/** As many symbols as there is time for before the next picture; all texts keep step. */
function frame(now) {
  if (!running) return;
  guarded(() => {
    const due = running.pace ? ((now - running.since) / 1000) * running.pace : Infinity, most = Math.min(running.length, due);
    const until = performance.now() + FRAME;
    let behind;
    do {
      behind = columns.filter((column) => column.count < most);
      for (const column of behind) column.write();
    } while (behind.length && performance.now() < until);
    for (const column of columns) column.draw();
    if (columns.every((column) => column.count >= running.length)) return end(`Done.${running.lost}`);
    requestAnimationFrame(frame);
  });
}

function end(sentence = "") {
  running = null;
  byId("stop").disabled = true;
  if (sentence) say(sentence);
}

const say = (sentence) => (byId("status").textContent = sentence);

/** Do it; what goes wrong is said in a sentence, and nothing goes on. */
function guarded(act) {
  try {
    act();
  } catch (error) {
    end(error.message);
  }
}

function another(temperature) {
  columns.push(new Column(temperature));
  byId("texts").append(columns.at(-1).node);
  offers();
}

const offers = () => (byId("add").disabled = columns.length >= MOST_TEXTS);

byId("settings").onsubmit = (event) => {
  event.preventDefault();
  begin();
};
byId("stop").onclick = () => end("Stopped.");
byId("add").onclick = () => {
  another(Math.min(2, (columns.at(-1)?.temperature ?? 0.4) + 0.3).toFixed(2) * 1);
  begin();
};
byId("another").onclick = () => {
  byId("seed").value = Math.floor(Math.random() * MOST_SEED);
  begin();
};
byId("look").onclick = () => {
  const root = document.documentElement, dark = matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.look = (root.dataset.look ?? (dark ? "dark" : "light")) === "dark" ? "light" : "dark";
};
document.onkeydown = (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) begin();
  if (event.key === "Escape" && running) end("Stopped.");
};
for (const [id, value] of Object.entries(data.begin)) if (byId(id)) byId(id).value = value;
for (const temperature of data.begin.temperatures) another(temperature);
begin();
