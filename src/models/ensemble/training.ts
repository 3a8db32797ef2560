/**
 * Training an ensemble: passes over bootstraps of what was seen, until the hold-out error falls no more.
 *
 * Early stopping by hold-out error as in Janner et al., When to Trust Your Model (2019), appendix, and mbrl-lib.
 */
import { valueAndGrad } from '@jax-js/jax';
import type { Metrics } from '../../core/agent.ts';
import { demandFinite } from '../../core/errors.ts';
import type { Rng } from '../../core/rng.ts';
import { compile } from '../../engine/index.ts';
import type { Traced } from '../../engine/tree.ts';
import { mean } from '../../math/statistics.ts';
import { type Optimiser, type OptimiserState, optimise, type TracedState } from '../../nn/index.ts';
import { bootstraps, gather, type Rows, scalingOf, shuffle, splitRows } from './data.ts';
import type { Network, NetworkParams, Scaling, TracedParams, TracedScaling } from './network.ts';
import type { EnsembleOptions } from './options.ts';

export interface Fitted {
  readonly params: NetworkParams;
  readonly memory: OptimiserState;
  readonly scaling: Scaling;
  /** Hold-out error of each member. [E] */
  readonly errors: Float64Array;
  readonly metrics: Metrics;
}

/**
 * Compiles the training of a network. What it returns trains from given parameters on, and changes none of them.
 * @throws NumericalError naming `where`, the pass and what went wrong
 */
export function trainer(net: Network, optimiser: Optimiser, options: EnsembleOptions) {
  const { members: E, threads } = options;
  const train = compile(
    function ensembleTrain(
      p: TracedParams,
      m: TracedState,
      s: TracedScaling,
      x: Traced,
      y: Traced,
      c: Traced,
    ) {
      const [loss, gradients] = valueAndGrad((q: TracedParams) => net.totalLoss(q, s, x, y, c))(p);
      return { loss, ...optimise(optimiser, gradients as unknown as TracedParams, m, p) };
    },
    { threads },
  );
  const measure = compile(
    function ensembleError(p: TracedParams, s: TracedScaling, x: Traced, y: Traced, c: Traced, w: Traced) {
      return net.error(p, s, x, y, c, w);
    },
    { threads },
  );
  /** Mean hold-out error of each member. */
  const errors = async (
    params: NetworkParams,
    scaling: Scaling,
    rows: Rows,
    list: Int32Array,
  ): Promise<Float64Array> => {
    const sums = new Float64Array(E);
    const lists = Array.from({ length: E }, () => list);
    for (let start = 0; start < list.length; start += options.batch) {
      const { inputs, targets, discounts, weights } = gather(rows, lists, start, options.batch);
      const part = await measure(params, scaling, inputs, targets, discounts, weights);
      for (let e = 0; e < E; e++) sums[e] += part.data[e];
    }
    return sums.map((sum) => sum / list.length);
  };

  return async (
    rows: Rows,
    from: Pick<Fitted, 'params' | 'memory'>,
    rng: Rng,
    where: string,
  ): Promise<Fitted> => {
    demandFinite(rows.inputs, `${where}: observations and actions learned from`);
    demandFinite(rows.targets, `${where}: changes and rewards learned from`);
    const scaling = scalingOf(rows);
    const { training, heldOut } = splitRows(rows.N, options.holdOut, options.holdOutLimit, rng);
    const judged = heldOut.length > 0 ? heldOut : training;
    const lists = bootstraps(training, E, rng);
    let { params, memory } = from;
    let kept = { params, errors: await errors(params, scaling, rows, judged) };
    demandFinite(kept.errors, `${where}: hold-out error`);
    let toBeat = mean(kept.errors);
    let waited = 0;
    let epoch = 0;
    let loss = 0;
    let left = options.gradientSteps ?? Number.POSITIVE_INFINITY;
    while (epoch < options.epochs && waited < options.patience && left > 0) {
      epoch++;
      for (const list of lists) shuffle(list, rng);
      let steps = 0;
      loss = 0;
      for (let start = 0; start < training.length && left > 0; start += options.batch) {
        const { inputs, targets, discounts } = gather(rows, lists, start, options.batch);
        const next = await train(params, memory, scaling, inputs, targets, discounts);
        demandFinite(next.loss.data, `${where}, pass ${epoch}: loss`);
        params = next.params as NetworkParams;
        memory = next.state as OptimiserState;
        loss += next.loss.data[0] / E;
        steps++;
        left--;
      }
      loss /= steps;
      const found = { params, errors: await errors(params, scaling, rows, judged) };
      const error = mean(found.errors);
      demandFinite([error], `${where}, pass ${epoch}: hold-out error`);
      if (error < mean(kept.errors)) kept = found;
      // small gains add up: what counts is the fall since the last time it counted
      if (error < toBeat * (1 - options.improvement)) {
        toBeat = error;
        waited = 0;
      } else waited++;
    }
    return {
      ...kept,
      memory,
      scaling,
      metrics: { 'model/loss': loss, 'model/epochs': epoch, 'model/rows': rows.N },
    };
  };
}
