import type { InputRecord } from '#kafka';
import { expect, test } from 'vitest';
import { RecentRecords } from './recent-records.js';

const record = (key: string | null, value: string | null): InputRecord => ({
  topic: 'frames',
  partition: 0,
  offset: 0n,
  timestamp: 0,
  key: key === null ? null : Buffer.from(key),
  value: value === null ? null : Buffer.from(value),
  headers: {},
});
const texts = (records: readonly Buffer[]) => records.map(String);

test('the newest records of a series are kept, and no more than so many', () => {
  const recent = new RecentRecords(2, 100);
  recent.take([record('a', '1'), record('b', 'x'), record('a', '2'), record('a', '3')]);
  expect(texts(recent.of('a'))).toEqual(['2', '3']);
  expect(texts(recent.of('b'))).toEqual(['x']);
  expect(recent.of('c')).toEqual([]);
});

test('the series that was silent longest is forgotten first when there are too many records', () => {
  const recent = new RecentRecords(3, 4);
  recent.take([record('a', '1'), record('b', '1'), record('b', '2'), record('a', '2')]);
  recent.take([record('c', '1')]);
  expect(recent.of('b')).toEqual([]);
  expect(texts(recent.of('a'))).toEqual(['1', '2']);
  recent.take([record(null, '1'), record('a', null)]);
  expect(texts(recent.of('a'))).toEqual(['1', '2']);
});
