/**
 * Many imagined steps at once: each row is moved by an elite drawn for it, so that every network sees only its share.
 *
 * Janner et al., When to Trust Your Model (2019), section 5: a member drawn for each step.
 * Shapes: N rows, E elites, R rows an elite in one program call, D and F as in network.ts.
 *
 * Differs from the paper: members are dealt out in random order rather than drawn, so that all get equally many rows.
 */
import { numpy as np } from '@jax-js/jax';
import type { Rng } from '../../core/rng.ts';
import { elementSize, featureSize, readElement, type Space, writeFeatures } from '../../core/spaces.ts';
import { compile, tensor } from '../../engine/index.ts';
import type { Traced } from '../../engine/tree.ts';
import type { Network, NetworkParams, Scaling, TracedParams, TracedScaling } from './network.ts';

/** What N imagined steps led to. */
export interface Imagined {
  readonly nextObservations: Float32Array; // [N, D]
  readonly rewards: Float32Array; // [N]
  readonly discounts: Float32Array; // [N]
}

/** Rows an elite in one program call: few sizes, so that few are compiled. */
const SHARES = [4, 32, 512];

export interface ImaginationOptions {
  readonly D: number;
  readonly action: Space;
  readonly elites: number;
  readonly probabilistic: boolean;
  readonly threads: number;
}

/** Compiles one step of many rows: observations [N, D], actions [N, element size], both flat. */
export function imagination(network: Network, { D, action, elites: E, ...options }: ImaginationOptions) {
  const F = featureSize(action);
  const width = elementSize(action);
  const program = compile(
    function ensembleImagine(
      params: TracedParams,
      scaling: TracedScaling,
      observations: Traced,
      actions: Traced,
      noise: Traced,
    ) {
      const { next, reward, discount } = network.step(params, scaling, observations, actions, noise);
      return { next, reward, discount: discount ?? np.onesLike(reward) };
    },
    { threads: options.threads },
  );
  return async (
    params: NetworkParams,
    scaling: Scaling,
    observations: Float32Array,
    actions: Float32Array,
    rng: Rng,
  ): Promise<Imagined> => {
    const N = observations.length / D;
    const nextObservations = new Float32Array(N * D);
    const rewards = new Float32Array(N);
    const discounts = new Float32Array(N);
    const order = rng.permutation(N);
    for (let start = 0; start < N; ) {
      const left = N - start;
      const R = SHARES.find((share) => share * E >= left) ?? SHARES[SHARES.length - 1];
      const here = Math.min(R * E, left);
      const seen = new Float32Array(E * R * D);
      const done = new Float32Array(E * R * F);
      const noise = new Float32Array(E * R * D);
      /** Rows in their random order go to the elites in turn. */
      const place = (i: number) => (i % E) * R + Math.floor(i / E);
      for (let i = 0; i < here; i++) {
        const [row, at] = [order[start + i], place(i)];
        for (let k = 0; k < D; k++) seen[at * D + k] = observations[row * D + k];
        writeFeatures(action, readElement(action, actions, row * width), done, at * F);
        if (options.probabilistic) for (let k = 0; k < D; k++) noise[at * D + k] = rng.normal();
      }
      const out = await program(
        params,
        scaling,
        tensor(seen, [E, R, D]),
        tensor(done, [E, R, F]),
        tensor(noise, [E, R, D]),
      );
      for (let i = 0; i < here; i++) {
        const [row, at] = [order[start + i], place(i)];
        for (let k = 0; k < D; k++) nextObservations[row * D + k] = out.next.data[at * D + k];
        rewards[row] = out.reward.data[at];
        discounts[row] = out.discount.data[at];
      }
      start += here;
    }
    return { nextObservations, rewards, discounts };
  };
}
