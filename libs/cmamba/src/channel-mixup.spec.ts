import { expect, test } from 'vitest';
import { mixChannels } from './channel-mixup.js';

test('a channel borrows from the one that the permutation names; a gap in either is a gap', () => {
  const mixed = mixChannels(
    [
      [1, 2, NaN],
      [10, NaN, 30],
      [5, 6, 7],
    ],
    [1, 0, 2],
    [0.5, 2, -1],
  );
  expect(mixed.map((channel) => [...channel])).toEqual([
    [6, NaN, NaN],
    [12, NaN, NaN],
    [0, 0, 0],
  ]);
});

test.each([
  [[0], [1, 1]],
  [[0, 1], [1]],
  [
    [0, 2],
    [1, 1],
  ],
])('permutation %o with lambdas %o is refused for two channels', (permutation, lambdas) => {
  expect(() => mixChannels([[1], [2]], permutation, lambdas)).toThrow(/mixup/);
});
