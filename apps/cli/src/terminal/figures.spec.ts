import { expect, test } from 'vitest';
import { bytes, count, error, minute, percent, seconds } from './figures.js';

test.each([
  [error(0.41449), '0.414'],
  [error(Number.NaN), '-'],
  [percent(0.9012), '90.1 %'],
  [percent(-0.031), '-3.1 %'],
  [percent(null), '-'],
  [count(26_115), '26,115'],
  [seconds(0.04), '0.0 s'],
  [seconds(9.96), '10 s'],
  [seconds(119.4), '119 s'],
  [seconds(119.9), '120 s'],
  [seconds(125), '2 min 5 s'],
  [bytes(1_000), '1000 B'],
  [bytes(1_536), '1.5 KiB'],
  [bytes(150 * 1024 ** 2), '150 MiB'],
  [minute('2013-01-01T06:00:00.000Z'), '2013-01-01 06:00'],
  [minute('2013-01-01T06:00:05.000Z'), '2013-01-01 06:00:05'],
  [minute('2013-01-01T06:00:05.250Z'), '2013-01-01 06:00:05.250'],
])('%s', (found, expected) => expect(found).toBe(expected));
