import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Rng } from '../../core/rng.ts';
import { box } from '../../core/spaces.ts';
import { keptGraphs } from '../../engine/backends/kept-graphs.ts';
import { onnxRuntime } from '../../engine/backends/onnxruntime.ts';
import { compile, sizeOf, tensor, zeros } from '../../engine/index.ts';
import { rssmNetwork } from '../../models/rssm/index.ts';
import { behaviourNetworks } from './behaviour.ts';
import { dreamerOptions } from './options.ts';
import { policyForm } from './policy.ts';
import { dreamerUpdate } from './update.ts';

test('updates are the same to the bit, whether the program was never kept, kept just now, or found on the disk', async () => {
  const options = dreamerOptions.parse({
    model: {
      ...{ deterministic: 16, variables: 3, classes: 4, blocks: 2, hidden: 16 },
      ...{ units: 16, bins: 9, layers: 1 },
    },
    units: 16,
    layers: 1,
    bins: 9,
    batch: 3,
    length: 3,
    starts: 2,
    horizon: 2,
  });
  const { batch: B, length: T, starts: K, horizon: H } = options;
  const net = rssmNetwork({ D: 4, F: 2 }, options.model);
  const form = policyForm('here', box(-1, 1, [2]), options);
  const nets = behaviourNetworks(net, form as never, options);
  const { init, update } = dreamerUpdate(net, nets, options);
  const rng = Rng.from(1);
  const start = init({
    world: net.init(rng.fork('world')),
    actor: nets.initActor(rng.fork('actor')),
    critic: nets.initCritic(rng.fork('critic')),
  });
  const drawn = (...shape: number[]) => tensor(rng.fillUniform(new Float32Array(sizeOf(shape))), shape);
  const lesson = {
    observations: drawn(T, B, 4),
    actions: drawn(T, B, 2),
    rewards: drawn(T, B),
    continues: { ...zeros([T, B]), data: new Float32Array(T * B).fill(1) },
    first: zeros([T, B]),
    last: zeros([T, B]),
    dice: drawn(T, B, net.latents.dice),
    dream: { model: drawn(H, K * B, net.latents.dice), action: drawn(H, K * B, form.dice) },
  };
  const folder = mkdtempSync(join(tmpdir(), 'graphs-'));
  try {
    const learned = async (isKept: boolean) => {
      const backend = onnxRuntime(() => (isKept ? keptGraphs(folder, 'these sources') : undefined));
      const program = compile(update, { name: 'update', backend, identity: 'small' });
      let out = await program(start, lesson);
      for (let i = 0; i < 3; i++) out = await program(out.state as typeof start, lesson);
      return out;
    };
    const never = await learned(false);
    expect(readdirSync(folder)).toEqual([]);
    const made = await learned(true);
    expect(readdirSync(folder)).toHaveLength(1);
    const found = await learned(true);
    expect(made).toEqual(never);
    expect(found).toEqual(never);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
