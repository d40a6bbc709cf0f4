// The Transformer: architectures/transformer.py in JavaScript, with its newest keys and values kept. Knows no text.

const EPSILON = round(1e-6), BASE = 10_000;

/** A row divided by its root mean square, and scaled. */
function norm(x, scale) {
  const mean = round(x.reduce((sum, one) => sum + round(one * one), 0) / x.length), root = round(Math.sqrt(round(mean + EPSILON)));
  return x.map((one, i) => round(one / root) * scale[i]);
}

/** Each head's first half turned against its second, by the place where the step stands. */
function rotated(x, place, size) {
  const out = new Float32Array(x.length), half = size / 2;
  for (let i = 0; i < half; i++) {
    const angle = place * BASE ** ((-2 * i) / size), cosine = round(Math.cos(angle)), sine = round(Math.sin(angle));
    for (let at = 0; at < x.length; at += size) {
      const first = x[at + i], second = x[at + half + i];
      out[at + i] = round(first * cosine) - round(second * sine);
      out[at + half + i] = round(second * cosine) + round(first * sine);
    }
  }
  return out;
}

/** What the newest step gathers from the `count` kept ones, head by head; keys and values are (length, inner). */
function gathered(query, keys, values, count, size) {
  const inner = query.length, out = new Float32Array(inner), scale = round(size ** -0.5);
  for (let head = 0; head < inner; head += size) {
    const scores = new Float32Array(count);
    for (let s = 0; s < count; s++) {
      let sum = 0;
      for (let i = head; i < head + size; i++) sum += query[i] * keys[s * inner + i];
      scores[s] = round(sum) * scale;
    }
    softmax(scores);
    for (let i = head; i < head + size; i++) {
      let sum = 0;
      for (let s = 0; s < count; s++) sum += scores[s] * values[s * inner + i];
      out[i] = sum;
    }
  }
  return out;
}

/** A block's weights, and what it does to a step in place. */
function block(network, index) {
  const weight = (name) => network.arrays[`${numbered("transformer_block", index)}/${name}`];
  const { heads, units } = network.model, size = weight("attention_output").length / units / heads, inner = heads * size;
  return {
    inner,
    take(shown, place, keys, values) {
      const mixed = product(norm(shown, weight("attention_scale")), weight("attention_kernel"), new Float32Array(3 * inner));
      const newest = (place % network.length) * inner;
      keys.set(rotated(mixed.subarray(inner, 2 * inner), place, size), newest);
      values.set(mixed.subarray(2 * inner), newest);
      const query = rotated(mixed.subarray(0, inner), place, size), count = Math.min(place + 1, network.length);
      const looked = gathered(query, keys, values, count, size);
      add(shown, product(looked, weight("attention_output"), new Float32Array(units)));
      const wide = relu(dense(norm(shown, weight("dense_scale")), weight("dense_kernel"), weight("dense_bias")));
      add(shown, dense(wide, weight("dense_output"), weight("output_bias")));
    },
  };
}

NETWORKS.transformer = (network) => {
  const { arrays, model: { units, layers } } = network, answered = answer(network);
  const first = firstProduct(network, arrays["project/kernel"], arrays["project/bias"]);
  const blocks = Array.from({ length: layers }, (_, index) => block(network, index));
  const carried = {
    initialState: () => [
      new Float64Array(1), new Float32Array(units), // symbols read, what the last block answered
      ...blocks.flatMap(({ inner }) => [new Float32Array(network.length * inner), new Float32Array(network.length * inner)]),
    ],
    advance(id, [seen, shown, ...kept]) {
      first(id, shown);
      blocks.forEach((one, index) => one.take(shown, seen[0], kept[2 * index], kept[2 * index + 1]));
      seen[0] += 1;
    },
    logits: ([, shown]) => answered(norm(shown, arrays["norm/scale"])),
  };
  if (network.kind !== "windows") return carried;
  return windowed(network, (ids) => {
    const state = carried.initialState();
    for (const id of ids) carried.advance(id, state);
    return carried.logits(state);
  });
};
