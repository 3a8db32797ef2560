/**
 * Tracing without ownership.
 *
 * jax-js counts references: a value is used up by the operation that takes it, and `x.ref` keeps it alive. Model and
 * loss code should not be about that, so while the engine traces, `ref` is the identity and `dispose` does nothing.
 * This leans on jax-js internals (each tracer class has both on its prototype), so its version is pinned exactly and
 * trace.test.ts checks every transformation.
 */
import { defaultDevice, init, Array as JaxArray, jvp, makeJaxpr, numpy as np, vjp, vmap } from '@jax-js/jax';
import type { Traced } from './tree.ts';

let device: Promise<void> | undefined;

/** Starts jax-js on WebAssembly, once: it computes constants, and everything where there is no ONNX Runtime. */
export function startDevice(): Promise<void> {
  device ??= init('wasm').then(() => void defaultDevice('wasm'));
  return device;
}

let depth = 0;

/** Runs `f` with reference counting switched off. */
export function withoutOwnership<T>(f: () => T): T {
  patchAll();
  depth++;
  try {
    return f();
  } finally {
    depth--;
  }
}

const patched = new WeakSet<object>();

function patch(prototype: object): void {
  if (patched.has(prototype)) return;
  const ref = Object.getOwnPropertyDescriptor(prototype, 'ref');
  const dispose = Object.getOwnPropertyDescriptor(prototype, 'dispose');
  if (!ref?.get || typeof dispose?.value !== 'function') return;
  patched.add(prototype);
  const counted = ref.get;
  const release = dispose.value as () => void;
  Object.defineProperty(prototype, 'ref', {
    configurable: true,
    get(this: unknown) {
      return depth > 0 ? this : counted.call(this);
    },
  });
  Object.defineProperty(prototype, 'dispose', {
    configurable: true,
    writable: true,
    value(this: unknown) {
      if (depth === 0) release.call(this);
    },
  });
}

let done = false;

/** Meets one tracer of each kind (jaxpr, jvp, partial evaluation, batching) and patches its class. */
function patchAll(): void {
  if (done) return;
  done = true;
  patch(JaxArray.prototype);
  const meet = (x: Traced): Traced => {
    patch(Object.getPrototypeOf(x));
    return x;
  };
  const inner = (x: Traced): Traced => {
    const seen = x as unknown as { primal?: Traced; tangent?: Traced };
    if (seen.primal) meet(seen.primal);
    if (seen.tangent) meet(seen.tangent);
    return np.sum(meet(x));
  };
  const sampleOf = () => np.array([1, 2]);
  makeJaxpr((x: Traced) => inner(x))(sampleOf());
  const [, tangent] = jvp((x: Traced) => inner(x), [sampleOf()], [sampleOf()]);
  tangent.dispose();
  const [value, backward] = vjp((x: Traced) => inner(x), [sampleOf()]);
  value.dispose();
  backward.dispose();
  vmap((x: Traced) => inner(x))(np.array([[1, 2]])).dispose();
}
