import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatBytes, formatCount, formatError, formatShare, formatTicks, formatValue } from './numbers.js';

describe('values', () => {
  test.each([
    [39.02, 2, '39.02'],
    [39, 2, '39.00'],
    [1012.3, 3, '1012.3'],
    [123456, 3, '123456'],
    [-4.5, 1, '−4.5'],
    [-0.001, 2, '0.00'],
    [0, 0, '0'],
    [0.0001234, 9, '0.0001234'],
    [0.5, 3, '0.500'],
  ])('%s with %s decimals is written %s', (value, decimals, text) => {
    expect(formatValue(value, decimals)).toBe(text);
  });

  test('a written value is the value, up to its decimals or four digits', () => {
    fc.assert(
      fc.property(
        fc.double({ min: -1e6, max: 1e6, noNaN: true }),
        fc.integer({ min: 0, max: 9 }),
        (value, decimals) => {
          const back = Number(formatValue(value, decimals).replace('−', '-'));
          expect(Math.abs(back - value)).toBeLessThanOrEqual(
            Math.max(0.5001 * 10 ** -decimals, Math.abs(value) * 0.5001e-3),
          );
        },
      ),
    );
  });

  test('a negative nothing has no sign', () => {
    expect(formatValue(-0, 1)).toBe('0.0');
    expect(formatError(-0.0001)).toBe('0.000');
  });
});

describe('ticks', () => {
  test.each([
    [
      [-5, 0, 5],
      ['−5', '0', '5'],
    ],
    [
      [0, 2.5, 5],
      ['0.0', '2.5', '5.0'],
    ],
    [
      [0.01, 0.02],
      ['0.01', '0.02'],
    ],
    [
      [1000, 1200],
      ['1000', '1200'],
    ],
    [[7], ['7']],
  ])('%j are written %j', (ticks, texts) => {
    expect(formatTicks(ticks)).toEqual(texts);
  });

  test('neighbouring ticks never read the same', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -6, max: 6 }),
        fc.constantFrom(1, 2, 2.5, 5),
        fc.integer({ min: -50, max: 50 }),
        (power, mantissa, first) => {
          const apart = mantissa * 10 ** power;
          const texts = formatTicks([0, 1, 2, 3].map((index) => (first + index) * apart));
          expect(new Set(texts).size).toBe(4);
        },
      ),
    );
  });
});

test('counts, shares and bytes', () => {
  expect(formatCount(26_115)).toBe('26,115');
  expect(formatCount(999)).toBe('999');
  expect(formatShare(0.904)).toBe('90.4 %');
  expect(formatBytes(512)).toBe('512 B');
  expect(formatBytes(1_572_864)).toBe('1.5 MiB');
});
