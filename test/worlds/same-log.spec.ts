import { describe, expect, test } from 'vitest';
import { assertSameLog, type LoggedRecord, logDifference } from './same-log.js';

const record = (value: string | null, key = 'k', headers: Record<string, string> = { reason: 'LATE' }) => ({
  key: Buffer.from(key),
  value: value === null ? null : Buffer.from(value),
  headers: Object.fromEntries(Object.entries(headers).map(([name, text]) => [name, Buffer.from(text)])),
});
const logOf = (records: readonly LoggedRecord[]) =>
  new Map([
    ['frames', [[record('other')], [...records]]],
    ['dead', [[], []]],
  ]);
const values = ['a', 'b', 'c', 'd', 'e'].map((value) => record(value));
const difference = (changed: readonly LoggedRecord[]) => logDifference(logOf(values), logOf(changed));
const replaced = (at: number, by: (typeof values)[number]) => values.with(at, by);

test('equal logs are equal, whatever objects they are made of', () => {
  expect(logDifference(logOf(values), logOf(values.map(({ value }) => record(String(value)))))).toBeNull();
});

describe('a record of partition 1 is found and named when it is', () => {
  test.each<readonly [string, readonly LoggedRecord[], RegExp]>([
    ['lost', values.toSpliced(2, 1), /record 2: lost: "k" -> "c" \(4 records instead of 5\)/],
    ['lost at the end', values.slice(0, 4), /record 4: lost: "k" -> "e"/],
    ['lost with the one after it', values.toSpliced(1, 2), /record 1: lost: "k" -> "b" and 1 after it/],
    [
      'doubled',
      values.toSpliced(2, 0, record('b')),
      /record 2: doubled: "k" -> "b" \(6 records instead of 5\)/,
    ],
    ['doubled at the end', [...values, record('e')], /record 5: doubled: "k" -> "e"/],
    ['one too many', values.toSpliced(2, 0, record('x')), /record 2: one too many: "k" -> "x"/],
    ['one too many at the end', [...values, record('x')], /record 5: one too many: "k" -> "x"/],
    [
      'swapped',
      ['a', 'c', 'b', 'd', 'e'].map((value) => record(value)),
      /record 1: swapped with record 2: "k" -> "c"/,
    ],
    [
      'swapped far',
      ['a', 'e', 'c', 'd', 'b'].map((value) => record(value)),
      /record 1: swapped with record 4/,
    ],
    ['changed', replaced(3, record('D')), /record 3: changed: its value is "D" instead of "d"/],
    [
      'changed to a tombstone',
      replaced(3, record(null)),
      /record 3: changed: its value is null instead of "d"/,
    ],
    ['under another key', replaced(3, record('d', 'l')), /record 3: changed: its key is "l" instead of "k"/],
    [
      'with a changed header',
      replaced(3, record('d', 'k', { reason: 'POISON' })),
      /header reason is "POISON" instead of "LATE"/,
    ],
    ['without a header', replaced(3, record('d', 'k', {})), /its headers are none instead of reason/],
    [
      'with one header more',
      replaced(3, record('d', 'k', { reason: 'LATE', x: '1' })),
      /headers are reason, x instead of reason/,
    ],
  ])('%s', (_, changed, message) => {
    expect(difference(changed)).toMatch(message);
    expect(difference(changed)).toMatch(/^frames, partition 1, /);
    expect(() => assertSameLog(logOf(values), logOf(changed))).toThrow(message);
  });
});

test('bytes are compared, not texts: two broken characters are not the same', () => {
  const broken = (byte: number): LoggedRecord => ({ key: null, value: Buffer.from([byte]), headers: {} });
  expect(logDifference(logOf([broken(0xff)]), logOf([broken(0xfe)]))).toMatch(/changed: its value/);
});

test('a topic that was not read, or has other partitions, is no equality', () => {
  expect(logDifference(logOf(values), new Map())).toBe('frames was not read');
  expect(logDifference(logOf(values), new Map([['frames', [[]]]]))).toBe(
    'frames has 1 partitions instead of 2',
  );
});
