/** Simplification: the same numbers (to rounding) from fewer and better operations, before lowering. */

import { sigmoidDerivative, siluDerivative, type TanhPieces, tanhDerivative } from './derivatives.ts';
import { type Graph, integers, type Operation, pairs, sameShape, type Value } from './graph.ts';
import { recognisePatterns } from './lowering/patterns.ts';
import { joinNorms, joinSoftmax } from './norms.ts';
import { isLiteral, literalLike, type RewriteRule, Rewriter } from './rewrite.ts';
import { shareRows } from './rows.ts';
import { gatherSums } from './sums.ts';
import { sizeOf } from './tensor.ts';

export function simplify(graph: Graph): Graph {
  const cleared = Rewriter.run(recognisePatterns(graph), clearStopGradients());
  const spoken = Rewriter.run(cleared, useLiterals);
  const named = Rewriter.run(spoken, nameFunctions());
  const normed = joinNorms(Rewriter.run(shareRows(named), joinSoftmax));
  const signed = Rewriter.run(normed, moveSigns);
  const summed = gatherSums(Rewriter.run(signed, transposeOperands));
  return Rewriter.run(summed, joinArithmetic);
}

/**
 * Takes out stop_gradient, which has done its work once gradients are traced, and with it what is zero by construction:
 * `x - stopGradient(x)`, by which a function is given a derivative of one's choice, and all that is multiplied by it.
 */
function clearStopGradients(): RewriteRule {
  const stopped = new Set<number>(); // outputs of neg(stop_gradient(x))
  const zero = new Set<number>();
  const vanish = (output: Value, rewriter: Rewriter): Value => {
    const value = rewriter.make('broadcast', [literalLike(output, 0)], output.dtype, output.shape, {
      shape: output.shape,
      axis: output.shape.map((_, i) => i),
    });
    zero.add(value.id);
    return value;
  };
  return (operation, rewriter) => {
    const { primitive, inputs, outputs } = operation;
    const [output] = outputs;
    const [x, y] = inputs;
    if (primitive === 'neg') {
      const inner = rewriter.definition(x, 'stop_gradient');
      if (inner) {
        const value = rewriter.make('neg', inner.inputs, output.dtype, output.shape, { stopped: true });
        stopped.add(value.id);
        return value;
      }
    }
    if (primitive === 'add') {
      for (const [plain, negated] of [
        [x, y],
        [y, x],
      ]) {
        if (stopped.has(negated.id) && rewriter.definition(negated)?.inputs[0].id === plain.id)
          return vanish(output, rewriter);
        if (zero.has(negated.id) && sameShape(plain, output)) return plain;
      }
    }
    const annihilates = primitive === 'mul' && inputs.some((value) => zero.has(value.id));
    const carries =
      ['neg', 'reshape', 'broadcast', 'transpose', 'reduce'].includes(primitive) && zero.has(x.id);
    if (annihilates || carries) return vanish(output, rewriter);
    return undefined;
  };
}

/** A number repeated over an array, as gradients begin, is the number itself where it meets an array of that shape. */
const useLiterals: RewriteRule = ({ primitive, inputs, outputs }, rewriter) => {
  if (primitive !== 'mul' && primitive !== 'add') return undefined;
  const [output] = outputs;
  for (const [repeated, other] of [inputs, inputs.toReversed()]) {
    const literal = rewriter.definition(repeated, 'broadcast')?.inputs[0];
    if (literal?.literal === undefined || literal.dtype !== output.dtype || !sameShape(other, output))
      continue;
    if (isLiteral(literal, primitive === 'mul' ? 1 : 0)) return other;
    return rewriter.make(primitive, [other, literal], output.dtype, output.shape);
  }
  return undefined;
};

/** Recognises functions that jax-js writes out, so that one operator computes them. */
function nameFunctions(): RewriteRule {
  const tangents = new Map<number, TanhPieces>(); // by the id of the exponential
  return (operation, rewriter) => {
    const { primitive, inputs, outputs } = operation;
    const [output] = outputs;
    const unary = (name: string, x: Value) => rewriter.make(name, [x], output.dtype, output.shape);
    const definition = (value: Value, name: string) => rewriter.definition(value, name);
    switch (primitive) {
      case 'stop_gradient':
        return inputs[0];
      case 'reshape': {
        const source = definition(inputs[0], 'reshape')?.inputs[0] ?? inputs[0];
        if (sameShape(source, output)) return source;
        return source === inputs[0]
          ? undefined
          : rewriter.make('reshape', [source], output.dtype, output.shape, operation.params);
      }
      case 'reciprocal': {
        // 1 / (1 + exp(-x))
        const sum = definition(inputs[0], 'add');
        const exponential = sum && besideLiteral(sum, 1) && definition(besideLiteral(sum, 1)!, 'exp');
        const negated = exponential && definition(exponential.inputs[0], 'neg');
        return negated ? unary('sigmoid', negated.inputs[0]) : undefined;
      }
      case 'concatenate': {
        const flat = inputs.flatMap((part) => {
          const inner = rewriter.usedOnce(part) ? definition(part, 'concatenate') : undefined;
          return inner?.params.axis === operation.params.axis ? inner!.inputs : [part];
        });
        if (flat.length === inputs.length) return undefined;
        return rewriter.make('concatenate', flat, output.dtype, output.shape, operation.params);
      }
      case 'shrink':
        return partOfJoined(operation, rewriter);
      case 'mul': {
        const found = tanhPieces(operation, rewriter);
        if (!found)
          return tanhDerivative(operation, rewriter, tangents) ?? sigmoidDerivative(operation, rewriter);
        const tanh = unary('tanh', found.argument);
        tangents.set(found.exponential.id, { ...found, tanh });
        return tanh;
      }
      case 'add':
        return siluDerivative(operation, rewriter);
      default:
        return undefined;
    }
  };
}

