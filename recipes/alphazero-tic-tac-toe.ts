/** AlphaZero on tic-tac-toe: judged by every game that any opponent could play. */
import { z } from 'zod';
import { alphaZero } from '../src/agents/alphazero/index.ts';
import { Rng } from '../src/core/rng.ts';
import { ticTacToe } from '../src/envs/games/index.ts';
import { exhaustiveJudge } from '../src/run/judge.ts';
import { finalLosses, recipe } from '../src/run/recipe.ts';
import { alphaZeroOptionsWith } from './alphazero-options.ts';

export const alphazeroTicTacToe = recipe({
  name: 'alphazero-tic-tac-toe',
  summary: 'AlphaZero learns tic-tac-toe from the rules alone, until no opponent can beat it.',
  environment: 'tic-tac-toe',
  agent: 'alphazero',
  options: z.strictObject({
    agent: alphaZeroOptionsWith({
      network: { kind: 'plain', channels: 64, blocks: 2 },
      search: { simulations: 50 },
      evaluationSimulations: 100,
      // few moves are drawn, so that outcomes tell what good play leads to
      selfPlay: { temperatureMoves: 4 },
    }).prefault({}),
  }),
  build({ agent }, seed) {
    const environment = ticTacToe();
    return {
      environment,
      agent: alphaZero({ environment, options: agent }, Rng.from(seed).fork('agent')),
      judge: exhaustiveJudge(environment),
    };
  },
  budget: { steps: 100_000, evaluateEvery: 10_000, evaluationEpisodes: 1, checkpointEvery: 20_000 },
  scores: {
    random: -0.22,
    best: 0.84,
    source:
      'of all games, a win being 1 and a loss -1; random: 50 random players; best: UCT with proofs, 10,000 simulations, which loses none',
  },
  expected: { seeds: 5, checks: [{ ...finalLosses, atMost: 0 }] },
  quick: {
    budget: { steps: 3000, evaluateEvery: 3000, checkpointEvery: 1000 },
    options: {
      agent: { network: { channels: 32 }, search: { simulations: 16 }, training: { firstPositions: 500 } },
    },
    // random play loses about half of all games
    checks: [{ ...finalLosses, atMost: 300 }],
  },
});
