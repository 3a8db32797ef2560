/**
 * What a network said of positions before, so that it need not be asked again: by transposition, in the next move's search, or in
 * another game.
 *
 * A table in which each position has one place, and the newest takes it (direct-mapped). A position is told from others by 64 bits of
 * hash over what the network sees of it: that a wrong answer is given has a chance of 2^-64 a question.
 * Shapes: N places, n actions.
 */
export class EvaluationCache {
  private readonly n: number;
  private readonly places: number;
  private readonly keys: Int32Array; // [N, 2]
  private readonly filled: Uint8Array; // [N]
  private readonly values: Float32Array; // [N]
  private readonly logits: Float32Array; // [N, n]
  /** Of the position last hashed. */
  private first = 0;
  private second = 0;

  constructor(places: number, n: number) {
    this.n = n;
    this.places = places;
    this.keys = new Int32Array(2 * places);
    this.filled = new Uint8Array(places);
    this.values = new Float32Array(places);
    this.logits = new Float32Array(places * n);
  }

  /** @returns what was said of a position, its logits a copy */
  get(observation: Float32Array): { readonly value: number; readonly logits: Float32Array } | undefined {
    const at = this.place(observation);
    if (this.filled[at] === 0 || this.keys[2 * at] !== this.first || this.keys[2 * at + 1] !== this.second) {
      return undefined;
    }
    return { value: this.values[at], logits: this.logits.slice(at * this.n, (at + 1) * this.n) };
  }

  set(observation: Float32Array, value: number, logits: Float32Array): void {
    const at = this.place(observation);
    this.filled[at] = 1;
    this.keys[2 * at] = this.first;
    this.keys[2 * at + 1] = this.second;
    this.values[at] = value;
    this.logits.set(logits, at * this.n);
  }

  clear(): void {
    this.filled.fill(0);
  }

  /** Hashes a position. @returns its place */
  private place({ buffer, byteOffset, length }: Float32Array): number {
    const words = new Int32Array(buffer, byteOffset, length);
    let a = 0x9e3779b9 | 0;
    let b = 0x7f4a7c15 | 0;
    for (let i = 0; i < words.length; i++) {
      // the low bits of most numbers on boards are 0
      const word = words[i] ^ (words[i] >>> 16);
      a = Math.imul(a ^ word, 0x85ebca6b);
      a ^= a >>> 15;
      b = Math.imul(((b << 13) | (b >>> 19)) + word, 0xc2b2ae35) ^ i;
    }
    this.first = scattered(a);
    this.second = scattered(b ^ Math.imul(a, 0x27d4eb2f));
    return (this.first >>> 0) % this.places;
  }
}

/** Every bit of the outcome depends on every bit given: the end of MurmurHash3 (Appleby 2011). */
function scattered(bits: number): number {
  let x = bits;
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return x ^ (x >>> 16);
}
