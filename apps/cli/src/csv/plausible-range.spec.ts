import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { plausibleRange } from './plausible-range.js';

describe('a plausible range', () => {
  test('holds at least half of any values, in any order, and none is guessed from a few', () => {
    const values = fc.array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { maxLength: 80 });
    fc.assert(
      fc.property(values, (list) => {
        const range = plausibleRange(list);
        expect(plausibleRange([...list].reverse())).toEqual(range);
        if (list.length < 20) expect(range).toBeNull();
        if (range === null) return;
        const inside = list.filter((value) => value >= range.min && value <= range.max);
        expect(inside.length).toBeGreaterThanOrEqual(list.length / 2);
      }),
    );
  });

  test('leaves a sentinel outside and rain inside; what stands still has none', () => {
    const normal = Array.from({ length: 99 }, (_, index) => 20 + (index % 10) / 10);
    expect(plausibleRange([...normal, -9999])?.min).toBeGreaterThan(-9999);
    const rain = Array.from({ length: 1_000 }, (_, hour) => (hour % 40 === 0 ? (hour % 7) / 10 : 0));
    expect(plausibleRange(rain)?.max).toBeGreaterThan(0.6);
    expect(plausibleRange(Array.from({ length: 50 }, () => 7))).toBeNull();
  });

  test('holds what has neighbours: the heaviest rain, and the second state of a machine, but no lone spike', () => {
    const rain = Array.from({ length: 1_000 }, (_, day) =>
      day % 2 === 0 ? 0 : 1.8 * Math.exp(((day % 99) - 50) / 14),
    );
    expect(Math.max(...rain)).toBeGreaterThan(30 * 1.8);
    const range = plausibleRange([...rain, 5_000]);
    expect(range?.max).toBeGreaterThan(Math.max(...rain));
    expect(range?.max).toBeLessThan(5_000);
    const flow = Array.from(
      { length: 500 },
      (_, hour) => [82, 62, 55, 55][hour % 50] ?? 102 + (hour % 7) / 4,
    );
    expect(plausibleRange(flow)?.min).toBeLessThan(55);
  });
});
