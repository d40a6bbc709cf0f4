// The minimal GRU: architectures/min_gru.py in JavaScript. Gates z, h. Knows one step, no text.

NETWORKS.min_gru = stack({
  name: "min_gru", gates: 2, states: 1,
  step(inputs, _recurrent, [hidden]) {
    const units = hidden.length;
    for (let u = 0; u < units; u++)
      hidden[u] += round(round(inputs[units + u] - hidden[u]) * sigmoid(inputs[u]));
  },
});
