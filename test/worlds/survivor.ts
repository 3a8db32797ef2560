/** A scripted player of the survival world, who sees the whole map: goes to the nearest of what is needed next. */
import { BUSH, GRASS, neighbour, ORE, STONE, TREE, WATER, WORKBENCH } from '../../src/envs/survival/land.ts';
import { SURVIVAL_ACTIONS, type SurvivalState } from '../../src/envs/survival/survival.ts';

const REST = SURVIVAL_ACTIONS.indexOf('rest');
const USE = SURVIVAL_ACTIONS.indexOf('use');
const PUT_WORKBENCH = SURVIVAL_ACTIONS.indexOf('put workbench');
const MAKE = SURVIVAL_ACTIONS.indexOf('make pickaxe');
const PUT_STONE = SURVIVAL_ACTIONS.indexOf('put stone');

/** The action that it takes. */
export function survivor(state: SurvivalState, size: number): number {
  const { food, water, energy, wood, stone, pickaxe, achieved } = state;
  const lacks = (achievement: (typeof achieved)[number]) => !achieved.includes(achievement);
  const to = (kind: number, act = USE) => towards(state, size, kind, act);
  const ways: (number | undefined)[] = [
    water < 4 ? to(WATER) : undefined,
    food < 4 ? to(BUSH) : undefined,
    energy < 4 ? REST : undefined,
    lacks('wood') || (lacks('workbench') && wood < 2) ? to(TREE) : undefined,
    lacks('workbench') ? to(GRASS, PUT_WORKBENCH) : undefined,
    pickaxe < 2 && wood < 2 ? to(TREE) : undefined,
    pickaxe === 0 ? to(WORKBENCH, MAKE) : undefined,
    pickaxe === 1 && stone < 1 ? to(STONE) : undefined,
    pickaxe === 1 ? to(WORKBENCH, MAKE) : undefined,
    lacks('ore') ? to(ORE) : undefined,
    lacks('stone put') ? (stone > 0 ? to(GRASS, PUT_STONE) : to(STONE)) : undefined,
    lacks('drink') ? to(WATER) : undefined,
    lacks('eat') ? to(BUSH) : undefined,
    water < 7 ? to(WATER) : undefined,
    food < 6 ? to(BUSH) : undefined,
  ];
  return ways.find((action) => action !== undefined) ?? REST;
}

/** The first action on the shortest way to act on a square of a kind, digging on the way where there is a pickaxe. */
function towards(state: SurvivalState, size: number, kind: number, act: number): number | undefined {
  const { land, at, facing, pickaxe } = state;
  const ahead = neighbour(at, facing, size);
  if (ahead !== undefined && land[ahead] === kind) return act;
  const passes = (square: number) =>
    land[square] === GRASS ||
    (pickaxe > 0 && land[square] === STONE) ||
    (pickaxe > 1 && land[square] === ORE);
  const first = new Map<number, number>([[at, -1]]);
  for (const [square, direction] of first) {
    for (let next = 0; next < 4; next++) {
      const there = neighbour(square, next, size);
      if (there === undefined || first.has(there)) continue;
      const begun = direction === -1 ? next : direction;
      if (land[there] === kind && (kind !== GRASS || square !== at)) return stepping(state, size, begun);
      if (passes(there)) first.set(there, begun);
    }
  }
  return undefined;
}

/** Goes in a direction, or takes away what is there. */
function stepping({ land, at, facing }: SurvivalState, size: number, direction: number): number {
  const there = neighbour(at, direction, size)!;
  const digs = facing === direction && (land[there] === STONE || land[there] === ORE);
  return digs ? USE : direction + 1;
}
