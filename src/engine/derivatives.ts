/**
 * Derivatives of activations: reverse mode writes them in terms of the pieces that jax-js builds the functions from.
 * In terms of the function's own value they take half the operations: s' = s (1 - s) for the sigmoid, t' = 1 - t^2 for
 * the hyperbolic tangent, and s + x s (1 - s) for SiLU, x s.
 */
import type { Operation, Value } from './graph.ts';
import { literalLike, type Rewriter } from './rewrite.ts';

/** The pieces of one hyperbolic tangent: t = c (f - 1) r with c = -sign x, f = e^(2 c x), r = 1 / (f + 1). */
export interface TanhPieces {
  readonly sign: Value; // c
  readonly exponential: Value; // f
  readonly minus: Value; // f - 1
  readonly inverse: Value; // r
  readonly tanh: Value; // t
}

/** A product taken apart. */
interface Product {
  readonly coefficient: number;
  readonly factors: readonly Value[];
}

const MOST_FACTORS = 10;

/** dy s s e^-x  ->  dy s (1 - s), where s = sigmoid(x). */
export function sigmoidDerivative(operation: Operation, rewriter: Rewriter): Value | undefined {
  const { coefficient, factors } = productOf(operation, rewriter);
  for (const factor of factors) {
    const argument = rewriter.definition(factor, 'sigmoid')?.inputs[0];
    if (!argument) continue;
    const exponential = factors.find((other) => {
      const exponent = rewriter.definition(other, 'exp')?.inputs[0];
      return exponent && rewriter.definition(exponent, 'neg')?.inputs[0].id === argument.id;
    });
    const rest = exponential && without(factors, [factor, factor, exponential]);
    if (!rest) continue;
    const like = (primitive: string, inputs: Value[]) =>
      rewriter.make(primitive, inputs, factor.dtype, factor.shape);
    const slope = like('mul', [factor, like('sub', [literalLike(factor, 1), factor])]);
    return multiply(operation.outputs[0], { coefficient, factors: [...rest, slope] }, rewriter);
  }
  return undefined;
}

/** dy s + dy x s (1 - s)  ->  dy (s + (x s) (1 - s)), where s = sigmoid(x). */
export function siluDerivative({ inputs, outputs }: Operation, rewriter: Rewriter): Value | undefined {
  for (const [short, long] of [inputs, inputs.toReversed()]) {
    for (const s of productOfValue(short, rewriter).factors) {
      const x = rewriter.definition(s, 'sigmoid')?.inputs[0];
      if (!x) continue;
      // x may be a product itself
      const a = productOfValue(short, rewriter, x);
      const b = productOfValue(long, rewriter, x);
      if (a.coefficient !== b.coefficient) continue;
      const rest = without(a.factors, [s]);
      const extra = rest && without(b.factors, rest);
      if (!rest || extra?.length !== 3) continue;
      const complement = without(extra, [x, s])?.[0];
      if (!complement || !isComplement(complement, s, rewriter)) continue;
      const like = (primitive: string, values: Value[]) => rewriter.make(primitive, values, s.dtype, s.shape);
      const slope = like('add', [s, like('mul', [like('mul', [x, s]), complement])]);
      return multiply(outputs[0], { coefficient: a.coefficient, factors: [...rest, slope] }, rewriter);
    }
  }
  return undefined;
}

/** Whether a value is 1 - s. */
function isComplement(value: Value, s: Value, rewriter: Rewriter): boolean {
  const difference = rewriter.definition(value, 'sub');
  if (difference) return difference.inputs[0].literal === 1 && difference.inputs[1].id === s.id;
  const sum = rewriter.definition(value, 'add');
  const negated = sum?.inputs.find((input) => input.literal === undefined);
  const one = sum?.inputs.find((input) => input.literal === 1);
  return (
    one !== undefined && negated !== undefined && rewriter.definition(negated, 'neg')?.inputs[0].id === s.id
  );
}

/** (q c r - q c (f - 1) r r) 2 f c  ->  q (1 - t^2), in the letters of {@link TanhPieces}. */
export function tanhDerivative(
  operation: Operation,
  rewriter: Rewriter,
  known: ReadonlyMap<number, TanhPieces>,
): Value | undefined {
  const outer = productOf(operation, rewriter);
  const pieces = outer.factors.map((factor) => known.get(factor.id)).find((found) => found !== undefined);
  if (!pieces) return undefined;
  const { sign, exponential, minus, inverse, tanh } = pieces;
  const rest = without(outer.factors, [exponential, sign]);
  if (!rest || Math.abs(outer.coefficient) % 2 !== 0) return undefined;
  for (const factor of rest) {
    const sum = rewriter.definition(factor, 'add');
    if (!sum) continue;
    for (const [first, second] of [sum.inputs, sum.inputs.toReversed()]) {
      const a = productOfValue(first, rewriter);
      const b = productOfValue(second, rewriter);
      const common = without(a.factors, [sign, inverse]);
      const same = without(b.factors, [sign, minus, inverse, inverse]);
      if (!common || !same || a.coefficient !== -b.coefficient) continue;
      if (without(same, common)?.length !== 0) continue;
      const like = (primitive: string, values: Value[]) =>
        rewriter.make(primitive, values, tanh.dtype, tanh.shape);
      const slope = like('sub', [literalLike(tanh, 1), like('mul', [tanh, tanh])]);
      const factors = [...without(rest, [factor])!, ...common, slope];
      return multiply(
        operation.outputs[0],
        { coefficient: (outer.coefficient / 2) * a.coefficient, factors },
        rewriter,
      );
    }
  }
  return undefined;
}

function productOf({ inputs }: Operation, rewriter: Rewriter, whole?: Value): Product {
  const parts = inputs.map((value) => productOfValue(value, rewriter, whole));
  return {
    coefficient: parts.reduce((product, part) => product * part.coefficient, 1),
    factors: parts.flatMap((part) => part.factors),
  };
}

/** @param whole is not taken apart */
function productOfValue(value: Value, rewriter: Rewriter, whole?: Value): Product {
  if (value.id === whole?.id) return { coefficient: 1, factors: [value] };
  if (value.literal !== undefined) return { coefficient: value.literal, factors: [] };
  const operation = rewriter.definition(value);
  if (operation?.primitive === 'neg') {
    const inner = productOfValue(operation.inputs[0], rewriter, whole);
    return { ...inner, coefficient: -inner.coefficient };
  }
  if (operation?.primitive === 'mul') {
    const product = productOf(operation, rewriter, whole);
    if (product.factors.length <= MOST_FACTORS) return product;
  }
  return { coefficient: 1, factors: [value] };
}

/** The factors but for those to be taken out, or undefined if one is missing. */
function without(factors: readonly Value[], taken: readonly Value[]): Value[] | undefined {
  const rest = [...factors];
  for (const value of taken) {
    const i = rest.findIndex((factor) => factor.id === value.id);
    if (i === -1) return undefined;
    rest.splice(i, 1);
  }
  return rest;
}

/** A product of factors that all have the output's shape, or of ones that broadcast to it. */
function multiply(output: Value, { coefficient, factors }: Product, rewriter: Rewriter): Value {
  const like = (primitive: string, values: Value[]) =>
    rewriter.make(primitive, values, output.dtype, output.shape);
  const [first, ...others] = factors.toSorted((a, b) => b.shape.length - a.shape.length);
  const product = others.reduce((value, factor) => like('mul', [value, factor]), first);
  if (coefficient === 1) return product;
  return coefficient === -1
    ? like('neg', [product])
    : like('mul', [product, literalLike(output, coefficient)]);
}
