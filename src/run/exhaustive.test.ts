/** Every game against an agent, counted by positions and, here, one by one. */
import { describe, expect, it } from 'vitest';
import { take } from '../../test/worlds/take.ts';
import { uctAgent } from '../agents/uct.ts';
import type { Agent } from '../core/agent.ts';
import type { Environment } from '../core/environment.ts';
import { Rng } from '../core/rng.ts';
import type { Discrete } from '../core/spaces.ts';
import { ticTacToe } from '../envs/games/index.ts';
import { viewOf } from './episode.ts';
import { playExhaustively } from './exhaustive.ts';

const by = <S>(name: string, rule: (state: S, legal: Uint8Array) => number): Agent<Discrete> => ({
  name,
  act: ({ state, legal }) => ({ action: rule(state as S, legal!), carry: undefined }),
  save: () => ({ arrays: {}, facts: {} }),
  load() {},
});
const lowest = by('lowest', (_, legal) => legal.indexOf(1));
const play = <S>(environment: Environment<S, Discrete>, agent: Agent<Discrete>) =>
  playExhaustively({ environment, agent, rng: Rng.from(3) });

/** All games one by one, as the agent counts. */
async function oneByOne<S>(game: Environment<S, Discrete>, agent: Agent<Discrete>, side: 1 | -1) {
  const counts = { wins: 0, draws: 0, losses: 0 };
  const walk = async (state: S, weight: number, total: number, depth: number): Promise<void> => {
    const view = viewOf(game, state);
    const moves =
      weight > 0
        ? [(await agent.act(view, undefined, Rng.from(0), 'evaluate')).action]
        : [...view.legal!.keys()].filter((action) => view.legal![action] === 1);
    for (const move of moves) {
      const { state: next, reward, discount } = game.step(state, move, Rng.from(0));
      const sum = total + weight * reward;
      if (discount !== 0 && depth + 1 < game.maxSteps) {
        await walk(next, weight * discount, sum, depth + 1);
      } else {
        counts[discount !== 0 || sum === 0 ? 'draws' : sum > 0 ? 'wins' : 'losses']++;
      }
    }
  };
  await walk(game.reset(Rng.from(0)), side, 0, 0);
  return counts;
}

/** Best play by looking at everything that can follow. */
function perfect(): Agent<Discrete> {
  const game = ticTacToe();
  const worth = new Map<number, number>();
  const worthOf = (state: number): number => {
    const known = worth.get(state);
    if (known !== undefined) return known;
    let best = -1;
    game.legal!(state).forEach((allowed, action) => {
      if (allowed === 1) best = Math.max(best, after(state, action));
    });
    worth.set(state, best);
    return best;
  };
  const after = (state: number, action: number) => {
    const { state: next, reward, discount } = game.step(state, action, Rng.from(0));
    return reward + (discount === 0 ? 0 : discount * worthOf(next));
  };
  return by('perfect', (state: number, legal) => {
    const moves = [...legal.keys()].filter((action) => legal[action] === 1);
    return moves.reduce((best, action) => (after(state, action) > after(state, best) ? action : best));
  });
}

describe('every game against an agent', () => {
  it('are as many as there are when each is played by itself', async () => {
    const game = ticTacToe();
    const result = await play(game, lowest);
    expect(result.begun).toEqual(await oneByOne(game, lowest, 1));
    expect(result.answered).toEqual(await oneByOne(game, lowest, -1));
    expect(result.wins).toBe(result.begun.wins + result.answered.wins);
    expect(result.losses).toBeGreaterThan(0);
    // fewer questions than positions with the agent to move
    expect(result.positions).toBeLessThan(5478 / 2);
  });

  it('are the same without a codec, one question a sequence of moves', async () => {
    const { codec: _, ...game } = ticTacToe();
    const [with_, without] = [await play(ticTacToe(), lowest), await play(game, lowest)];
    for (const side of ['begun', 'answered'] as const) expect(without[side]).toEqual(with_[side]);
    expect(without.positions).toBeGreaterThan(with_.positions);
  });

  it('are none lost by perfect play', async () => {
    const result = await play(ticTacToe(), perfect());
    expect(result.losses).toBe(0);
    expect(result.lost).toBeUndefined();
    expect(result.wins).toBeGreaterThan(0);
    expect(result.draws).toBeGreaterThan(0);
  });

  it('may have two moves in a row, a loser by the last move, and a cut', async () => {
    for (const rules of [
      { stones: 6, last: 1 },
      { stones: 7, last: -1 },
      { stones: 9, last: 1, maxSteps: 5 },
    ]) {
      const game = take(rules);
      const second = by('second', (_, legal) => Math.min(1, legal.lastIndexOf(1)));
      for (const agent of [lowest, second]) {
        const result = await play(game, agent);
        expect(result.begun).toEqual(await oneByOne(game, agent, 1));
        expect(result.answered).toEqual(await oneByOne(game, agent, -1));
        if (result.losses > 0) expect(result.lost!.length).toBeGreaterThan(0);
      }
    }
  });

  it('ask an agent that can play many games at once once a depth', async () => {
    const asked: number[] = [];
    const many: Agent<Discrete> = {
      ...lowest,
      actMany(views) {
        asked.push(views.length);
        return views.map(({ legal }) => ({ action: legal!.indexOf(1), carry: undefined }));
      },
    };
    const result = await play(ticTacToe(), many);
    expect(result).toEqual(await play(ticTacToe(), lowest));
    expect(asked.length).toBeLessThanOrEqual(9); // 5 depths as first, 4 as second
    expect(asked.reduce((sum, count) => sum + count, 0)).toBe(result.positions);
  });

  it('repeat for an agent with dice, each position having its own', async () => {
    const agent = uctAgent(ticTacToe(), { simulations: 30 });
    const [one, two] = [await play(ticTacToe(), agent), await play(ticTacToe(), agent)];
    expect(two).toEqual(one);
    // 30 playouts a move are not enough never to lose
    expect(one.losses).toBeGreaterThan(0);
    expect(one.lost!.length).toBeGreaterThan(4);
  });

  it('are not lost by UCT with the solver and enough simulations', async () => {
    const agent = uctAgent(ticTacToe(), { simulations: 3000, solver: true });
    expect(await play(ticTacToe(), agent)).toMatchObject({ losses: 0 });
  });

  it('tell a move against the rules, and where it was made', async () => {
    await expect(
      play(
        ticTacToe(),
        by('stubborn', () => 4),
      ),
    ).rejects.toThrow(
      /agent stubborn, after b2 a3 of tic-tac-toe: its move must be legal, got b2 \(action 4\)/,
    );
  });
});
