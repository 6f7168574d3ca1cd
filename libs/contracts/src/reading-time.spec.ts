import { expect, test } from 'vitest';
import { READING_TIME_HEADER, readingTime, readingTimeHeader } from './reading-time.js';

test.each([
  ['says nothing', undefined, 7_000],
  ['says it', '1700000000000', 1_700_000_000_000],
  ['says nonsense', 'yesterday', 7_000],
  ['says an empty text', '', 7_000],
  ['says a part of a millisecond', '1.5', 7_000],
])('the time of a reading whose record %s', (_, said, expected) => {
  const headers = said === undefined ? {} : { [READING_TIME_HEADER]: Buffer.from(said) };
  const record = { timestamp: 7_000, headers };
  expect(readingTime(record)).toBe(expected);
  // What follows from it says the same, however late it is written itself.
  expect(readingTime({ timestamp: 9_999, headers: readingTimeHeader(record) })).toBe(expected);
});
