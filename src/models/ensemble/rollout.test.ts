import { numpy as np } from '@jax-js/jax';
import { describe, expect, test } from 'vitest';
import { type Linear, linearMembers, sparse } from '../../../test/models/rigged-ensemble.ts';
import { Rng } from '../../core/rng.ts';
import { compile } from '../../engine/compile.ts';
import { feature } from '../../engine/rules.ts';
import { type Tensor, tensor, zeros } from '../../engine/tensor.ts';
import { noScaling } from './data.ts';
import { type NetworkParams, type NetworkShape, network, type Rules } from './network.ts';
import { everyStepReturns, fixedMemberReturns, meanReturns } from './rollout.ts';

/*
 * A world that writes down who moved it: observation (marks, actions so far). Member e adds its mark to the first number
 * and the action to the second. The reward is the square of the marks plus a thousand times the actions so far, so that
 * it tells routes with the same marks in sum apart from routes through one member, and candidates from each other.
 */
const MARKS = [1, 2, 4];
const E = MARKS.length;
const H = 4;
const C = 3;
const Q = 2;
const ROWS = C * Q;
const ROOT = [1, 0];
/** [C, H] */
const ACTIONS = [
  [0, 0, 0, 0],
  [1, 2, 3, 4],
  [-1, 0, 5, -2],
];
const actions = tensor(Float32Array.from(ACTIONS.flat()), [C, H, 1]);
const root = tensor(Float32Array.from(ROOT));

const worth = (marks: number, acted: number) => marks * marks + 1000 * acted;
const rules: Rules = {
  reward: (_observation, _action, next) => {
    const marks = feature(next, 0);
    return marks.mul(marks).add(feature(next, 1).mul(1000));
  },
};
const shape: NetworkShape = { D: 2, F: 1, hidden: [3], probabilistic: false, rules };
const marking: readonly Linear[] = MARKS.map((mark) => ({
  weights: [[0, 0], [0, 0], sparse(2, { 1: 1 })],
  biases: [mark, 0],
}));

interface Particle {
  readonly candidate: number;
  /** The member that moves it at step h. */
  member(h: number): number;
}

/** Returns [C] of particles moved one by one, by the world written down above. */
function returnsOf(
  particles: readonly Particle[],
  rules: { endsAt?: number; goesOn?: number } = {},
): number[] {
  const { endsAt = Number.POSITIVE_INFINITY, goesOn = 1 } = rules;
  const sums = new Array<number>(C).fill(0);
  for (const { candidate, member } of particles) {
    let [marks, acted] = ROOT;
    let weight = 1;
    for (let h = 0; h < H; h++) {
      marks += MARKS[member(h)];
      acted += ACTIONS[candidate][h];
      sums[candidate] += weight * worth(marks, acted);
      weight *= marks >= endsAt ? 0 : goesOn;
    }
  }
  return sums.map((sum) => sum / (particles.length / C));
}

/** Particle i of [E, C, Q]: the candidate it tries. */
const candidateOf = (i: number) => Math.floor((i % ROWS) / Q);
const particles = (member: (i: number, h: number) => number): Particle[] =>
  Array.from({ length: E * ROWS }, (_, i) => ({
    candidate: candidateOf(i),
    member: (h: number) => member(i, h),
  }));
const staying = particles((i) => Math.floor(i / ROWS));

async function fixedMember(given: NetworkShape, params: NetworkParams, noise?: Tensor) {
  const net = network(given);
  const program = compile(fixedMemberReturns(net, Q));
  const drawn = noise ?? zeros([H, E, ROWS, 2]);
  const { returns } = await program(params, noScaling(3, net.T), root, actions, drawn);
  program.dispose();
  expect(returns.shape).toEqual([C]);
  return [...returns.data];
}

