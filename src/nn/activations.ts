/** Activations: functions of one number, applied to every element of an array. */
import { lax, nn, numpy as np } from '@jax-js/jax';
import type { Traced } from '../engine/tree.ts';

export type Activation = (x: Traced) => Traced;

/** 1 / (1 + e^-x). */
export function sigmoid(x: Traced): Traced {
  return withDerivatives(x, (at) => {
    const value = nn.sigmoid(at);
    const first = value.mul(np.subtract(1, value));
    return { value, first, second: first.mul(np.subtract(1, value.mul(2))) };
  });
}

/** The hyperbolic tangent. */
export function tanh(x: Traced): Traced {
  return withDerivatives(x, (at) => {
    const value = np.tanh(at);
    const first = np.subtract(1, np.square(value));
    return { value, first, second: first.mul(value).mul(-2) };
  });
}

/** log(1 + e^x), without overflow. */
export function softplus(x: Traced): Traced {
  return withDerivatives(x, (at) => {
    const beyond = np.log(np.exp(np.minimum(at, at.neg())).add(1)); // of -|x|
    const first = nn.sigmoid(at);
    return {
      value: np.maximum(at, 0).add(beyond),
      first,
      second: first.mul(np.subtract(1, first)),
    };
  });
}

/** 1 / sqrt(x). */
export function inverseRoot(x: Traced): Traced {
  return withDerivatives(x, (at) => {
    const value = np.reciprocal(np.sqrt(at));
    const square = np.square(value);
    const cube = square.mul(value);
    return { value, first: cube.mul(-0.5), second: cube.mul(square).mul(0.75) };
  });
}

/** x sigmoid(x), also known as swish (Elfwing et al. 2017; Ramachandran et al. 2017). */
export function silu(x: Traced): Traced {
  return x.mul(sigmoid(x));
}

/** max(x, 0). Its slope at 0 is taken to be 0. */
export function relu(x: Traced): Traced {
  return withDerivatives(x, (at) => {
    const value = np.maximum(at, 0);
    // told by the value: then nothing but the rectifier needs the product before it, and they become one operator
    const first = np.greater(value, 0).astype(np.float32);
    return { value, first, second: np.zerosLike(at) };
  });
}

/** x above 0, e^x - 1 below (Clevert et al. 2015). */
export function elu(x: Traced): Traced {
  // The branch not taken must stay finite too: its gradient is multiplied by 0, and 0 times infinity is NaN.
  return np.where(np.less(x, 0), np.exp(np.minimum(x, 0)).sub(1), x);
}

/** The activations a network can be asked for by name. */
export const activations = {
  silu,
  relu,
  elu,
  sigmoid,
  tanh,
} as const satisfies Record<string, Activation>;

export type ActivationName = keyof typeof activations;

/**
 * A function with derivatives of our choice in place of those traced through the steps that compute it, which are longer
 * and overflow: traced through 1 / (1 + e^-x), the gradient at x = -100 is 0 times infinity.
 * @param f the value and its first and second derivative at a point through which no gradients flow
 */
function withDerivatives(
  x: Traced,
  f: (at: Traced) => { value: Traced; first: Traced; second: Traced },
): Traced {
  const at = lax.stopGradient(x);
  const { value, first, second } = f(at);
  // The Taylor series around x itself: the step is 0, and only its derivative is not. The engine drops it from programs.
  const step = x.sub(at);
  return value.add(step.mul(first.add(step.mul(second.mul(0.5)))));
}
