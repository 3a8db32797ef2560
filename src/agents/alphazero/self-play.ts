/**
 * Games that a network plays against itself, many side by side, a move in each at a time.
 *
 * Silver et al., A General Reinforcement Learning Algorithm that Masters Chess, Shogi and Go through Self-play (2018); playout-cap
 * randomisation: Wu, Accelerating Self-Play Learning in Go (2019), section 3.1.
 *
 * Differs from the papers:
 * - Whether a move is searched in full is drawn once for all games of a round, so that all searches of a round are as long.
 */
import type { Environment } from '../../core/environment.ts';
import { demand } from '../../core/errors.ts';
import type { Rng } from '../../core/rng.ts';
import type { Saved } from '../../core/saved.ts';
import type { Discrete } from '../../core/spaces.ts';
import { randomLegal } from '../../models/index.ts';
import type { SelfPlayOptions } from './options.ts';
import type { Finding, Round } from './searches.ts';
import type { Position } from './window.ts';

/** A game that ended. */
export interface PlayedGame {
  /** As the player who began counts. */
  readonly return: number;
  readonly length: number;
  /** Whether the rules ended it; false where it was cut off. */
  readonly terminated: boolean;
  /** Those searched in full. */
  readonly positions: readonly Position[];
}

interface Row {
  /** Moves before it. */
  readonly ply: number;
  readonly observation: Float32Array;
  readonly policy: Float32Array;
  readonly value: number;
}

interface Game<S> {
  readonly index: number;
  readonly dice: Rng;
  state: S;
  readonly actions: number[];
  readonly rewards: number[];
  readonly discounts: number[];
  readonly rows: Row[];
}

export interface SelfPlay<S> {
  /** What must be searched for the next move of each game. Asked again before {@link play}, it is the same. */
  ask(): Round<S>;
  /** One move in each game, by what was found. Games that end give way to new ones. */
  play(findings: readonly Finding[]): { readonly moves: number; readonly ended: readonly PlayedGame[] };
  save(): Saved;
  load(saved: Saved): void;
}

/**
 * @param searchValueShare share of the search's value in what a position is said to be worth
 * @param rng only forked: game and ply decide all dice, so that nothing of it need be saved
 */
export function selfPlay<S>(
  environment: Environment<S, Discrete>,
  options: SelfPlayOptions,
  searchValueShare: number,
  rng: Rng,
): SelfPlay<S> {
  const { maxSteps } = environment;
  const { n } = environment.action;
  let begun = 0;
  let round = 0;
  let games: Game<S>[] = [];

  /** @returns whether the game goes on */
  const move = (game: Game<S>, action: number): boolean => {
    const { state, reward, discount } = environment.step(game.state, action, game.dice);
    game.state = state;
    game.actions.push(action);
    game.rewards.push(reward);
    game.discounts.push(discount);
    return discount !== 0 && game.actions.length < maxSteps && environment.truncated?.(state) !== true;
  };

  const fresh = (index: number): Game<S> => {
    const dice = rng.fork('game').fork(index);
    return { index, dice, state: environment.reset(dice), actions: [], rewards: [], discounts: [], rows: [] };
  };

  const begin = (): Game<S> => {
    const index = begun++;
    const opening = rng.fork('opening').fork(index);
    const game = fresh(index);
    for (let left = opening.integer(options.randomMoves + 1); left > 0; left--) {
      // an opening that ends the game is no opening
      if (!move(game, randomLegal(environment, game.state, opening))) return begin();
    }
    return game;
  };

  /** A move in proportion to visits^(1 / temperature), where the search itself draws none. */
  const choose = ({ actions, index }: Game<S>, { policy, action }: Finding): number => {
    if (options.planner === 'gumbel') return action;
    const early = actions.length < options.temperatureMoves;
    const temperature = early ? options.temperature : options.lateTemperature;
    const most = policy.reduce((a, b) => Math.max(a, b), 0);
    if (temperature === 0) return policy.indexOf(most);
    const weights = Array.from(policy, (share) => (share / most) ** (1 / temperature));
    const total = weights.reduce((a, b) => a + b, 0);
    let left = rng.fork('move').fork(index).fork(actions.length).uniform() * total;
    for (let a = 0; a < n; a++) {
      left -= weights[a];
      if (left < 0) return a;
    }
    return policy.indexOf(most);
  };

  const finish = ({ rows, rewards, discounts, actions }: Game<S>): PlayedGame => {
    const outcomes = new Float64Array(rewards.length + 1);
    for (let t = rewards.length - 1; t >= 0; t--) outcomes[t] = rewards[t] + discounts[t] * outcomes[t + 1];
    return {
      return: outcomes[0],
      length: actions.length,
      terminated: discounts[discounts.length - 1] === 0,
      positions: rows.map(({ ply, observation, policy, value }) => ({
        observation,
        policy,
        value: (1 - searchValueShare) * outcomes[ply] + searchValueShare * value,
      })),
    };
  };

  const isFull = () => rng.fork('round').fork(round).uniform() < options.fullShare;
  const fill = () => {
    while (games.length < options.games) games.push(begin());
  };
  fill();

  return {
    ask: () => ({
      full: isFull(),
      searches: games.map((game) => ({
        root: game.state,
        rng: rng.fork('search').fork(game.index).fork(game.actions.length).save(),
      })),
    }),
    play(findings) {
      const full = isFull();
      round++;
      const ended: PlayedGame[] = [];
      games = games.filter((game, i) => {
        const { policy, value } = findings[i];
        if (full) {
          const observation = environment.observe(game.state);
          game.rows.push({ ply: game.actions.length, observation, policy, value });
        }
        const goesOn = move(game, choose(game, findings[i]));
        if (!goesOn) ended.push(finish(game));
        return goesOn;
      });
      fill();
      return { moves: findings.length, ended };
    },

    save() {
      const rows = games.flatMap((game) => game.rows);
      const policies = new Float32Array(rows.length * n);
      rows.forEach(({ policy }, i) => {
        policies.set(policy, i * n);
      });
      return {
        arrays: { policies: { shape: [rows.length, n], data: policies } },
        facts: {
          begun,
          round,
          games: games.map((game) => ({
            index: game.index,
            actions: [...game.actions],
            rows: game.rows.map(({ ply, value }) => ({ ply, value })),
          })),
        },
      };
    },
    load({ arrays, facts }) {
      const told = facts as unknown as {
        begun?: number;
        round?: number;
        games?: { index: number; actions: number[]; rows: { ply: number; value: number }[] }[];
      };
      demand(
        told.begun !== undefined && told.round !== undefined && told.games !== undefined,
        () =>
          `alphazero: self-play saved must tell begun, round and games, got ${Object.keys(facts).join(', ') || 'nothing'}. Was this saved by another agent?`,
      );
      ({ begun, round } = told);
      const policies = arrays.policies.data as Float32Array;
      let from = 0;
      // games are their moves, played again
      games = told.games.map(({ index, actions, rows }) => {
        const game = fresh(index);
        let next = 0;
        for (const action of actions) {
          if (rows[next]?.ply === game.actions.length) {
            const { ply, value } = rows[next++];
            const observation = environment.observe(game.state);
            game.rows.push({ ply, observation, policy: policies.slice(from, from + n), value });
            from += n;
          }
          move(game, action);
        }
        return game;
      });
    },
  };
}
