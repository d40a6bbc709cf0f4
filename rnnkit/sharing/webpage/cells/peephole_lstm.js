// The LSTM whose gates see the memory: architectures/peephole_lstm.py in JavaScript. Knows one step, no text.

NETWORKS.peephole_lstm = stack({
  name: "peephole_lstm", gates: 4, states: 2, further: ["peephole_kernel"],
  step(inputs, recurrent, [hidden, cell], peepholes) {
    const units = cell.length;
    for (let u = 0; u < units; u++) {
      const seen = (place) => round(peepholes[place * units + u] * cell[u]);
      const gate = (place) => round(inputs[place * units + u] + recurrent[place * units + u]);
      const i = sigmoid(round(gate(0) + seen(0))), f = sigmoid(round(gate(1) + seen(1))), candidate = tanh(gate(2));
      cell[u] = round(cell[u] * f) + round(candidate * i);
      hidden[u] = tanh(cell[u]) * sigmoid(round(gate(3) + seen(2)));
    }
  },
});
