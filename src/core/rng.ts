/**
 * Random streams that fork by name: sfc32 (Doty-Humphrey, PractRand) with a 128-bit state.
 *
 * A fork depends on the stream's key alone, never on how many numbers were drawn, so a draw added in an agent
 * cannot change the dice of its world: `rng.fork('environment').fork(episode)`.
 * Normal numbers: Marsaglia and Tsang, The Ziggurat Method (2000), with Doornik's correction (2005):
 * the layer and the abscissa come from different bits.
 */

/** A stream's whole state: 4 words of key, then 4 words of state. */
export type RngState = readonly number[];

export class Rng {
  /** What forks are derived from; fixed for the life of the stream. */
  private readonly key: Uint32Array;
  /** sfc32: three words and a counter. */
  private readonly words: Uint32Array;

  private constructor(key: Uint32Array, words: Uint32Array) {
    this.key = key;
    this.words = words;
  }

  /** A stream from a seed: any integer, or any text. */
  static from(seed: number | string): Rng {
    return Rng.ofKey(digest(new Uint32Array([0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344]), seed));
  }

  /** The stream saved by {@link save}. */
  static restore(state: RngState): Rng {
    if (state.length !== 8) throw new RangeError(`Rng.restore: a state has 8 words, got ${state.length}.`);
    return new Rng(Uint32Array.from(state.slice(0, 4)), Uint32Array.from(state.slice(4)));
  }

  private static ofKey(key: Uint32Array): Rng {
    const rng = new Rng(key, Uint32Array.from([key[0] ^ key[3], key[1], key[2], 1 + key[3]]));
    for (let i = 0; i < 15; i++) rng.uint32();
    return rng;
  }

  /** An independent stream, fixed by this stream's key and `name` alone. */
  fork(name: number | string): Rng {
    return Rng.ofKey(digest(this.key, name));
  }

  /** Key and state, for checkpoints: 8 unsigned words. */
  save(): RngState {
    return [...this.key, ...this.words];
  }

  /** 32 random bits. */
  uint32(): number {
    const s = this.words;
    const out = (((s[0] + s[1]) | 0) + s[3]) | 0;
    s[3] = s[3] + 1;
    s[0] = s[1] ^ (s[1] >>> 9);
    s[1] = s[2] + (s[2] << 3);
    s[2] = ((s[2] << 21) | (s[2] >>> 11)) + out;
    return out >>> 0;
  }

  /** Uniform in [0, 1), 32 bits fine. */
  uniform(): number {
    return this.uint32() * 2 ** -32;
  }

  /** A uniform integer in [0, n), without bias. */
  integer(n: number): number {
    if (!(Number.isInteger(n) && n >= 1 && n <= 2 ** 32)) {
      throw new RangeError(`Rng.integer: n must be an integer in [1, 2^32], got ${n}.`);
    }
    const limit = 2 ** 32 - (2 ** 32 % n);
    for (;;) {
      const word = this.uint32();
      if (word < limit) return word % n;
    }
  }

  /** Standard normal. */
  normal(): number {
    const layer = this.uint32() & 255;
    const u = this.uint32() * 2 ** -31 - 1; // [-1, 1)
    const x = u * EDGE[layer];
    return Math.abs(x) < EDGE[layer + 1] ? x : this.outside(layer, u);
  }

  /** Fills with uniform numbers in [0, 1) and returns the array. */
  fillUniform<T extends Float32Array | Float64Array>(out: T): T {
    for (let i = 0; i < out.length; i++) out[i] = (this.uint32() >>> 8) * 2 ** -24;
    return out;
  }

