// The engine's float32 arithmetic: each result that it stores is rounded where it rounds it. A product is summed in
// double precision and rounded once, which no order of summing changes. Knows no network.

const round = Math.fround;
const tanh = (x) => round(Math.tanh(x));
const sigmoid = (x) => round(tanh(x * 0.5) * 0.5 + 0.5); // through tanh, as the engine has it
/** log(1 + exp(x)). */
const softplus = (x) =>
  x > 0 ? round(x + round(Math.log1p(round(Math.exp(-x))))) : round(Math.log1p(round(Math.exp(x))));

const sumsOfSize = new Map();

/** x (n,) times a matrix (n, m), row by row in one array, into `out` (m,). */
function product(x, matrix, out) {
  const n = x.length, m = out.length;
  if (!sumsOfSize.has(m)) sumsOfSize.set(m, new Float64Array(m));
  const sums = sumsOfSize.get(m).fill(0);
  let i = 0;
  for (; i + 3 < n; i += 4) {
    const a = x[i], b = x[i + 1], c = x[i + 2], d = x[i + 3], p = i * m, q = p + m, r = q + m, s = r + m;
    for (let j = 0; j < m; j++) sums[j] += a * matrix[p + j] + b * matrix[q + j] + c * matrix[r + j] + d * matrix[s + j];
  }
  for (; i < n; i++) for (let j = 0; j < m; j++) sums[j] += x[i] * matrix[i * m + j];
  out.set(sums);
  return out;
}

/** x (n,) times a kernel (n, m) plus a bias (m,), a new array. */
function dense(x, kernel, bias) {
  return add(product(x, kernel, new Float32Array(bias.length)), bias);
}

/** x + y, in place. */
function add(x, y) {
  for (let i = 0; i < x.length; i++) x[i] += y[i];
  return x;
}

function relu(x) {
  for (let i = 0; i < x.length; i++) x[i] = Math.max(x[i], 0);
  return x;
}

/** Scores to shares that sum to 1, in place. */
function softmax(scores) {
  let largest = -Infinity, sum = 0;
  for (const score of scores) largest = Math.max(largest, score);
  for (let i = 0; i < scores.length; i++) sum += scores[i] = Math.exp(round(scores[i] - largest));
  for (let i = 0; i < scores.length; i++) scores[i] /= round(sum);
  return scores;
}
