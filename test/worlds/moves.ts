/** A game played by the names of its moves. */
import type { Environment, Transition } from '../../src/core/environment.ts';
import { Rng } from '../../src/core/rng.ts';
import type { Discrete } from '../../src/core/spaces.ts';

/** The last transition. @throws where a move is no move's name, or comes after the end */
export function playMoves<S>(
  game: Environment<S, Discrete>,
  moves: string,
  from: S = game.reset(Rng.from(0)),
): Transition<S> {
  const names = Array.from({ length: game.action.n }, (_, action) => game.notation!.action(action));
  let transition: Transition<S> = { state: from, reward: 0, discount: 1 };
  for (const move of moves.split(' ')) {
    if (!names.includes(move)) throw new Error(`${move} is no move of ${game.name}`);
    if (transition.discount === 0) throw new Error(`${game.name} is over before ${move}`);
    transition = game.step(transition.state, names.indexOf(move), Rng.from(0));
  }
  return transition;
}
