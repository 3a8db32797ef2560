/**
 * The rules of a game for two, checked by playing it at random: for the games that come with the library and for yours.
 *
 * A game is an Environment whose discounts pass the turn: -1 the opponent's move, 1 another move of the same player, 0 the
 * end; rewards are counted by who moves. These checks see what that takes, and say what is wrong in the game's own moves.
 */
import type { Environment, Symmetry, Transition } from '../core/environment.ts';
import { InputError } from '../core/errors.ts';
import { Rng } from '../core/rng.ts';
import { type Discrete, elementSize, legalActions } from '../core/spaces.ts';
import { maskProblem, show } from '../envs/checked.ts';
import { difference, snapshot } from './compare.ts';
import { environmentProblems } from './environment.ts';
import { differsFromSteps, differsFromTree } from './playout.ts';

export interface CheckGameOptions {
  /** Decides the moves. Default 0. */
  readonly seed?: number | string;
  /** Random games that are played. Default 20. */
  readonly games?: number;
  /** Whether players always take turns, nobody ever moving twice. Default false: where one moves again is not looked at. */
  readonly alternates?: boolean;
  /** Whether rewards are also given before the end. Default false: a game pays once, when it is over. */
  readonly paysOnTheWay?: boolean;
  /**
   * How many playouts are made of each of three positions, and compared with as many games by `step`, and of the last
   * positions of each game, compared with all the ways they can end in. Default 500. 0 for a game whose playouts leave
   * out some legal moves on purpose, as Go's do.
   */
  readonly playouts?: number;
}

/**
 * Plays a game with random legal moves and throws one InputError that lists everything it does against the contract of
 * a game, each problem once, with the moves that led there. Needs no test framework.
 * @example test('nim keeps the rules', () => checkGame(nim(), { alternates: true }));
 */
export function checkGame<S>(game: Environment<S, Discrete>, options: CheckGameOptions = {}): void {
  const problems = gameProblems(game, options);
  if (problems.length === 0) return;
  throw new InputError(
    `game "${game.name}" breaks its contract:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`,
  );
}

/** What {@link checkGame} would say, one problem an entry; empty where the contract holds. */
export function gameProblems<S>(game: Environment<S, Discrete>, options: CheckGameOptions = {}): string[] {
  if (game.action?.kind !== 'discrete') {
    return [`moves: the action space must be discrete, as discrete(9), got ${show(game.action?.kind)}.`];
  }
  const check = new Check(game, options);
  check.run();
  // what a game does wrong as any world might, in the words of worlds, unless the game's own say it already
  if (check.found.size > 0) return [...check.found.values()];
  return environmentProblems(game, { seed: options.seed, episodes: 2, steps: 40 });
}

/** How one game went. */
interface Course<S> {
  readonly states: readonly S[]; // [T + 1]
  readonly moves: readonly number[]; // [T]
  readonly outcomes: readonly { readonly reward: number; readonly discount: number }[]; // [T]
  readonly over: boolean;
}

class Check<S> {
  readonly found = new Map<string, string>();
  private readonly game: Environment<S, Discrete>;
  private readonly options: Required<CheckGameOptions>;
  private readonly rng: Rng;
  /** The moves so far, for messages. */
  private moves: number[] = [];

  constructor(game: Environment<S, Discrete>, options: CheckGameOptions) {
    this.game = game;
    this.options = {
      seed: 0,
      games: 20,
      alternates: false,
      paysOnTheWay: false,
      playouts: 500,
      ...options,
    };
    this.rng = Rng.from(this.options.seed).fork('checkGame');
  }

  run(): void {
    try {
      this.checkNotation();
      const courses: Course<S>[] = [];
      for (let i = 0; i < this.options.games; i++) {
        const course = this.play(this.rng.fork(i), i === 0);
        if (!course) return;
        courses.push(course);
      }
      this.checkTurns(courses);
      for (const symmetry of this.game.symmetries ?? []) this.checkSymmetry(symmetry, courses);
      if (this.game.playout) this.checkPlayout(courses);
    } catch (error) {
      this.report('throw', `must not throw, and threw ${error}`);
    }
  }

