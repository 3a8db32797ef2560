/**
 * One training step of a Dreamer on vector observations: world model, imagination, actor and critic in one program.
 *
 * Hafner et al., Mastering Diverse Domains through World Models (2023): eq. 1-3 for the recurrent state-space model, eq. 4-5
 * for its losses with free bits and unequal KL weights, eq. 8-10 for two-hot heads, the returns of section "Critic learning", and
 * the actor's policy gradient with an entropy bonus.
 * Differs from the paper: layer normalisation in place of RMS (PyTorch has it as one kernel); one Adam for all parameters;
 * neither squashing of what is regressed, nor return normalisation, slow critic, replay loss of the critic, or
 * predicted continuation in the returns.
 *
 * B sequences of T steps, N = T B states, H imagined steps; D deterministic units, S variables of C classes, Z = S C.
 */
import { lax, numpy as np, valueAndGrad } from '@jax-js/jax';
import { Rng } from '../src/core/rng.ts';
import { compile, type Tensor, type Traced, type TracedTree } from '../src/engine/index.ts';
import { evenBins } from '../src/math/two-hot.ts';
import { sigmoid } from '../src/nn/activations.ts';
import { bernoulli, type Categorical, categorical, klCategorical } from '../src/nn/categorical.ts';
import { type DenseParams, type MlpParams, mlp } from '../src/nn/dense.ts';
import { type NormalisedGruParams, normalisedGru } from '../src/nn/gru.ts';
import { normal } from '../src/nn/normal.ts';
import { adam, type OptimiserState, optimise, type TracedState } from '../src/nn/optimisers.ts';
import { twoHotDistribution } from '../src/nn/two-hot.ts';
import type { Benchmark } from './benchmark.ts';
import { contest, demandSameLosses } from './contest.ts';
import { spread, uniform } from './numbers.ts';
import { multiplications, type Product, productsOfLayers, timedProducts } from './products.ts';

export const dreamerSizes = {
  batch: 16,
  time: 32,
  horizon: 15,
  units: 256,
  deterministic: 256,
  variables: 16,
  classes: 16,
  observation: 8,
  action: 2,
  bins: 255,
};

export type DreamerSizes = typeof dreamerSizes;

/** Sizes of the layers of each network: inputs, then the outputs of each layer. */
function layerSizes({
  units: U,
  deterministic: D,
  variables,
  classes,
  observation: O,
  action: A,
  bins,
}: DreamerSizes) {
  const Z = variables * classes;
  return {
    encoder: [O, U, U],
    embed: [Z + A, U],
    recurrent: [U + D, 3 * D],
    prior: [D, U, Z],
    posterior: [D + U, U, Z],
    decoder: [D + Z, U, U, O],
    reward: [D + Z, U, U, bins],
    continuation: [D + Z, U, 1],
    actor: [D + Z, U, U, 2 * A],
    critic: [D + Z, U, U, bins],
  };
}

interface Params {
  encoder: MlpParams;
  embed: MlpParams;
  recurrent: NormalisedGruParams;
  prior: MlpParams;
  posterior: MlpParams;
  decoder: MlpParams;
  reward: MlpParams;
  continuation: MlpParams;
  actor: MlpParams;
  critic: MlpParams;
}

interface Data {
  observations: Tensor; // [T, B, O]
  actions: Tensor; // [T, B, A]
  rewards: Tensor; // [N]
  continues: Tensor; // [N]
  /** Numbers in [0, 1), one a variable. */
  posteriorDice: Tensor; // [T, B, S]
  priorDice: Tensor; // [H, N, S]
  actionNoise: Tensor; // [H, N, A]
}

const EPSILON = 1e-4;
const UNIMIX = 0.01;
const DISCOUNT = 0.997;
const LAMBDA = 0.95;
const ENTROPY = 3e-4;

const optimiser = adam({ learningRate: 1e-4 });

