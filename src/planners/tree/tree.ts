/**
 * A search tree in flat arrays: no object for a node, so that millions fit and nothing waits for the garbage collector.
 *
 * A node is made when its state is first reached; its edges are the legal actions there. Statistics of an edge lie with the
 * node it leads to. 44 bytes a node, 12 an edge, and the node's state: a few integers where the model has a codec.
 * Shapes: N nodes, M edges.
 */
import type { Codec } from '../../core/environment.ts';
import { NumericalError, ResourceError } from '../../core/errors.ts';

/** An edge that leads nowhere yet, and one whose node is being asked for. */
export const UNTRIED = -1;
export const AWAITED = -2;

/** Bytes of a node and of an edge in the arrays below. */
const NODE_BYTES = 44;
const EDGE_BYTES = 12;
/** What a state takes that is an object: an estimate, to refuse in time what will not fit. */
const OBJECT_BYTES = 64;

/** What a tree may take, and what it holds. */
export interface Room<Z> {
  /** Bytes that all arrays together may take. */
  readonly memory: number;
  /** How states are kept; as objects where it is absent. */
  readonly codec?: Codec<Z>;
  /** No return lies further from 0. Infinite where that is not known. */
  readonly bound: number;
}

export class Tree<Z> {
  /** N and M so far. */
  nodes = 0;
  edges = 0;

  // [N]
  /** How often a simulation went through. */
  visits: Int32Array;
  /** Mean return of the simulations that went through, from the step into the node on, as the player who took it counts. */
  value: Float64Array;
  /** What the step into the node brought. */
  reward: Float32Array;
  discount: Float32Array;
  parent: Int32Array;
  firstEdge: Int32Array;
  edgeCount: Uint16Array;
  /** Edges that have been tried; where a search tries all before any twice, they are the first ones. */
  tried: Uint16Array;
  /** What the model thought when the node was made, as the player to move counts. */
  evaluation: Float32Array;
  /** Between these the node's true value lies for sure, as the player to move counts. */
  lower: Float32Array;
  upper: Float32Array;

  // [M]
  /** The node that the edge leads to, or UNTRIED, or AWAITED. */
  child: Int32Array;
  action: Int32Array;
  prior: Float32Array;

  /** Simulations that went through and are not back: absent where only one is ever on its way. [N] */
  waiting?: Int32Array;

  /** No return lies further from 0. Infinite where that is not known. */
  readonly bound: number;
  private readonly room: Room<Z>;
  private readonly states: States<Z>;

  /** @param nodes for so many there is room at once; for more the arrays grow */
  constructor(room: Room<Z>, nodes: number, edges: number) {
    this.room = room;
    this.bound = room.bound;
    this.states = room.codec ? new PackedStates(room.codec, nodes) : new ObjectStates();
    this.demandRoom(nodes, edges);
    this.visits = new Int32Array(nodes);
    this.value = new Float64Array(nodes);
    this.reward = new Float32Array(nodes);
    this.discount = new Float32Array(nodes);
    this.parent = new Int32Array(nodes);
    this.firstEdge = new Int32Array(nodes);
    this.edgeCount = new Uint16Array(nodes);
    this.tried = new Uint16Array(nodes);
    this.evaluation = new Float32Array(nodes);
    this.lower = new Float32Array(nodes);
    this.upper = new Float32Array(nodes);
    this.child = new Int32Array(edges);
    this.action = new Int32Array(edges);
    this.prior = new Float32Array(edges);
  }

  /** A node, without edges. @returns its index */
  add(parent: number, state: Z, reward: number, discount: number, evaluation: number): number {
    const node = this.nodes;
    if (node === this.visits.length) this.growNodes();
    this.nodes = node + 1;
    this.visits[node] = 0;
    this.value[node] = 0;
    this.reward[node] = reward;
    this.discount[node] = discount;
    this.parent[node] = parent;
    this.firstEdge[node] = this.edges;
    this.edgeCount[node] = 0;
    this.tried[node] = 0;
    this.evaluation[node] = evaluation;
    // the end is worth 0, and so is known
    this.lower[node] = discount === 0 ? 0 : -this.bound;
    this.upper[node] = discount === 0 ? 0 : this.bound;
    this.states.set(node, state);
    return node;
  }

