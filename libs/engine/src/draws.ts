/** @file Every random draw of a training: a pure function of (seed, purpose, step).
 *
 *  Law: nothing is drawn inside a graph and no generator lives longer than one step, so a training that was killed and
 *  resumed at any step draws what the undisturbed one draws. (An operator inside ONNX Runtime would start its sequence
 *  anew with every session.) */

/** What a draw is for: draws of different purposes are independent. */
export type Purpose = (typeof PURPOSES)[number];

const PURPOSES = ['weights', 'segments', 'jitter', 'mixup', 'dropout'] as const;

/** A stream of numbers from one seed: SFC32 (Chris Doty-Humphrey, PractRand), seeded by SplitMix32. */
export class Draws {
  private a: number;
  private b: number;
  private c: number;
  private counter = 1;

  constructor(seed: number, purpose: Purpose, step: number) {
    const mix = splitMix32(
      seed ^ Math.imul(PURPOSES.indexOf(purpose) + 1, 0x9e3779b1) ^ Math.imul(step, 0x85ebca6b),
    );
    this.a = mix();
    this.b = mix();
    this.c = mix();
    // The first outputs still show the seed.
    for (let i = 0; i < 12; i++) this.next();
  }

  /** 32 random bits as an unsigned integer. */
  next(): number {
    const sum = (this.a + this.b + this.counter) >>> 0;
    this.counter = (this.counter + 1) >>> 0;
    this.a = this.b ^ (this.b >>> 9);
    this.b = (this.c + (this.c << 3)) >>> 0;
    this.c = (((this.c << 21) | (this.c >>> 11)) + sum) >>> 0;
    return sum;
  }

  /** In [0, 1). */
  uniform(): number {
    return this.next() / 4294967296;
  }

  /** A whole number in [0, n); its bias is below n / 2^32. */
  int(n: number): number {
    return Math.floor(this.uniform() * n);
  }

  /** Standard normal (Box and Muller). */
  normal(): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.uniform()));
    return radius * Math.cos(2 * Math.PI * this.uniform());
  }

  /** A random order of 0..n-1 (Fisher and Yates). */
  permutation(n: number): number[] {
    const order = Array.from({ length: n }, (_, index) => index);
    for (let i = n - 1; i > 0; i--) {
      const j = this.int(i + 1);
      const held = order[i] as number;
      order[i] = order[j] as number;
      order[j] = held;
    }
    return order;
  }

  /** Fills `bytes`, four a draw. */
  fill(bytes: Uint8Array): void {
    let i = 0;
    for (; i + 4 <= bytes.length; i += 4) {
      const bits = this.next();
      bytes[i] = bits;
      bytes[i + 1] = bits >>> 8;
      bytes[i + 2] = bits >>> 16;
      bytes[i + 3] = bits >>> 24;
    }
    for (let bits = this.next(); i < bytes.length; i++, bits >>>= 8) bytes[i] = bits;
  }
}

/** SplitMix32: spreads one word over as many as are asked for. */
function splitMix32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x9e3779b9) >>> 0;
    let z = state;
    z = Math.imul(z ^ (z >>> 16), 0x85ebca6b);
    z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
    return (z ^ (z >>> 16)) >>> 0;
  };
}
