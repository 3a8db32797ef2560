/** A network as an evaluator of positions: its weights made part of the program, which ONNX Runtime then arranges for speed. */
import { numpy as np } from '@jax-js/jax';
import type { Environment } from '../../core/environment.ts';
import { demandFinite } from '../../core/errors.ts';
import type { Evaluation } from '../../core/model.ts';
import type { Discrete } from '../../core/spaces.ts';
import { compile, isTensor, type Program, tensor } from '../../engine/index.ts';
import { sizeOf, type Tensor } from '../../engine/tensor.ts';
import { mapTree, type Traced, type TracedTree, type Tree } from '../../engine/tree.ts';
import type { Evaluator, Recall } from '../../models/index.ts';
import { EvaluationCache } from './evaluation-cache.ts';
import type { PolicyValueNetwork, PolicyValueParams, TracedEvaluation } from './network.ts';

/** An evaluator that holds compiled programs. What is asked of it at the same time is answered by one call of the network. */
export interface NetworkEvaluator<S> {
  readonly evaluate: Evaluator<S>;
  /** What it remembers of a state, to the bit what `evaluate` would say. */
  readonly recall: Recall<S>;
  /** From now on it remembers nothing that was before. */
  forget(): void;
  /** Frees the programs. */
  dispose(): void;
}

/** Rows of one call: boards are filled up to the next of these. */
const ROWS: readonly number[] = [1, 4, 16, 32, 64, 128, 256];

type Judgement = Evaluation & { readonly logits: Float32Array };

/** Somebody's boards, and how to tell them. */
interface Asked<S> {
  readonly states: readonly S[];
  readonly answer: (judgement: Judgement) => void;
  readonly fail: (error: unknown) => void;
}

export interface NetworkEvaluatorSettings {
  /** Of every call, where a board's numbers must not depend, to the last bit, on how many others there are. */
  readonly rows?: number;
  /** Evaluations that are remembered, 0 for none. Default: 0. */
  readonly remembered?: number;
}

/** The network with these weights. Each number of rows is compiled when it first comes. */
export function networkEvaluator<S>(
  environment: Environment<S, Discrete>,
  network: PolicyValueNetwork,
  params: PolicyValueParams,
  { rows, remembered = 0 }: NetworkEvaluatorSettings = {},
): NetworkEvaluator<S> {
  const { n } = environment.action;
  const D = sizeOf(network.shape);
  const sizes = rows === undefined ? ROWS : [rows];
  const program: Program<[Traced], TracedEvaluation> = compile(function alphaZeroEvaluate(planes: Traced) {
    return network.apply(constants(params), planes);
  });

  const cache = remembered > 0 ? new EvaluationCache(remembered, n) : undefined;

  /** What is remembered is not masked: the same board may have other legal actions by another way there, as in Go. */
  const maskIllegal = (state: S, logits: Float32Array) => {
    const mask = environment.legal?.(state);
    if (mask) for (let a = 0; a < n; a++) if (mask[a] === 0) logits[a] = Number.NEGATIVE_INFINITY;
  };

  const judge = async (states: readonly S[]): Promise<Judgement> => {
    const B = states.length;
    const values = new Float32Array(B);
    const logits = new Float32Array(B * n);
    for (let from = 0; from < B; ) {
      const size = sizes.find((size) => size >= B - from) ?? sizes[sizes.length - 1];
      const count = Math.min(size, B - from);
      const seen = new Float32Array(size * D);
      for (let b = 0; b < count; b++) seen.set(environment.observe(states[from + b]), b * D);
      const told = await program(tensor(seen, [size, ...network.shape]));
      values.set((told.value.data as Float32Array).subarray(0, count), from);
      logits.set((told.logits.data as Float32Array).subarray(0, count * n), from * n);
      const fresh = logits.subarray(from * n, (from + count) * n);
      demandFinite(fresh, `alphazero, policy of the network on ${environment.name}`);
      for (let b = from; b < from + count; b++) {
        const row = logits.subarray(b * n, (b + 1) * n);
        cache?.set(seen.subarray((b - from) * D, (b - from + 1) * D), values[b], row);
        maskIllegal(states[b], row);
      }
      from += count;
    }
    return { values, logits };
  };

  let asked: Asked<S>[] = [];
  const answerAll = async () => {
    const all = asked;
    asked = [];
    try {
      const { values, logits } = await judge(
        all.length === 1 ? all[0].states : all.flatMap((one) => one.states),
      );
      let from = 0;
      for (const { states, answer } of all) {
        const to = from + states.length;
        answer({ values: values.subarray(from, to), logits: logits.subarray(from * n, to * n) });
        from = to;
      }
    } catch (error) {
      for (const { fail } of all) fail(error);
    }
  };

  return {
    evaluate: (states) =>
      new Promise((answer, fail) => {
        asked.push({ states, answer, fail });
        // whatever else is asked before this stretch of code ends
        if (asked.length === 1) queueMicrotask(() => void answerAll());
      }),
    recall(state) {
      const known = cache?.get(environment.observe(state));
      if (known) maskIllegal(state, known.logits);
      return known;
    },
    forget: () => cache?.clear(),
    dispose: () => program.dispose(),
  };
}

/**
 * The evaluator with the weights of the moment. The programs of those before are freed.
 * @returns a function of weights, and of what tells them from others: they themselves, where they are not copies
 */
export function holding<S>(
  environment: Environment<S, Discrete>,
  network: PolicyValueNetwork,
  settings?: NetworkEvaluatorSettings,
): (params: PolicyValueParams, version?: unknown) => NetworkEvaluator<S> {
  let held: { readonly version: unknown; readonly evaluator: NetworkEvaluator<S> } | undefined;
  return (params, version = params) => {
    if (held === undefined || held.version !== version) {
      held?.evaluator.dispose();
      held = { version, evaluator: networkEvaluator(environment, network, params, settings) };
    }
    return held.evaluator;
  };
}

/** Weights as constants of a traced function. */
function constants(params: PolicyValueParams): TracedTree<PolicyValueParams> {
  return mapTree(
    isTensor,
    ({ data, shape }: Tensor) => np.array(data as Float32Array<ArrayBuffer>).reshape([...shape]),
    params as unknown as Tree<Tensor>,
  ) as unknown as TracedTree<PolicyValueParams>;
}
