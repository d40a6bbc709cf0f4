// The gated recurrent unit: architectures/gru.py in JavaScript. Gates z, r, h. Knows one step, no text.

NETWORKS.gru = stack({
  name: "gru", gates: 3, states: 1, biases: 2,
  step(inputs, recurrent, [hidden]) {
    const units = hidden.length;
    for (let u = 0; u < units; u++) {
      const z = sigmoid(round(inputs[u] + recurrent[u]));
      const r = sigmoid(round(inputs[units + u] + recurrent[units + u]));
      const candidate = tanh(round(round(recurrent[2 * units + u] * r) + inputs[2 * units + u]));
      hidden[u] = round(round(hidden[u] - candidate) * z) + candidate;
    }
  },
});
