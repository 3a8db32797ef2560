/** Numbers as people read them. */

/** So many significant digits, without an exponent where one is not needed. */
export function figure(value: number, digits = 4): string {
  return String(Number(value.toPrecision(digits)));
}

export function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

/** Elo points. */
export function signed(points: number): string {
  return `${points < 0 ? '-' : '+'}${Math.abs(points).toFixed(0)}`;
}
