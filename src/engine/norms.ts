/**
 * Layer normalisation, root mean square normalisation and softmax: written out in a dozen operations, each over the whole array, where ONNX has one.
 *
 * What gradients need of a normalisation, its mean and inverse deviation, are outputs of the same operator.
 */
import { type Graph, integers, type Operation, type Value } from './graph.ts';
import { type RewriteRule, Rewriter } from './rewrite.ts';

/** y = (x - mean) * inverse, with inverse = 1 / deviation, all over the last axis; without a mean, y = x / root mean square. */
interface Normalisation {
  readonly x: Value;
  readonly epsilon: number;
  readonly mean?: Value;
  readonly deviation: Value;
  readonly inverse: Value;
}

/** Puts one operator in place of each written-out normalisation, and takes in scale and offset where nothing else needs what lies between. */
export function joinNorms(graph: Graph): Graph {
  const found = findNormalisations(graph);
  if (found.length === 0) return graph;
  const byPart = new Map<number, { norm: Normalisation; part: 'mean' | 'deviation' | 'inverse' }>();
  for (const norm of found) {
    for (const part of ['mean', 'deviation', 'inverse'] as const) {
      const value = norm[part];
      if (value) byPart.set(value.id, { norm, part });
    }
  }
  const made = new Map<Normalisation, readonly Value[]>();
  const normalised = Rewriter.run(graph, (operation, rewriter) => {
    const [output] = operation.outputs;
    const known = byPart.get(output.id);
    if (!known) {
      const parts = operation.primitive === 'mul' ? centredTimesInverse(operation, rewriter) : undefined;
      return parts?.[0];
    }
    const { norm, part } = known;
    let values = made.get(norm);
    if (!values) {
      const small = output.shape;
      values = rewriter.makeAll(
        norm.mean ? 'normalise' : 'normalise_rms',
        [rewriter.current(norm.x)],
        norm.mean ? [norm.x.shape, small, small] : [norm.x.shape, small],
        output.dtype,
        { epsilon: norm.epsilon },
      );
      made.set(norm, values);
    }
    const inverse = values[values.length - 1];
    if (part === 'mean') return values[1];
    return part === 'inverse' ? inverse : rewriter.make('reciprocal', [inverse], output.dtype, output.shape);
  });
  return Rewriter.run(normalised, takeInAffine);
}

/** The parts when the operation is (x - mean) * inverse, or x * inverse, of a normalisation already made. */
function centredTimesInverse({ inputs }: Operation, rewriter: Rewriter): readonly Value[] | undefined {
  for (const [centred, inverse] of [inputs, inputs.toReversed()]) {
    const plain = rewriter.definition(inverse, 'normalise_rms');
    if (plain?.outputs[1].id === inverse.id && plain.inputs[0].id === centred.id) return plain.outputs;
    const source = rewriter.definition(inverse, 'normalise');
    if (!source || source.outputs[2].id !== inverse.id) continue;
    const difference = rewriter.definition(centred, 'add');
    if (!difference) continue;
    for (const [x, negated] of [difference.inputs, difference.inputs.toReversed()]) {
      const mean = rewriter.definition(negated, 'neg')?.inputs[0];
      if (mean?.id === source.outputs[1].id && x.id === source.inputs[0].id) return source.outputs;
    }
  }
  return undefined;
}

/** normalise(x) * scale + offset  ->  layer_norm(x, scale, offset), and normalise_rms(x) * scale  ->  rms_norm(x, scale). */
const takeInAffine: RewriteRule = ({ primitive, inputs, outputs }, rewriter) => {
  const [output] = outputs;
  if (primitive === 'mul') {
    for (const [y, scale] of [inputs, inputs.toReversed()]) {
      const source = rewriter.usedOnce(y) ? rewriter.definition(y, 'normalise_rms') : undefined;
      if (!source || source.outputs[0].id !== y.id || !isRow(scale, output)) continue;
      return rewriter.make('rms_norm', [source.inputs[0], scale], output.dtype, output.shape, source.params);
    }
  }
  if (primitive !== 'add') return undefined;
  for (const [product, offset] of [inputs, inputs.toReversed()]) {
    const scaled = rewriter.usedOnce(product) ? rewriter.definition(product, 'mul') : undefined;
    if (!scaled || !isRow(offset, output)) continue;
    for (const [y, scale] of [scaled.inputs, scaled.inputs.toReversed()]) {
      const source = rewriter.usedOnce(y) ? rewriter.definition(y, 'normalise') : undefined;
      if (!source || source.outputs[0].id !== y.id || !isRow(scale, output)) continue;
      return rewriter.make(
        'layer_norm',
        [source.inputs[0], scale, offset],
        output.dtype,
        output.shape,
        source.params,
      );
    }
  }
  return undefined;
};

