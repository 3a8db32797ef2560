/** Numbers that a peer in another language makes alike, so that both start from the same weights and data. */
import { sizeOf, type Tensor, tensor } from '../src/engine/index.ts';

/**
 * Numbers in [0, 1), 24 bits fine: the index and the seed mixed as MurmurHash3 ends (Appleby 2011). The same formula
 * stands in peers/serve.py.
 */
export function uniform(seed: number, shape: readonly number[]): Tensor<'float32'> {
  return fill(shape, (i) => fraction(seed, i));
}

/** Numbers of mean 0 and standard deviation `scale`, uniform. */
export function spread(seed: number, shape: readonly number[], scale = 1): Tensor<'float32'> {
  return fill(shape, (i) => (fraction(seed, i) - 0.5) * Math.sqrt(12) * scale);
}

function fill(shape: readonly number[], numberAt: (index: number) => number): Tensor<'float32'> {
  return tensor(
    Float32Array.from({ length: sizeOf(shape) }, (_, i) => numberAt(i)),
    shape,
  );
}

function fraction(seed: number, index: number): number {
  let word = (Math.imul(index, 0x9e3779b1) + Math.imul(seed, 0x85ebca77)) | 0;
  word = Math.imul(word ^ (word >>> 16), 0x85ebca6b);
  word = Math.imul(word ^ (word >>> 13), 0xc2b2ae35);
  word ^= word >>> 16;
  return (word >>> 8) * 2 ** -24;
}
