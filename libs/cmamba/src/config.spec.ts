import { describe, expect, test } from 'vitest';
import { bytesPerSeries, cmambaConfig, warmUp } from './config.js';

const shape = { channels: 7, lookback: 96, horizon: 24 };

describe('a configuration', () => {
  test.each([
    ['small', 3 * 7 * 64 * 8],
    ['base', 3 * 7 * 128 * 16],
  ] as const)('of size %s says its bytes a series beforehand: two states and a ring', (size, state) => {
    expect(bytesPerSeries(cmambaConfig(size, shape))).toBe(4 * (2 * state + 7 * 96));
  });

  test.each([
    [48, 288],
    [24, 192],
  ])('with memory %d forecasts after %d steps', (memory, steps) => {
    expect(warmUp(cmambaConfig('small', { ...shape, memory }))).toBe(steps);
  });

  test.each([
    [{ channels: 0 }, /channels is 0 and must be a whole number from 1/],
    [{ horizon: 1.5 }, /horizon is 1.5/],
    [{ memory: 47 }, /memory is 47 and must be even/],
    [{ lookback: 1 }, /lookback is 1/],
    [{ blocks: -1 }, /blocks is -1/],
    [{ dtMin: 0 }, /dtMin is 0/],
    [{ dtMax: 0.01 }, /dtMax is 0.01 and must be above dtMin/],
  ])('with %o is refused', (changes, problem) => {
    expect(() => cmambaConfig('small', { ...shape, ...changes })).toThrow(problem);
  });

  test('without blocks is allowed: it is ridge', () => {
    expect(bytesPerSeries(cmambaConfig('small', { ...shape, blocks: 0 }))).toBe(4 * 7 * 96);
  });
});
