/** The same world in the Gymnasium habit, with state inside: `fromGym` makes it one that PETS can learn. */
import { box, cem, fromGym, pets, Rng, run } from 'forethought';

class PuckGym {
  private position = 0; // m
  private velocity = 0; // m/s

  reset({ seed }: { seed?: number } = {}): [Float32Array, object] {
    this.position = Rng.from(seed ?? 0).uniform() - 0.5;
    this.velocity = 0;
    return [Float32Array.of(this.position, this.velocity), {}];
  }

  step([force]: Float32Array): [Float32Array, number, boolean, boolean, object] {
    const reward = -(this.position ** 2) - 0.1 * this.velocity ** 2;
    this.position += 0.2 * this.velocity;
    this.velocity += 0.2 * force;
    return [Float32Array.of(this.position, this.velocity), reward, false, false, {}];
  }
}

const puck = fromGym(new PuckGym(), {
  name: 'puck',
  observation: box([-2, -2], [2, 2]),
  action: box(-1, 1),
  maxSteps: 30,
});
const model = { members: 3, elites: 3, hidden: [32, 32], particles: 3, firstTraining: 60, trainEvery: 60 };
const planner = cem({ horizon: 12, population: 64, iterations: 3 });
const agent = pets({ world: puck, model, planner }, Rng.from(1));
for await (const event of run({ environment: puck, agent, seed: 1, steps: 240 })) {
  if (event.type === 'episode') console.log(`episode ${event.episode}: return ${event.return.toFixed(2)}`);
}