/** Whether a value holds one number for each place of the last axis. */
function isRow(value: Value, of: Value): boolean {
  const n = of.shape.at(-1);
  return (
    value.shape.at(-1) === n &&
    value.shape.slice(0, -1).every((size) => size === 1) &&
    value.literal === undefined
  );
}

function findNormalisations(graph: Graph): Normalisation[] {
  const definitions = new Map<number, Operation>();
  for (const operation of graph.operations)
    for (const value of operation.outputs) definitions.set(value.id, operation);
  const define = (value: Value | undefined, primitive: string): Operation | undefined => {
    const operation = value && definitions.get(value.id);
    return operation?.primitive === primitive ? operation : undefined;
  };
  /** What a value is the mean of over the last axis, [..., n] -> [..., 1]. */
  const meanOf = (value: Value | undefined): Value | undefined => {
    const product = define(value, 'mul');
    const share = product?.inputs.find((input) => input.literal !== undefined);
    const sum = define(
      product?.inputs.find((input) => input.literal === undefined),
      'reshape',
    );
    const reduction = define(sum?.inputs[0], 'reduce');
    const source = reduction?.inputs[0];
    if (!source || reduction.params.op !== 'Add' || !value) return undefined;
    const last = source.shape.length - 1;
    const over = integers(reduction.params, 'axis');
    const fits =
      over.length === 1 &&
      over[0] === last &&
      value.shape.length === source.shape.length &&
      value.shape[last] === 1;
    return fits && share?.literal === Math.fround(1 / source.shape[last]) ? source : undefined;
  };
  const norms: Normalisation[] = [];
  for (const operation of graph.operations) {
    // 1 / sqrt(mean(centred * centred) + epsilon)
    if (operation.primitive !== 'reciprocal') continue;
    const [inverse] = operation.outputs;
    const [deviation] = operation.inputs;
    const variance = define(define(deviation, 'sqrt')?.inputs[0], 'add');
    const epsilon = variance?.inputs.find((input) => input.literal !== undefined)?.literal;
    const square = define(meanOf(variance?.inputs.find((input) => input.literal === undefined)), 'mul');
    if (epsilon === undefined || !square || square.inputs[0].id !== square.inputs[1].id) continue;
    // centred = x - mean(x)
    const difference = define(square.inputs[0], 'add');
    for (const [x, negated] of difference ? [difference.inputs, difference.inputs.toReversed()] : []) {
      const mean = define(negated, 'neg')?.inputs[0];
      if (mean && meanOf(mean)?.id === x.id) norms.push({ x, epsilon, mean, deviation, inverse });
    }
    if (norms.at(-1)?.inverse !== inverse) norms.push({ x: square.inputs[0], epsilon, deviation, inverse });
  }
  return norms;
}

/** exp(x - max) / sum(exp(x - max)) over the last axis  ->  softmax(x), where nothing else needs the exponentials. */
export const joinSoftmax: RewriteRule = ({ primitive, inputs, outputs }, rewriter) => {
  const [output] = outputs;
  if (primitive !== 'mul' || output.dtype !== 'float32') return undefined;
  const last = output.shape.length - 1;
  /** The source of reduce -> reshape to [..., 1]. */
  const reduced = (value: Value | undefined, op: string): Value | undefined => {
    const shaped = value && rewriter.definition(value, 'reshape');
    const reduction = shaped && rewriter.definition(shaped.inputs[0], 'reduce');
    if (reduction?.params.op !== op || value?.shape.length !== output.shape.length) return undefined;
    const over = integers(reduction.params, 'axis');
    return over.length === 1 && over[0] === last ? reduction.inputs[0] : undefined;
  };
  for (const [exponential, inverse] of [inputs, inputs.toReversed()]) {
    const sum = rewriter.definition(inverse, 'reciprocal')?.inputs[0];
    if (
      reduced(sum, 'Add')?.id !== exponential.id ||
      !rewriter.usedOnce(inverse) ||
      rewriter.uses(exponential) !== 2
    )
      continue;
    const shifted = rewriter.definition(exponential, 'exp')?.inputs[0];
    const difference = shifted && rewriter.definition(shifted, 'add');
    for (const [x, negated] of difference ? [difference.inputs, difference.inputs.toReversed()] : []) {
      const greatest = rewriter.definition(negated, 'neg')?.inputs[0];
      if (reduced(greatest, 'Max')?.id === x.id)
        return rewriter.make('softmax', [x], output.dtype, output.shape);
    }
  }
  return undefined;
};
