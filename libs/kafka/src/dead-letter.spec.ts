import fc from 'fast-check';
import { expect, test } from 'vitest';
import { DEAD_LETTER_HEADERS, RollcastError } from '#contracts';
import { CUT_HEADER, deadLetter } from './dead-letter.js';
import { DEFAULT_MESSAGE_BYTES } from './message-limits.js';
import { firstOversized } from './split-sends.js';

const late = new RollcastError('LATE', { time: 't', watermark: 'w' });
const recordOf = (key: number, value: number | null, header: number) => ({
  topic: 'frames',
  partition: 3,
  offset: 7n,
  timestamp: 0,
  key: Buffer.alloc(key, 'k'),
  value: value === null ? null : Buffer.alloc(value, 'v'),
  headers: { theirs: Buffer.alloc(header, 'h') },
});

test('a letter has the bytes of its record, and says why and whence', () => {
  const record = recordOf(10, 512 * 1024, 10);
  const { topic, key, value, headers } = deadLetter('frames.dead', record, late);
  expect({ topic, key }).toEqual({ topic: 'frames.dead', key: record.key });
  expect(value).toBe(record.value);
  expect(headers).toEqual({
    ...record.headers,
    [DEAD_LETTER_HEADERS.reason]: 'LATE',
    [DEAD_LETTER_HEADERS.message]: late.message,
    [DEAD_LETTER_HEADERS.topic]: 'frames',
    [DEAD_LETTER_HEADERS.partition]: '3',
    [DEAD_LETTER_HEADERS.offset]: '7',
  });
});

test('a letter that was cut says how long its value was', () => {
  const { value, headers } = deadLetter('frames.dead', recordOf(10, 1_000_000, 100_000), late);
  expect(value).toHaveLength(64 * 1024);
  expect(headers?.[CUT_HEADER]).toBe('1000000');
  expect(headers).not.toHaveProperty('theirs');
});

test('every letter fits into what a broker takes by default, also where its record did not', () => {
  const limitOf = () => DEFAULT_MESSAGE_BYTES;
  const size = fc.oneof(fc.nat(2_000_000), fc.constantFrom(65_536, 524_288, DEFAULT_MESSAGE_BYTES));
  fc.assert(
    fc.property(size, fc.option(size), size, (key, value, header) => {
      expect(firstOversized([deadLetter('d', recordOf(key, value, header), late)], limitOf)).toBeUndefined();
    }),
    { numRuns: 40 },
  );
  const record = { ...recordOf(0, DEFAULT_MESSAGE_BYTES, 0), headers: {} };
  expect(firstOversized([record], limitOf)).toBe(record);
});
