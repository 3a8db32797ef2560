/** The best few of many, found without sorting the rest: Hoare, Algorithm 65: Find (1961). */

/**
 * Indices of the `count` largest numbers, largest first; among equals the lower index is first.
 * @param values finite numbers [K]
 * @param count at most K
 * @param compare another order of the indices: below 0 where the first comes first, 0 where they are equals
 */
export function eliteIndices(
  values: ArrayLike<number>,
  count: number,
  compare?: (i: number, j: number) => number,
): Int32Array {
  const before = compare
    ? (i: number, j: number) => (compare(i, j) || i - j) < 0
    : (i: number, j: number) => values[i] > values[j] || (values[i] === values[j] && i < j);
  if (count === 1) {
    let best = 0;
    for (let i = 1; i < values.length; i++) if (before(i, best)) best = i;
    return Int32Array.of(best);
  }
  const order = Int32Array.from({ length: values.length }, (_, i) => i);
  let left = 0;
  let right = order.length - 1;
  while (left < right) {
    const pivot = order[(left + right) >> 1];
    let i = left;
    let j = right;
    while (i <= j) {
      while (before(order[i], pivot)) i++;
      while (before(pivot, order[j])) j--;
      if (i <= j) {
        const other = order[i];
        order[i++] = order[j];
        order[j--] = other;
      }
    }
    if (count - 1 <= j) right = j;
    else if (count - 1 >= i) left = i;
    else break;
  }
  return order.slice(0, count).sort((i, j) => (before(i, j) ? -1 : 1));
}