  /** One random game, every position looked at; undefined where it cannot go on. */
  private play(rng: Rng, everyMove: boolean): Course<S> | undefined {
    const { game } = this;
    const dice = rng.fork('dice');
    this.moves = [];
    let state = game.reset(rng.fork('reset'));
    const states = [state];
    const outcomes: { reward: number; discount: number }[] = [];
    let over = false;
    while (!over && this.moves.length < game.maxSteps) {
      const legal = this.legalMoves(state);
      if (!legal) return undefined;
      if (legal.length === 0) {
        this.report('stuck', 'there must be a legal move unless the game is over, got none');
        return undefined;
      }
      this.look(state);
      const tried = everyMove ? legal : [];
      for (const move of tried) this.step(state, move, Rng.restore(dice.save()));
      const move = legal[rng.integer(legal.length)];
      const transition = this.step(state, move, dice);
      if (!transition) return undefined;
      const { reward, discount } = transition;
      state = transition.state;
      this.moves.push(move);
      states.push(state);
      outcomes.push({ reward, discount });
      over = discount === 0;
    }
    if (over) this.pastTheEnd(state);
    else {
      this.report(
        'endless',
        `the game must be over within its \`maxSteps\` of ${game.maxSteps} moves, and goes on`,
      );
    }
    return { states, moves: this.moves, outcomes, over };
  }

  private legalMoves(state: S): number[] | undefined {
    const { legal, action } = this.game;
    if (!legal) return legalActions(action);
    const mask = this.game.legal!(state);
    const wrong = maskProblem(action, mask);
    if (wrong !== undefined) {
      this.report('legal', `\`legal\` ${wrong}`);
      return undefined;
    }
    return legalActions(action, mask);
  }

  /** A legal move, which must be possible and lead to something that makes sense. */
  private step(state: S, move: number, dice: Rng): Transition<S> | undefined {
    const written = this.written(move);
    let transition: Transition<S>;
    try {
      transition = this.game.step(state, move, dice);
    } catch (error) {
      const says = error instanceof Error ? error.message : String(error);
      this.report(
        'illegal',
        `\`legal\` allows ${written}, and \`step\` refuses it: ${says.replace(/\.$/, '')}`,
      );
      return undefined;
    }
    const { reward, discount } = transition;
    if (!Number.isFinite(reward)) {
      this.report('reward', `the reward of ${written} must be a finite number, got ${show(reward)}`);
      return undefined;
    }
    if (discount !== 1 && discount !== 0 && discount !== -1) {
      this.report(
        'discount',
        `the discount after ${written} must be -1 (the opponent's turn), 1 (another move) or 0 (the end), got ${show(discount)}`,
      );
      return undefined;
    }
    if (reward !== 0 && discount !== 0 && !this.options.paysOnTheWay) {
      this.report(
        'pays',
        `${written} gives a reward of ${reward} to who moves, and the game goes on: the next player could win it too. ` +
          'What decides the game must end it (discount 0); for a game that pays on the way, set `paysOnTheWay`',
      );
    }
    if (discount === 1 && this.options.alternates) {
      this.report('alternates', `players must take turns, and after ${written} the same player moves again`);
    }
    return transition;
  }

  /** Codes and texts of a state. */
  private look(state: S): void {
    const { codec, notation } = this.game;
    if (codec) {
      const room = new Int32Array(codec.words + 2).fill(0x5a5a5a5a);
      codec.write(state, room, 1);
      if (room[0] !== 0x5a5a5a5a || room[codec.words + 1] !== 0x5a5a5a5a) {
        this.report(
          'codec size',
          `\`codec.write\` must keep to its ${codec.words} words, and wrote beside them`,
        );
      }
      const apart = difference(state, codec.read(room, 1));
      if (apart !== undefined) {
        this.report('codec', `\`codec\` must give back the state that it was given, got ${apart}`);
      }
    }
    if (notation) {
      const widths = new Set(
        notation
          .board(state)
          .split('\n')
          .map((text) => text.length),
      );
      if (widths.size > 1) {
        this.report('board', `lines of a board must be equally wide, got ${[...widths].join(', ')} signs`);
      }
    }
  }

