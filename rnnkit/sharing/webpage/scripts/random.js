// NumPy's random numbers, bit for bit: np.random.Generator(np.random.PCG64(seed)).random(n), as the engine draws them.
// SeedSequence (O'Neill's seed_seq, 2015) and PCG XSL-RR 128/64 (O'Neill, 2014). Knows no network and no text.

const WORD = 0xffffffffn, WORD64 = (1n << 64n) - 1n, WORD128 = (1n << 128n) - 1n;
const MULTIPLIER = (2549297995355413924n << 64n) | 4865540595714422341n;

/** A function that gives the next number from [0, 1) at each call; `seed` is a whole number of at least 0, a BigInt. */
function uniforms(seed) {
  const [high, low, chosenHigh, chosenLow] = seedState(seed, 4);
  const stream = ((((chosenHigh << 64n) | chosenLow) << 1n) | 1n) & WORD128;
  const step = (state) => (state * MULTIPLIER + stream) & WORD128;
  let state = step((stream + ((high << 64n) | low)) & WORD128);
  return () => {
    state = step(state);
    const mixed = (state >> 64n) ^ (state & WORD64), turn = state >> 122n;
    const turned = ((mixed >> turn) | (mixed << ((64n - turn) & 63n))) & WORD64;
    return Number(turned >> 11n) / 2 ** 53;
  };
}

/** `count` words of 64 bits from SeedSequence(seed).generate_state. */
function seedState(seed, count) {
  const pool = seedPool(seed), words = [];
  let constant = 0x8b51f9dd;
  for (let i = 0; i < 2 * count; i++) {
    let word = pool[i % 4] ^ constant;
    constant = Math.imul(constant, 0x58f38ded);
    word = Math.imul(word, constant);
    words.push(BigInt((word ^ (word >>> 16)) >>> 0));
  }
  return Array.from({ length: count }, (_, i) => words[2 * i] | (words[2 * i + 1] << 32n));
}

function seedPool(seed) {
  const entropy = [];
  for (let rest = seed; rest > 0n || !entropy.length; rest >>= 32n) entropy.push(Number(rest & WORD));
  let constant = 0x43b0d7e5;
  const hashed = (value) => {
    value ^= constant;
    constant = Math.imul(constant, 0x931e8875);
    value = Math.imul(value, constant);
    return value ^ (value >>> 16);
  };
  const mixed = (x, y) => {
    const both = (Math.imul(0xca01f9dd, x) - Math.imul(0x4973f715, y)) | 0;
    return both ^ (both >>> 16);
  };
  const pool = [0, 1, 2, 3].map((i) => hashed(entropy[i] ?? 0));
  for (let from = 0; from < 4; from++)
    for (let to = 0; to < 4; to++) if (from !== to) pool[to] = mixed(pool[to], hashed(pool[from]));
  for (const word of entropy.slice(4)) for (let to = 0; to < 4; to++) pool[to] = mixed(pool[to], hashed(word));
  return pool;
}