/** The whole step, ready to be compiled, and what it starts from. */
export function dreamerStep(sizes: DreamerSizes) {
  const { batch: B, time: T, horizon: H, deterministic: D, variables: S, classes: C, action: A } = sizes;
  const N = T * B;
  const widths = layerSizes(sizes);
  const hidden = (layers: readonly number[]) =>
    mlp({ sizes: layers, norm: 'layer', epsilon: EPSILON, activateOutput: true });
  const head = (layers: readonly number[]) => mlp({ sizes: layers, norm: 'layer', epsilon: EPSILON });
  const nets = {
    encoder: hidden(widths.encoder),
    embed: hidden(widths.embed),
    recurrent: normalisedGru({ inputs: sizes.units, units: D, epsilon: EPSILON }),
    prior: head(widths.prior),
    posterior: head(widths.posterior),
    decoder: head(widths.decoder),
    reward: head(widths.reward),
    continuation: head(widths.continuation),
    actor: head(widths.actor),
    critic: head(widths.critic),
  };
  const bins = evenBins(sizes.bins, -20, 20);
  const stop = lax.stopGradient;
  const classesOf = (logits: Traced): Categorical =>
    categorical(logits.reshape([logits.shape[0], S, C]), { unimix: UNIMIX });
  const flat = (sample: Traced): Traced => sample.reshape([sample.shape[0], S * C]);
  const join = (...parts: Traced[]): Traced => np.concatenate(parts, -1);

  function worldModel(params: TracedTree<Params>, data: TracedTree<Data>) {
    const observations = data.observations.reshape([N, sizes.observation]);
    const embedded = nets.encoder.apply(params.encoder, observations).reshape([T, B, sizes.units]);
    let h = np.zeros([B, D]);
    let z = np.zeros([B, S * C]);
    const hs: Traced[] = [];
    const zs: Traced[] = [];
    const logits: Traced[] = [];
    for (let t = 0; t < T; t++) {
      const x = nets.embed.apply(params.embed, join(z, data.actions.slice(t)));
      h = nets.recurrent.apply(params.recurrent, h, x);
      const raw = nets.posterior.apply(params.posterior, join(h, embedded.slice(t)));
      z = flat(classesOf(raw).straightThrough(data.posteriorDice.slice(t)));
      hs.push(h);
      zs.push(z);
      logits.push(raw);
    }
    const deterministic = np.concatenate(hs, 0); // [N, D]
    const feature = join(deterministic, np.concatenate(zs, 0)); // [N, D + Z]
    const posterior = np.concatenate(logits, 0); // [N, Z]
    const prior = nets.prior.apply(params.prior, deterministic); // [N, Z]
    const divergence = (p: Traced, q: Traced): Traced => {
      const each = np.sum(klCategorical(classesOf(p), classesOf(q)), -1); // [N]
      return np.maximum(each, 1).mean();
    };
    const decoded = nets.decoder.apply(params.decoder, feature);
    const rewards = twoHotDistribution(nets.reward.apply(params.reward, feature), bins);
    const continues = bernoulli(nets.continuation.apply(params.continuation, feature).reshape([N]));
    const loss = np
      .sum(np.square(decoded.sub(observations)), -1)
      .mean()
      .sub(rewards.logProbability(data.rewards).mean())
      .sub(continues.logProbability(data.continues).mean())
      .add(divergence(stop(posterior), prior).mul(0.5))
      .add(divergence(posterior, stop(prior)).mul(0.1));
    return { loss, feature };
  }

  function behaviour(params: TracedTree<Params>, data: TracedTree<Data>, start: Traced): Traced {
    const features = [stop(start)]; // [H + 1][N, D + Z]
    const likelihoods: Traced[] = []; // [H][N]
    const entropies: Traced[] = []; // [H][N]
    let h = features[0].slice([], [0, D]);
    let z = features[0].slice([], [D, D + S * C]);
    for (let t = 0; t < H; t++) {
      const out = nets.actor.apply(params.actor, features[t]);
      const policy = normal(
        np.tanh(out.slice([], [0, A])),
        sigmoid(out.slice([], [A, 2 * A]))
          .mul(0.9)
          .add(0.1),
      );
      const action = stop(policy.sample(data.actionNoise.slice(t)));
      likelihoods.push(np.sum(policy.logProbability(action), -1));
      entropies.push(np.sum(policy.entropy(), -1));
      const x = nets.embed.apply(params.embed, join(z, action));
      h = stop(nets.recurrent.apply(params.recurrent, h, x));
      z = stop(flat(classesOf(nets.prior.apply(params.prior, h)).sample(data.priorDice.slice(t))));
      features.push(join(h, z));
    }
    const all = np.concatenate(features, 0); // [(H + 1) N, D + Z]
    const valueLogits = nets.critic.apply(params.critic, all);
    const v = stop(twoHotDistribution(valueLogits, bins).mean()).reshape([H + 1, N]);
    const imagined = nets.reward.apply(params.reward, all.slice([N, (H + 1) * N]));
    const r = stop(twoHotDistribution(imagined, bins).mean()).reshape([H, N]);
    const returns: Traced[] = []; // [H][N]
    let ret = v.slice(H);
    for (let t = H - 1; t >= 0; t--) {
      const ahead = v
        .slice(t + 1)
        .mul(1 - LAMBDA)
        .add(ret.mul(LAMBDA));
      ret = r.slice(t).add(ahead.mul(DISCOUNT));
      returns.unshift(ret);
    }
    const target = np.concatenate(returns, 0); // [H N]
    const advantage = target.sub(v.slice([0, H]).reshape([H * N]));
    const actorLoss = np
      .concatenate(likelihoods, 0)
      .mul(advantage)
      .add(np.concatenate(entropies, 0).mul(ENTROPY))
      .mean()
      .neg();
    const critic = twoHotDistribution(valueLogits.slice([0, H * N]), bins);
    return actorLoss.sub(critic.logProbability(target).mean());
  }

  const lossOf = (params: TracedTree<Params>, data: TracedTree<Data>): Traced => {
    const { loss, feature } = worldModel(params, data);
    return loss.add(behaviour(params, data, feature));
  };
  const step = (params: TracedTree<Params>, state: TracedState, data: TracedTree<Data>) => {
    const [loss, gradients] = valueAndGrad(lossOf)(params, data);
    return { loss, ...optimise(optimiser, gradients as TracedTree<Params>, state, params) };
  };

  // a network after another, a layer after another: the order in which the peer numbers its weights
  let seed = 0;
  const weight = (layer: DenseParams) => {
    layer.weight = spread(++seed, layer.weight.shape, layer.weight.shape[0] ** -0.5);
  };
  const started = <P extends MlpParams | NormalisedGruParams>(net: { init(rng: Rng): P }): P => {
    const params = net.init(Rng.from(0));
    if ('product' in params) weight(params.product);
    else for (const { dense } of params.layers) weight(dense);
    return params;
  };
  const params: Params = {
    encoder: started(nets.encoder),
    embed: started(nets.embed),
    recurrent: started(nets.recurrent),
    prior: started(nets.prior),
    posterior: started(nets.posterior),
    decoder: started(nets.decoder),
    reward: started(nets.reward),
    continuation: started(nets.continuation),
    actor: started(nets.actor),
    critic: started(nets.critic),
  };
  const chances = uniform(1004, [N]);
  const data: Data = {
    observations: spread(1001, [T, B, sizes.observation]),
    actions: spread(1002, [T, B, A]),
    rewards: spread(1003, [N]),
    continues: { ...chances, data: chances.data.map((chance) => (chance < 0.9 ? 1 : 0)) },
    posteriorDice: uniform(1005, [T, B, S]),
    priorDice: uniform(1006, [H, N, S]),
    actionNoise: spread(1007, [H, N, A]),
  };
  return { step, params, data };
}