/** The array that is cut out of others that it was joined to, or undefined. */
function partOfJoined({ inputs: [whole], outputs: [output], params }: Operation, rewriter: Rewriter) {
  const joining = rewriter.definition(whole, 'concatenate');
  if (!joining) return undefined;
  const axis = Number(joining.params.axis);
  const ranges = pairs(params, 'slice');
  let start = 0;
  for (const part of joining.inputs) {
    if (ranges[axis][0] === start && sameShape(part, output)) return part;
    start += part.shape[axis];
  }
  return undefined;
}

/** The pieces when the operation is c (f - 1) / (f + 1) with c = where(x < 0, 1, -1) and f = exp(2 c x): jax-js's tanh. */
function tanhPieces({ inputs }: Operation, rewriter: Rewriter) {
  for (const [quotient, sign] of [inputs, inputs.toReversed()]) {
    const choice = rewriter.definition(sign, 'where');
    const less = choice && rewriter.definition(choice.inputs[0], 'compare');
    const fraction = rewriter.definition(quotient, 'mul');
    if (!less || !fraction || less.params.op !== 'less' || !isLiteral(less.inputs[1], 0)) continue;
    if (!isLiteral(choice.inputs[1], 1) || !isLiteral(choice.inputs[2], -1)) continue;
    const [argument] = less.inputs;
    for (const [minus, inverse] of [fraction.inputs, fraction.inputs.toReversed()]) {
      const denominator = rewriter.definition(inverse, 'reciprocal');
      const plus = denominator && rewriter.definition(denominator.inputs[0], 'add');
      const difference = rewriter.definition(minus, 'add');
      const exponential = difference && besideLiteral(difference, -1);
      if (!plus || !exponential || besideLiteral(plus, 1)?.id !== exponential.id) continue;
      const doubled = rewriter.definition(exponential, 'exp')?.inputs[0];
      const product = doubled && rewriter.definition(doubled, 'mul');
      const signed = product && besideLiteral(product, 2);
      const inner = signed && rewriter.definition(signed, 'mul');
      if (inner?.inputs.some((v) => v.id === argument.id) && inner.inputs.some((v) => v.id === sign.id)) {
        return { argument, sign, exponential, minus, inverse };
      }
    }
  }
  return undefined;
}

/** Moves minus signs outwards through products, where they meet a sum and turn it into a difference. */
const moveSigns: RewriteRule = ({ primitive, inputs, outputs }, rewriter) => {
  const [output] = outputs;
  if (output.dtype !== 'float32') return undefined;
  const negated = (value: Value) => rewriter.definition(value, 'neg')?.inputs[0];
  const make = (name: string, values: readonly Value[]) =>
    rewriter.make(name, values, output.dtype, output.shape);
  const [x, y] = inputs;
  if (primitive === 'neg') return negated(x);
  if (primitive === 'mul') {
    if (isLiteral(x, -1) && sameShape(y, output)) return negated(y) ?? make('neg', [y]);
    if (isLiteral(y, -1) && sameShape(x, output)) return negated(x) ?? make('neg', [x]);
    for (const [a, b] of [
      [x, y],
      [y, x],
    ]) {
      const inner = negated(a);
      if (!inner) continue;
      if (b.literal !== undefined) return make('mul', [inner, literalLike(b, -b.literal)]);
      const other = negated(b);
      if (other) return make('mul', [inner, other]);
      if (rewriter.usedOnce(a)) return make('neg', [make('mul', [inner, b])]);
    }
  }
  return undefined;
};

/**
 * Transposes the operands of a matrix product in place of its result: seen as a view an operand costs nothing, while
 * the result would have to be moved to meet arrays that lie the other way round.
 */
