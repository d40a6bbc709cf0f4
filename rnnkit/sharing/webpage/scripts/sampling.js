// From logits to the next symbol, as engine/samplers.py has it: temperature, then rules that leave symbols out, then one
// draw, all in double precision. And a text as it is written. Knows no architecture and no letters.

/** The rules in the engine's order: each changes scaled logits, whose likeliest is 0, in place. */
const RULES = {
  temperature: { neutral: 1, apply: (scaled, value) => scaled.forEach((one, i) => (scaled[i] = one / value)) },
  top_k: { neutral: 0, apply: (scaled, k) => leaveOut(scaled, likeliestFirst(scaled).slice(k)) },
  top_p: { neutral: 1, apply: topP },
};

function topP(scaled, share) {
  const order = likeliestFirst(scaled), weights = order.map((id) => Math.exp(scaled[id]));
  let sum = 0;
  const upTo = weights.map((weight) => (sum += weight));
  leaveOut(scaled, order.filter((_, rank) => rank > 0 && upTo[rank] - weights[rank] >= share * sum));
}

/** Ids by falling score; of equal ones the first in the vocabulary comes first. */
const likeliestFirst = (scores) => Array.from(scores.keys()).sort((a, b) => scores[b] - scores[a] || a - b);

function leaveOut(scaled, ids) {
  for (const id of ids) scaled[id] = -Infinity;
}

/** Logits (V,) to what the draw gives each symbol, (V,) in double precision; 0 for what is left out. */
function weightsOf(logits, sampler) {
  let largest = -Infinity, likeliest = 0;
  logits.forEach((one, id) => {
    if (!Number.isFinite(one)) throw new Error("The numbers of this network are not finite: its training has diverged.");
    if (one > largest) [largest, likeliest] = [one, id];
  });
  if (sampler.greedy || sampler.temperature === 0) return Float64Array.from(logits, (_, id) => +(id === likeliest));
  const scaled = Float64Array.from(logits, (one) => one - largest);
  for (const [name, rule] of Object.entries(RULES)) if (sampler[name] !== rule.neutral) rule.apply(scaled, sampler[name]);
  return scaled.map(Math.exp);
}

/** The first symbol whose sum of weights so far is above the draw. */
function drawn(weights, uniform) {
  let sum = 0, total = 0;
  for (const weight of weights) total += weight;
  const wanted = uniform * total;
  for (let id = 0; id < weights.length; id++) if ((sum += weights[id]) > wanted) return id;
  return weights.length - 1;
}

/** The network's state after a prompt, ids. */
function readPrompt({ runner }, ids) {
  const state = runner.initialState();
  for (const id of ids) runner.advance(id, state);
  return state;
}

/** One text that is written symbol by symbol: the n-th takes the n-th number of its seed. */
class Text {
  constructor(network, promptState, sampler, seed) {
    Object.assign(this, { network, sampler, uniform: uniforms(BigInt(seed)), state: promptState.map((one) => one.slice()) });
  }

  /** What each symbol is given for the next place, a share each, of the sampler or of the network itself. */
  next(sampler = this.sampler) {
    const weights = weightsOf(this.network.runner.logits(this.state), sampler);
    const total = weights.reduce((sum, one) => sum + one, 0);
    return weights.map((one) => one / total);
  }

  /** Write one symbol, the drawn one or the one that is given; its id. Either takes a number of the seed. */
  write(given = null) {
    const uniform = this.uniform();
    const id = given ?? drawn(weightsOf(this.network.runner.logits(this.state), this.sampler), uniform);
    this.network.runner.advance(id, this.state);
    return id;
  }
}

/** The ids that the engine writes after a prompt. */
function generate(network, prompt, sampler, seed, length) {
  const text = new Text(network, readPrompt(network, prompt), sampler, seed);
  return Array.from({ length }, () => text.write());
}
