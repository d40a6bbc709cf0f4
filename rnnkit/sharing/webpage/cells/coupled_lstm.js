// The LSTM with coupled gates: architectures/coupled_lstm.py in JavaScript. Gates f, c, o. Knows one step, no text.

NETWORKS.coupled_lstm = stack({
  name: "coupled_lstm", gates: 3, states: 2,
  step(inputs, recurrent, [hidden, cell]) {
    const units = cell.length;
    for (let u = 0; u < units; u++) {
      const f = sigmoid(round(inputs[u] + recurrent[u]));
      const candidate = tanh(round(inputs[units + u] + recurrent[units + u]));
      const o = sigmoid(round(inputs[2 * units + u] + recurrent[2 * units + u]));
      cell[u] = round(round(cell[u] - candidate) * f) + candidate;
      hidden[u] = tanh(cell[u]) * o;
    }
  },
});
