import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isClearlyBetter } from './epoch-selection.js';

test.each([
  ['lower everywhere by about as much', [1, 2, 3], [2.1, 3, 4.2], true],
  ['lower by chance: one chunk lost more than another won', [1, 3.9, 3], [2, 3, 3], false],
  ['lower in one chunk of many only', [1, 3, 3, 3], [2, 3, 3, 3], false],
  ['the same', [1, 2, 3], [1, 2, 3], false],
  ['higher everywhere', [2, 3, 4], [1, 2, 3], false],
  ['lower, over a single chunk', [1], [2], false],
  ['of no chunk', [], [], false],
])('an epoch that is %s', (_, epoch, start, better) => {
  expect(isClearlyBetter(epoch, start)).toBe(better);
});

test('no two epochs are clearly better than each other, and the unit of the error decides nothing', () => {
  const parts = fc.array(fc.tuple(fc.integer({ min: 0, max: 1000 }), fc.integer({ min: 0, max: 1000 })), {
    maxLength: 12,
  });
  fc.assert(
    fc.property(parts, (pairs) => {
      const [a, b] = [pairs.map(([left]) => left), pairs.map(([, right]) => right)];
      const better = isClearlyBetter(a, b);
      expect(better && isClearlyBetter(b, a)).toBe(false);
      const half = (list: readonly number[]) => list.map((part) => part / 2);
      expect(isClearlyBetter(half(a), half(b))).toBe(better);
    }),
  );
});
