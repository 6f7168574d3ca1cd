import { expect, test } from 'vitest';
import { QUANTILES, roundTo, StreamDefinition } from '#contracts';
import { forecastSizeProblem } from './forecast-size.js';

/** Kafka's default of `max.message.bytes`. */
const BROKER_TAKES = 1_048_588;

function definitionOf(channels: readonly object[], horizon: number): StreamDefinition {
  return StreamDefinition.parse({ stream: 's'.repeat(64), frequency: '1m', lookback: 8, channels, horizon });
}

/** The longest horizon that passes. */
function longest(channels: readonly object[]): number {
  let most = 1_000;
  while (forecastSizeProblem(definitionOf(channels, most)) !== null) most -= 1;
  return most;
}

const many = (rest: object) =>
  Array.from({ length: 64 }, (_, at) => ({ name: String(at).padStart(64, '山'), ...rest }));

test.each([
  ['no range', {}, -1.2345678901234567e29, 219],
  ['values beyond all decimals', { min: -1e20, max: 1e20, decimals: 9 }, -12345678901234567000, 219],
  ['a range', { min: -99.5, max: 99.5, decimals: 3 }, -99.123, 585],
  ['whole numbers', { min: 0, max: 100, decimals: 0 }, 99.9, 1_000],
])('the longest forecast of channels of %s is one that a broker takes', (_, channel, value, most) => {
  const channels = many(channel);
  const horizon = longest(channels);
  expect(horizon).toBe(most);
  const { stream, channels: defined } = definitionOf(channels, horizon);
  const forecast = {
    stream,
    series: '山'.repeat(200),
    origin: '2026-12-01T00:00:00.000Z',
    frequencyMs: 60_000,
    horizon,
    model: { kind: 'seasonal-naive', version: `seasonal-naive-${'0'.repeat(64)}` },
    warmingUp: { have: 99_999, need: 99_999 },
    unobserved: defined.map(({ name }) => name),
    channels: Object.fromEntries(
      defined.map(({ name, decimals }) => {
        const path = new Array<number>(horizon).fill(roundTo(value, decimals));
        return [name, { point: path, quantiles: Object.fromEntries(QUANTILES.map((one) => [one, path])) }];
      }),
    ),
  };
  const bytes = Buffer.byteLength(JSON.stringify(forecast));
  expect(bytes).toBeLessThan(BROKER_TAKES - 4_000);
  // Not half as long as it might be: nobody is refused for nothing.
  if (horizon < 1_000) expect(bytes).toBeGreaterThan(0.85 * BROKER_TAKES);
});

test('ordinary streams are not asked to be short', () => {
  expect(longest([{ name: 'celsius' }])).toBe(1_000);
  expect(longest(Array.from({ length: 14 }, (_, at) => ({ name: `c${at}` })))).toBe(1_000);
});
