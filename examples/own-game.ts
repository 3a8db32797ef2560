/** A game of your own in one file: take one to three stones, who takes the last one wins. AlphaZero learns it from the rules. */
import {
  alphaZero,
  box,
  type Discrete,
  discrete,
  type Environment,
  playExhaustively,
  Rng,
  run,
} from 'forethought';
import { checkGame } from 'forethought/testing';

const STONES = 10;

/** A state is the number of stones left. */
const take: Environment<number, Discrete> = {
  name: 'take',
  observation: box(0, 1, [STONES + 1]),
  action: discrete(3), // 0 takes one stone
  maxSteps: STONES,
  reset: () => STONES,
  step(stones, action) {
    const left = Math.max(0, stones - action - 1);
    // the last stone wins; otherwise it is the opponent's turn
    return left === 0
      ? { state: 0, reward: stones > 0 ? 1 : 0, discount: 0 }
      : { state: left, reward: 0, discount: -1 };
  },
  legal: (stones) => Uint8Array.of(stones > 0 ? 1 : 0, stones > 1 ? 1 : 0, stones > 2 ? 1 : 0),
  observe: (stones) => new Float32Array(STONES + 1).fill(1, stones, stones + 1), // one-hot
};

checkGame(take, { alternates: true });
const network = { kind: 'plain', channels: 32, blocks: 1 } as const;
const options = { network, search: { simulations: 16 }, training: { firstPositions: 200 } };
const agent = alphaZero({ environment: take, options }, Rng.from(1));
for await (const event of run({ environment: take, agent, seed: 1, steps: 4000 }))
  if (event.type === 'learn')
    console.log(`step ${event.step}: value loss ${event.metrics['value/loss'].toFixed(3)}`);
// with ten stones the first player wins, by leaving four or eight
const { begun } = await playExhaustively({ environment: take, agent, rng: Rng.from(0) });
console.log(`as first player: ${begun.wins} games won, ${begun.losses} lost`);
