/** A traced function as a graph of primitive operations: what the lowering works on. */
import { makeJaxpr, numpy as np } from '@jax-js/jax';
import { InputError } from '../core/errors.ts';
import type { FlatFunction } from './backend.ts';
import type { DType, Tensor, TensorType } from './tensor.ts';
import { startDevice, withoutOwnership } from './trace.ts';
import type { Traced } from './tree.ts';

/** An array in a graph: an input, a constant, a literal or the result of an operation. */
export interface Value extends TensorType {
  readonly id: number;
  /** A number written into the code: takes the dtype of what it meets. */
  readonly literal?: number;
}

/** One primitive applied. Names and params are jax-js's, and after simplification a few of our own (`sigmoid`, `div` ...). */
export interface Operation {
  readonly primitive: string;
  readonly inputs: readonly Value[];
  readonly params: Params;
  readonly outputs: readonly Value[];
}

/** An operation's settings. Each primitive has its own; rules read them with the accessors below. */
export type Params = Readonly<Record<string, unknown>>;

export interface Graph {
  readonly inputs: readonly Value[];
  readonly constants: readonly { readonly value: Value; readonly tensor: Tensor }[];
  readonly operations: readonly Operation[];
  readonly outputs: readonly Value[];
}

let nextId = 0;

/** A fresh value. */
export function newValue(dtype: DType, shape: readonly number[], literal?: number): Value {
  return literal === undefined ? { id: nextId++, dtype, shape } : { id: nextId++, dtype, shape, literal };
}

/** Whether two arrays have one shape. */
export function sameShape(a: Pick<TensorType, 'shape'>, b: Pick<TensorType, 'shape'>): boolean {
  return a.shape.length === b.shape.length && a.shape.every((size, i) => size === b.shape[i]);
}

const DTYPES: readonly string[] = ['float32', 'int32', 'uint32', 'bool'];

/** Traces a function for inputs of the given types. Constants are read out of jax-js. */
export async function traceGraph(
  fn: FlatFunction,
  types: readonly TensorType[],
  name: string,
): Promise<Graph> {
  await startDevice();
  const { closed, constants } = withoutOwnership(() => {
    // makeJaxpr takes abstract values in place of arrays, and zeros hold no memory until they are read
    const example = types.map(({ dtype, shape }) => np.zeros([...shape], { dtype: dtype as never }).aval);
    const traced = makeJaxpr((...inputs: Traced[]) => fn(inputs))(...(example as unknown as Traced[]));
    const flat = traced.jaxpr.mapJaxpr((jaxpr) => jaxpr.flatten().simplify());
    return { closed: flat, constants: flat.consts as Traced[] };
  });
  const values = new Map<unknown, Value>();
  type Atom = (typeof closed.jaxpr.outs)[number];
  const ofAtom = (atom: Atom): Value => {
    const known = values.get(atom);
    if (known) return known;
    const dtype = String(atom.aval.dtype);
    if (!DTYPES.includes(dtype)) {
      throw new InputError(
        `${name}: arrays must be float32, int32, uint32 or bool, got ${dtype}. Cast it with astype.`,
      );
    }
    const value = newValue(
      dtype as DType,
      [...atom.aval.shape],
      'value' in atom ? Number(atom.value) : undefined,
    );
    values.set(atom, value);
    return value;
  };
  const binders = closed.jaxpr.inBinders.map(ofAtom);
  // differentiation leaves many zeros behind that nothing reads, and reading each takes a kernel
  const read = new Set<unknown>([...closed.jaxpr.eqns.flatMap(({ inputs }) => inputs), ...closed.jaxpr.outs]);
  const needed = constants.flatMap((array, i) => (read.has(closed.jaxpr.inBinders[i]) ? [{ array, i }] : []));
  const tensors = await Promise.all(needed.map(({ array }) => readConstant(array)));
  return {
    inputs: binders.slice(constants.length),
    constants: tensors.map((tensor, k) => ({ value: binders[needed[k].i], tensor })),
    operations: closed.jaxpr.eqns.map((equation) => ({
      primitive: equation.primitive,
      inputs: equation.inputs.map(ofAtom),
      params:
        equation.primitive === 'compare'
          ? { ...equation.params, dtype: comparedAs(equation.inputs.map(({ aval }) => aval)) }
          : (equation.params as Params),
      outputs: equation.outBinders.map(ofAtom),
    })),
    outputs: closed.jaxpr.outs.map(ofAtom),
  };
}

/** From the least to the most general; of two dtypes the more general is computed in. */
const GENERALITY: readonly string[] = ['bool', 'uint32', 'int32', 'float32'];

/**
 * The dtype in which two arrays are compared. A weak one, as a number written in the code is, takes the dtype of the
 * other, but for bool, where it counts as uint32: jax-js's rule, which a comparison's own dtype does not show.
 */
function comparedAs(sides: readonly { readonly dtype: unknown; readonly weakType: boolean }[]): DType {
  const strong = sides.filter(({ weakType }) => !weakType).map(({ dtype }) => String(dtype));
  const among = strong.length === 1 ? [...strong, 'uint32'] : sides.map(({ dtype }) => String(dtype));
  const most = Math.max(...among.map((dtype) => GENERALITY.indexOf(dtype)));
  return GENERALITY[most] as DType;
}

async function readConstant(array: Traced): Promise<Tensor> {
  const dtype = array.dtype as DType;
  const shape = [...array.shape];
  const data = await (dtype === 'bool' ? array.ref.astype(np.int32) : array.ref).data();
  return { dtype, shape, data: dtype === 'bool' ? Uint8Array.from(data) : data.slice() } as Tensor;
}

/** A list of integers among an operation's settings. */
export function integers(params: Params, name: string): readonly number[] {
  return params[name] as readonly number[];
}

/** A list of integer pairs among an operation's settings. */
export function pairs(params: Params, name: string): readonly (readonly [number, number])[] {
  return params[name] as readonly (readonly [number, number])[];
}
