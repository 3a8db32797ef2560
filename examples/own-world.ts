/** A world of your own, as pure functions: a puck on ice is to be brought to rest at the middle. PETS learns it. */
import { box, cem, type Environment, pets, Rng, run } from 'forethought';

interface Puck {
  readonly position: number; // m
  readonly velocity: number; // m/s
}

const puck = {
  name: 'puck',
  observation: box([-2, -2], [2, 2]),
  action: box(-1, 1), // N on 1 kg
  maxSteps: 30,
  reset: (rng: Rng): Puck => ({ position: rng.uniform() - 0.5, velocity: 0 }),
  step({ position, velocity }: Puck, [force]: Float32Array) {
    const next = { position: position + 0.2 * velocity, velocity: velocity + 0.2 * force };
    return { state: next, reward: -(position ** 2) - 0.1 * velocity ** 2, discount: 1 };
  },
  observe: ({ position, velocity }: Puck) => Float32Array.of(position, velocity),
} satisfies Environment<Puck>;

// the reward is learned too: nothing is given but the spaces
const model = { members: 3, elites: 3, hidden: [32, 32], particles: 3, firstTraining: 60, trainEvery: 60 };
const planner = cem({ horizon: 12, population: 64, iterations: 3 });
const agent = pets({ world: puck, model, planner }, Rng.from(1));
for await (const event of run({ environment: puck, agent, seed: 1, steps: 240 })) {
  if (event.type === 'episode') console.log(`episode ${event.episode}: return ${event.return.toFixed(2)}`);
}
