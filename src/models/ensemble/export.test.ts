import { expect, it } from 'vitest';
import { Rng } from '../../core/rng.ts';
import { box } from '../../core/spaces.ts';
import { runOnnx } from '../../engine/backends/onnxruntime.ts';
import { ensemble } from './index.ts';

it('writes its mean step as an ONNX file that computes what step computes', async () => {
  const world = { observation: box([-1, -1], [1, 1]), action: box(-1, 1) };
  const model = ensemble(
    world,
    { members: 3, elites: 2, particles: 2, hidden: [8], threads: 1 },
    Rng.from(3),
  );
  const { world: file } = await model.networks();
  const out = await runOnnx(file.onnx, file.inputs as never);
  const observation = file.inputs.observation.data as Float32Array;
  const action = file.inputs.action.data as Float32Array;
  const { states, rewards } = await model.step([{ observation }], [action], Rng.from(1));
  for (let i = 0; i < 2; i++) expect(out.next.data[i]).toBeCloseTo(states[0].observation[i], 5);
  expect(out.reward.data[0]).toBeCloseTo(rewards[0], 5);
  expect(file.outputs.next.shape).toEqual([1, 2]);
});
