/** A network as an evaluator of positions: its weights made part of the program, which ONNX Runtime then arranges for speed. */
import { numpy as np } from '@jax-js/jax';
import type { Environment } from '../../core/environment.ts';
import { demandFinite } from '../../core/errors.ts';
import type { Discrete } from '../../core/spaces.ts';
import { compile, isTensor, type Program, tensor } from '../../engine/index.ts';
import { sizeOf, type Tensor } from '../../engine/tensor.ts';
import { mapTree, type Traced, type TracedTree, type Tree } from '../../engine/tree.ts';
import type { Evaluator } from '../../models/index.ts';
import type { PolicyValueNetwork, PolicyValueParams, TracedEvaluation } from './network.ts';

/** An evaluator that holds compiled programs. */
export interface NetworkEvaluator<S> {
  readonly evaluate: Evaluator<S>;
  /** Frees the programs. */
  dispose(): void;
}

/** Rows of one call: boards are filled up to the next of these. */
const ROWS = [1, 4, 16, 32, 64, 128, 256];

/**
 * The network with these weights. Each size of batch is compiled when it first comes.
 * @param threads inside one call
 */
export function networkEvaluator<S>(
  environment: Environment<S, Discrete>,
  network: PolicyValueNetwork,
  params: PolicyValueParams,
  threads = 1,
): NetworkEvaluator<S> {
  const { n } = environment.action;
  const D = sizeOf(network.shape);
  const program: Program<[Traced], TracedEvaluation> = compile(
    function alphaZeroEvaluate(planes: Traced) {
      return network.apply(constants(params), planes);
    },
    { threads },
  );

  const evaluate = async (states: readonly S[]) => {
    const B = states.length;
    const values = new Float32Array(B);
    const logits = new Float32Array(B * n);
    for (let from = 0; from < B; ) {
      const rows = ROWS.find((size) => size >= B - from) ?? ROWS[ROWS.length - 1];
      const boards = Math.min(rows, B - from);
      const seen = new Float32Array(rows * D);
      for (let b = 0; b < boards; b++) seen.set(environment.observe(states[from + b]), b * D);
      const told = await program(tensor(seen, [rows, ...network.shape]));
      values.set((told.value.data as Float32Array).subarray(0, boards), from);
      logits.set((told.logits.data as Float32Array).subarray(0, boards * n), from * n);
      from += boards;
    }
    demandFinite(logits, `alphazero, policy of the network on ${environment.name}`);
    if (environment.legal) {
      for (let b = 0; b < B; b++) {
        const mask = environment.legal(states[b]);
        for (let a = 0; a < n; a++) if (mask[a] === 0) logits[b * n + a] = Number.NEGATIVE_INFINITY;
      }
    }
    return { values, logits };
  };
  return { evaluate, dispose: () => program.dispose() };
}

/** Weights as constants of a traced function. */
function constants(params: PolicyValueParams): TracedTree<PolicyValueParams> {
  return mapTree(
    isTensor,
    ({ data, shape }: Tensor) => np.array(data as Float32Array<ArrayBuffer>).reshape([...shape]),
    params as unknown as Tree<Tensor>,
  ) as unknown as TracedTree<PolicyValueParams>;
}
