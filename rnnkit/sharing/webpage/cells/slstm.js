// The sLSTM: architectures/slstm.py in JavaScript, with the mean and the logarithm of the normaliser. Gates i, f, z, o.
// Knows one step, no text.

NETWORKS.slstm = stack({
  name: "slstm", gates: 4, states: 3,
  step(inputs, recurrent, [hidden, mean, size]) {
    const units = mean.length;
    for (let u = 0; u < units; u++) {
      const [i, f, z, o] = [0, 1, 2, 3].map((place) => round(inputs[place * units + u] + recurrent[place * units + u]));
      const lead = round(round(size[u] - softplus(-f)) - i), written = tanh(z);
      mean[u] = round(round(mean[u] - written) * sigmoid(lead)) + written;
      size[u] = softplus(lead) + i;
      hidden[u] = sigmoid(o) * mean[u];
    }
  },
});
