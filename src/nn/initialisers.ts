/**
 * Initialisers: a layer's first weights.
 *
 * Glorot and Bengio, Understanding the difficulty of training deep feedforward neural networks (2010);
 * He et al., Delving deep into rectifiers (2015), eq. 10; LeCun et al., Efficient BackProp (1998), section 4.6;
 * Saxe et al., Exact solutions to the nonlinear dynamics of learning in deep linear neural networks (2013).
 */
import { InputError } from '../core/errors.ts';
import type { Rng } from '../core/rng.ts';
import { sizeOf, type Tensor, tensor, zeros } from '../engine/tensor.ts';

/** How many numbers one output sums over, and how many outputs one input reaches. */
export interface Fan {
  readonly in: number;
  readonly out: number;
}

/** Makes one weight. */
export type Initialiser = (rng: Rng, shape: readonly number[], fan: Fan) => Tensor<'float32'>;

/** All zeros: an output layer that starts by saying nothing. */
export const zeroInitialiser: Initialiser = (_rng, shape) => zeros(shape);

/**
 * Normal with a standard deviation of `std` before numbers beyond two of them are drawn again.
 * @param std a number, or a function of the fan
 */
export function truncatedNormal(std: number | ((fan: Fan) => number)): Initialiser {
  return (rng, shape, fan) => {
    const spread = typeof std === 'number' ? std : std(fan);
    return draw(shape, () => spread * normalWithinTwo(rng));
  };
}

/**
 * What PETS starts from: truncated normal of standard deviation 1 / (2 sqrt(inputs))
 * (Chua et al., Deep Reinforcement Learning in a Handful of Trials, 2018: its published program).
 */
export const petsInitialiser: Initialiser = truncatedNormal((fan) => 1 / (2 * Math.sqrt(fan.in)));

export interface VarianceScalingOptions {
  /** The variance of a weight is this over the fan. */
  readonly scale: number;
  readonly mode: 'in' | 'out' | 'average';
  readonly distribution: 'normal' | 'truncatedNormal' | 'uniform';
}

/** Weights of mean 0 and variance scale / fan. */
export function varianceScaling({ scale, mode, distribution }: VarianceScalingOptions): Initialiser {
  return (rng, shape, fan) => {
    const std = Math.sqrt(scale / (mode === 'average' ? (fan.in + fan.out) / 2 : fan[mode]));
    switch (distribution) {
      case 'normal':
        return draw(shape, () => std * rng.normal());
      case 'truncatedNormal':
        return draw(shape, () => (std / TRUNCATED_STD) * normalWithinTwo(rng));
      case 'uniform':
        return draw(shape, () => std * Math.sqrt(3) * (2 * rng.uniform() - 1));
    }
  };
}

/** Variance 1 / inputs, truncated normal: keeps the variance of what a linear layer passes on. The default. */
export const lecunNormal: Initialiser = varianceScaling({
  scale: 1,
  mode: 'in',
  distribution: 'truncatedNormal',
});

/** Variance 2 / inputs, truncated normal: the same for rectified layers. */
export const heNormal: Initialiser = varianceScaling({
  scale: 2,
  mode: 'in',
  distribution: 'truncatedNormal',
});

/** Uniform, variance 2 / (inputs + outputs). */
export const glorotUniform: Initialiser = varianceScaling({
  scale: 1,
  mode: 'average',
  distribution: 'uniform',
});

/**
 * A random matrix whose rows or columns, whichever are fewer, are orthogonal and of length `gain`. For shapes
 * [rows, columns]: normal numbers, made orthonormal one after another (Gram and Schmidt, twice for precision).
 */
export function orthogonal(gain = 1): Initialiser {
  return (rng, shape) => {
    if (shape.length !== 2) {
      throw new InputError(`orthogonal: a weight must have 2 dimensions, got shape [${shape}].`);
    }
    const [rows, columns] = shape;
    const count = Math.min(rows, columns);
    const length = Math.max(rows, columns);
    const vectors: Float64Array[] = []; // [count][length]
    while (vectors.length < count) {
      const vector = rng.fillNormal(new Float64Array(length));
      for (let pass = 0; pass < 2; pass++) {
        for (const other of vectors) {
          const along = dot(vector, other);
          for (let i = 0; i < length; i++) vector[i] -= along * other[i];
        }
      }
      const norm = Math.sqrt(dot(vector, vector));
      vectors.push(vector.map((value) => value / norm));
    }
    const data = new Float32Array(rows * columns); // [rows, columns]
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        const value = rows <= columns ? vectors[row][column] : vectors[column][row];
        data[row * columns + column] = gain * value;
      }
    }
    return tensor(data, shape);
  };
}

/** The standard deviation of a standard normal number given that it lies within two of 0. */
const TRUNCATED_STD = 0.8796256610342398;

function normalWithinTwo(rng: Rng): number {
  for (;;) {
    const x = rng.normal();
    if (Math.abs(x) <= 2) return x;
  }
}

function draw(shape: readonly number[], next: () => number): Tensor<'float32'> {
  const data = new Float32Array(sizeOf(shape));
  for (let i = 0; i < data.length; i++) data[i] = next();
  return tensor(data, shape);
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}
