/** The fallback backend: jax-js's own jit, on WebAssembly. It runs wherever JavaScript does. */
import { jit, numpy as np } from '@jax-js/jax';
import type { Backend } from '../backend.ts';
import type { Tensor } from '../tensor.ts';
import { startDevice, withoutOwnership } from '../trace.ts';
import type { Traced } from '../tree.ts';

export const backend: Backend = {
  name: 'jax',
  async load(fn, types) {
    await startDevice();
    const compiled = jit((...inputs: Traced[]) => withoutOwnership(() => fn(inputs)));
    return {
      async run(inputs: readonly Tensor[]): Promise<Tensor[]> {
        const outputs = compiled(...inputs.map((input, i) => toJax(input, types[i].shape))) as Traced[];
        return Promise.all(outputs.map(fromJax));
      },
      dispose: () => compiled.dispose(),
    };
  },
};

function toJax({ data, dtype }: Tensor, shape: readonly number[]): Traced {
  if (data.length === 0) return np.zeros([...shape], { dtype: dtype as never });
  if (dtype === 'bool')
    return np.array(Int32Array.from(data), { shape: [...shape], dtype: np.int32 }).astype(np.bool);
  return np.array(data.slice() as Float32Array, { shape: [...shape], dtype: dtype as never });
}

async function fromJax(array: Traced): Promise<Tensor> {
  const dtype = array.dtype as Tensor['dtype'];
  const shape = [...array.shape];
  const data = await (dtype === 'bool' ? array.astype(np.int32) : array).data();
  return { dtype, shape, data: dtype === 'bool' ? Uint8Array.from(data) : data } as Tensor;
}
