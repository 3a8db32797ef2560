import { describe, expect, test } from 'vitest';
import { survivor } from '../../../test/worlds/survivor.ts';
import { Rng } from '../../core/rng.ts';
import { BARE_BUSH, BUSH, GRASS, KINDS, makeLand, ORE, STONE, TREE, WATER, WORKBENCH } from './land.ts';
import { SURVIVAL_ACHIEVEMENTS, SURVIVAL_ACTIONS, type SurvivalState, survival } from './survival.ts';

const world = survival({ size: 9, sight: 1 });
const dice = Rng.from('survival');
type Name = (typeof SURVIVAL_ACTIONS)[number];

/** The middle of a map of 9 by 9. */
const HERE = 40;
const [NORTH, EAST, SOUTH, WEST] = [HERE - 9, HERE + 1, HERE + 9, HERE - 1];

/** Grass all over but for the squares named, and whoever lives there in the middle, looking south. */
function field(squares: Readonly<Record<number, number>> = {}, rest: Partial<SurvivalState> = {}) {
  const land = new Uint8Array(81).fill(GRASS);
  for (const [square, kind] of Object.entries(squares)) land[Number(square)] = kind;
  return { ...world.reset(dice), land, ...rest };
}

/** What comes of actions. */
function after(from: SurvivalState, ...names: readonly Name[]) {
  let [state, reward, discount] = [from, 0, 1];
  for (const name of names) {
    const transition = world.step(state, SURVIVAL_ACTIONS.indexOf(name), dice);
    ({ state, discount } = transition);
    reward += transition.reward;
  }
  return { state, reward, discount };
}

describe('what can be done', () => {
  test('one walks on grass alone, and looks where one goes', () => {
    const { state } = after(field({ [NORTH]: TREE }), 'north');
    expect([state.at, state.facing]).toEqual([HERE, 0]);
    expect(after(state, 'east').state.at).toBe(EAST);
    expect(after(field({}, { at: 0 }), 'west', 'north').state.at).toBe(0);
  });

  test('from wood to ore, a reward each', () => {
    const start = field({ [NORTH]: TREE, [WEST]: STONE, [EAST]: ORE });
    const { state, reward } = after(
      start,
      ...(['west', 'use', 'east', 'use'] as const), // nothing without a pickaxe
      ...(['north', 'use', 'use', 'use', 'use'] as const),
      ...(['south', 'put workbench', 'make pickaxe'] as const), // onto the square beyond the one walked to
      ...(['north', 'west', 'use', 'east', 'use'] as const), // stone, but no ore with a pickaxe of wood
      ...(['south', 'make pickaxe', 'north', 'east', 'use'] as const),
    );
    expect(state.achieved).toEqual(['wood', 'workbench', 'wooden pickaxe', 'stone', 'stone pickaxe', 'ore']);
    expect(reward).toBeCloseTo(6, 9);
    // 4 wood; 2 for the workbench and one for each pickaxe
    expect([state.wood, state.stone, state.ore, state.pickaxe]).toEqual([0, 0, 1, 2]);
    expect([state.land[SOUTH + 9], state.land[WEST], state.land[EAST]]).toEqual([WORKBENCH, GRASS, GRASS]);
    expect(after(state, 'make pickaxe', 'put workbench', 'put stone').reward).toBe(0);
  });

  test('a stone bridges water, and can be taken away again', () => {
    const { state, reward } = after(field({ [SOUTH]: WATER }, { stone: 1 }), 'put stone');
    expect([state.land[SOUTH], state.stone, reward]).toEqual([STONE, 0, 1]);
    expect(after({ ...state, pickaxe: 1 }, 'use', 'south').state.at).toBe(SOUTH);
  });

  test('drinking gives 3, eating 4, resting 1, never beyond 9; only the first time is rewarded', () => {
    const low = { food: 4, water: 4, energy: 7 };
    const drunk = after(field({ [SOUTH]: WATER }, low), 'use', 'use');
    expect([drunk.state.water, drunk.reward]).toEqual([9, 1]);
    const eaten = after(field({ [SOUTH]: BUSH }, low), 'use');
    expect([eaten.state.food, eaten.state.land[SOUTH], eaten.reward]).toEqual([8, BARE_BUSH, 1]);
    const rested = after(field({}, low), 'rest', 'rest', 'rest');
    expect([rested.state.energy, rested.reward]).toEqual([9, 1]);
  });

  test('what was there stays as it was', () => {
    const start = field({ [SOUTH]: BUSH });
    after(start, 'use');
    expect(start.land[SOUTH]).toBe(BUSH);
  });
});

