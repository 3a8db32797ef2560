/** A transcript of a world: what random play from a fixed seed shows, as text that people can read. */
import type { Environment } from '../../src/core/environment.ts';
import { Rng } from '../../src/core/rng.ts';
import { legalActions, sample } from '../../src/core/spaces.ts';

/** One step, as a transcript holds it. Resets have no action. */
export interface Line {
  readonly action: readonly number[];
  readonly reward: number;
  readonly discount: number;
  readonly observation: readonly number[];
}

const SEED = 'golden';
const STEPS = 30;

/** 30 steps of random play; an episode that ends is followed by another. */
export function play(environment: Environment): Line[] {
  const root = Rng.from(SEED);
  const choosing = root.fork('actions');
  const lines: Line[] = [];
  let episode = 0;
  let dice = root.fork('environment').fork(++episode);
  let state = environment.reset(dice);
  const take = (action: readonly number[], reward: number, discount: number) =>
    lines.push({ action, reward, discount, observation: [...environment.observe(state)] });
  take([], 0, 1);
  for (let t = 0; t < STEPS; t++) {
    const action = choose(environment, state, choosing);
    const transition = environment.step(state, action, dice);
    state = transition.state;
    take(typeof action === 'number' ? [action] : [...action], transition.reward, transition.discount);
    if (transition.discount === 0) {
      dice = root.fork('environment').fork(++episode);
      state = environment.reset(dice);
      take([], 0, 1);
    }
  }
  return lines;
}

/** A random action, legal where the world tells what is. */
function choose(environment: Environment, state: unknown, rng: Rng): number | Float32Array {
  const mask = environment.legal?.(state);
  if (!mask || environment.action.kind !== 'discrete') return sample(environment.action, rng);
  const allowed = legalActions(environment.action, mask);
  return allowed[rng.integer(allowed.length)];
}

/** The lines as text: a step a line, `action | reward | discount | observation`. */
export function write(name: string, command: string, lines: readonly Line[]): string {
  const numbers = (values: readonly number[]) =>
    values.map((value) => Number(value.toPrecision(9))).join(' ');
  return [
    `# ${name}: ${STEPS} steps of random play from seed '${SEED}'. Made by: ${command}`,
    '# action | reward | discount | observation',
    ...lines.map(({ action, reward, discount, observation }) =>
      [action.length > 0 ? numbers(action) : 'reset', reward, discount, numbers(observation)].join(' | '),
    ),
    '',
  ].join('\n');
}

/** Undoes {@link write}. */
export function read(text: string): Line[] {
  return text
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      const [action, reward, discount, observation] = line.split(' | ');
      return {
        action: action === 'reset' ? [] : action.split(' ').map(Number),
        reward: Number(reward),
        discount: Number(discount),
        observation: observation.split(' ').map(Number),
      };
    });
}
