import { expect, test } from 'vitest';
import { beginScores, figures, score } from './running-scores.js';

const x = NaN;

test('the running figures are those of the errors so far', () => {
  let scores = beginScores(1, 2);
  expect(figures(scores, 0)).toEqual({ mae: null, coverage: null, skill: null });
  scores = score(scores, { error: [2, x], side: [0, 0], naiveError: [4, 1] });
  scores = score(scores, { error: [-4, 3], side: [-1, 1], naiveError: [x, x] });
  scores = score(scores, { error: [3, 1], side: [0, 0], naiveError: [-6, 0] });
  // Skill at the first and the third truth only: 1 - (2 + 3) / (4 + 6).
  expect(figures(scores, 0)).toEqual({ mae: 3, coverage: 2 / 3, skill: 0.5 });
  // A naive forecast without an error leaves nothing to compare with.
  expect(figures(scores, 1)).toEqual({ mae: 2, coverage: 0.5, skill: null });
});

test('the state is never changed in place and survives JSON', () => {
  const judged = { error: [1], side: [0], naiveError: [2] };
  const start = score(beginScores(1, 1), judged);
  const text = JSON.stringify(start);
  const next = score(start, judged);
  expect(JSON.stringify(start)).toBe(text);
  expect(score(JSON.parse(text) as typeof start, judged)).toEqual(next);
});
