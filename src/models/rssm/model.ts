/**
 * A recurrent state-space model as a Model: planners run in its latent states, and its decoder says what they look like.
 *
 * Hafner et al., Learning Latent Dynamics for Planning from Pixels (2019), section 2: planning in latent space.
 */
import type { NetworkExport } from '../../core/agent.ts';
import { demand } from '../../core/errors.ts';
import type { Model, Rollout, Steps, View } from '../../core/model.ts';
import { Rng } from '../../core/rng.ts';
import { type Element, elementSize, readElement, type Space } from '../../core/spaces.ts';
import { exportOnnx } from '../../engine/export.ts';
import { compile, tensor } from '../../engine/index.ts';
import type { Traced } from '../../engine/tree.ts';
import type { RssmNetwork, RssmParams, TracedRssm } from './network.ts';

/** What the model believes. */
export interface RssmState {
  /** Deterministic and stochastic state, side by side. [H + Z] */
  readonly features: Float32Array;
  /** What that looks like. [D] */
  readonly observation: Float32Array;
}

/** How actions become features. */
export interface ActionFeatures<A extends Space> {
  readonly space: A;
  /** Writes F numbers at `out[offset ...]`. */
  write(action: number | ArrayLike<number>, out: Float32Array, offset: number): void;
}

export interface RssmModel<A extends Space> extends Model<RssmState, A> {
  /** By the likeliest stochastic state: without chance. */
  infer(view: View, before?: { readonly state: RssmState; readonly action: Element<A> }): Promise<RssmState>;
  step(states: readonly RssmState[], actions: readonly Element<A>[], rng: Rng): Promise<Steps<RssmState>>;
  rollout(root: RssmState, actions: Float32Array, horizon: number, rng: Rng): Promise<Rollout>;
  observe(states: readonly RssmState[]): Float32Array[];
  /**
   * `world`: one imagined step, from a belief [1, H + Z], an action's features [1, F] and dice [1, S] to the next belief, what it
   * looks like, its reward and whether it goes on.
   */
  networks(): Promise<Readonly<Record<string, NetworkExport>>>;
}

/** Rows in one call of the programs, the last repeated to fill up: few sizes are ever compiled. */
const ROWS = [1, 16, 256];

/**
 * @param current the parameters as they are now
 * @param options.identity tells the network from all others, so that its programs may be kept; see `compile`
 */
