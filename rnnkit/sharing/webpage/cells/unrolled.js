// The unrolled network: architectures/unrolled.py in JavaScript. Knows no text.

NETWORKS.unrolled = (network) => {
  const { arrays } = network, bias = arrays["dense_input/bias"];
  const first = firstProduct(network, arrays["dense_input/kernel"], bias);
  const read = (id) => relu(first(id, new Float32Array(bias.length)));
  const [carry, carryBias] = [arrays["dense_hidden/kernel"], arrays["dense_hidden/bias"]];
  return windowed(network, (ids) => {
    let hidden = read(ids[0]);
    if (carry) for (const id of ids.slice(1)) hidden = add(relu(dense(hidden, carry, carryBias)), read(id));
    return dense(hidden, arrays["dense_output/kernel"], arrays["dense_output/bias"]);
  });
};
