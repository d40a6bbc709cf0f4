// What networks are made of: the first product, the last layers, stacks of recurrent layers, windows that are read anew.
// Each file of cells/ puts one architecture into NETWORKS. Knows no particular one, no text and no sampling.
//
// A network is {model, kind, length, vocabulary, outputs, arrays}: the parts of its config by their own names, and its
// weights as Float32Array by "layer/weight". What makes it run has three parts:
//   initialState() -> arrays, one text's memory
//   advance(step, state): reads one id (or number) and changes the arrays in place
//   logits(state) -> Float32Array (outputs,), overwritten by the next call

/** By the name of the architecture: network -> what makes it run. */
const NETWORKS = {};
const LARGEST_TABLE = 1 << 20; // numbers: the engine, too, keeps no larger one

const numbered = (name, index) => (index ? `${name}_${index}` : name);

/** x W + b for what each step reads: (step, out) => out, x being one-hot, an embedding or the number itself. */
function firstProduct(network, kernel, bias) {
  const embeddings = network.arrays["embedding/embeddings"], size = network.model.embedding_size, wide = bias.length;
  const row = (matrix, id, length) => matrix.subarray(id * length, (id + 1) * length);
  let multiplied = (id) => add(row(kernel, id, wide).slice(), bias); // one-hot
  if (network.model.inputs === "numbers") multiplied = (step) => add(kernel.map((one) => one * round(step)), bias);
  else if (embeddings) multiplied = (id) => dense(row(embeddings, id, size), kernel, bias);
  const known = new Map(), keep = network.vocabulary * wide <= LARGEST_TABLE;
  return (step, out) => {
    const found = known.get(step) ?? multiplied(step);
    if (keep) known.set(step, found);
    out.set(found);
    return out;
  };
}

/** The last layers: a hidden state to logits. */
function answer({ arrays }) {
  const [kernel, bias] = [arrays["dense/kernel"], arrays["dense/bias"]];
  const [hidden, hiddenBias] = [arrays["hidden/kernel"], arrays["hidden/bias"]];
  return (state) => dense(hidden ? relu(dense(state, hidden, hiddenBias)) : state, kernel, bias);
}

// ---- recurrent layers. A cell is {name, states, step, shown, recurrent, biases, further}: as parts/cell.py has it.

/** The architecture of stacked `cell`s. */
function stack(cell) {
  return (network) => {
    const { layers, bidirectional } = network.model;
    const name = (index) => numbered(bidirectional ? "bidirectional" : cell.name, index);
    const ways = bidirectional ? ["forward_", "backward_"] : [""];
    const read = Array.from({ length: layers }, (_, index) =>
      ways.map((way) => recurrentLayer(cell, network, `${name(index)}/${way}`, index === 0)),
    );
    if (bidirectional) return windowed(network, bothWays(read, answer(network)));
    return oneWay(network, read.map(([layer]) => layer), answer(network));
  };
}

/** From the left to the right: a state that is carried, or on windows one that begins with each of them. */
function oneWay(network, layers, answered) {
  const carried = carriedStack(layers, answered);
  if (network.kind !== "windows") return carried;
  return windowed(network, (ids) => {
    const state = carried.initialState();
    for (const id of ids) carried.advance(id, state);
    return carried.logits(state);
  });
}

/** One direction of a layer: begin() makes its states, take(read, states) one step and gives what it shows. */
function recurrentLayer(cell, network, prefix, first) {
  const { arrays } = network, bias = arrays[`${prefix}bias`], wide = bias.length / (cell.biases ?? 1);
  const kernel = arrays[`${prefix}kernel`], carry = arrays[`${prefix}recurrent_kernel`];
  const inputBias = bias.subarray(0, wide), carryBias = cell.biases === 2 ? bias.subarray(wide) : null;
  const units = carry ? carry.length / wide : wide / cell.gates, shown = cell.shown ?? 0;
  const further = (cell.further ?? []).map((name) => arrays[prefix + name]);
  const inputs = new Float32Array(wide), recurrent = new Float32Array(wide);
  const readFirst = first ? firstProduct(network, kernel, inputBias) : null;
  return {
    begin: () => Array.from({ length: cell.states }, () => new Float32Array(units)),
    shown,
    take(read, states) {
      if (readFirst) readFirst(read, inputs);
      else add(product(read, kernel, inputs), inputBias);
      if (carry) product(states[0], carry, recurrent);
      if (carryBias) add(recurrent, carryBias);
      cell.step(inputs, recurrent, states, ...further);
      return states[shown];
    },
  };
}

function carriedStack(layers, answered) {
  const parts = (state) => {
    let at = 0;
    return layers.map((layer) => state.slice(at, (at += layer.count)));
  };
  for (const layer of layers) layer.count = layer.begin().length;
  return {
    initialState: () => layers.flatMap((layer) => layer.begin()),
    advance(id, state) {
      let read = id;
      parts(state).forEach((states, index) => (read = layers[index].take(read, states)));
    },
    logits: (state) => answered(parts(state).at(-1)[layers.at(-1).shown]),
  };
}

/** Windows through layers that read from both ends: each half answers after its whole reading. */
function bothWays(layers, answered) {
  return (ids) => {
    let below = ids, last = [];
    for (const halves of layers) {
      const [forward, backward] = halves.map((layer, way) => {
        const states = layer.begin(), read = way ? [...below].reverse() : below;
        return read.map((one) => layer.take(one, states).slice());
      });
      last = [forward.at(-1), backward.at(-1)];
      backward.reverse();
      below = forward.map((one, t) => joined(one, backward[t]));
    }
    return answered(joined(...last));
  };
}

function joined(first, second) {
  const both = new Float32Array(first.length + second.length);
  both.set(first);
  both.set(second, first.length);
  return both;
}

// ---- windows

/** A network that sees its last `length` steps anew for each symbol: forward(ids) -> logits. */
function windowed(network, forward) {
  return {
    initialState: () => [[]],
    advance(id, [window]) {
      window.push(id);
      if (window.length > network.length) window.shift();
    },
    logits: ([window]) => forward(window),
  };
}

/** The network of a page: its numbers read, and what makes it run. */
function openNetwork(data) {
  const network = { ...data, arrays: arraysOf(data.arrays, data.weights) };
  return { ...network, runner: NETWORKS[network.model.architecture](network) };
}

/** The weights, of 32 or 16 bits one after the other in base64, as named arrays. */
function arraysOf(table, weights) {
  const letters = atob(weights), bytes = new Uint8Array(letters.length);
  for (let i = 0; i < letters.length; i++) bytes[i] = letters.charCodeAt(i);
  const view = new DataView(bytes.buffer), found = {};
  let at = 0;
  for (const { name, size, bits } of table) {
    const array = (found[name] = new Float32Array(size)), wide = bits / 8;
    for (let i = 0; i < size; i++, at += wide) array[i] = bits === 32 ? view.getFloat32(at, true) : half(view.getUint16(at, true));
  }
  return found;
}

/** A number of 16 bits: sign, 5 bits of exponent, 10 of fraction. */
function half(bits) {
  const sign = bits >> 15 ? -1 : 1, exponent = (bits >> 10) & 31, fraction = (bits & 1023) / 1024;
  return sign * (exponent ? 2 ** (exponent - 15) * (1 + fraction) : 2 ** -14 * fraction);
}
