import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fill, lastObserved } from './fill.js';

test.each([
  [[NaN, NaN, 1, NaN, 2, NaN], [9, 9, 1, 1, 2, 2], 2],
  [[NaN, NaN], [9, 9], 9],
  [[3], [3], 3],
])('%j becomes %j', (segment, filled, end) => {
  const into = new Float64Array(segment.length);
  fill(Float64Array.from(segment), 9, into);
  expect([...into]).toEqual(filled);
  expect(lastObserved(Float64Array.from(segment), 9)).toBe(end);
});

test('filling changes no observed value, leaves no gap, works in place, and a second time changes nothing', () => {
  const value = fc.oneof(fc.constant(NaN), fc.double({ noNaN: true }));
  fc.assert(
    fc.property(fc.array(value, { minLength: 1 }), (values) => {
      const segment = Float64Array.from(values);
      const once = new Float64Array(values.length);
      fill(segment, 0.5, once);
      values.forEach((observed, at) => {
        if (!Number.isNaN(observed)) expect(once[at]).toBe(observed);
      });
      expect(once.some(Number.isNaN)).toBe(false);
      expect(once.at(-1)).toBe(lastObserved(segment, 0.5));
      const twice = segment.slice();
      fill(twice, 0.5, twice);
      fill(twice, 7, twice);
      expect(twice).toEqual(once);
    }),
  );
});