describe('every particle keeps its member', () => {
  test('for all steps, and candidates keep their actions', async () => {
    const returns = await fixedMember(shape, linearMembers(marking, 2));
    // Candidate 0: marks 1 + 1h, 1 + 2h, 1 + 4h, h = 1..4; squares 4+9+16+25 = 54, 9+25+49+81 = 164,
    // 25+81+169+289 = 564; mean 782 / 3.
    expect(returns[0]).toBeCloseTo(782 / 3, 3);
    // Candidate 1 has acted 1, 3, 6, 10 in sum: 20; candidate 2 -1, -1, 4, 2: 4.
    expect(returns[1]).toBeCloseTo(782 / 3 + 20_000, 1);
    expect(returns[2]).toBeCloseTo(782 / 3 + 4000, 2);
    returnsOf(staying).forEach((expected, c) => {
      expect(returns[c]).toBeCloseTo(expected, 1);
    });
  });

  test('each particle has noise of its own at each step', async () => {
    // deviations (2, 0), as bounds far apart let log variances pass
    const noisy = marking.map(({ weights, biases }) => ({
      weights: weights.map((row) => [...row, 0, 0]),
      biases: [...biases, 2 * Math.log(2), -50],
    }));
    const params = linearMembers(noisy, 2, -60, 60);
    const noise = zeros([H, E, ROWS, 2]);
    // at the third step (h = 2), member 1's second particle of candidate 2 moves by half a deviation: by 1
    noise.data[((2 * E + 1) * ROWS + 2 * Q + 1) * 2] = 0.5;
    const returns = await fixedMember({ ...shape, probabilistic: true }, params, noise);
    const quiet = returnsOf(staying);
    expect(returns[0]).toBeCloseTo(quiet[0], 2);
    expect(returns[1]).toBeCloseTo(quiet[1], 1);
    // its marks were 7 and 9 at the last two steps and are 8 and 10: 64 - 49 + 100 - 81 = 34 more, over 6 particles
    expect(returns[2]).toBeCloseTo(quiet[2] + 34 / 6, 2);
  });

  test('rewards stop at the end, where the rules say so', async () => {
    const ending: NetworkShape = {
      ...shape,
      rules: { ...rules, discount: (next) => np.where(np.less(feature(next, 0), 5), 1, 0) },
    };
    const returns = await fixedMember(ending, linearMembers(marking, 2));
    // Candidate 0: member 0 ends at its fourth step, 54; member 1 at its second, 9 + 25; member 2 at its first, 25.
    expect(returns[0]).toBeCloseTo((54 + 34 + 25) / 3, 4);
    returnsOf(staying, { endsAt: 5 }).forEach((expected, c) => {
      expect(returns[c]).toBeCloseTo(expected, 1);
    });
  });

  test('rewards fade by the learned chance of going on', async () => {
    const fading: NetworkShape = { ...shape, rules: { ...rules, discount: 'learned' } };
    const unsure = marking.map(({ weights, biases }) => ({
      weights: weights.map((row) => [...row, 0]),
      biases: [...biases, Math.log(3)], // a chance of 3/4
    }));
    const returns = await fixedMember(fading, linearMembers(unsure, 2));
    returnsOf(staying, { goesOn: 0.75 }).forEach((expected, c) => {
      expect(returns[c]).toBeCloseTo(expected, 1);
    });
  });

  test('learned rewards count as the member that moves says them', async () => {
    const learning: NetworkShape = { ...shape, rules: {} };
    const saying = marking.map(({ weights, biases }) => ({
      weights: weights.map((row) => [...row, 0]),
      biases: [...biases, 10 * biases[0]],
    }));
    // 4 steps at 10, 20 and 40
    for (const value of await fixedMember(learning, linearMembers(saying, 3))) {
      expect(value).toBeCloseTo((4 * 70) / 3, 4);
    }
  });
});