/** What the step must multiply. */
export function dreamerProducts(sizes: DreamerSizes): Product[] {
  const { batch: B, time: T, horizon: H, bins } = sizes;
  const N = T * B;
  const widths = layerSizes(sizes);
  const learned = { weights: true, inputs: true };
  const first = { weights: true, inputs: false };
  return [
    // the world model: the sequence goes step by step, all else at once
    productsOfLayers({ sizes: widths.encoder, rows: N, derivatives: first }),
    [widths.embed, widths.recurrent, widths.posterior].flatMap((layers) =>
      productsOfLayers({ sizes: layers, rows: B, count: T, derivatives: learned }),
    ),
    [widths.prior, widths.decoder, widths.reward, widths.continuation].flatMap((layers) =>
      productsOfLayers({ sizes: layers, rows: N, derivatives: learned }),
    ),
    // imagination: only the actor and the critic learn from it
    productsOfLayers({ sizes: widths.actor, rows: N, count: H, derivatives: first }),
    [widths.embed, widths.recurrent, widths.prior].flatMap((layers) =>
      productsOfLayers({ sizes: layers, rows: N, count: H }),
    ),
    productsOfLayers({ sizes: [...widths.reward, 1], rows: H * N }),
    productsOfLayers({ sizes: widths.critic, rows: (H + 1) * N, derivatives: first }),
    productsOfLayers({ sizes: [bins, 1], rows: (H + 1) * N }),
  ].flat();
}

async function ours(threads: number): Promise<() => Promise<number>> {
  const { step, params: first, data } = dreamerStep(dreamerSizes);
  const program = compile(step, { name: 'dreamer step', threads });
  let params = first;
  let state: OptimiserState = optimiser.init(params);
  await program.prepare(params, state, data);
  return async () => {
    const after = await program(params, state, data);
    params = after.params;
    state = after.state;
    return after.loss.data[0];
  };
}

const name = 'engine/dreamer-step';

export const dreamerStepBenchmark: Benchmark = {
  name,
  summary:
    'One training step of a Dreamer: 16 sequences of 32 steps, RSSM of 256 units and 16x16 classes, 15 imagined steps, actor, critic, Adam.',
  target: 'at least 4.5 times as fast as PyTorch, and at most 1.6 times its matrix products alone',
  run() {
    const products = dreamerProducts(dreamerSizes);
    return contest({
      name,
      program: 'dreamer_step',
      sizes: dreamerSizes,
      ours,
      products: (threads) => timedProducts(products, threads),
      multiplications: multiplications(products),
      agree: (own, theirs) => demandSameLosses(name, 5e-3, own, theirs),
      measuring: { warmUp: 2, rounds: 5, repetitions: 3 },
    });
  },
};
