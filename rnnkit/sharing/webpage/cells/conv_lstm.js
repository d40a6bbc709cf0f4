// A convolution, then an LSTM: architectures/conv_lstm.py in JavaScript, with the files of both. Knows no text.

const POOLED = 2; // neighbours of which only the largest answer of each kernel is kept

NETWORKS.conv_lstm = (network) => {
  const found = firstFound(network), answered = answer(network);
  const lstms = Array.from({ length: network.model.layers }, (_, index) =>
    recurrentLayer(LSTM, network, `${numbered("lstm", index)}/`, false),
  );
  return windowed(network, (ids) => {
    const x = found(ids);
    let read = x.flatMap((one, t) =>
      t % POOLED ? [] : [t + 1 < x.length ? one.map((value, f) => Math.max(value, x[t + 1][f])) : one],
    );
    for (const lstm of lstms) {
      const states = lstm.begin();
      read = read.map((one) => lstm.take(one, states).slice());
    }
    return answered(read.at(-1));
  });
};
