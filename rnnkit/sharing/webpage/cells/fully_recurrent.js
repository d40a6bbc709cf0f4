// The fully recurrent network: architectures/fully_recurrent.py in JavaScript. Its last nodes are the answer. Knows no
// text.

const POOL = {
  name: "fully_recurrent", gates: 1, states: 2, shown: 1,
  step(inputs, recurrent, [hidden, netInput]) {
    for (let u = 0; u < hidden.length; u++) {
      netInput[u] = inputs[u] + recurrent[u];
      hidden[u] = Math.tanh(netInput[u]);
    }
  },
};
NETWORKS.fully_recurrent = (network) => {
  const pool = recurrentLayer(POOL, network, "fully_recurrent/", true);
  return oneWay(network, [pool], (netInput) => netInput.slice(netInput.length - network.outputs));
};