  private pastTheEnd(state: S): void {
    this.look(state);
    const legal = this.game.legal && this.legalMoves(state);
    if (legal && legal.length > 0) {
      this.report('over', `the game is over, so no move must be legal, got ${this.several(legal)}`);
    }
    try {
      const { reward, discount } = this.game.step(
        state,
        this.moves[this.moves.length - 1],
        this.rng.fork('beyond'),
      );
      if (!Number.isFinite(reward) || !Number.isFinite(discount)) {
        this.report('beyond', `a step past the end must give finite numbers, got ${reward} and ${discount}`);
      }
    } catch (error) {
      this.report('beyond', `a step past the end must not throw, and threw ${error}`);
    }
  }

  /** What all games together show: that there are two players, and that each counts for itself. */
  private checkTurns(courses: readonly Course<S>[]): void {
    this.moves = [];
    const outcomes = courses.flatMap((course) => course.outcomes);
    if (
      !outcomes.some(({ discount }) => discount === -1) &&
      outcomes.some(({ discount }) => discount === 1)
    ) {
      this.report(
        'turns',
        `in ${courses.length} games the turn never passed. A move after which the opponent is to move has a discount of -1`,
      );
    }
    if (this.options.paysOnTheWay) return;
    // who made the last move, as a sign, and what it got for it
    const ends = courses
      .filter(({ over }) => over)
      .map(({ outcomes: all }) => ({
        mover: all.slice(0, -1).reduce((sign, { discount }) => sign * discount, 1),
        reward: all[all.length - 1].reward,
      }));
    const decided = ends.filter(({ reward }) => reward !== 0);
    const both = [1, -1].every((sign) => decided.filter(({ mover }) => mover === sign).length >= 3);
    const first = decided.filter(({ mover, reward }) => mover * Math.sign(reward) === 1).length;
    if (both && (first === 0 || first === decided.length)) {
      this.report(
        'side',
        `the ${first === 0 ? 'second' : 'first'} player won all ${decided.length} games that were decided, whoever moved last. ` +
          'Rewards must be counted by who moves, not by the player who began',
      );
    }
  }

  private checkNotation(): void {
    const { notation, action } = this.game;
    if (!notation) return;
    const known = new Map<string, number>();
    for (let move = 0; move < action.n; move++) {
      const written = notation.action(move);
      if (typeof written !== 'string' || !/^\S+$/.test(written) || written !== written.toLowerCase()) {
        this.report(
          'written',
          `a move must be written in lower case without spaces, got ${show(written)} for action ${move}`,
        );
      } else if (known.has(written)) {
        this.report(
          'twice',
          `each move must be written in its own way, got ${written} for actions ${known.get(written)} and ${move}`,
        );
      }
      known.set(written, move);
    }
  }

  /** The same game seen otherwise: each move changed, it must go the same way. */
  private checkSymmetry(symmetry: Symmetry, courses: readonly Course<S>[]): void {
    const { game } = this;
    const { name, actions, observation } = symmetry;
    this.moves = [];
    const kind = `symmetry ${name}`;
    if (
      !isPermutation(actions, game.action.n) ||
      !isPermutation(observation, elementSize(game.observation))
    ) {
      this.report(
        kind,
        `symmetry "${name}" must permute the ${game.action.n} actions and the ${elementSize(game.observation)} elements of an observation`,
      );
      return;
    }
    for (const [i, course] of courses.slice(0, 5).entries()) {
      const dice = this.rng.fork(i).fork('dice');
      let state = game.reset(this.rng.fork(i).fork('reset'));
      for (let t = 0; t <= course.moves.length; t++) {
        this.moves = course.moves.slice(0, t);
        const wrong = this.unlike(symmetry, course.states[t], state);
        if (wrong !== undefined) {
          this.report(kind, `symmetry "${name}" does not hold: ${wrong}`);
          return;
        }
        if (t === course.moves.length) break;
        const move = actions[course.moves[t]];
        const next = game.step(state, move, dice);
        state = next.state;
        const { reward, discount } = course.outcomes[t];
        if (next.reward !== reward || next.discount !== discount) {
          this.report(
            kind,
            `symmetry "${name}" does not hold: ${this.written(course.moves[t])} gives reward ${reward} and discount ${discount}, ` +
              `and ${this.written(move)} in the changed game ${next.reward} and ${next.discount}`,
          );
          return;
        }
      }
    }
  }