  /**
   * Gives the newest node an edge for each legal action, their priors the softmax of `logits[from ... from + n]`.
   * @throws NumericalError for a logit that is not a number
   */
  expand(node: number, logits: Float32Array, from: number, n: number): void {
    if (this.edges + n > this.child.length) this.growEdges(n);
    const first = this.edges;
    let edge = first;
    let greatest = Number.NEGATIVE_INFINITY;
    let least = Number.POSITIVE_INFINITY;
    for (let a = 0; a < n; a++) {
      const logit = logits[from + a];
      if (logit === Number.NEGATIVE_INFINITY) continue;
      if (logit > greatest) greatest = logit;
      if (logit < least) least = logit;
      if (!(logit < Number.POSITIVE_INFINITY))
        throw new NumericalError(
          `search: the logit of action ${a} must be finite, got ${logit}. Look at the network.`,
        );
      this.child[edge] = UNTRIED;
      this.action[edge] = a;
      this.prior[edge] = logit;
      edge++;
    }
    const count = edge - first;
    if (greatest === least) {
      this.prior.fill(1 / count, first, edge);
    } else {
      let sum = 0;
      for (let e = first; e < edge; e++) {
        this.prior[e] = Math.exp(this.prior[e] - greatest);
        sum += this.prior[e];
      }
      for (let e = first; e < edge; e++) this.prior[e] /= sum;
    }
    this.firstEdge[node] = first;
    this.edgeCount[node] = count;
    this.edges = edge;
  }

  state(node: number): Z {
    return this.states.get(node);
  }

  /** Whether both nodes' states are the same, as far as the codec tells; false where there is none. */
  sameState(node: number, state: Z): boolean {
    return this.states.same(node, state);
  }

  /** Adds a simulation that returned `result` from `node` on, as the player to move there counts. */
  backUp(node: number, result: number): void {
    let worth = result;
    for (let at = node; at >= 0; at = this.parent[at]) {
      worth = this.reward[at] + this.discount[at] * worth;
      const visits = ++this.visits[at];
      this.value[at] += (worth - this.value[at]) / visits;
    }
  }

  /** What the node is worth to the player to move there, as far as is known: what the model thought, before any simulation. */
  worth(node: number): number {
    return this.visits[node] === 0
      ? this.evaluation[node]
      : (this.value[node] - this.reward[node]) / this.discount[node];
  }

  /** From now on several simulations may be on their way at once. */
  countWaiting(): void {
    this.waiting = new Int32Array(this.visits.length);
  }

  /** Sends `more` simulations through `node` and all above it; less than 0 takes them back. */
  wait(node: number, more: number): void {
    const waiting = this.waiting!;
    for (let at = node; at >= 0; at = this.parent[at]) waiting[at] += more;
  }

  /** Visits, with those on their way. */
  visitsOf(node: number): number {
    return this.waiting ? this.visits[node] + this.waiting[node] : this.visits[node];
  }

  /** The mean return, those on their way counted as losses (virtual loss): so the next one goes elsewhere. */
  valueOf(node: number): number {
    if (!this.waiting || this.waiting[node] === 0) return this.value[node];
    const waiting = this.waiting[node];
    const visits = this.visits[node];
    return (this.value[node] * visits - waiting) / (visits + waiting);
  }

  swapEdges(a: number, b: number): void {
    const child = this.child[a];
    const action = this.action[a];
    const prior = this.prior[a];
    this.child[a] = this.child[b];
    this.action[a] = this.action[b];
    this.prior[a] = this.prior[b];
    this.child[b] = child;
    this.action[b] = action;
    this.prior[b] = prior;
  }

  /** Makes a tree of `root` and what lies below it, with room for `nodes` more. */
  subtree(root: number, nodes: number): Tree<Z> {
    // breadth first: nodes are numbered anew in this order, so that the copies of children follow each other
    const order = [root];
    const parents = [-1]; // in the copy
    let edges = 0;
    for (let at = 0; at < order.length; at++) {
      const first = this.firstEdge[order[at]];
      const count = this.edgeCount[order[at]];
      edges += count;
      for (let edge = first; edge < first + count; edge++) {
        if (this.child[edge] < 0) continue;
        order.push(this.child[edge]);
        parents.push(at);
      }
    }
    const copy = new Tree<Z>(this.room, order.length + nodes, edges + nodes);
    let newest = 0;
    order.forEach((node, at) => {
      const [reward, discount] = at === 0 ? [0, 1] : [this.reward[node], this.discount[node]];
      copy.add(parents[at], this.state(node), reward, discount, this.evaluation[node]);
      copy.visits[at] = this.visits[node];
      // the root's is what it is worth to whoever moves there
      copy.value[at] = at === 0 ? this.worth(node) : this.value[node];
      copy.lower[at] = this.lower[node];
      copy.upper[at] = this.upper[node];
      copy.edgeCount[at] = this.edgeCount[node];
      copy.tried[at] = this.tried[node];
      const first = this.firstEdge[node];
      for (let edge = first; edge < first + this.edgeCount[node]; edge++) {
        copy.child[copy.edges] = this.child[edge] < 0 ? UNTRIED : ++newest;
        copy.action[copy.edges] = this.action[edge];
        copy.prior[copy.edges] = this.prior[edge];
        copy.edges++;
      }
    });
    return copy;
  }

