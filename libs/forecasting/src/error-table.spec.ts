import { describe, expect, test } from 'vitest';
import { ErrorTable, type JudgedOrigin } from './error-table.js';
import { normals, uniforms } from './testing/random.js';

const scales = { mean: [0, 100], deviation: [2, 10] };
const of = (...numbers: number[]) => Float64Array.from(numbers);

test('errors are divided by the deviation, averaged within a channel first, then over channels', () => {
  const table = new ErrorTable(scales, 2);
  const band = { lower: of(-1, -1, 90, 90), upper: of(1, 1, 110, 110) };
  table.add({ truth: of(2, 4, NaN, 120), point: of(0, 0, 100, 100), ...band, naive: of(4, 0, 100, 140) });
  table.add({ truth: of(0, NaN, NaN, NaN), point: of(0, 0, 100, 100), ...band, naive: null });
  // Channel 0: 1, 2, 0 (one of three inside); channel 1: 2 (outside). Skill: channel 0 ours 1, 2, naive 1, 2; 1: 2, 2.
  const whole = table.score();
  expect(whole.mae).toBeCloseTo((1 + 2) / 2, 12);
  expect(whole.mse).toBeCloseTo((5 / 3 + 4) / 2, 12);
  expect(whole.coverage).toBeCloseTo((1 / 3 + 0) / 2, 12);
  expect(whole.skill).toBeCloseTo(0, 12);
  expect(whole.truths).toBe(4);
  expect(table.scoreAt(1)).toEqual({ mae: 0.5, mse: 0.5, coverage: 0.5, skill: 0, truths: 2 });
});

test('without a truth there is nothing to say', () => {
  const score = new ErrorTable(scales, 2).score();
  expect(score).toEqual({ mae: 0, mse: 0, coverage: 0, skill: null, truths: 0 });
});

describe('on random origins', () => {
  const horizon = 3;
  const normal = normals(1);
  const uniform = uniforms(2);
  const vector = (shift = 0) => Float64Array.from({ length: 2 * horizon }, () => normal() + shift);
  const origins: JudgedOrigin[] = Array.from({ length: 40 }, () => {
    const point = vector();
    return {
      truth: vector().map((value) => (uniform() < 0.3 ? NaN : value)),
      point,
      lower: point.map((value) => value - 1),
      upper: point.map((value) => value + 1),
      naive: vector(1),
    };
  });

  test('the table equals lists of errors', () => {
    const table = new ErrorTable(scales, horizon);
    for (const origin of origins) table.add(origin);
    const perChannel = [0, 1].map((channel) => {
      const errors: { own: number; naive: number; inside: number }[] = [];
      for (const { truth, point, lower, upper, naive } of origins) {
        for (let at = channel * horizon; at < (channel + 1) * horizon; at++) {
          const value = truth[at] as number;
          if (Number.isNaN(value)) continue;
          const deviation = scales.deviation[channel] as number;
          errors.push({
            own: Math.abs(value - (point[at] as number)) / deviation,
            naive: Math.abs(value - (naive?.[at] as number)) / deviation,
            inside: value >= (lower[at] as number) && value <= (upper[at] as number) ? 1 : 0,
          });
        }
      }
      const mean = (of: (error: (typeof errors)[number]) => number) =>
        errors.reduce((sum, error) => sum + of(error), 0) / errors.length;
      return {
        mae: mean(({ own }) => own),
        mse: mean(({ own }) => own ** 2),
        naive: mean(({ naive }) => naive),
        coverage: mean(({ inside }) => inside),
        truths: errors.length,
      };
    });
    const both = (of: (channel: (typeof perChannel)[number]) => number) =>
      perChannel.reduce((sum, channel) => sum + of(channel), 0) / 2;
    const score = table.score();
    expect(score.mae).toBeCloseTo(
      both(({ mae }) => mae),
      12,
    );
    expect(score.mse).toBeCloseTo(
      both(({ mse }) => mse),
      12,
    );
    expect(score.coverage).toBeCloseTo(
      both(({ coverage }) => coverage),
      12,
    );
    expect(score.skill).toBeCloseTo(1 - both(({ mae }) => mae) / both(({ naive }) => naive), 12);
    expect(score.truths).toBe(2 * both(({ truths }) => truths));
  });

  test('the units of a channel do not matter', () => {
    const plain = new ErrorTable(scales, horizon);
    const scaled = new ErrorTable({ mean: [0, 400], deviation: [8, 40] }, horizon);
    const four = (values: Float64Array) => values.map((value) => 4 * value);
    for (const { truth, point, lower, upper, naive } of origins) {
      plain.add({ truth, point, lower, upper, naive });
      scaled.add({
        truth: four(truth),
        point: four(point),
        lower: four(lower),
        upper: four(upper),
        naive: naive && four(naive),
      });
    }
    expect(scaled.score()).toEqual(plain.score());
  });
});
