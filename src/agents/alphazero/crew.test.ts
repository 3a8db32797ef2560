/** Self-play on several threads: the same games and the same weights as on one, also where a thread dies. */
import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { type Discrete, type Environment, InputError, Rng, type Saved } from '../../core/index.ts';
import { connectFour } from '../../envs/index.ts';
import { toArrays } from '../../nn/index.ts';
import { MemoryReplay } from '../../run/index.ts';
import { networkEvaluator } from './evaluator.ts';
import { type AlphaZeroSettings, alphaZero, policyValueDefaults, policyValueNetwork } from './index.ts';

const GRAVE = join(tmpdir(), `forethought-mortal-${process.pid}`);
const exported = new URL('../../../test/worlds/exported.mjs', import.meta.url);
afterAll(() => rmSync(GRAVE, { force: true }));

const numbers = ({ arrays, facts }: Saved) => ({
  ...facts,
  ...Object.fromEntries(Object.entries(arrays).map(([name, { data }]) => [name, Array.from(data)])),
});

async function played<S>(settings: AlphaZeroSettings<S>, workers: number, rounds: number, cut?: number) {
  const options = {
    search: { simulations: 8 },
    selfPlay: { games: 10, boards: 4, workers, randomMoves: 2, fullShare: 0.7, fastSimulations: 3 },
    training: { firstPositions: 40, batch: 8, refreshEvery: 4 },
    ...(settings.options as object),
  };
  const replay = new MemoryReplay(settings.environment);
  const make = () => alphaZero({ ...settings, options }, Rng.from(1));
  let agent = make();
  const warnings: string[] = [];
  let learning = Rng.from(2);
  let learned = 0;
  for (let round = 0; round < rounds; round++) {
    const collected = await agent.collect!();
    warnings.push(...(collected.warnings ?? []));
    if (await agent.learn!(replay, learning)) learned++;
    if (round === cut) {
      // the round after it has been begun by others
      const saved = agent.save();
      const stream = learning.save();
      await agent.dispose();
      agent = make();
      agent.load(saved);
      learning = Rng.restore(stream);
    }
  }
  await agent.dispose();
  return { saved: numbers(agent.save()), warnings, learned };
}

const four = {
  environment: connectFour(),
  source: 'connect-four',
  options: { network: { channels: 8, blocks: 1 } },
};

test('any number of threads plays the same games, to the bit, and can be cut anywhere', async () => {
  const alone = await played(four, 1, 26);
  expect(alone.learned).toBeGreaterThan(1);
  expect(alone.saved).toEqual((await played(four, 2, 26, 23)).saved);
  expect(alone.saved).toEqual((await played(four, 3, 26)).saved);
});

test('plays the same games, to the bit, by what it remembers as by asking the network each time', async () => {
  const remembering = (remembered: number) => ({
    ...four,
    options: { ...four.options, remembered },
  });
  const asking = await played(remembering(0), 1, 16);
  // of 16 places most are taken again soon
  for (const places of [16, 65_536])
    expect((await played(remembering(places), 1, 16)).saved).toEqual(asking.saved);
});

test('an agent goes back to what it saved, also where other threads have begun a round since', async () => {
  const replay = new MemoryReplay(four.environment);
  const options = {
    ...four.options,
    search: { simulations: 50 },
    selfPlay: { games: 24, boards: 4, workers: 2 },
    // hardly anything to learn: the others are still searching when this thread is done
    training: { firstPositions: 1, batch: 8, samplesPerPosition: 0.01 },
  };
  const agent = alphaZero({ ...four, options }, Rng.from(1));
  const go = async () => {
    for (let round = 0; round < 3; round++) {
      await agent.collect!();
      await agent.learn!(replay, Rng.from(round));
    }
  };
  // games of 7 moves or more: from the eighth round on others begin the next while this one learns
  for (let round = 0; round < 8; round++) await go();
  const before = agent.save();
  await go();
  const after = numbers(agent.save());
  agent.load(before);
  await go();
  expect(numbers(agent.save())).toEqual(after);
  await agent.dispose();
});

test('a thread that dies is replaced, its searches are done again, and this is told', async () => {
  const { mortal } = (await import(exported.href)) as {
    mortal: () => Environment<{ left: number }, Discrete>;
  };
  const settings = {
    environment: mortal(),
    source: { module: exported, export: 'mortal' },
    options: { network: { kind: 'plain', channels: 8, blocks: 1 } },
  } as const;
  const alone = await played(settings, 1, 8);
  rmSync(GRAVE, { force: true });
  const { saved, warnings } = await played(settings, 2, 8);
  expect(saved).toEqual(alone.saved);
  expect(warnings).toEqual([
    'alphazero: a thread of self-play died ("exit code 3"). Its searches were done again, and another takes its place.',
  ]);
});

test('other threads must know where the rules come from', () => {
  const options = { ...four.options, selfPlay: { workers: 2 } };
  const make = () => alphaZero({ environment: four.environment, options }, Rng.from(1));
  expect(make).toThrow(InputError);
  expect(make).toThrow('`source` must tell other threads where the rules come from');
});

test("a board's numbers do not depend on its row, to the bit", async () => {
  const { environment } = four;
  const network = policyValueNetwork(environment, { ...policyValueDefaults, channels: 16 });
  const rng = Rng.from(3);
  const params = network.init(rng);
  for (const { data } of Object.values(toArrays(params)))
    for (let i = 0; i < data.length; i++) (data as Float32Array)[i] += 0.05 * rng.normal();
  const { evaluate } = networkEvaluator(environment, network, params, { rows: 24 });
  let state = environment.reset(rng);
  const states = [state];
  for (const action of [3, 3, 2, 4, 5, 1]) {
    state = environment.step(state, action, rng).state;
    states.push(state);
  }
  const alone = await Promise.all(states.map(async (one) => (await evaluate([one], rng)).values[0]));
  expect(new Set(alone).size).toBe(states.length);
  for (const turned of [0, 3, 11]) {
    const many = Array.from({ length: 24 }, (_, b) => (b + turned) % states.length);
    const { values } = await evaluate(
      many.map((i) => states[i]),
      rng,
    );
    expect(Array.from(values)).toEqual(many.map((i) => alone[i]));
  }
});
