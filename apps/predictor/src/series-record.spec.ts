import { describe, expect, test } from 'vitest';
import { partitionStateOf } from './partition-state.js';
import { decodeSeries, encodeSeries, type SeriesRecord } from './series-record.js';

const calibration = { count: [1], unit: [0.5], lower: [-1], upper: [1.25] };
const scores = { count: [1], absolute: [0.5], inside: [1], paired: [0], naive: [0] };
const RECORD: SeriesRecord = {
  fingerprint: '[3600000,8]',
  seen: 1_700_000_000_000,
  life: 1_600_000_000_000,
  memory: { first: 3, last: 9, scores: { 'kalman-0': { calibration, scores } } },
  frames: [[3, '40']],
  forecasts: [],
  latest: '7',
};
const POSITION = { now: 5, inForce: { s: { version: 'b', before: 'a' } }, rejected: ['12'] };

/** A copy of JSON without one of its fields. */
function without(json: unknown, path: readonly string[]): unknown {
  const copy = structuredClone(json) as Record<string, never>;
  const holder = path.slice(0, -1).reduce((inner, name) => inner[name] as never, copy);
  delete holder[path.at(-1) as string];
  return copy;
}

test('a record that is read back and written again has the same bytes', () => {
  const text = encodeSeries(RECORD);
  expect(encodeSeries(decodeSeries('s/x', text))).toBe(text);
  const position = JSON.stringify(POSITION);
  expect(JSON.stringify(partitionStateOf(JSON.parse(position)))).toBe(position);
});

describe('what another build has written is refused, by the name of what is missing', () => {
  test.each([
    ['fingerprint'],
    ['seen'],
    ['memory'],
    ['memory', 'last'],
    ['memory', 'scores', 'kalman-0', 'calibration', 'unit'],
    ['memory', 'scores', 'kalman-0', 'scores', 'naive'],
    ['frames'],
    ['forecasts'],
    ['latest'],
    ['life'],
  ])('in the record of a series: %s %s %s %s %s', (...path) => {
    const text = JSON.stringify(without(RECORD, path));
    const problem = new RegExp(`of s/x is not one of ours: ${path.join('\\.')}:`);
    expect(() => decodeSeries('s/x', text)).toThrow(problem);
  });

  test.each([['now'], ['inForce'], ['inForce', 's', 'before'], ['rejected']])(
    'in the state of a partition: %s %s %s',
    (...path) => {
      const problem = new RegExp(`not one of ours: ${path.join('\\.')}:`);
      expect(() => partitionStateOf(without(POSITION, path))).toThrow(problem);
    },
  );

  test('and what is not JSON at all', () => {
    expect(() => decodeSeries('s/x', '{"a')).toThrow(/s\/x is not one of ours: it is not JSON/);
  });

  test('but a partition that begins has no state yet', () => {
    expect(partitionStateOf(undefined)).toEqual({ now: null, inForce: {}, rejected: [] });
  });
});
