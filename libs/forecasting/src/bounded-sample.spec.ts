import fc from 'fast-check';
import { expect, test } from 'vitest';
import { BoundedSample } from './bounded-sample.js';

const sampleOf = (bound: number, values: Iterable<number>) => {
  const sample = new BoundedSample(bound);
  for (const value of values) sample.add(value);
  return sample.values;
};

test('up to the bound it is everything, in order', () => {
  fc.assert(
    fc.property(fc.array(fc.double(), { maxLength: 40 }), (values) => {
      expect(sampleOf(40, values)).toEqual(values);
    }),
  );
});

test('beyond the bound it keeps its size, and every part of the stream and every hour of its day has a like share', () => {
  const count = 240_000;
  const bound = 6_000;
  const places = sampleOf(
    bound,
    Array.from({ length: count }, (_, at) => at),
  );
  expect(places).toHaveLength(bound);
  expect(new Set(places).size).toBe(bound);
  // A tenth of the stream, an hour of the day: a share is four deviations from its mean at most.
  for (const [parts, of] of [
    [10, (at: number) => Math.floor((10 * at) / count)],
    [24, (at: number) => at % 24],
  ] as const) {
    const shares = new Array<number>(parts).fill(0);
    for (const at of places) shares[of(at)] = (shares[of(at)] as number) + 1;
    const mean = bound / parts;
    for (const share of shares) expect(Math.abs(share - mean)).toBeLessThan(4 * Math.sqrt(mean));
  }
});
