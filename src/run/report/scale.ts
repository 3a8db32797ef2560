/** Scales: from values to places on an axis, with round ticks; how much is drawn, and how numbers are written for people. */

/** How many units an axis of a drawing is long. Drawings are stretched to the room there is, text is not. */
export const LENGTH = 1000;

export interface Scale {
  readonly low: number;
  readonly high: number;
  readonly ticks: readonly number[];
  /** Where a value lies: 0 at `low`, {@link LENGTH} at `high`, to one decimal. */
  at(value: number): number;
}

/** Equal differences, equal distances. `count` is about how many ticks there should be. */
export function linear(low: number, high: number, count: number): Scale {
  if (!(high > low)) {
    const widening = Math.abs(low) * 0.1 || 1;
    low -= widening;
    high += widening;
  }
  const span = high - low;
  const step = roundStep(span / count);
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  const ticks: number[] = [];
  for (let i = first; i <= last; i++) ticks.push(round(i * step, 12));
  return { low, high, ticks, at: (value) => tenth(((value - low) / span) * LENGTH) };
}

/** Equal ratios, equal distances. Both bounds must be positive. */
export function logarithmic(low: number, high: number): Scale {
  if (!(high > low)) {
    low /= 2;
    high *= 2;
  }
  const span = Math.log(high / low);
  const at = (value: number) => tenth((Math.log(value / low) / span) * LENGTH);
  const digits = span > Math.log(150) ? [1] : span > Math.log(12) ? [1, 3] : [1, 2, 5];
  const ticks: number[] = [];
  for (let decade = Math.floor(Math.log10(low)); decade <= Math.log10(high); decade++) {
    for (const digit of digits) {
      const tick = round(digit * 10 ** decade, 12);
      if (tick >= low && tick <= high) ticks.push(tick);
    }
  }
  return { low, high, ticks, at };
}

/** Logarithmic where values are positive and span a factor of more than 20, else linear. `margin` in parts of the span. */
export function fitting(values: readonly number[], count: number, margin: number): Scale {
  const [low, high] = extent(values);
  if (low > 0 && high / low > 20) {
    const factor = (high / low) ** margin;
    return logarithmic(low / factor, high * factor);
  }
  const span = high - low || Math.abs(high) || 1;
  // Positive quantities are drawn from 0 up, so that heights can be compared.
  return linear(low >= 0 ? 0 : low - span * margin, high + (low >= 0 ? high || 1 : span) * margin, count);
}

/** Smallest and largest value. */
export function extent(values: readonly number[]): [low: number, high: number] {
  let low = Infinity;
  let high = -Infinity;
  for (const value of values) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  return [low, high];
}

/** At most `most` of a list, evenly spaced, with its first and last. */
export function thin<T>(list: readonly T[], most: number): readonly T[] {
  if (list.length <= most) return list;
  return Array.from({ length: most }, (_, i) => list[Math.round((i * (list.length - 1)) / (most - 1))]);
}

/** About four significant digits, as people write them: −1,234 or 0.05123 or 2.1e−7. */
export function written(value: number): string {
  const size = Math.abs(value);
  let text: string;
  if (size !== 0 && (size < 1e-4 || size >= 1e9)) text = value.toExponential(2).replace(/\.?0+e\+?/, 'e');
  else {
    const decimals = size === 0 ? 0 : Math.min(7, Math.max(0, 3 - Math.floor(Math.log10(size))));
    const [whole, fraction = ''] = value.toFixed(decimals).split('.');
    const rest = fraction.replace(/0+$/, '');
    text = whole.replace(/\B(?=(\d{3})+$)/g, ',') + (rest === '' ? '' : `.${rest}`);
  }
  return text === '-0' ? '0' : text.replaceAll('-', '−');
}

/** A tick of an axis, short: 250, 40k, 1.5M. */
export function writtenTick(value: number): string {
  const size = Math.abs(value);
  if (size >= 1e6) return `${written(value / 1e6)}M`;
  if (size >= 1e4) return `${written(value / 1e3)}k`;
  return written(value);
}

/** Rounds to so many significant digits. */
export function round(value: number, digits: number): number {
  return Number(value.toPrecision(digits));
}

/** 1, 2 or 5 times a power of ten, the smallest that is at least `step`. */
function roundStep(step: number): number {
  const power = 10 ** Math.floor(Math.log10(step));
  const digit = step / power;
  return (digit <= 1.0001 ? 1 : digit <= 2.0001 ? 2 : digit <= 5.0001 ? 5 : 10) * power;
}

function tenth(value: number): number {
  return Math.round(value * 10) / 10;
}
