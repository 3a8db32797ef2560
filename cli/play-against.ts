/** Playing a game in the terminal against an agent: a board, moves by their notation, and what the agent's search thought. */
import { uctAgent } from '../src/agents/uct.ts';
import { didYouMean } from '../src/core/errors.ts';
import type { Plan } from '../src/core/planner.ts';
import { Rng } from '../src/core/rng.ts';
import { type Discrete, legalActions } from '../src/core/spaces.ts';
import type { Moves } from '../src/planners/tree/search.ts';
import { viewOf } from '../src/run/episode.ts';
import { demandMove, written } from '../src/run/match.ts';
import { beginning, following, outcomeOf, type Standing } from '../src/run/standing.ts';
import { drawPicture } from './canvas.ts';
import { percent } from './figures.ts';
import { linesOf, nextLine } from './lines.ts';
import type { Game, Player } from './players.ts';
import type { Surroundings } from './surroundings.ts';

/** Who began is x. */
const SIGNS = ['x', 'o'] as const;
const COMMANDS: Readonly<Record<string, string>> = {
  undo: 'take back your last move',
  swap: 'change sides',
  hint: 'what a search thinks of your moves',
  new: 'begin another game',
  help: 'this list',
  quit: 'leave',
};
/** Of what a search knows, the most visited moves are shown. */
const MOST_ROWS = 10;
/** Legal moves are listed up to so many characters. */
const MOST_CHARACTERS = 72;

/** A moment of the game. */
interface Moment {
  /** As x counts. */
  readonly standing: Standing<unknown>;
  /** Who moved to get here: 0 is x. */
  readonly mover?: number;
  /** The agent's, as it was after this moment. */
  readonly carry: unknown;
}

export interface Sitting {
  readonly game: Game;
  readonly opponent: Player;
  readonly seed: number;
  /** Whether the opponent has the first move. */
  readonly second: boolean;
}

/** Plays games until the lines end or `quit`. The same lines and the same seed make the same games. */
export async function playAgainst(
  { stdin, stdout, signal }: Surroundings,
  { game, opponent, seed, second }: Sitting,
): Promise<void> {
  const lines = linesOf(stdin ?? nothing())[Symbol.asyncIterator]();
  const say = (text: string) => stdout.write(`${text}\n`);
  const thinker = opponent.name === 'random' ? uctAgent(game) : opponent;
  let human = second ? 1 : 0;
  let number = 0;
  let history: Moment[] = [];
  const begin = () => {
    number++;
    history = [{ standing: beginning(game.reset(streamOf('environment'))), carry: undefined }];
  };
  // a stream for each move of each game: what is taken back and played again is answered alike
  const streamOf = (what: string) => Rng.from(seed).fork('play').fork(number).fork(what).fork(history.length);
  const latest = () => history[history.length - 1];
  const now = () => latest().standing;
  const toMove = () => (now().weight > 0 ? 0 : 1);
  const carryOut = (action: number, carry: unknown) => {
    const mover = toMove();
    history.push({ standing: following(game, now(), action, streamOf('environment')), mover, carry });
  };
  const show = () => {
    say(`\n${boardOf(game, now().state)}\n`);
    const { over, length } = now();
    if (over) {
      const outcome = outcomeOf(now());
      const won = outcome === 0 ? undefined : outcome > 0 ? 0 : 1;
      const told =
        won === undefined
          ? 'A draw'
          : won === human
            ? `You win (${SIGNS[won]})`
            : `${opponent.name} wins (${SIGNS[won]})`;
      say(
        `${told}${over === 'cut' ? ` after ${length} moves, the most there may be` : ''}. Type new, undo or quit.`,
      );
    } else say(`Your move (${SIGNS[human]}): ${listed(legalMoves(game, now().state))}`);
  };
  const answer = async () => {
    while (!now().over && toMove() !== human && !signal.aborted) {
      const view = viewOf(game, now().state);
      const { action, carry, plan } = await opponent.act(
        view,
        latest().carry,
        streamOf('opponent'),
        'evaluate',
      );
      demandMove(game, opponent, view, action, `move ${history.length}`);
      const sign = SIGNS[toMove()];
      carryOut(action, carry);
      say(`${opponent.name} (${sign}) plays ${written(game, action)}`);
      if (plan) say(thoughts(game, plan));
    }
    if (!signal.aborted) show();
  };

  say(
    `${game.name} against ${opponent.name}, seed ${seed}. You are ${SIGNS[human]}; x begins. Type help for what else there is.`,
  );
  begin();
  await answer();
  for (;;) {
    const line = await nextLine(lines, signal);
    if (line === undefined) return;
    const typed = line.trim().toLowerCase();
    if (typed === '') continue;
    if (typed === 'quit') return;
    if (typed === 'help') {
      say(helpOf(game));
    } else if (typed === 'new') {
      begin();
      await answer();
    } else if (typed === 'swap') {
      human = 1 - human;
      say(`You are ${SIGNS[human]} now.`);
      // what the other side believed is not the agent's to go on from
      history = history.map((moment) => ({ ...moment, carry: undefined }));
      await answer();
    } else if (typed === 'undo') {
      const last = history.findLastIndex(({ mover }) => mover === human);
      if (last < 0) say('There is no move of yours to take back.');
      else {
        history = history.slice(0, last);
        show();
      }
    } else if (now().over) {
      say(`"${typed}": the game is over. Type new, undo or quit.`);
    } else if (typed === 'hint') {
      const view = viewOf(game, now().state);
      const { action, plan } = await thinker.act(view, undefined, streamOf('hint'), 'evaluate');
      say(`${thinker.name} would play ${written(game, action)}`);
      if (plan) say(thoughts(game, plan));
    } else {
      const action = actionOf(game, typed);
      const legal = legalMoves(game, now().state);
      if (action === undefined) {
        const names = [...legal.map((move) => move.name), ...Object.keys(COMMANDS)];
        say(
          `"${typed}": it must be a move or one of ${Object.keys(COMMANDS).join(', ')}.${didYouMean(typed, names)} Moves: ${listed(legal)}`,
        );
      } else if (!legal.some((move) => move.action === action)) {
        say(`${typed}: this move is not legal here. Moves: ${listed(legal)}`);
      } else {
        carryOut(action, latest().carry);
        await answer();
      }
    }
  }
}