const transposeOperands: RewriteRule = ({ primitive, inputs, outputs, params }, rewriter) => {
  const product =
    primitive === 'transpose' && rewriter.usedOnce(inputs[0])
      ? rewriter.definition(inputs[0], 'dot')
      : undefined;
  if (!product) return undefined;
  const order = [...integers(params, 'perm'), inputs[0].shape.length];
  const operands = product.inputs.map((operand) => {
    const shape = [...Array<number>(order.length - operand.shape.length).fill(1), ...operand.shape];
    const ranked = rewriter.make('reshape', [operand], operand.dtype, shape, { shape });
    return rewriter.make(
      'transpose',
      [ranked],
      operand.dtype,
      order.map((i) => shape[i]),
      { perm: order },
    );
  });
  return rewriter.make('dot', operands, outputs[0].dtype, outputs[0].shape);
};

/** Joins neighbours: x + -y, x * (1 / y), c * (d * x), x * sigmoid(x), sums of x * x. */
const joinArithmetic: RewriteRule = ({ primitive, inputs, outputs, params }, rewriter) => {
  const [output] = outputs;
  if (output.dtype !== 'float32') return undefined;
  const make = (name: string, values: readonly Value[]) =>
    rewriter.make(name, values, output.dtype, output.shape);
  const [x, y] = inputs;
  if (primitive === 'reduce') {
    const square = rewriter.usedOnce(x) ? rewriter.definition(x, 'mul') : undefined;
    if (!square || params.op !== 'Add' || square.inputs[0].id !== square.inputs[1].id) return undefined;
    return rewriter.make('sum_squares', [square.inputs[0]], output.dtype, output.shape, params);
  }
  if (primitive === 'add') {
    for (const [plain, other] of [
      [x, y],
      [y, x],
    ]) {
      const negated = rewriter.definition(other, 'neg');
      if (negated) return make('sub', [plain, negated.inputs[0]]);
      // (p + t) + t, as the gradient of a square makes it
      const sum = rewriter.usedOnce(plain) ? rewriter.definition(plain, 'add') : undefined;
      const first = sum?.inputs.find((value) => value.id !== other.id);
      const twice =
        sum && first && sum.inputs.some((value) => value.id === other.id) && doubled(other, rewriter);
      if (twice) return make('add', [first, twice]);
    }
  }
  if (primitive === 'mul') {
    for (const [a, b] of [
      [x, y],
      [y, x],
    ]) {
      if (a.literal !== undefined && sameShape(b, output)) {
        const scaled = scaledWithin(b, a.literal, rewriter);
        if (scaled) return scaled;
      }
      const inverse = rewriter.definition(b, 'reciprocal');
      if (inverse && rewriter.usedOnce(b) && sizeOf(b.shape) === sizeOf(output.shape))
        return make('div', [a, inverse.inputs[0]]);
      const gate = rewriter.definition(b, 'sigmoid');
      if (gate && gate.inputs[0].id === a.id && rewriter.usedOnce(b)) return make('silu', [a]);
    }
  }
  return undefined;
};

/** A value times a number, where a number that is multiplied already can be another: c * (d * x) is (c d) * x. */
function scaledWithin(value: Value, factor: number, rewriter: Rewriter): Value | undefined {
  const made = rewriter.usedOnce(value) ? rewriter.definition(value) : undefined;
  const make = (inputs: readonly Value[]) =>
    rewriter.make(made!.primitive, inputs, value.dtype, value.shape, made!.params);
  if (made?.primitive === 'reshape') {
    const inner = scaledWithin(made.inputs[0], factor, rewriter);
    return inner && make([inner]);
  }
  if (made?.primitive !== 'mul') return undefined;
  const [x, y] = made.inputs;
  for (const [a, b] of [
    [x, y],
    [y, x],
  ]) {
    if (a.literal !== undefined) return make([b, literalLike(value, Math.fround(a.literal * factor))]);
    const inner = b.literal === undefined ? scaledWithin(b, factor, rewriter) : undefined;
    if (inner) return make([a, inner]);
  }
  return undefined;
}

/** Twice a product of an array and a smaller one repeated over it, by doubling the smaller; undefined for all else. */
function doubled(value: Value, rewriter: Rewriter): Value | undefined {
  const product = rewriter.definition(value, 'mul');
  for (const [repeated, other] of product ? [product.inputs, product.inputs.toReversed()] : []) {
    const broadcast = rewriter.definition(repeated, 'broadcast');
    const small = broadcast?.inputs[0];
    if (!small || small.literal !== undefined || sizeOf(small.shape) >= sizeOf(value.shape)) continue;
    const twice =
      scaledWithin(small, 2, rewriter) ??
      rewriter.make('mul', [small, literalLike(small, 2)], small.dtype, small.shape);
    const spread = rewriter.make('broadcast', [twice], value.dtype, repeated.shape, broadcast.params);
    return rewriter.make('mul', [spread, other], value.dtype, value.shape);
  }
  return undefined;
}

/** The other operand of an operation one of whose two operands is a certain literal. */
function besideLiteral({ inputs: [x, y] }: Operation, number: number): Value | undefined {
  if (isLiteral(x, number)) return y;
  return isLiteral(y, number) ? x : undefined;
}