describe('what time does', () => {
  const idle = (state: SurvivalState, steps: number) =>
    after(state, ...new Array<Name>(steps).fill('put stone'));

  test('food falls every 25 steps, water every 20, energy every 30, every 15 by night', () => {
    const day = idle(field(), 59).state;
    expect([day.food, day.water, day.energy]).toEqual([7, 7, 8]);
    // energy at 60, 75 and 90
    const night = idle(day, 40).state;
    expect([night.food, night.water, night.energy]).toEqual([6, 5, 5]);
  });

  test('without food health goes by 1 every 5 steps, and then life', () => {
    const starving = field({}, { food: 0, health: 3 });
    const { state, reward, discount } = idle(starving, 10);
    expect([state.health, discount]).toEqual([1, 1]);
    expect(reward).toBeCloseTo(-0.2, 9);
    expect(idle(starving, 15).discount).toBe(0);
    expect(world.step(idle(starving, 15).state, 0, dice).reward).toBe(0);
  });

  test('with all that is needed it comes back by 1 every 10', () => {
    const { state, reward } = idle(field({}, { health: 3 }), 20);
    expect(state.health).toBe(5);
    expect(reward).toBeCloseTo(0.2, 9);
  });

  test('bare bushes bear again', () => {
    // 8 of 81 squares are looked at in a step: 19 of 20 bear after 29 steps
    const { state } = idle(
      field(Object.fromEntries(Array.from({ length: 20 }, (_, i) => [i, BARE_BUSH]))),
      29,
    );
    const bearing = state.land.filter((kind) => kind === BUSH).length;
    expect(bearing).toBeGreaterThan(13);
  });
});

test('what is seen: squares around, less far by night, then direction, counts, night and achievements', () => {
  const sharp = survival({ size: 9, sight: 2 });
  const state = field({ [NORTH]: TREE, [NORTH - 9]: WATER }, { wood: 3, pickaxe: 1, achieved: ['wood'] });
  const kindAt = (seen: Float32Array, down: number, right: number) => {
    const place = (down + 2) * 5 + right + 2;
    return seen.slice(place * KINDS, (place + 1) * KINDS).indexOf(1);
  };
  const day = sharp.observe(state);
  expect([kindAt(day, -1, 0), kindAt(day, -2, 0), kindAt(day, 2, 2)]).toEqual([TREE, WATER, GRASS]);
  const rest = [...day.slice(25 * KINDS)];
  const ninths = [9, 9, 9, 9, 3, 0, 0].map((count) => Math.fround(count / 9));
  const achieved = SURVIVAL_ACHIEVEMENTS.map((name) => (name === 'wood' ? 1 : 0));
  expect(rest).toEqual([0, 0, 1, 0, ...ninths, 1, 0, 0, ...achieved]);
  const night = sharp.observe({ ...state, steps: 60 });
  expect([kindAt(night, -1, 0), kindAt(night, -2, 0)]).toEqual([TREE, -1]);
  expect(night[25 * KINDS + 13]).toBe(1);
  // beyond the edge there is nothing
  expect(kindAt(sharp.observe({ ...state, at: 0 }), -1, 0)).toBe(-1);
});

test('maps follow from their seed, differ, and hold all kinds', () => {
  expect(makeLand(16, Rng.from(1))).toEqual(makeLand(16, Rng.from(1)));
  expect(makeLand(16, Rng.from(1))).not.toEqual(makeLand(16, Rng.from(2)));
  for (let seed = 0; seed < 20; seed++)
    for (const kind of [GRASS, WATER, TREE, STONE, ORE, BUSH])
      expect(makeLand(16, Rng.from(seed)).includes(kind)).toBe(true);
});

/** Return, steps lived and achievements of an episode. */
function play(seed: number, choose: (state: SurvivalState, rng: Rng) => number) {
  const whole = survival();
  const rng = Rng.from(seed);
  const choosing = rng.fork('actions');
  let state = whole.reset(rng);
  let total = 0;
  while (state.steps < whole.maxSteps && state.health > 0) {
    const transition = whole.step(state, choose(state, choosing), rng);
    state = transition.state;
    total += transition.reward;
  }
  return { total, steps: state.steps, achieved: state.achieved.length };
}

test('20 maps: random play returns 3.7 and dies, a script that sees the map achieves all ten and lives', () => {
  const seeds = Array.from({ length: 20 }, (_, seed) => seed);
  const random = seeds.map((seed) => play(seed, (_state, rng) => rng.integer(SURVIVAL_ACTIONS.length)));
  const mean = random.reduce((sum, { total }) => sum + total, 0) / seeds.length;
  expect(mean).toBeGreaterThan(2.5);
  expect(mean).toBeLessThan(5);
  for (const seed of seeds) {
    const { total, steps, achieved } = play(seed, (state) => survivor(state, 16));
    expect([steps, achieved]).toEqual([500, SURVIVAL_ACHIEVEMENTS.length]);
    expect(total).toBeCloseTo(10, 9);
  }
});