async function* nothing(): AsyncGenerator<string> {}

function legalMoves(game: Game, state: unknown): { action: number; name: string }[] {
  return legalActions(game.action, game.legal?.(state)).map((action) => ({
    action,
    name: written(game, action),
  }));
}

function actionOf(game: Game, typed: string): number | undefined {
  for (let action = 0; action < game.action.n; action++)
    if (written(game, action).toLowerCase() === typed) return action;
  return undefined;
}

function listed(moves: readonly { name: string }[]): string {
  let text = '';
  for (const [i, { name }] of moves.entries()) {
    if (text.length + name.length > MOST_CHARACTERS) return `${text}... (${moves.length - i} more)`;
    text += `${name} `;
  }
  return text.trimEnd();
}

/** The board as the game writes it, or draws it, or as numbers. */
function boardOf(game: Game, state: unknown): string {
  if (game.notation) return game.notation.board(state);
  if (game.picture) {
    const drawn = drawPicture(game.picture(state), { columns: 40, rows: 20, colour: false });
    return drawn.map((line) => line.trimEnd()).join('\n');
  }
  return game.observe(state).join(' ');
}

/** What a search knows of each move: how often it was looked at, and what it is worth to who moves. */
function thoughts(game: Game, { value, policy, trace }: Plan<Discrete>): string {
  const moves = trace.moves as Moves | undefined;
  if (!moves?.actions || !moves.visits) {
    if (!policy) return `  value ${worth(value)}`;
    const order = Array.from(policy.keys()).sort((a, b) => policy[b] - policy[a]);
    const rows = order.slice(0, MOST_ROWS).filter((action) => policy[action] > 0);
    return [
      `  value ${worth(value)}`,
      '  move    share',
      ...rows.map((action) => `  ${written(game, action).padEnd(6)}${percent(policy[action]).padStart(7)}`),
    ].join('\n');
  }
  const { actions, visits, values, lower, upper } = moves;
  const total = visits.reduce((sum, count) => sum + count, 0);
  const order = Array.from(actions.keys()).sort((a, b) => visits[b] - visits[a] || a - b);
  const rows = order.slice(0, MOST_ROWS).map((i) => {
    const proven = lower && upper && lower[i] === upper[i];
    const told = proven ? `${worth(lower[i])} proven` : visits[i] === 0 ? 'never tried' : worth(values[i]);
    return `  ${written(game, actions[i]).padEnd(6)}${percent(total > 0 ? visits[i] / total : 0).padStart(7)}  ${told}`;
  });
  const more = actions.length - rows.length;
  return [
    `  value ${worth(value)} after ${total.toLocaleString('en')} simulations`,
    '  move   visits  value',
    ...rows,
    ...(more > 0 ? [`  and ${more} more`] : []),
  ].join('\n');
}

function worth(value: number): string {
  return `${value < 0 ? '-' : '+'}${Math.abs(value).toFixed(2)}`;
}

function helpOf(game: Game): string {
  const example = written(game, 0);
  return [
    `A move as it is written, for instance ${example}, or:`,
    ...Object.entries(COMMANDS).map(([name, what]) => `  ${name.padEnd(5)} ${what}`),
  ].join('\n');
}
