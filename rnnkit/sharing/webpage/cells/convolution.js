// Convolutions over time: architectures/convolution.py in JavaScript. Knows no text.

/** A kernel (K, D, F) as (D, K F): one product for all its places. */
function laidOut(network, index) {
  const { kernel_width: wide, units } = network.model, name = numbered("conv1d", index);
  const kernel = network.arrays[`${name}/kernel`], below = kernel.length / wide / units;
  const out = new Float32Array(kernel.length);
  for (let k = 0; k < wide; k++)
    for (let d = 0; d < below; d++)
      for (let f = 0; f < units; f++) out[(d * wide + k) * units + f] = kernel[(k * below + d) * units + f];
  return [out, network.arrays[`${name}/bias`]];
}

/** What the first layer answers at each step of a window. */
function firstFound(network) {
  const [kernel, bias] = laidOut(network, 0), wide = network.model.kernel_width * network.model.units;
  const newest = new Float32Array(wide);
  newest.set(bias, wide - bias.length);
  const first = firstProduct(network, kernel, newest);
  return (ids) => summed(network, ids.map((id) => first(id, new Float32Array(wide)))).map(relu);
}

/** What each place of a kernel made of each step, K F numbers, to its sums over K neighbours, F each. */
function summed({ model: { kernel_width: wide, units } }, products) {
  return products.map((own, t) => {
    const sums = own.slice((wide - 1) * units);
    for (let back = 1; back < wide && back <= t; back++)
      add(sums, products[t - back].subarray((wide - 1 - back) * units, (wide - back) * units));
    return sums;
  });
}

NETWORKS.convolution = (network) => {
  const found = firstFound(network), answered = answer(network);
  const later = Array.from({ length: network.model.layers - 1 }, (_, index) => laidOut(network, index + 1));
  return windowed(network, (ids) => {
    let x = found(ids);
    for (const [kernel, bias] of later) {
      const products = x.map((one) => product(one, kernel, new Float32Array(kernel.length / one.length)));
      x = summed(network, products).map((one) => relu(add(one, bias)));
    }
    return answered(x.reduce((largest, one) => largest.map((value, f) => Math.max(value, one[f]))));
  });
};