  /** Bytes of nodes and edges, states included. */
  bytes(nodes = this.nodes, edges = this.edges): number {
    return nodes * (NODE_BYTES + this.states.bytes) + edges * EDGE_BYTES;
  }

  private growNodes(): void {
    const size = Math.max(64, this.visits.length * 2);
    this.demandRoom(size, this.child.length);
    this.visits = grown(this.visits, size);
    this.value = grown(this.value, size);
    this.reward = grown(this.reward, size);
    this.discount = grown(this.discount, size);
    this.parent = grown(this.parent, size);
    this.firstEdge = grown(this.firstEdge, size);
    this.edgeCount = grown(this.edgeCount, size);
    this.tried = grown(this.tried, size);
    this.evaluation = grown(this.evaluation, size);
    this.lower = grown(this.lower, size);
    this.upper = grown(this.upper, size);
    if (this.waiting) this.waiting = grown(this.waiting, size);
    this.states.grow(size);
  }

  private growEdges(more: number): void {
    const size = Math.max(this.edges + more, Math.ceil(this.child.length * 1.5));
    this.demandRoom(this.visits.length, size);
    this.child = grown(this.child, size);
    this.action = grown(this.action, size);
    this.prior = grown(this.prior, size);
  }

  private demandRoom(nodes: number, edges: number): void {
    const bytes = this.bytes(nodes, edges);
    if (bytes > this.room.memory)
      throw new ResourceError(
        `search: a tree of ${nodes} nodes and ${edges} edges must fit into ${megabytes(this.room.memory)}, and takes ${megabytes(bytes)}. Search with fewer simulations, or allow more \`memory\`.`,
      );
  }
}

function megabytes(bytes: number): string {
  return `${Math.ceil(bytes / 2 ** 20)} MB`;
}

function grown<T extends Int32Array | Float64Array | Float32Array | Uint16Array>(from: T, size: number): T {
  const to = new (from.constructor as new (size: number) => T)(size);
  to.set(from);
  return to;
}

/** Where the states of nodes are kept. */
interface States<Z> {
  /** Of one state. */
  readonly bytes: number;
  set(node: number, state: Z): void;
  get(node: number): Z;
  same(node: number, state: Z): boolean;
  grow(nodes: number): void;
}

class ObjectStates<Z> implements States<Z> {
  readonly bytes = OBJECT_BYTES;
  private readonly all: Z[] = [];
  set(node: number, state: Z): void {
    this.all[node] = state;
  }
  get(node: number): Z {
    return this.all[node];
  }
  same(): boolean {
    return false;
  }
  grow(): void {}
}

class PackedStates<Z> implements States<Z> {
  readonly bytes: number;
  private readonly codec: Codec<Z>;
  private words: Int32Array; // [N, words]
  private readonly one: Int32Array; // [words]

  constructor(codec: Codec<Z>, nodes: number) {
    this.codec = codec;
    this.bytes = 4 * codec.words;
    this.words = new Int32Array(nodes * codec.words);
    this.one = new Int32Array(codec.words);
  }
  set(node: number, state: Z): void {
    this.codec.write(state, this.words, node * this.codec.words);
  }
  get(node: number): Z {
    return this.codec.read(this.words, node * this.codec.words);
  }
  same(node: number, state: Z): boolean {
    this.codec.write(state, this.one, 0);
    const from = node * this.codec.words;
    return this.one.every((word, i) => word === this.words[from + i]);
  }
  grow(nodes: number): void {
    this.words = grown(this.words, nodes * this.codec.words);
  }
}
