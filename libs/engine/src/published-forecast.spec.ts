import { StreamDefinition } from '#contracts';
import { expect, test } from 'vitest';
import { isFiniteForecast, publishedForecast } from './published-forecast.js';

const definition = StreamDefinition.parse({
  stream: 's',
  frequency: '1h',
  lookback: 8,
  horizon: 2,
  channels: [{ name: 'a', decimals: 1, min: 0, max: 10 }, { name: 'b' }],
});
const of = {
  series: 'x',
  gridIndex: 5,
  values: Float64Array.of(1, 2),
  model: { kind: 'last-value', version: 'last-value-1' },
  warmingUp: null,
} as const;
const numbers = () => ({
  point: Float64Array.of(3.14, 11, 4, 5),
  lower: Float64Array.of(-2, 9, 3, 4),
  upper: Float64Array.of(5, 12, 5, 6),
});
const published = ({ point, lower, upper }: ReturnType<typeof numbers>) =>
  publishedForecast(definition, of, { point, deviation: null }, { lower, upper });

test('a forecast is rounded, inside the plausible range, and nothing but finite numbers', () => {
  const forecast = published(numbers());
  expect(forecast.channels['a']).toEqual({
    point: [3.1, 10],
    quantiles: { '0.05': [0, 9], '0.95': [5, 10] },
  });
  expect(isFiniteForecast(forecast)).toBe(true);
});

test.each(['point', 'lower', 'upper'] as const)(
  'one number of its %s that is none is found, with a plausible range and without',
  (path) => {
    for (const wrong of [NaN, Infinity, -Infinity]) {
      for (let at = 0; at < 4; at++) {
        const paths = numbers();
        paths[path][at] = wrong;
        expect(isFiniteForecast(published(paths))).toBe(false);
      }
    }
  },
);
