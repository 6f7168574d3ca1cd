import { describe, expect, test } from 'vitest';
import { denormalise, levelOf, writePatch } from './patches.js';
import { randomArray, randomNumbers } from './testing/values.js';

const lookback = 12;

describe('a patch', () => {
  test('is normalised by its own values and carries how the level moved', () => {
    const values = Float64Array.from({ length: 20 }, (_, i) => i);
    const target = new Float32Array(lookback + 2);
    const before = levelOf(values, 16, lookback);
    const level = writePatch(values, 20, lookback, before, target, 0);
    expect(level.mean).toBe(13.5);
    expect(level.deviation).toBeCloseTo(Math.sqrt(143 / 12 + 1e-5), 9);
    expect(target[0]).toBeCloseTo((8 - 13.5) / level.deviation, 6);
    expect(target[lookback]).toBeCloseTo(Math.asinh(4 / level.deviation), 6);
    expect(target[lookback + 1]).toBe(0);
  });

  test('has quiet level features where there is no patch before', () => {
    const target = new Float32Array(lookback + 2);
    writePatch(randomArray(randomNumbers(1), 12), 12, lookback, null, target, 0);
    expect([...target.subarray(lookback)]).toEqual([0, 0]);
  });

  test('stays bounded when a spike leaves it, and when a channel is constant', () => {
    const values = new Float64Array(30).fill(3);
    values[5] = 1e6;
    const target = new Float32Array(lookback + 2);
    writePatch(values, 30, lookback, levelOf(values, 12, lookback), target, 0);
    expect(target.every(Number.isFinite)).toBe(true);
    expect(Math.abs(target[lookback] as number)).toBeLessThan(20);
    expect(target[lookback + 1]).toBe(-1);
  });

  test('is the same bits wherever its values lie: it keeps no running sum', () => {
    const next = randomNumbers(2);
    const values = Float64Array.from({ length: 500 }, () => 1e3 * next());
    const inPlace = new Float32Array(lookback + 2);
    const copied = new Float32Array(lookback + 2);
    for (const end of [12, 77, 500]) {
      const before = { mean: 1, deviation: 2 };
      writePatch(values, end, lookback, before, inPlace, 0);
      writePatch(values.slice(end - lookback, end), lookback, lookback, before, copied, 0);
      expect(copied).toEqual(inPlace);
    }
  });

  test('denormalise undoes the normalisation, channel by channel', () => {
    const outputs = Float32Array.from([0, 1, 0, 1]);
    const levels = [
      { mean: 1, deviation: 2 },
      { mean: -1, deviation: 0.5 },
    ];
    expect([...denormalise(outputs, levels, 2)]).toEqual([1, 3, -1, -0.5]);
  });
});
