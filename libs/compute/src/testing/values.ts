/** @file Numbers for specs: seeded, so that a failure can be repeated. */

/** Mulberry32 (T. Ettinger): good enough for test values. */
export function randomNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let z = Math.imul(state ^ (state >>> 15), 1 | state);
    z = (z + Math.imul(z ^ (z >>> 7), 61 | z)) ^ z;
    return ((z ^ (z >>> 14)) >>> 0) / 4294967296;
  };
}

/** Uniform in [from, to). */
export function randomArray(
  next: () => number,
  length: number,
  from = -1,
  to = 1,
): Float32Array<ArrayBuffer> {
  return Float32Array.from({ length }, () => from + (to - from) * next());
}

/** max|a - b| / max|b|: one number a tensor; single entries near 0 are rounding alone. NaN counts as infinite. */
export function relativeDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) return Infinity;
  let difference = 0;
  let size = 0;
  for (let i = 0; i < b.length; i++) {
    const own = Math.abs((a[i] as number) - (b[i] as number));
    if (Number.isNaN(own)) return Infinity;
    difference = Math.max(difference, own);
    size = Math.max(size, Math.abs(b[i] as number));
  }
  return difference === 0 ? 0 : difference / size;
}