export function rssmModel<A extends Space>(
  net: RssmNetwork,
  { space, write }: ActionFeatures<A>,
  current: () => RssmParams,
  { threads, identity }: { readonly threads: number; readonly identity?: string },
): RssmModel<A> {
  const { D, F, H, Z, latents } = net;
  const S = latents.dice;
  const width = elementSize(space);
  const size = H + Z;
  const look = (params: TracedRssm, features: Traced) => net.unsquash(net.decode(params, features));
  const advance = (params: TracedRssm, features: Traced, actions: Traced, dice: Traced) => {
    const next = net.imagine(params, features, actions, dice);
    return {
      next,
      reward: net.reward(params, next).mean(),
      discount: net.continuation(params, next).mean(),
    };
  };
  const inferring = compile(
    function rssmInfer(params: TracedRssm, observation: Traced, features: Traced, action: Traced) {
      const h = net.recur(params, features.slice([], [0, H]), features.slice([], [H, size]), action);
      const inferred = net.join(h, latents.mode(net.posterior(params, h, net.token(params, observation))));
      return { features: inferred, observation: look(params, inferred) };
    },
    { threads, identity },
  );
  const rssmStep = (params: TracedRssm, features: Traced, actions: Traced, dice: Traced) => {
    const { next, reward, discount } = advance(params, features, actions, dice);
    return { next, reward, discount, observation: look(params, next) };
  };
  const stepping = compile(rssmStep, { threads, identity });
  const scoring = compile(
    function rssmRollout(params: TracedRssm, features: Traced, actions: Traced, dice: Traced) {
      const horizon = actions.shape[0]; // [H, K, F]
      let at = features;
      let sum: Traced | undefined;
      let weight: Traced | undefined;
      for (let t = 0; t < horizon; t++) {
        const { next, reward, discount } = advance(params, at, actions.slice(t), dice.slice(t));
        sum = sum && weight ? sum.add(weight.mul(reward)) : reward;
        weight = weight ? weight.mul(discount) : discount;
        at = next;
      }
      return { returns: sum! };
    },
    { threads, identity },
  );
  const rowsFor = (count: number) => ROWS.find((rows) => rows >= count) ?? ROWS[ROWS.length - 1];

  return {
    action: space,
    observe: (states) => states.map(({ observation }) => observation),

    async infer({ observation }, before) {
      const features = new Float32Array(size);
      const action = new Float32Array(F);
      if (before) {
        features.set(before.state.features);
        write(before.action, action, 0);
      }
      const told = await inferring(
        current(),
        tensor(observation, [1, D]),
        tensor(features, [1, size]),
        tensor(action, [1, F]),
      );
      return {
        features: (told.features.data as Float32Array).slice(),
        observation: (told.observation.data as Float32Array).slice(),
      };
    },

    async step(states, actions, rng) {
      const B = states.length;
      const next: RssmState[] = [];
      const rewards = new Float32Array(B);
      const discounts = new Float32Array(B);
      for (let start = 0; start < B; ) {
        const rows = rowsFor(B - start);
        const here = Math.min(rows, B - start);
        const features = new Float32Array(rows * size);
        const acted = new Float32Array(rows * F);
        const dice = new Float32Array(rows * S);
        for (let b = 0; b < here; b++) {
          features.set(states[start + b].features, b * size);
          write(actions[start + b], acted, b * F);
          latents.fill(dice.subarray(b * S, (b + 1) * S), rng);
        }
        const out = await stepping(
          current(),
          tensor(features, [rows, size]),
          tensor(acted, [rows, F]),
          tensor(dice, [rows, S]),
        );
        for (let b = 0; b < here; b++) {
          next.push({
            features: (out.next.data as Float32Array).slice(b * size, (b + 1) * size),
            observation: (out.observation.data as Float32Array).slice(b * D, (b + 1) * D),
          });
          rewards[start + b] = out.reward.data[b];
          discounts[start + b] = out.discount.data[b];
        }
        start += here;
      }
      return { states: next, rewards, discounts };
    },

    async rollout(root, actions, horizon, rng) {
      const K = actions.length / (horizon * width);
      demand(
        Number.isInteger(K),
        () => `rssm: actions must hold K sequences of ${horizon} x ${width} numbers, got ${actions.length}.`,
      );
      const dice = latents.fill(new Float32Array(horizon * K * S), rng); // in the order of repeated steps
      const returns = new Float32Array(K);
      for (let start = 0; start < K; ) {
        const rows = rowsFor(K - start);
        const here = Math.min(rows, K - start);
        const features = new Float32Array(rows * size);
        const acted = new Float32Array(horizon * rows * F); // [H, rows, F]
        const thrown = new Float32Array(horizon * rows * S); // [H, rows, S]
        for (let k = 0; k < here; k++) {
          features.set(root.features, k * size);
          for (let t = 0; t < horizon; t++) {
            const action = readElement<Space>(space, actions, ((start + k) * horizon + t) * width);
            write(action, acted, (t * rows + k) * F);
            const from = (t * K + start + k) * S;
            thrown.set(dice.subarray(from, from + S), (t * rows + k) * S);
          }
        }
        const out = await scoring(
          current(),
          tensor(features, [rows, size]),
          tensor(acted, [horizon, rows, F]),
          tensor(thrown, [horizon, rows, S]),
        );
        returns.set((out.returns.data as Float32Array).subarray(0, here), start);
        start += here;
      }
      return { returns };
    },

    async networks() {
      const belief = tensor(new Float32Array(size), [1, size]);
      const action = tensor(new Float32Array(F), [1, F]);
      const dice = tensor(latents.fill(new Float32Array(S), Rng.from('example')), [1, S]);
      const named = (...given: Parameters<typeof rssmStep>) => {
        const { next: nextBelief, discount: continuation, ...others } = rssmStep(...given);
        return { nextBelief, continuation, ...others };
      };
      const onnx = await exportOnnx(named, [current(), belief, action, dice], {
        name: 'world',
        constants: [0],
        inputNames: ['belief', 'action', 'dice'],
      });
      const { next, reward, discount, observation } = await stepping(current(), belief, action, dice);
      return {
        world: {
          onnx,
          inputs: { belief, action, dice },
          outputs: { nextBelief: next, reward, continuation: discount, observation },
        },
      };
    },
  };
}