  /** Fills with standard normal numbers and returns the array: those of {@link normal}, in half the time. */
  fillNormal<T extends Float32Array | Float64Array>(out: T): T {
    const { words } = this;
    let i = 0;
    while (i < out.length) {
      // two steps of sfc32 at a time, in variables of this function's own, which the processor keeps at hand
      let a = words[0];
      let b = words[1];
      let c = words[2];
      let counter = words[3];
      let layer = 0;
      let u = 0;
      for (; i < out.length; i++) {
        const first = (a + b + counter) | 0;
        a = b ^ (b >>> 9);
        b = (c + (c << 3)) | 0;
        c = (((c << 21) | (c >>> 11)) + first) | 0;
        const second = (a + b + counter + 1) | 0;
        a = b ^ (b >>> 9);
        b = (c + (c << 3)) | 0;
        c = (((c << 21) | (c >>> 11)) + second) | 0;
        counter = (counter + 2) | 0;
        layer = first & 255;
        u = (second >>> 0) * 2 ** -31 - 1;
        const x = u * EDGE[layer];
        if (!(Math.abs(x) < EDGE[layer + 1])) break;
        out[i] = x;
      }
      words[0] = a;
      words[1] = b;
      words[2] = c;
      words[3] = counter;
      if (i < out.length) out[i++] = this.outside(layer, u);
    }
    return out;
  }

  /** A random order of 0 .. n-1 (Fisher and Yates). */
  permutation(n: number): Int32Array {
    const order = Int32Array.from({ length: n }, (_, i) => i);
    for (let i = n - 1; i > 0; i--) {
      const j = this.integer(i + 1);
      [order[i], order[j]] = [order[j], order[i]];
    }
    return order;
  }

  /** A normal number, where a layer's point lies outside its inner rectangle: in its wedge, in the tail, or nowhere. */
  private outside(layer: number, u: number): number {
    if (layer === 0) return this.tail(u < 0);
    const x = u * EDGE[layer];
    const density = HEIGHT[layer] + this.uniform() * (HEIGHT[layer + 1] - HEIGHT[layer]);
    return density < Math.exp(-0.5 * x * x) ? x : this.normal();
  }

  /** Beyond the outermost layer (Marsaglia 1964). */
  private tail(negative: boolean): number {
    for (;;) {
      const x = -Math.log(1 - this.uniform()) / TAIL;
      const y = -Math.log(1 - this.uniform());
      if (y + y > x * x) return negative ? -(TAIL + x) : TAIL + x;
    }
  }
}

/** Where the tail begins, and the area of each of the 256 layers (Marsaglia and Tsang 2000). */
const TAIL = 3.6541528853610088;
const AREA = 0.00492867323399;
const EDGE = new Float64Array(257); // abscissa of each layer's right edge, decreasing; [0] is the base strip's
const HEIGHT = new Float64Array(257); // the density at each edge
{
  const density = (x: number) => Math.exp(-0.5 * x * x);
  EDGE[0] = AREA / density(TAIL);
  EDGE[1] = TAIL;
  for (let i = 2; i < 256; i++) {
    EDGE[i] = Math.sqrt(-2 * Math.log(AREA / EDGE[i - 1] + density(EDGE[i - 1])));
  }
  EDGE[256] = 0;
  for (let i = 0; i <= 256; i++) HEIGHT[i] = density(EDGE[i]);
}

/** A new 128-bit key from a key and a name: four rounds of MurmurHash3's mixing (Appleby 2011) a word. */
function digest(key: Uint32Array, name: number | string): Uint32Array {
  const text = typeof name === 'number' ? `#${name}` : `'${name}`;
  const h = Uint32Array.from(key);
  const absorb = (word: number) => {
    for (let lane = 0; lane < 4; lane++) {
      let k = Math.imul(word ^ Math.imul(lane + 1, 0x9e3779b9), 0xcc9e2d51);
      k = Math.imul((k << 15) | (k >>> 17), 0x1b873593);
      const mixed = h[lane] ^ k ^ h[(lane + 3) & 3];
      h[lane] = Math.imul((mixed << 13) | (mixed >>> 19), 5) + 0xe6546b64;
    }
  };
  for (let i = 0; i < text.length; i++) absorb(text.charCodeAt(i) + i * 0x10001);
  for (let round = 0; round < 4; round++) absorb(text.length + round);
  for (let lane = 0; lane < 4; lane++) {
    let k = h[lane];
    k = Math.imul(k ^ (k >>> 16), 0x85ebca6b);
    k = Math.imul(k ^ (k >>> 13), 0xc2b2ae35);
    h[lane] = k ^ (k >>> 16);
  }
  return h;
}
