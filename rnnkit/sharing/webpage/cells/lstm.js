// Long short-term memory: architectures/lstm.py in JavaScript. Gates i, f, c, o. Knows one step, no text.

const LSTM = {
  name: "lstm", gates: 4, states: 2,
  step(inputs, recurrent, [hidden, cell]) {
    const units = cell.length;
    for (let u = 0; u < units; u++) {
      const i = sigmoid(round(inputs[u] + recurrent[u]));
      const f = sigmoid(round(inputs[units + u] + recurrent[units + u]));
      const candidate = tanh(round(inputs[2 * units + u] + recurrent[2 * units + u]));
      const o = sigmoid(round(inputs[3 * units + u] + recurrent[3 * units + u]));
      cell[u] = round(cell[u] * f) + round(candidate * i);
      hidden[u] = tanh(cell[u]) * o;
    }
  },
};
NETWORKS.lstm = stack(LSTM);
