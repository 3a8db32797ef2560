/** Recipes of planning on the true model, by one thread and by several. */
import { expect, test } from 'vitest';
import { icemCheetahRun } from '../../recipes/icem-cheetah-run.ts';
import { isKept, type KeptEvent } from '../../src/run/events.ts';
import { build, order } from '../../src/run/recipe.ts';
import { MemoryReplay } from '../../src/run/replay.ts';
import { run } from '../../src/run/run.ts';

/** What the first decisions of a run tell, the return so far at their end. */
async function first(decisions: number, workers: number) {
  const { environment, agent } = await build(
    order(icemCheetahRun, {
      seed: 1,
      assignments: [
        ['workers', `${workers}`],
        ['planner.population', '32'],
        ['planner.iterations', '1'],
      ],
    }),
  );
  const world = { ...environment, maxSteps: decisions };
  const replay = new MemoryReplay(world);
  const kept: KeptEvent[] = [];
  const steps = decisions * (environment.actionRepeat ?? 1);
  for await (const event of run({ environment: world, agent, seed: 1, steps, replay }))
    if (isKept(event)) kept.push(event);
  return { kept, actions: replay.all().actions };
}

test('any number of workers plays the same, to the bit', async () => {
  const alone = await first(3, 1);
  const together = await first(3, 2);
  expect(together).toEqual(alone);
  expect(alone.kept.some((event) => event.type === 'episode' && event.return !== 0)).toBe(true);
});