describe('every particle moves to another member at each step', () => {
  test('along a given route, and its rewards and states come home', async () => {
    const rng = Rng.from(5);
    const order = new Int32Array(H * E * ROWS);
    const back = new Int32Array(H * E * ROWS);
    const route: number[][] = []; // [H][E * ROWS] the member of particle i at step h
    for (let h = 0; h < H; h++) {
      const permutation = rng.permutation(E * ROWS);
      const members = new Array<number>(E * ROWS);
      permutation.forEach((particle, place) => {
        order[h * E * ROWS + place] = particle;
        back[h * E * ROWS + particle] = place;
        members[particle] = Math.floor(place / ROWS);
      });
      route.push(members);
    }
    const moving = particles((i, h) => route[h][i]);
    for (const { rules: given, expected } of [
      { rules, expected: returnsOf(moving) },
      {
        rules: { ...rules, discount: (next) => np.where(np.less(feature(next, 0), 5), 1, 0) } satisfies Rules,
        expected: returnsOf(moving, { endsAt: 5 }),
      },
    ]) {
      const program = compile(everyStepReturns(network({ ...shape, rules: given }), Q));
      const { returns } = await program(
        linearMembers(marking, 2),
        noScaling(3, 2),
        root,
        actions,
        zeros([H, E, ROWS, 2]),
        tensor(order, [H, E * ROWS]),
        tensor(back, [H, E * ROWS]),
      );
      program.dispose();
      expected.forEach((value, c) => {
        expect(returns.data[c]).toBeCloseTo(value, 1);
      });
      // the route matters: staying gives something else
      expect(Math.abs(expected[0] - returnsOf(staying)[0])).toBeGreaterThan(1);
    }
  });
});

test('the mean of all members moves one state a candidate', async () => {
  const program = compile(meanReturns(network(shape)));
  const { returns } = await program(linearMembers(marking, 2), noScaling(3, 2), root, actions);
  program.dispose();
  // marks 1 + 7h/3, h = 1..4: squares (10/3)^2 + (17/3)^2 + 8^2 + (31/3)^2 = (100 + 289 + 576 + 961) / 9 = 214
  expect(returns.data[0]).toBeCloseTo(214, 3);
  expect(returns.data[1]).toBeCloseTo(214 + 20_000, 1);
  expect(returns.data[2]).toBeCloseTo(214 + 4000, 2);
});

