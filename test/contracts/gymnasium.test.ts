/** A world of the Gymnasium habit that keeps everything to itself can be played, evaluated amid an episode, and resumed. */
import { expect, test } from 'vitest';
import {
  box,
  type Checkpoint,
  discrete,
  fromGym,
  Rng,
  type RunEvent,
  randomAgent,
  run,
} from '../../src/index.ts';

/** A corridor of 20 with a drift; its own time limit is 15 steps. */
class Corridor {
  private place = 0;
  private steps = 0;
  private dice = Rng.from(0);
  reset({ seed = 0 } = {}) {
    this.dice = Rng.from(seed);
    this.place = this.dice.integer(8);
    this.steps = 0;
    return [[this.place, this.steps], {}];
  }
  step(action: number) {
    this.steps++;
    this.place += action + this.dice.integer(2);
    return [[this.place, this.steps], action, this.place >= 20, this.steps >= 15, {}];
  }
}

const corridor = () =>
  fromGym(new Corridor(), {
    name: 'corridor',
    observation: box(0, 40, [2]),
    action: discrete(2),
    maxSteps: 100,
  });

/** The events of a run to step 60 but for single steps; at `stop`, what is needed to go on. */
async function play(restore?: Checkpoint, stop?: number, evaluated = true) {
  const environment = corridor();
  const agent = randomAgent(environment.action);
  const events: RunEvent[] = [];
  const evaluation = evaluated ? { every: 7, episodes: 2 } : undefined;
  for await (const event of run({ environment, agent, seed: 1, steps: 60, evaluation, restore })) {
    if (event.type !== 'step') events.push(event);
    else if (event.step === stop) return { events, checkpoint: event.save() };
  }
  return { events };
}

test('the world ends episodes and cuts them off, and evaluations amid an episode leave it as it was', async () => {
  const { events } = await play();
  const episodes = events.filter((event) => event.type === 'episode');
  const alone = await play(undefined, undefined, false);
  expect(episodes).toEqual(alone.events.filter((event) => event.type === 'episode'));
  expect(episodes.some(({ terminated, length }) => !terminated && length === 15)).toBe(true);
  expect(episodes.some(({ terminated, length }) => terminated && length < 15)).toBe(true);
});

test.each([24, 37])('resumed at step %i it goes on as if it had never stopped', async (stop) => {
  const whole = await play();
  const { events, checkpoint } = await play(undefined, stop);
  const rest = await play(checkpoint);
  expect([...events, ...rest.events]).toEqual(whole.events);
});
