// The simple recurrent network: architectures/simple_rnn.py in JavaScript. Knows one step, no text.

NETWORKS.simple_rnn = stack({
  name: "simple_rnn", gates: 1, states: 1,
  step(inputs, recurrent, [hidden]) {
    for (let u = 0; u < hidden.length; u++) hidden[u] = Math.tanh(round(inputs[u] + recurrent[u]));
  },
});