  /** How a state and the state of the changed game differ beyond the change. */
  private unlike({ actions, observation }: Symmetry, plain: S, changed: S): string | undefined {
    const [mask, other] = [this.game.legal?.(plain), this.game.legal?.(changed)];
    const move = mask?.findIndex((allowed, a) => allowed !== other?.[actions[a]]) ?? -1;
    if (mask && move >= 0) {
      return (
        `${this.written(move)} is ${mask[move] === 1 ? '' : 'not '}legal, and ${this.written(actions[move])} ` +
        `in the changed game is ${mask[move] === 1 ? 'not' : 'legal'}`
      );
    }
    const [seen, there] = [this.game.observe(plain), this.game.observe(changed)];
    const element = seen.findIndex((value, i) => value !== there[observation[i]]);
    if (element < 0) return undefined;
    return (
      `element ${element} of the observation is ${seen[element]}, and element ${observation[element]} ` +
      `in the changed game ${there[observation[element]]}`
    );
  }

  /** Playouts against games by `step`, from the start, from two positions of random games and from the last of all. */
  private checkPlayout(courses: readonly Course<S>[]): void {
    const { game } = this;
    const playout = game.playout!;
    this.moves = [];
    if (playout.equals !== game.step) {
      this.report('equals', "`playout.equals` must be the game's own `step`, else no search will use it");
    }
    const [one, two] = [courses[0], courses[courses.length - 1]];
    for (const [course, share] of [
      [one, 0],
      [one, 0.3],
      [two, 0.6],
    ] as const) {
      const t = Math.floor(share * (course.moves.length - 1));
      const state = course.states[t];
      this.moves = course.moves.slice(0, t);
      const before = snapshot(state);
      const dice = this.rng.fork('playout').fork(t);
      const twin = Rng.restore(dice.save());
      const [once, again] = [playout.run(state, dice), playout.run(state, twin)];
      const changed = difference(before, state);
      if (changed !== undefined)
        this.report('playout purity', `a playout must leave the state as it is, and changed ${changed}`);
      if (!Number.isFinite(once))
        this.report('playout number', `a playout must give a finite number, got ${show(once)}`);
      else if (once !== again)
        this.report('playout dice', `two playouts with the same dice must agree, got ${once} and ${again}`);
      if (this.options.playouts < 2 || this.found.size > 0) continue;
      const wrong = differsFromSteps(game, state, this.options.playouts, dice);
      if (wrong !== undefined) this.report('playout', wrong);
    }
    if (this.options.playouts < 2 || this.found.size > 0) return;
    for (const [i, course] of courses.entries()) {
      const dice = this.rng.fork('late playouts').fork(i);
      const wrong = differsFromTree(game, course.states, this.options.playouts, dice);
      if (!wrong) continue;
      this.moves = course.moves.slice(0, wrong.at);
      this.report('playout', wrong.what);
    }
  }

  private report(kind: string, what: string): void {
    if (this.found.has(kind)) return;
    const LAST = 12;
    const moves = this.moves.map((move) => this.written(move));
    const where =
      moves.length === 0
        ? ''
        : moves.length <= LAST
          ? `after ${moves.join(' ')}: `
          : `after ${moves.length} moves, the last ${LAST} being ${moves.slice(-LAST).join(' ')}: `;
    this.found.set(kind, `${where}${what}.`);
  }

  private written(move: number): string {
    return this.game.notation?.action(move) ?? `action ${move}`;
  }

  private several(moves: readonly number[]): string {
    const named = moves
      .slice(0, 5)
      .map((move) => this.written(move))
      .join(', ');
    return moves.length > 5 ? `${named} and ${moves.length - 5} more` : named;
  }
}

function isPermutation(map: Int32Array, n: number): boolean {
  return (
    map instanceof Int32Array &&
    map.length === n &&
    new Set(map).size === n &&
    map.every((i) => i >= 0 && i < n)
  );
}