describe('costs', () => {
  /*
   * A step costs what the marks exceed 3 by. From 1, members reach 2, 3, 4, 5; 3, 5, 7, 9; 5, 9, 13, 17. So with all
   * steps by one member they cost 0 + 0 + 1 + 2 = 3; 0 + 2 + 4 + 6 = 12; 2 + 6 + 10 + 14 = 32.
   */
  const charging: NetworkShape = {
    ...shape,
    rules: { ...rules, cost: (_observation, _action, next) => np.maximum(feature(next, 0).sub(3), 0) },
  };
  const scored = async (given: NetworkShape, params: NetworkParams, noise = zeros([H, E, ROWS, 2])) => {
    const net = network(given);
    const program = compile(fixedMemberReturns(net, Q));
    const { returns, costs } = await program(params, noScaling(3, net.T), root, actions, noise);
    program.dispose();
    return { returns: [...returns.data], costs: costs && [...costs.data] };
  };

  test('are those of the pessimistic member, and change no return', async () => {
    const { returns, costs } = await scored(charging, linearMembers(marking, 2));
    expect(costs).toEqual([32, 32, 32]);
    expect(returns).toEqual(await fixedMember(shape, linearMembers(marking, 2)));
    // nothing is told where nothing is forbidden
    expect((await scored(shape, linearMembers(marking, 2))).costs).toBeUndefined();
  });

  test("are a member's own mean: one unlucky particle of several does not decide", async () => {
    const noisy = marking.map(({ weights, biases }) => ({
      weights: weights.map((row) => [...row, 0, 0]),
      biases: [...biases, 2 * Math.log(2), -50],
    }));
    const noise = zeros([H, E, ROWS, 2]);
    // at the last step (h = 3), member 1's second particle of candidate 2 moves by 10 deviations of 2: it costs 12 + 20 = 32
    noise.data[((3 * E + 1) * ROWS + 2 * Q + 1) * 2] = 10;
    // and of candidate 0 by 25: it costs 12 + 50 = 62, so member 1 costs (12 + 62) / 2 = 37 on average: more than 32
    noise.data[((3 * E + 1) * ROWS + 0 * Q + 1) * 2] = 25;
    const params = linearMembers(noisy, 2, -60, 60);
    const { costs } = await scored({ ...charging, probabilistic: true }, params, noise);
    [37, 32, 32].forEach((expected, c) => {
      expect(costs![c]).toBeCloseTo(expected, 3);
    });
  });

  test('stop at the end, as rewards do', async () => {
    const ending: NetworkShape = {
      ...charging,
      rules: { ...charging.rules, discount: (next) => np.where(np.less(feature(next, 0), 5), 1, 0) },
    };
    // the end at 5: members go 2, 3, 4, 5; 3, 5; 5: they cost 0 + 0 + 1 + 2 = 3, 2 and 2
    expect((await scored(ending, linearMembers(marking, 2))).costs).toEqual([3, 3, 3]);
  });

  test('where they are learned, count as the member says, and never below 0', async () => {
    const learning: NetworkShape = { ...shape, rules: { ...rules, cost: 'learned' } };
    const saying = (costs: readonly number[]) =>
      marking.map(({ weights, biases }, e) => ({
        weights: weights.map((row) => [...row, 0]),
        biases: [...biases, costs[e]],
      }));
    // 4 steps at 0.5, the greatest; a member that says -8 does not make up for another
    expect((await scored(learning, linearMembers(saying([0.25, 0.5, -8]), 3))).costs).toEqual([2, 2, 2]);
    expect((await scored(learning, linearMembers(saying([-1, -2, -8]), 3))).costs).toEqual([0, 0, 0]);
  });

  test('where particles change members, are those of the unluckiest particle', async () => {
    // before step h each particle moves h members back
    const net = network(charging);
    const program = compile(everyStepReturns(net, Q));
    const size = E * ROWS;
    const shift = (h: number) => Int32Array.from({ length: size }, (_, place) => (place + h * ROWS) % size);
    const order = new Int32Array(H * size);
    const back = new Int32Array(H * size);
    for (let h = 0; h < H; h++) {
      order.set(shift(h), h * size);
      shift(h).forEach((particle, place) => {
        back[h * size + particle] = place;
      });
    }
    const { costs } = await program(
      linearMembers(marking, 2),
      noScaling(3, 2),
      root,
      actions,
      zeros([H, E, ROWS, 2]),
      tensor(order, [H, size]),
      tensor(back, [H, size]),
    );
    program.dispose();
    // a particle that begins with member e goes to e - 1 and so on: marks added 1, 4, 2, 1; 2, 1, 4, 2; 4, 2, 1, 4
    // reach 2, 6, 8, 9; 3, 4, 8, 10; 5, 7, 8, 12: they cost 0 + 3 + 5 + 6 = 14; 0 + 1 + 5 + 7 = 13; 2 + 4 + 5 + 9 = 20
    expect([...costs!.data]).toEqual([20, 20, 20]);
  });

  test('by the mean of members, are the greatest that a member fears at each step', async () => {
    const program = compile(meanReturns(network(charging)));
    const { costs } = await program(linearMembers(marking, 2), noScaling(3, 2), root, actions);
    program.dispose();
    // the mean goes 1, 10/3, 17/3, 8; the greatest mark from there is 4 more: 5 + 22/3 + 29/3 + 12, each less 3
    for (const cost of costs!.data) expect(cost).toBeCloseTo(5 + 22 / 3 + 29 / 3 + 12 - 12, 4);
  });
});
