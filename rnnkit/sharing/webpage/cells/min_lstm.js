// The minimal LSTM: architectures/min_lstm.py in JavaScript. Gates f, i, h. Knows one step, no text.

NETWORKS.min_lstm = stack({
  name: "min_lstm", gates: 3, states: 1,
  step(inputs, _recurrent, [hidden]) {
    const units = hidden.length;
    for (let u = 0; u < units; u++) {
      const lead = round(softplus(-inputs[u]) - softplus(-inputs[units + u]));
      hidden[u] += round(round(inputs[2 * units + u] - hidden[u]) * sigmoid(lead));
    }
  },
});
