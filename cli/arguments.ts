/** Reading what was typed: numbers, and options of recipes by their paths. */
import { InvalidArgumentError } from 'commander';
import { InputError } from '../src/core/errors.ts';
import type { Assignment } from '../src/run/options.ts';

/** A parser of whole numbers from `least` on. */
export function wholeNumber(least: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() === '' || !Number.isSafeInteger(value) || value < least)
      throw new InvalidArgumentError(`It must be a whole number from ${least} on.`);
    return value;
  };
}

/**
 * Splits what a command does not know by itself into words and options: `--model.layers 64,32`, or with `=`.
 * @throws InputError naming every option without a value
 */
export function splitArguments(given: readonly string[]): {
  readonly words: readonly string[];
  readonly assignments: readonly Assignment[];
} {
  const words: string[] = [];
  const assignments: Assignment[] = [];
  const bare: string[] = [];
  for (let i = 0; i < given.length; i++) {
    const argument = given[i];
    if (!argument.startsWith('--')) {
      words.push(argument);
      continue;
    }
    const sign = argument.indexOf('=');
    if (sign >= 0) assignments.push([argument.slice(2, sign), argument.slice(sign + 1)]);
    else if (i + 1 < given.length && !given[i + 1].startsWith('--'))
      assignments.push([argument.slice(2), given[++i]]);
    else bare.push(argument);
  }
  if (bare.length > 0) throw new InputError(`${bare.join(', ')}: must be followed by a value, got none.`);
  return { words, assignments };
}

/** The one word a command needs. */
export function onlyWord(words: readonly string[], what: string): string {
  if (words.length === 1) return words[0];
  const got = words.length === 0 ? 'none' : words.map((word) => `"${word}"`).join(' ');
  throw new InputError(`${what}: there must be exactly one, got ${got}. See --help for examples.`);
}
