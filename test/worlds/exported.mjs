/** Small worlds for threads to make by themselves; plain JavaScript, so that a thread can load it as it is. */
import { existsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isMainThread } from 'node:worker_threads';

const box = (low, high) => ({
  kind: 'box',
  shape: [1],
  low: Float32Array.of(low),
  high: Float32Array.of(high),
});

/** Some work, so that a rollout is worth sharing. */
function busy(x) {
  for (let i = 0; i < 20_000; i++) x = Math.sin(x + 1);
  return x;
}

const world = (name, step) => () => ({
  name,
  observation: box(-9, 9),
  action: box(-1, 1),
  maxSteps: 100,
  reset: () => ({ x: 0 }),
  step,
  observe: ({ x }) => Float32Array.of(x),
});

/** Costs something where it is pushed hard, and ends beyond 1. */
export const walk = world('walk', ({ x }, [push]) => {
  const next = x + 0.5 * push;
  return {
    state: { x: next },
    reward: busy(next),
    discount: next > 1 ? 0 : 1,
    ...(push > 0.5 && { cost: push }),
  };
});

/** Has a reward that is no number where it is pushed by 0.25 in its second step. */
export const broken = world('broken', ({ x }, [push]) => ({
  state: { x: x + 1 },
  reward: x === 1 && push === 0.25 ? Number.NaN : busy(push),
  discount: 1,
}));

export const dice = world('dice', ({ x }, [push], rng) => ({
  state: { x: x + push },
  reward: busy(x) + rng.normal(),
  discount: 1,
}));

/** Ends the thread it is in, where that is not the first. */
export const deadly = world('deadly', ({ x }, [push]) => {
  if (!isMainThread) process.exit(3);
  return { state: { x: x + push }, reward: busy(push), discount: 1 };
});

/** Holds a function in its state. */
export const secretive = world('secretive', ({ x, hidden }, [push]) => ({
  state: { x: x + push, hidden },
  reward: busy(push),
  discount: 1,
}));

/** Cannot be made beside the first thread. */
export const homely = () => {
  if (!isMainThread) throw new Error('not here');
  return walk();
};

/** A game: both take one or two of ten in turn, and who takes the last wins. The first thread that steps in it besides the main one ends. */
export const mortal = () => ({
  name: 'mortal',
  observation: box(0, 10),
  action: { kind: 'discrete', n: 2 },
  maxSteps: 10,
  reset: () => ({ left: 10 }),
  step({ left }, action) {
    if (!isMainThread) {
      const grave = join(tmpdir(), `forethought-mortal-${process.pid}`);
      if (!existsSync(grave)) {
        writeFileSync(grave, '');
        process.exit(3);
      }
    }
    const next = left - action - 1;
    return { state: { left: next }, reward: next === 0 ? 1 : 0, discount: next === 0 ? 0 : -1 };
  },
  observe: ({ left }) => Float32Array.of(left),
  legal: ({ left }) => Uint8Array.of(1, left > 1 ? 1 : 0),
});
