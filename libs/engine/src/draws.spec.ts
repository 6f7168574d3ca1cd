import { describe, expect, test } from 'vitest';
import { Draws, type Purpose } from './draws.js';

const take = (draws: Draws, n: number) => Array.from({ length: n }, () => draws.next());

describe('draws', () => {
  test('are the same for the same seed, purpose and step, and differ when any of them does', () => {
    const reference = take(new Draws(7, 'dropout', 3), 8);
    expect(take(new Draws(7, 'dropout', 3), 8)).toEqual(reference);
    for (const other of [new Draws(8, 'dropout', 3), new Draws(7, 'mixup', 3), new Draws(7, 'dropout', 4)]) {
      expect(take(other, 8)).not.toEqual(reference);
    }
  });

  test('are uniform and normal in their first two moments, over steps as well as within one', () => {
    const perStep = (purpose: Purpose, draw: (draws: Draws) => number) =>
      Array.from({ length: 4000 }, (_, step) => draw(new Draws(1, purpose, step)));
    const within = new Draws(1, 'mixup', 0);
    for (const [sample, mean, variance] of [
      [perStep('segments', (draws) => draws.uniform()), 0.5, 1 / 12],
      [Array.from({ length: 4000 }, () => within.uniform()), 0.5, 1 / 12],
      [perStep('mixup', (draws) => draws.normal()), 0, 1],
      [Array.from({ length: 4000 }, () => within.normal()), 0, 1],
    ] as const) {
      const average = sample.reduce((sum, x) => sum + x, 0) / sample.length;
      const spread = sample.reduce((sum, x) => sum + (x - average) ** 2, 0) / sample.length;
      expect(Math.abs(average - mean)).toBeLessThan(5 * Math.sqrt(variance / sample.length));
      expect(spread / variance).toBeGreaterThan(0.9);
      expect(spread / variance).toBeLessThan(1.1);
    }
  });

  test('permute without loss', () => {
    expect([...new Draws(3, 'mixup', 1).permutation(50)].sort((a, b) => a - b)).toEqual([
      ...Array(50).keys(),
    ]);
  });

  test.each([0, 1, 3, 4, 5, 4096])('fill %d bytes evenly', (length) => {
    const bytes = new Uint8Array(length);
    new Draws(1, 'dropout', 9).fill(bytes);
    if (length < 4096) return;
    const below = bytes.filter((byte) => byte < 26).length;
    expect(Math.abs(below / length - 26 / 256)).toBeLessThan(0.02);
  });
});
