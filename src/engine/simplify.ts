import type { Graph } from './graph.ts';
export function simplify(graph: Graph): Graph {
  return graph;
}
