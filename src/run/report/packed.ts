/** Packed: many numbers between two bounds as text, two letters a number. The page's script unpacks them. */

import { round } from './scale.ts';

/** Digits of the packed numbers; the script has the same. Without n, so that none of them ever spells NaN. */
const LETTERS = 'ABCDEFGHIJKLMOPQRSTUVWXYZabcdefghijklmopqrstuvwxyz0123456789-_.~';
/** The number of steps between the bounds; the one code above it says that there is no number. */
const STEPS = 64 * 64 - 2;

export interface Packed {
  /** A code c stands for low + c * step. */
  readonly low: number;
  readonly step: number;
  readonly text: string;
}

/** What lies outside the bounds is packed as the bound. */
export function pack(values: readonly (number | undefined)[], low: number, high: number): Packed {
  const step = round((high - low) / STEPS, 7);
  low = round(low, 7);
  let text = '';
  for (const value of values) {
    const place = value === undefined ? STEPS + 1 : Math.round((value - low) / step);
    const code = value === undefined ? place : Math.min(STEPS, Math.max(0, place));
    text += LETTERS[code >> 6] + LETTERS[code & 63];
  }
  return { low, step, text };
}

/** Heights in charts: 0 at the bottom and this at the top. */
export const CHART_LEVELS = 10_000;

/** Heights in a chart, up to half a chart beyond it. */
export function packLevels(levels: readonly (number | undefined)[]): Packed {
  return pack(levels, -CHART_LEVELS / 2, 1.5 * CHART_LEVELS);
}

/** For the script: the number at a place, or null where there is none. */
export const unpacking = `
const LETTERS = '${LETTERS}';
function numberAt({ low, step, text }, place) {
  const code = LETTERS.indexOf(text[2 * place]) * 64 + LETTERS.indexOf(text[2 * place + 1]);
  return code > ${STEPS} ? null : low + code * step;
}
`;
