import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { InputError } from './errors.ts';
import { checkOptions } from './options.ts';

const schema = z.strictObject({
  horizon: z.number().int().min(1).default(15),
  fraction: z.number().gt(0).max(1).default(0.1),
  execute: z.enum(['mean', 'best']).default('mean'),
  noise: z.strictObject({ exponent: z.number().default(2) }).prefault({}),
});

const messageOf = (given: unknown): string => {
  try {
    checkOptions('cem', schema, given);
  } catch (error) {
    expect(error).toBeInstanceOf(InputError);
    return (error as Error).message;
  }
  throw new Error('nothing was thrown');
};

describe('checkOptions', () => {
  it('fills in what was left out', () => {
    expect(checkOptions('cem', schema, { horizon: 3 })).toEqual({
      horizon: 3,
      fraction: 0.1,
      execute: 'mean',
      noise: { exponent: 2 },
    });
  });

  it('tells all problems at once, each with what was got', () => {
    const message = messageOf({ horizon: 1.5, fraction: 2, execute: 'worst', noise: { exponent: NaN } });
    expect(message.split('\n')).toEqual([
      'cem: 4 options cannot be used.',
      '  horizon: expected int, got 1.5.',
      '  fraction: expected number to be <=1, got 2.',
      '  execute: expected one of "mean"|"best", got "worst".',
      '  noise.exponent: expected number, got NaN.',
    ]);
  });

  it('suggests the nearest name for an unknown one, also inside', () => {
    expect(messageOf({ horizn: 3 })).toContain('horizn: there is no such option. Did you mean "horizon"?');
    expect(messageOf({ noise: { exponant: 3 } })).toContain(
      'noise.exponant: there is no such option. Did you mean "exponent"?',
    );
  });

  it('names what is no object at all', () => {
    expect(messageOf(7)).toBe('cem: an option cannot be used.\n  options: expected object, got 7.');
  });
});
