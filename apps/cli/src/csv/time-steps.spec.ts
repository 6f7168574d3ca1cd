import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { stepReader } from './nearest-step.js';
import { timeSteps } from './time-steps.js';

const SECOND = 1_000;
const HOUR = 3_600 * SECOND;
const START = Date.UTC(2026, 0, 1);
/** Repeatable numbers of -1 to 1 that look like chance. */
const chance = (index: number) => {
  const mixed = Math.imul(index ^ (index >>> 3), 0x9e3779b1);
  return Math.imul(mixed ^ (mixed >>> 15), 0x85ebca6b) / 2 ** 31;
};
const scattered = (count: number, every: number, by: number) =>
  Array.from({ length: count }, (_, index) => START + index * every + Math.round(by * chance(index)));
const found = (times: readonly number[]) => timeSteps(times, () => 0);

describe('the frequency of times', () => {
  test('that scatter by milliseconds is the period that was meant, whatever it is', () => {
    const periods = [SECOND, 10 * SECOND, 60 * SECOND, 300 * SECOND, HOUR, 24 * HOUR];
    fc.assert(
      fc.property(fc.constantFrom(...periods), fc.integer({ min: 5, max: 80 }), (period, by) => {
        const steps = found(scattered(400, period, by));
        expect(steps).toMatchObject({ frequency: period, regular: true });
        expect(steps.scatter).toBeGreaterThan(0);
        expect(steps.scatter).toBeLessThanOrEqual(2 * by);
      }),
      { numRuns: 40 },
    );
  });

  test('that scatter by the same few amounts again and again is not one of those', () => {
    const times = Array.from({ length: 300 }, (_, index) => START + index * 300_000 + ((index * 37) % 101));
    expect(found(times)).toMatchObject({ frequency: 300_000, scatter: 64 });
  });

  test('that scatter by an eighth of their distance is still that', () => {
    expect(found(scattered(3_000, 60 * SECOND, 8 * SECOND))).toMatchObject({ frequency: 60 * SECOND });
  });

  test.each([
    ['odd and exact', 60_300],
    ['a period that people choose', 300_000],
    ['near one, and exact', 9_990],
  ])('stays as it is where it is %s', (_, period) => {
    expect(found(scattered(200, period, 0))).toMatchObject({ frequency: period, scatter: 0, regular: true });
  });

  test('that scatter round no period that people choose is their median', () => {
    expect(found(scattered(400, 44 * SECOND, 5)).frequency).toBeCloseTo(44 * SECOND, -2);
  });

  test('of a sparse grid is the step of the grid, not the typical distance', () => {
    const times = Array.from({ length: 6_000 }, (_, index) => index).filter((index) => chance(index) > 0.4);
    expect(found(times.map((index) => START + index * 900 * SECOND))).toMatchObject({
      frequency: 900 * SECOND,
      scatter: 0,
    });
  });

  test('that come at random is said to be irregular', () => {
    let time = START;
    const times = Array.from({ length: 3_000 }, (_, index) => {
      time += SECOND * Math.ceil(-30 * Math.log(Math.max(1e-6, Math.abs(chance(index)))));
      return time;
    });
    expect(found(times).regular).toBe(false);
  });

  test('is that of any order of the rows', () => {
    const times = scattered(100, 10 * SECOND, 20);
    expect(found([...times].reverse())).toMatchObject({
      frequency: 10 * SECOND,
      scatter: found(times).scatter,
    });
  });
});

describe('a time that scatters', () => {
  const groups = (times: readonly number[]) => times.map(() => 0);
  const stepsOf = (times: readonly number[], read: (time: number) => number, frequency: number) =>
    new Set(times.map((time) => Math.floor(read(time) / frequency))).size;

  test('round the beginnings of steps is read as the nearest, and no step is lost; as it is, many are', () => {
    const times = scattered(1_000, 10 * SECOND, 50);
    const notes: string[] = [];
    const read = stepReader(times, groups(times), 10 * SECOND, found(times), notes);
    expect(stepsOf(times, read, 10 * SECOND)).toBe(1_000);
    expect(stepsOf(times, (time) => time, 10 * SECOND)).toBeLessThan(850);
    expect(Math.max(...times.map((time) => Math.abs(read(time) - time)))).toBeLessThanOrEqual(50);
    expect(notes).toHaveLength(1);
    expect(notes[0]).toMatch(/each is read as the nearest 10s, else \d+ of 1000 rows would share a step/);
  });

  test.each([
    ['round the middle of steps', scattered(500, 10 * SECOND, 50).map((time) => time + 5 * SECOND)],
    ['nowhere, its distance being exact', scattered(500, 10 * SECOND, 0)],
    [
      'nowhere, no two of its rows sharing a step',
      [0, 11, 22, 30, 44, 51, 63, 70, 85].map((at) => START + at * SECOND),
    ],
  ])('%s stays as it is', (_, times) => {
    const notes: string[] = [];
    const read = stepReader(times, groups(times), 10 * SECOND, found(times), notes);
    expect([times.map(read), notes]).toEqual([times, []]);
  });
});
