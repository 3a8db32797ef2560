/**
 * What candidates weigh in MPPI: by their returns, and under a limit on costs only those that keep it.
 *
 * Williams et al., Information Theoretic MPC for Model-Based Reinforcement Learning (2017), algorithm 2: the weights.
 * Shapes: K candidates.
 */
import { eliteIndices } from './elites.ts';

/** exp((score - best) / lambda), scaled to sum to 1; lambda 0 shares all weight among the best. [K] */
export function importanceWeights(scores: ArrayLike<number>, lambda: number): Float64Array {
  const K = scores.length;
  let best = -Infinity;
  for (let k = 0; k < K; k++) if (scores[k] > best) best = scores[k];
  const weights = new Float64Array(K);
  let sum = 0;
  for (let k = 0; k < K; k++) {
    weights[k] = scores[k] === best ? 1 : Math.exp((scores[k] - best) / lambda);
    sum += weights[k];
  }
  for (let k = 0; k < K; k++) weights[k] /= sum;
  return weights;
}

/** How far the best return is above the median: a measure of spread that hopeless candidates do not change. */
export function aboveMedian(returns: Float32Array): number {
  const half = eliteIndices(returns, Math.ceil((returns.length + 1) / 2));
  return returns[half[0]] - returns[half[half.length - 1]];
}

/**
 * Weights under a limit. Where some candidates keep it, the others weigh 0, and those that keep it are weighed among
 * themselves. Where none does, weights fall with the cost: exp((least - cost) / lambda), lambda being `temperature` times
 * how far the least is below the median, whatever they return. Where that is 0, as at least half cost the least there
 * is, these are weighed as if they kept the limit. [K]
 * @param weigh the weights of some by what they return
 */
export function weightsWithin(
  costs: Float32Array, // [K]
  limit: number,
  temperature: number,
  weigh: (those: Int32Array) => Float64Array,
): Float64Array {
  let allowed = indicesWithin(costs, limit);
  if (allowed.length === 0) {
    const savings = costs.map((cost) => -cost);
    const lambda = temperature * aboveMedian(savings);
    if (lambda > 0) return importanceWeights(savings, lambda);
    allowed = indicesWithin(
      costs,
      costs.reduce((least, cost) => Math.min(least, cost), Infinity),
    );
  }
  const weights = new Float64Array(costs.length);
  weigh(allowed).forEach((weight, i) => {
    weights[allowed[i]] = weight;
  });
  return weights;
}

function indicesWithin(costs: Float32Array, limit: number): Int32Array {
  const all = Int32Array.from(costs, (_, k) => k);
  return all.filter((k) => costs[k] <= limit);
}
