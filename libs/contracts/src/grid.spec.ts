import fc from 'fast-check';
import { expect, test } from 'vitest';
import { gridIndex, stepBegin } from './grid.js';

test('every time lies in its step, also before 1970', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: -1e12, max: 1e12 }),
      fc.integer({ min: 1, max: 1e8 }),
      (time, frequency) => {
        const index = gridIndex(time, frequency);
        expect(stepBegin(index, frequency)).toBeLessThanOrEqual(time);
        expect(stepBegin(index + 1, frequency)).toBeGreaterThan(time);
      },
    ),
  );
});
