/** Rows of experience as an ensemble is trained on them. Shapes as in network.ts; N rows. */
import { demand } from '../../core/errors.ts';
import type { Batch } from '../../core/replay.ts';
import type { Rng } from '../../core/rng.ts';
import { featureSize, readElement, type Space, writeFeatures } from '../../core/spaces.ts';
import { type Tensor, tensor } from '../../engine/tensor.ts';
import type { Scaling } from './network.ts';

export interface Rows {
  readonly N: number;
  readonly inputs: Float32Array; // [N, D + F]
  /** Changes of the observation, then the reward and the cost where they are learned. */
  readonly targets: Float32Array; // [N, T]
  readonly discounts: Float32Array; // [N]
}

/**
 * A batch as inputs and targets.
 * @throws InputError where costs are to be learned and the batch has none
 */
export function rowsOf(
  batch: Batch,
  space: Space,
  D: number,
  learned: { readonly reward: boolean; readonly cost: boolean },
): Rows {
  const { costs } = batch;
  demand(
    !learned.cost || costs !== undefined,
    () =>
      'ensemble: to learn the cost the replay must have costs, got none. Use a world that reports them, as constrained(world, cost) does.',
  );
  const T = D + (learned.reward ? 1 : 0) + (learned.cost ? 1 : 0);
  const F = featureSize(space);
  const width = space.kind === 'discrete' ? 1 : F;
  const N = batch.rewards.length;
  const inputs = new Float32Array(N * (D + F));
  const targets = new Float32Array(N * T);
  for (let n = 0; n < N; n++) {
    for (let i = 0; i < D; i++) {
      const now = batch.observations[n * D + i];
      inputs[n * (D + F) + i] = now;
      targets[n * T + i] = batch.nextObservations[n * D + i] - now;
    }
    writeFeatures(space, readElement(space, batch.actions, n * width), inputs, n * (D + F) + D);
    if (learned.reward) targets[n * T + D] = batch.rewards[n];
    if (learned.cost && costs) targets[n * T + T - 1] = costs[n];
  }
  return { N, inputs, targets, discounts: batch.discounts };
}

/** A spread below this counts as none: such a number is centred and not scaled. */
const LEAST_SPREAD = 1e-6;

/** Mean and standard deviation of each input and target. */
export function scalingOf({ N, inputs, targets }: Rows): Scaling {
  const [inputMean, inputSpread] = moments(inputs, N);
  const [targetMean, targetSpread] = moments(targets, N);
  return { inputMean, inputSpread, targetMean, targetSpread };
}

/** No centring, no scaling: before there are data. */
export function noScaling(inputs: number, targets: number): Scaling {
  const fill = (size: number, value: number) => tensor(new Float32Array(size).fill(value));
  return {
    inputMean: fill(inputs, 0),
    inputSpread: fill(inputs, 1),
    targetMean: fill(targets, 0),
    targetSpread: fill(targets, 1),
  };
}

function moments(rows: Float32Array, N: number): [Tensor<'float32'>, Tensor<'float32'>] {
  const width = rows.length / N;
  const mean = new Float32Array(width);
  const spread = new Float32Array(width);
  for (let i = 0; i < width; i++) {
    let sum = 0;
    for (let n = 0; n < N; n++) sum += rows[n * width + i];
    const centre = sum / N;
    let squares = 0;
    for (let n = 0; n < N; n++) squares += (rows[n * width + i] - centre) ** 2;
    const deviation = Math.sqrt(squares / N);
    mean[i] = centre;
    spread[i] = deviation > LEAST_SPREAD ? deviation : 1;
  }
  return [tensor(mean), tensor(spread)];
}

/** Which rows are trained on and which are held out. */
export function splitRows(
  N: number,
  holdOut: number,
  limit: number,
  rng: Rng,
): { training: Int32Array; heldOut: Int32Array } {
  const order = rng.permutation(N);
  const held = Math.min(limit, Math.floor(N * holdOut));
  return { training: order.subarray(held), heldOut: order.subarray(0, held) };
}

/** A bootstrap for each member: as many rows as there are, drawn with replacement. */
export function bootstraps(training: Int32Array, E: number, rng: Rng): Int32Array[] {
  // one network alone sees everything: there is nobody to differ from
  if (E === 1) return [training.slice()];
  return Array.from({ length: E }, () =>
    Int32Array.from(training, () => training[rng.integer(training.length)]),
  );
}

/** Puts a list in random order, in place (Fisher and Yates). */
export function shuffle(list: Int32Array, rng: Rng): void {
  for (let i = list.length - 1; i > 0; i--) {
    const j = rng.integer(i + 1);
    const kept = list[i];
    list[i] = list[j];
    list[j] = kept;
  }
}

/** Rows for all members side by side, `start` to `start + B` of each list, beginning again where a list ends. */
export function gather(rows: Rows, lists: readonly Int32Array[], start: number, B: number) {
  const E = lists.length;
  const width = rows.inputs.length / rows.N;
  const T = rows.targets.length / rows.N;
  const inputs = new Float32Array(E * B * width);
  const targets = new Float32Array(E * B * T);
  const discounts = new Float32Array(E * B);
  const weights = new Float32Array(E * B);
  lists.forEach((list, e) => {
    for (let b = 0; b < B; b++) {
      const row = list[(start + b) % list.length];
      const at = e * B + b;
      for (let i = 0; i < width; i++) inputs[at * width + i] = rows.inputs[row * width + i];
      for (let i = 0; i < T; i++) targets[at * T + i] = rows.targets[row * T + i];
      discounts[at] = rows.discounts[row];
      weights[at] = start + b < list.length ? 1 : 0;
    }
  });
  return {
    inputs: tensor(inputs, [E, B, width]),
    targets: tensor(targets, [E, B, T]),
    discounts: tensor(discounts, [E, B]),
    weights: tensor(weights, [E, B]),
  };
}
